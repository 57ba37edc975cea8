"""gevent: ten requests on one thread, and each still reads its own.

A greenlet is a function that can be left in the middle and taken up again. gevent
leaves it wherever it waits (here ``gevent.sleep``) and runs another: thousands fit on
one thread. So "for this thread" is no longer "for this request": a ``threading.local``
is shared by all ten, and so is whatever is kept by the thread's number.
"""

import threading

import gevent

from insula.local import Local, LocalStack

by_thread = threading.local()
local = Local()
stack: LocalStack[int] = LocalStack()
threads: set[int] = set()


def handle(number: int) -> tuple[bool, bool, bool]:
    """Handle one request: write, let all others write, read."""
    by_thread.number = local.number = number
    stack.push(number)
    threads.add(threading.get_ident())
    gevent.sleep(0)
    return by_thread.number == number, local.number == number, stack.top == number


def main() -> None:
    """Run ten greenlets at once."""
    greenlets = [gevent.spawn(handle, number) for number in range(10)]
    gevent.joinall(greenlets, raise_error=True)
    right = [
        sum(results)
        for results in zip(*(each.value for each in greenlets), strict=True)
    ]
    print(f"10 greenlets on {len(threads)} thread")
    print(f"threading.local: {right[0]} right")
    print(f"Local:           {right[1]} right")
    print(f"LocalStack:      {right[2]} right")


if __name__ == "__main__":
    main()

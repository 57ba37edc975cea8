"""``LocalStack``: what was pushed last is what is current, in each thread by itself.

A request may start another one inside itself (a test does, an application that calls
an application), and when that has ended the first must be current again. So what is
current is the top of a stack, and the stack is one for each thread, greenlet and task.
"""

from threading import Thread

from insula.local import LocalStack, release_local

requests: LocalStack[str] = LocalStack()
current = requests()  # calling the stack makes a proxy to whatever is on top


def push_and_pop() -> None:
    """Show the stack by itself."""
    print(f"empty:        top={requests.top} pop()={requests.pop()}")
    requests.push("outer")
    requests.push("inner")
    print(f"two pushed:   top={requests.top} len={len(requests)} {list(requests)}")
    print(f"popped:       {requests.pop()}, and top={requests.top} again")


def use_the_proxy() -> None:
    """Show that one name stands for each top in turn, and for none when empty."""
    print(f"proxy:        {current.upper()}, equal to 'outer': {current == 'outer'}")
    requests.push("inner")
    print(f"after a push: {current.upper()}")
    requests.pop()


def in_another_thread() -> None:
    """Show that a new thread starts empty and leaves the old one's stack alone."""

    def work() -> None:
        print(f"new thread:   starts with {list(requests)}")
        requests.push("of the new thread")
        print(f"new thread:   pushed, has {list(requests)}")

    thread = Thread(target=work)
    thread.start()
    thread.join()
    print(f"old thread:   still has {list(requests)}")


def unbound() -> None:
    """Show what using the proxy says when there is nothing on the stack."""
    release_local(requests)
    try:
        current.upper()
    except RuntimeError as exc:
        print(f"released:     RuntimeError: {str(exc).partition(':')[0]}")


if __name__ == "__main__":
    push_and_pop()
    use_the_proxy()
    in_another_thread()
    unbound()

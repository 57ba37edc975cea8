"""asyncio: ten tasks on one thread; each reads its own, and inherits from its creator.

A task is a coroutine that the event loop runs; at each ``await`` it may be another
one's turn. As with greenlets, what belongs to the thread belongs to nobody. A task
starts with a copy of its creator's context: it sees what was current there, and what it
changes is its own.
"""

import asyncio
import threading

from insula.local import Local, LocalStack

by_thread = threading.local()
local = Local()
stack: LocalStack[str] = LocalStack()


async def handle(number: int) -> tuple[bool, bool]:
    """Handle one request: write, let all others write, read."""
    by_thread.number = local.number = number
    await asyncio.sleep(0)
    return by_thread.number == number, local.number == number


async def ten_at_once() -> None:
    """Run ten tasks at once."""
    results = await asyncio.gather(*(handle(number) for number in range(10)))
    print(f"threading.local: {sum(thread for thread, _ in results)} right")
    print(f"Local:           {sum(own for _, own in results)} right")


async def inherited() -> None:
    """Start a task below a pushed item."""

    async def child() -> None:
        print(f"the child starts with {list(stack)}")
        stack.push("child's")
        print(f"the child pushed, has {list(stack)}")

    stack.push("parent's")
    await asyncio.create_task(child())
    print(f"the parent still has  {list(stack)}")


async def main() -> None:
    """Run both."""
    await ten_at_once()
    await inherited()


if __name__ == "__main__":
    asyncio.run(main())

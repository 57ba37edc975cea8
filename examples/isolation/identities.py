"""Between problem and cure: a dictionary by identity, ``{ident: {name: value}}``.

The first local that comes to mind is a dictionary whose key is the running thread. That
is :class:`insula.local.IdentLocal`. What it takes for the key is a function, so the
same object can go by thread or by task. Two things are easily got wrong when one writes
it by hand: the values of a dead thread stay for ever, and a new thread that is given
the dead one's number finds them.
"""

import asyncio
import gc
from threading import Barrier, Thread, get_ident

from insula.local import IdentLocal


def by_thread() -> None:
    """Two threads at once have an entry each; when they are dead, nothing is left."""
    local = IdentLocal(get_ident)
    both_set, both_seen = Barrier(3), Barrier(3)

    def work(name: str) -> None:
        local.set("name", name)  # the same as local.name = name
        both_set.wait()
        both_seen.wait()

    threads = [Thread(target=work, args=(name,)) for name in ("ada", "bob")]
    for thread in threads:
        thread.start()
    both_set.wait()
    values = sorted(values["name"] for values in local.__storage__.values())
    print(f"two threads run:    entries of {values}")
    both_seen.wait()
    for thread in threads:
        thread.join()
    gc.collect()
    print(f"both have ended:    {len(local.__storage__)} entries")


def a_hand_made_one_forgets_nothing() -> None:
    """Do the same with a plain dictionary: the values of the dead stay."""
    storage: dict[int, dict[str, str]] = {}

    def work(name: str) -> None:
        storage[get_ident()] = {"name": name}

    thread = Thread(target=work, args=("ada",))
    thread.start()
    thread.join()
    print(f"a plain dictionary: {len(storage)} entry of a dead thread")


def by_task() -> None:
    """Ten tasks run on one thread: a thread's number cannot tell them apart."""
    threads, tasks = IdentLocal(get_ident), IdentLocal(asyncio.current_task)

    async def work(number: int) -> tuple[bool, bool]:
        threads.number = tasks.number = number
        await asyncio.sleep(0)  # all ten have set theirs before one goes on
        return threads.number == number, tasks.number == number

    async def run_all() -> list[tuple[bool, bool]]:
        return await asyncio.gather(*(work(number) for number in range(10)))

    right = asyncio.run(run_all())
    print(f"ten tasks, key thread: {sum(thread for thread, _ in right)} right")
    print(f"ten tasks, key task:   {sum(task for _, task in right)} right")


if __name__ == "__main__":
    by_thread()
    a_hand_made_one_forgets_nothing()
    by_task()

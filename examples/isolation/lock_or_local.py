"""Lock or local? A lock for what all share, a local for what is each one's own.

The stock of tickets is one number that everybody must see: it needs a lock. Who is
asking is different in each thread: it needs a local. The third part shows why a lock
is no cure for the second case: it makes the answers right by letting the threads in
one after the other, and then there was no need for threads.
"""

from threading import Barrier, Lock, Thread

from insula.local import Local

BUYERS = 8
stock = 5
stock_lock = Lock()
asking = Local()


def buy(name: str, all_are_here: Barrier, sold_to: list[str]) -> None:
    """Buy a ticket for whoever asks, if there is one left."""
    global stock  # noqa: PLW0603 - shared on purpose
    asking.name = name
    all_are_here.wait()  # all eight are in here, at once
    with stock_lock:
        if stock == 0:
            return
        stock -= 1
        sold_to.append(asking.name)


def shared_stock_and_own_name() -> None:
    """Eight buyers at once: five tickets go, each to the one who asked."""
    sold_to: list[str] = []
    names = [f"buyer {number}" for number in range(BUYERS)]
    barrier = Barrier(BUYERS)
    run([Thread(target=buy, args=(name, barrier, sold_to)) for name in names])
    ours = len(set(sold_to) & set(names))
    print(f"lock for the stock:    {len(sold_to)} of 5 tickets sold, {stock} left")
    print(f"local for the buyer:   {ours} different buyers, {BUYERS} at work at once")


def a_lock_where_a_local_belongs() -> None:
    """Keep the name in one shared place, and a lock around all that uses it."""
    shared: dict[str, str] = {}
    lock = Lock()
    right: list[bool] = []
    inside: list[str] = []
    most_inside: list[int] = []

    def ask(name: str) -> None:
        with lock:
            inside.append(name)
            most_inside.append(len(inside))
            shared["name"] = name
            right.append(shared["name"] == name)
            inside.remove(name)

    run([Thread(target=ask, args=(str(number),)) for number in range(BUYERS)])
    print(
        f"lock instead of local: {sum(right)} of {BUYERS} right,"
        f" but only {max(most_inside)} at work at once"
    )


def run(threads: list[Thread]) -> None:
    """Start them all, wait for them all."""
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


if __name__ == "__main__":
    shared_stock_and_own_name()
    a_lock_where_a_local_belongs()

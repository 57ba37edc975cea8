"""Updates get lost under the GIL, too; a lock keeps them.

The GIL (global interpreter lock) lets one thread at a time run Python code. It may be
handed over between any two steps, and ``stock -= 1`` is three: read, subtract, write.
Two threads that both read 10 both write 9, and one ticket has been sold twice.

How often that happens by itself depends on the machine. Here a barrier stands between
reading and writing, at which all ten threads wait for each other: the unlucky moment,
every time. A lock around the three steps lets no second thread begin before the first
is through; then the threads may be interrupted wherever they like.
"""

import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from threading import Barrier, Lock, Thread

BUYERS = 10


class Shop:
    """Has tickets: one number that all buyers share."""

    def __init__(self) -> None:
        self.stock = BUYERS

    def sell(
        self, guard: AbstractContextManager[object], interrupt: Callable[[], object]
    ) -> None:
        """Sell one ticket, interrupted at the worst moment."""
        with guard:
            stock = self.stock
            interrupt()
            self.stock = stock - 1


def tickets_left(
    guard: AbstractContextManager[object], interrupt: Callable[[], object]
) -> int:
    """Let ten threads buy a ticket each; return what the shop believes is left."""
    shop = Shop()
    buyers = [Thread(target=shop.sell, args=(guard, interrupt)) for _ in range(BUYERS)]
    for buyer in buyers:
        buyer.start()
    for buyer in buyers:
        buyer.join()
    return shop.stock


def main() -> None:
    """Sell ten of ten tickets without a lock, then with one."""
    without = tickets_left(nullcontext(), Barrier(BUYERS).wait)
    print(f"without a lock: {BUYERS} sold, {without} left; {without} updates were lost")
    # Sleeping hands the interpreter to the others, who find the lock taken.
    with_lock = tickets_left(Lock(), lambda: time.sleep(0.001))
    print(f"with a lock:    {BUYERS} sold, {with_lock} left")


if __name__ == "__main__":
    main()

"""The problem: ten threads, one object.

Each thread writes its own number to ``current.number``, does something else for a
while, and reads it again. A server does the same with ten requests when they share an
object: all are answered with the number of the last one.

The waiting is an event, not a sleep, so that every run shows the same: no thread reads
before the last one has written.
"""

from threading import Event, Semaphore, Thread


class Shared:
    """A plain object: one set of attributes, whoever looks."""


current = Shared()

wrote = Semaphore(0)
all_have_written = Event()
seen: dict[int, int] = {}


def handle(number: int) -> None:
    """Handle one request: write, wait, read."""
    current.number = number
    wrote.release()
    all_have_written.wait()
    seen[number] = current.number


def main() -> None:
    """Start ten threads, one after the other, and print what each has read."""
    threads = [Thread(target=handle, args=(number,)) for number in range(10)]
    for thread in threads:
        thread.start()
        wrote.acquire()
    all_have_written.set()
    for thread in threads:
        thread.join()
    for number in sorted(seen):
        print(f"thread {number} wrote {number} and read {seen[number]}")
    right = sum(number == read for number, read in seen.items())
    print(f"{right} of {len(seen)} threads read what they wrote")


if __name__ == "__main__":
    main()

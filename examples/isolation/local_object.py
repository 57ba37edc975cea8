"""The cure: ten threads, one ``Local``.

The program is that of ``shared_object.py`` but for one line: ``current`` is a
:class:`insula.local.Local`. It looks like one object and has attributes of its own for
each thread, greenlet and task, so every thread reads what it wrote.
"""

from threading import Event, Semaphore, Thread

from insula.local import Local

current = Local()

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

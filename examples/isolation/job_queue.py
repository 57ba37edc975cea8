"""A queue: hand work to other threads without sharing anything else.

Whoever has work puts it in, whoever has time takes it out; the queue does the locking.
``maxsize`` makes a fast producer wait for slow workers, so that work does not pile up.
The end is said in the queue, too: a ``None`` for each worker.
"""

from queue import Queue
from threading import Thread

WORKERS = 3
JOBS = 20


def work(jobs: "Queue[int | None]", results: "Queue[tuple[int, int]]") -> None:
    """Take jobs until there are no more."""
    while (number := jobs.get()) is not None:
        results.put((number, number * number))


def main() -> None:
    """Hand twenty jobs to three workers through a queue that holds two."""
    jobs: Queue[int | None] = Queue(maxsize=2)
    results: Queue[tuple[int, int]] = Queue()
    workers = [Thread(target=work, args=(jobs, results)) for _ in range(WORKERS)]
    for worker in workers:
        worker.start()
    most_waiting = 0
    for number in range(JOBS):
        jobs.put(number)  # waits while two jobs lie in the queue
        most_waiting = max(most_waiting, jobs.qsize())
    for _ in workers:
        jobs.put(None)
    for worker in workers:
        worker.join()
    squares = dict(results.get() for _ in range(JOBS))
    right = sum(square == number**2 for number, square in squares.items())
    print(f"{JOBS} jobs, {WORKERS} workers: {right} done, each once")
    print(f"never more than 2 waited: {most_waiting <= 2}")


if __name__ == "__main__":
    main()

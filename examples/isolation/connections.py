"""A semaphore: at most so many at once.

A database allows three connections, and nine requests want one. A lock would let them
in one by one; a semaphore lets three in and makes the others wait until one comes out.
The ``Bounded`` one also notices a connection that is given back twice.

The barrier lets nobody go on before three are inside, so the run shows that three do
get in; that a fourth never does is the semaphore's work.
"""

from threading import Barrier, BoundedSemaphore, Lock, Thread

CONNECTIONS = 3
REQUESTS = 9

connections = BoundedSemaphore(CONNECTIONS)
three_are_inside = Barrier(CONNECTIONS)
counting = Lock()
inside = most_inside = done = 0


def query() -> None:
    """Use a connection as soon as there is one."""
    global inside, most_inside, done  # noqa: PLW0603 - counted by all
    with connections:
        with counting:
            inside += 1
            most_inside = max(most_inside, inside)
        three_are_inside.wait()
        with counting:
            inside -= 1
            done += 1


def main() -> None:
    """Let nine requests ask for three connections."""
    threads = [Thread(target=query) for _ in range(REQUESTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print(f"{done} requests done, {most_inside} connections used at once")
    try:
        connections.release()
    except ValueError as exc:
        print(f"given back once too often: {exc}")


if __name__ == "__main__":
    main()

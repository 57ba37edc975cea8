"""An event: threads wait until something has happened, and then all go on.

Here five threads may answer only when the settings have been read. Asking again and
again (``while not ready: sleep(...)``) would either burn time or waste it;
``Event.wait`` sleeps until the very moment, and costs nothing once the event is set.
"""

from threading import Event, Semaphore, Thread

settings: dict[str, str] = {}
ready = Event()
came = Semaphore(0)
log: list[str] = []


def answer(number: int) -> None:
    """Come at once, answer when the settings are there."""
    log.append("came")
    came.release()
    ready.wait()
    log.append(f"{settings['greeting']} from {number}")


def main() -> None:
    """Start five threads before the settings are there."""
    threads = [Thread(target=answer, args=(number,)) for number in range(5)]
    for thread in threads:
        thread.start()
    for _ in threads:
        came.acquire()
    print(f"before the event: {log}")
    settings["greeting"] = "hello"
    ready.set()
    for thread in threads:
        thread.join()
    print(f"after the event:  {sorted(log[5:])}")


if __name__ == "__main__":
    main()

"""``app.run()``: one thread, threads, processes, both, shown by how requests overlap.

The program starts itself as a server in each mode, on a free port, and sends it
requests at once. The view counts, in memory that all worker processes share, how many
requests are inside at that moment, and stays until as many are there as the mode should
allow (or, where they never come, for a quarter of a second).
"""

import json
import multiprocessing
import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from urllib.request import urlopen

from insula import Insula

CLIENTS = 4
ROUNDS = 50

# mode: threaded, processes, requests that are inside at once when four come
MODES = {
    "one thread": (False, 1, 1),
    "threads": (True, 1, 4),
    "processes": (False, 2, 2),
    "processes and threads": (True, 2, 4),
}


def serve(mode: str) -> None:
    """Be the server: serve one view, which counts who is inside."""
    threaded, processes, expected = MODES[mode]
    shared = multiprocessing.get_context("fork")
    changed = shared.Condition()
    inside, most = (shared.Value("i", 0, lock=False) for _ in range(2))
    # One more than the mode allows: it would show if they got in.
    wanted = min(expected + 1, CLIENTS)
    app = Insula(__name__)

    @app.get("/")
    def count() -> dict[str, int]:
        with changed:
            inside.value += 1
            most.value = max(most.value, inside.value)
            changed.notify_all()
            changed.wait_for(lambda: most.value >= wanted, timeout=0.25)
            inside.value -= 1
        return {"process": os.getpid(), "most": most.value}

    app.run(port=0, threaded=threaded, processes=processes)


def measure(mode: str) -> tuple[int, int]:
    """Return how many requests were inside at once, and in how many processes."""
    _, processes, expected = MODES[mode]
    command = [sys.executable, __file__, mode]
    server = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)  # noqa: S603  # itself
    try:
        line = next(line for line in server.stderr if "Running on" in line)
        url = re.search(r"http://\S+", line).group()
        seen: set[int] = set()
        most = 0
        for _ in range(ROUNDS):
            with ThreadPoolExecutor(CLIENTS) as pool:
                answers = [
                    json.load(each) for each in pool.map(urlopen, [url] * CLIENTS)
                ]
            seen.update(answer["process"] for answer in answers)
            most = max(most, *(answer["most"] for answer in answers))
            # The kernel spreads connections by chance: ask until all have answered.
            if len(seen) == processes and most >= expected:
                break
        return most, len(seen)
    finally:
        server.terminate()
        server.communicate()


def main() -> None:
    """Measure the four modes."""
    print(f"{CLIENTS} requests at once:")
    for mode in MODES:
        most, processes = measure(mode)
        print(f"{mode:22} at once inside: {most}   processes: {processes}")


if __name__ == "__main__":
    serve(sys.argv[1]) if len(sys.argv) > 1 else main()

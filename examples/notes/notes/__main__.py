"""`python -m notes`: serve the application on this computer.

PORT chooses the port (5000 when unset, any free one when 0), PROCESSES the number of
worker processes; each answers with a pool of threads.
"""

from __future__ import annotations

import os
import sys

from notes import create_app
from notes.db import create_tables

__all__ = ["main"]


def number_from_env(name: str, default: int) -> int:
    """Return a setting of the environment as a number, or end with one clear line."""
    text = os.environ.get(name, "")
    if not text:
        return default
    if not text.isdecimal():
        sys.exit(f"{name}={text!r} is not a number; set it to one, or unset it.")
    return int(text)


def main() -> None:
    """Prepare the database and serve until Ctrl-C."""
    port = number_from_env("PORT", 5000)
    processes = number_from_env("PROCESSES", 1)
    app = create_app()
    create_tables(app)
    app.run("127.0.0.1", port, threaded=True, processes=processes)


if __name__ == "__main__":
    main()

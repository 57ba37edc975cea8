"""The server of the soak: the demo application, and the soak's beside it at /soak.

Started as a process of its own by `benchmarks.soak`; its one argument is a JSON object
with `threads`, `processes`, `control`, `instance` (an empty folder) and `seed`.
"""

from __future__ import annotations

import json
import random
import sys
from pathlib import Path

# The demo is run from its folder, not installed.
sys.path.insert(0, str(Path(__file__).parents[2] / "examples" / "notes"))

from benchmarks.soaking.app import create_app
from notes import create_app as create_notes  # type: ignore[import-not-found]  # above
from notes.db import create_tables  # type: ignore[import-not-found]  # likewise

from insula.servers import DispatcherMiddleware, ServerOptions, serve

__all__ = ["main"]

# Threads change places more often than by default, to meet in more places.
SWITCH_INTERVAL = 0.001


class Mounted(DispatcherMiddleware):
    """Two applications of ours: the server need not isolate what isolates itself."""

    isolates_requests = True


def main() -> None:
    """Serve until told to stop."""
    options = json.loads(sys.argv[1])
    random.seed(options["seed"])
    sys.setswitchinterval(SWITCH_INTERVAL)
    settings = {"PASSWORD_METHOD": "pbkdf2:sha256:1"}  # hashing is not what is soaked
    notes = create_notes(settings, instance_path=options["instance"])
    create_tables(notes)
    app = Mounted(notes, {"/soak": create_app(control=options["control"])})
    serve(
        lambda: app,
        ServerOptions(
            port=0,
            threads=options["threads"],
            processes=options["processes"],
            access_log=False,
        ),
    )


if __name__ == "__main__":
    main()

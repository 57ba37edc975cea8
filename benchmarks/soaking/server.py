"""The server of the soak: the demo application, and the soak's beside it.

Started as a process of its own by `benchmarks.soaking.host`; its one argument is a JSON
object with `form`, `server`, `threads`, `processes`, `control`, `switch` (seconds),
`instance` (an empty folder) and `seed`. `insula run` finds `create` here, and the
object in SOAK_SETTINGS.

The soak's application is there twice: at /soak with plain hooks, and at /asoak with
hooks that are async, so that under ASGI its async views run on the server's loop.
"""

from __future__ import annotations

import json
import os
import random
import sys
from pathlib import Path
from typing import Any

# The demo is run from its folder, not installed.
sys.path.insert(0, str(Path(__file__).parents[2] / "examples" / "notes"))

from benchmarks.soaking.app import create_app
from benchmarks.soaking.places import Tally
from notes import create_app as create_notes  # type: ignore[import-not-found]  # above
from notes.db import create_tables  # type: ignore[import-not-found]  # likewise

from insula.servers import DispatcherMiddleware, ServerOptions, serve

__all__ = ["create", "main"]


class Mounted(DispatcherMiddleware):
    """Applications of ours: the server need not isolate what isolates itself."""

    isolates_requests = True


def create(options: dict[str, Any] | None = None) -> Mounted:
    """Return all applications, as the settings say."""
    options = options or json.loads(os.environ["SOAK_SETTINGS"])
    random.seed(options["seed"])
    # Threads change places more often than by default, to meet in more places.
    sys.setswitchinterval(options["switch"])
    settings = {"PASSWORD_METHOD": "pbkdf2:sha256:1"}  # hashing is not what is soaked
    notes = create_notes(settings, instance_path=options["instance"])
    create_tables(notes)
    tally, control = Tally(), options["control"]
    mounts = {
        "/soak": create_app(control=control, tally=tally),
        "/asoak": create_app(control=control, tally=tally, is_async=True),
    }
    return Mounted(notes, mounts)


def main() -> None:
    """Serve until told to stop."""
    options = json.loads(sys.argv[1])
    app = create(options)
    if options["server"] == "uvicorn":
        _serve_with_uvicorn(app)
        return
    serve(
        lambda: app,
        ServerOptions(
            port=0,
            threads=options["threads"],
            processes=options["processes"],
            interface="asgi" if options["form"] == "tasks" else "wsgi",
            access_log=False,
        ),
    )


def _serve_with_uvicorn(app: Mounted) -> None:
    import uvicorn

    uvicorn.run(app, port=0, log_level="info", access_log=False)


if __name__ == "__main__":
    main()

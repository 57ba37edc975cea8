"""An application that cannot be loaded: one finding, where it failed."""

from __future__ import annotations

import traceback
from pathlib import Path

from insula.cli.check.findings import Finding, Place
from insula.cli.check.project import is_own
from insula.cli.check.sources import real_path
from insula.cli.errors import said_by

__all__ = ["from_error"]


def from_error(error: BaseException) -> Finding:
    """Return the finding for what loading the application raised."""
    text = said_by(error)
    place = _place(error)
    if isinstance(error, AssertionError) and str(error).startswith("Endpoint "):
        what, _, mend = str(error).rstrip(".").partition("; ")
        return Finding("endpoint-duplicate", what, mend, place)
    return Finding(
        "app-does-not-load",
        f"Loading the application raises {text.rstrip('.')}",
        "mend this first, for nothing else can be looked at",
        place,
    )


def _place(error: BaseException) -> Place | None:
    if isinstance(error, SyntaxError) and error.filename is not None:
        return Place(real_path(error.filename), error.lineno)
    frames = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if Path(frame.filename).is_file() and is_own(real_path(frame.filename))
    ]
    if not frames:
        return None
    return Place(real_path(frames[-1].filename), frames[-1].lineno)

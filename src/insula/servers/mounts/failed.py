"""What answers in the place of a mount that could not be loaded or started.

Rules of the file: a visitor is told 503 and nothing else; the error is shown to the
debugger, else as text in debug mode.

Source: RFC 9110 §15.6.4 (503).
"""

from __future__ import annotations

import importlib
import os
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Any

from insula.app.environment import get_debug_flag

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["FailedMount", "MountError", "from_their_code"]

_OWN = f"{Path(__file__).parents[2]}{os.sep}"


def from_their_code(exc: BaseException) -> BaseException:
    """Return an error whose traceback begins in what was loaded, not in the loader."""
    tb = exc.__traceback__
    while tb is not None and _is_loader(tb.tb_frame.f_code.co_filename):
        tb = tb.tb_next
    return exc.with_traceback(tb)


def _is_loader(file: str) -> bool:
    return file.startswith((_OWN, "<frozen importlib")) or file == importlib.__file__


class MountError(RuntimeError):
    """A mount is down; its cause says why."""


class FailedMount:
    """Answers every request of a mount that is down."""

    def __init__(self, place: str, what: str, exc: BaseException) -> None:
        self.exc = exc
        self.what = what
        self.message = (
            f"The mount {place!r} is down: {what}. The other mounts are served."
        )

    def __repr__(self) -> str:
        return f"<FailedMount {type(self.exc).__name__}>"

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """Raise the error for the debugger, show it in debug mode, or say 503."""
        if environ.get("insula.debugger"):
            raise MountError(self.message) from self.exc
        if get_debug_flag():
            text = "".join(traceback.format_exception(self.exc))
            body = f"{self.message}\n\n{text}".encode()
            start_response(
                "503 Service Unavailable",
                [
                    ("Content-Type", "text/plain; charset=utf-8"),
                    ("Content-Length", str(len(body))),
                ],
            )
            return [body]
        from werkzeug.exceptions import ServiceUnavailable

        found: Iterable[bytes] = ServiceUnavailable()(environ, start_response)
        return found

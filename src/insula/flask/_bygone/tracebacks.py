"""Old ``werkzeug.debug.tbtools.get_current_traceback``, upon what shows them today."""

from __future__ import annotations

import sys
from typing import Any

from werkzeug.debug.tbtools import DebugTraceback

__all__ = ["Traceback", "get_current_traceback"]


class Traceback:
    """The exception that is being handled, as text and as a page."""

    def __init__(self, exc: BaseException, skip: int = 0) -> None:
        self.exc_value = exc
        self.exc_type = type(exc)
        self._shown = DebugTraceback(exc, skip=skip)
        self.is_syntax_error = isinstance(exc, SyntaxError)

    @property
    def exception(self) -> str:
        """The last lines: what was raised."""
        shown = "".join(self._shown._te.format_exception_only())
        return shown.strip()

    @property
    def plaintext(self) -> str:
        """The whole traceback as text."""
        return self._shown.render_traceback_text()

    @property
    def frames(self) -> Any:
        """The frames, the outermost first."""
        return self._shown.all_frames

    def log(self, logfile: Any = None) -> None:
        """Write it to a file, standard error if there is none."""
        (logfile or sys.stderr).write(self.plaintext.rstrip() + "\n")

    def render_summary(self, include_title: bool = True) -> str:
        """Return the traceback as HTML."""
        return self._shown.render_traceback_html(include_title)

    def render_full(
        self, evalex: bool = False, secret: Any = "", evalex_trusted: bool = True
    ) -> str:
        """Return the debugger's page."""
        return self._shown.render_debugger_html(
            evalex, str(secret or ""), evalex_trusted
        )


def get_current_traceback(
    ignore_system_exceptions: bool = False,
    show_hidden_frames: bool = False,  # noqa: ARG001 - today they are told apart
    skip: int = 0,
) -> Traceback:
    """Return the exception that is being handled."""
    exc = sys.exc_info()[1]
    if exc is None:
        raise RuntimeError(
            "There is no exception; call get_current_traceback() in an except block."
        )
    is_system = isinstance(exc, (GeneratorExit, SystemExit, KeyboardInterrupt))
    if ignore_system_exceptions and is_system:
        raise exc
    return Traceback(exc, skip)

"""What the framework has itself and reads, and Flask has dropped.

``app.before_first_request_funcs`` and ``app.got_first_request``: the framework reads
them without a warning.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from insula._core.naming import package_name
from insula.dispatch.first import FirstRequest
from insula.flask._telling import is_listing

__all__ = ["before_first_request_funcs", "functions_of", "got_first_request"]

_NAME = "before_first_request_funcs"
_PACKAGE = Path(__file__).parents[2]
_OURS = tuple(str(_PACKAGE / name) for name in ("app", "dispatch", "flask"))


def functions_of(app: Any) -> list[Any]:
    """Return the list, without a warning."""
    found: list[Any] = app.__dict__[_NAME]
    return found


def _tell_of(app: Any, name: str) -> None:
    """Tell whoever reads the attribute, but for the framework."""
    frame = sys._getframe(2)
    is_ours = frame.f_code.co_filename.startswith(_OURS)
    if package_name() == "flask" and not is_ours and not is_listing(frame):
        from insula.flask._old.telling import is_refused

        if is_refused(f"flask.Flask.{name}"):
            raise AttributeError(
                f"{type(app).__name__!r} object has no attribute {name!r}"
            )


class _FirstFunctions:
    """The list, an attribute of the application."""

    def __get__(self, app: Any, cls: type | None = None) -> Any:
        if app is None:
            return self
        _tell_of(app, _NAME)
        return functions_of(app)

    def __set__(self, app: Any, value: list[Any]) -> None:
        app.__dict__[_NAME] = value


before_first_request_funcs = _FirstFunctions()

_got: Any = FirstRequest.got_first_request


class _GotFirstRequest:
    """Whether a request has come, an attribute of the application."""

    def __get__(self, app: Any, cls: type | None = None) -> Any:
        if app is None:
            return self
        _tell_of(app, "got_first_request")
        return _got.__get__(app, cls)

    def __set__(self, app: Any, value: bool) -> None:
        raise AttributeError("got_first_request is not to be set.")


got_first_request = _GotFirstRequest()

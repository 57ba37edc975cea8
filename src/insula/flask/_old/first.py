"""``app.before_first_request_funcs``: the framework's own list, which programs read."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from insula._core.naming import package_name

__all__ = ["before_first_request_funcs", "functions_of"]

_NAME = "before_first_request_funcs"
_PACKAGE = Path(__file__).parents[2]
_OURS = (str(_PACKAGE / "app"), str(_PACKAGE / "dispatch"))


def functions_of(app: Any) -> list[Any]:
    """Return the list, without a warning."""
    found: list[Any] = app.__dict__[_NAME]
    return found


class _FirstFunctions:
    """The attribute; the framework reads it without a warning."""

    def __get__(self, app: Any, cls: type | None = None) -> Any:
        if app is None:
            return self
        where = sys._getframe(1).f_code.co_filename
        if package_name() == "flask" and not where.startswith(_OURS):
            from insula.flask._old.telling import is_refused

            if is_refused(f"flask.Flask.{_NAME}"):
                raise AttributeError(
                    f"{type(app).__name__!r} object has no attribute {_NAME!r}"
                )
        return functions_of(app)

    def __set__(self, app: Any, value: list[Any]) -> None:
        app.__dict__[_NAME] = value


before_first_request_funcs = _FirstFunctions()

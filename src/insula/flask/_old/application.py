"""Methods of the application and the blueprint that Flask has dropped."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from insula.app.registration import Registration
from insula.flask._old.telling import tell

__all__ = [
    "before_app_first_request",
    "before_first_request",
    "before_first_request_funcs",
    "init_jinja_globals",
    "is_blueprint_finished",
    "is_setup_finished",
    "trigger_first",
    "warn_on_modifications",
]

before_first_request = Registration.before_first_request
warn_on_modifications = False


def before_app_first_request(blueprint: Any, f: Any) -> Any:
    """Call ``f()`` once, before the application's first request."""
    blueprint.record_once(lambda state: _functions(state.app).append(f))
    return f


def _functions(app: Any) -> list[Any]:
    found: list[Any] = app.__dict__["before_first_request_funcs"]
    return found


def trigger_first(app: Any) -> None:
    """Call the functions now, as the first request would; of the application's."""
    if not app.got_first_request:
        app._before_first_request()


def is_setup_finished(app: Any) -> bool:
    """Tell whether set-up is over, of which debug mode took notice."""
    return bool(app.debug and app.got_first_request)


def is_blueprint_finished(blueprint: Any) -> bool:
    """Tell whether a blueprint that wants to know has been registered."""
    return bool(blueprint.warn_on_modifications and blueprint._got_registered_once)


def init_jinja_globals(app: Any) -> None:
    """Do nothing, as since Flask 0.7; of the application's."""


class FirstFunctions:
    """The list itself; the framework reads it without a warning."""

    _OWN = str(Path(__file__).parents[2] / "dispatch")
    _APP = str(Path(__file__).parents[2] / "app")

    def __get__(self, app: Any, cls: type | None = None) -> Any:
        if app is None:
            return self
        where = sys._getframe(1).f_code.co_filename
        if not where.startswith((self._OWN, self._APP, __file__)):
            try:
                tell("flask.Flask.before_first_request_funcs")
            except DeprecationWarning as exc:
                raise AttributeError(
                    f"{type(app).__name__!r} object has no attribute"
                    " 'before_first_request_funcs'"
                ) from exc
        return _functions(app)

    def __set__(self, app: Any, value: list[Any]) -> None:
        app.__dict__["before_first_request_funcs"] = value


before_first_request_funcs = FirstFunctions()

"""Methods of the application and the blueprint that Flask has dropped."""

from __future__ import annotations

from typing import Any

from insula.app.registration import Registration
from insula.flask._old.first import functions_of

__all__ = [
    "before_app_first_request",
    "before_first_request",
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
    blueprint.record_once(lambda state: functions_of(state.app).append(f))
    return f


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

"""What is wrapped around functions and methods that took other parameters.

Nothing is done here where no old parameter is given.
"""

from __future__ import annotations

import os
import sys
from functools import wraps
from pathlib import Path
from typing import Any

from insula.app.blueprint import _nested_options as nested_options_of

__all__ = ["WRAPPERS", "check_app", "check_blueprint", "ending", "make_app", "register"]


def _loader(name: str) -> Any:
    def wrap(own: Any) -> Any:
        @wraps(own)
        def call(*args: Any, **kwargs: Any) -> Any:
            if "app" in kwargs or "encoding" in kwargs:
                import insula.flask._old.encoders as old

                return getattr(old, name)(*args, **kwargs)
            if "cls" in kwargs and name.startswith("dump"):
                encoders = sys.modules.get("insula.flask._old.encoders")
                # Else nobody has a subclass of the old encoder.
                if encoders is not None:
                    encoders.heed_class(kwargs)
            return own(*args, **kwargs)

        return call

    return wrap


def _main(own: Any) -> Any:
    @wraps(own)
    def main(*old: Any, **named: Any) -> None:
        if old or named:
            from insula.flask._old.telling import is_refused

            if is_refused("flask.cli.main(as_module=)"):
                own(*old, **named)
        own()

    return main


_APP = str(Path(__file__).parents[2] / "app")

_OLD_OF_FILES = {
    "add_etags",
    "attachment_filename",
    "cache_timeout",
    "filename",
    "filename_or_fp",
}


def _sender(own: Any) -> Any:
    @wraps(own)
    def send(*args: Any, **kwargs: Any) -> Any:
        if not _OLD_OF_FILES.isdisjoint(kwargs):
            from insula.flask._old.files import renamed

            kwargs = renamed(own.__name__, kwargs)
        return own(*args, **kwargs)

    return send


#: Of each function the modules that have it, and what is wrapped around it.
def _debug_flag(own: Any) -> Any:
    @wraps(own)
    def get_debug_flag() -> bool:
        if own():
            return True
        if os.environ.get("FLASK_ENV") != "development":
            return False
        from insula.flask._old.environment import is_development

        return is_development()

    return get_debug_flag


WRAPPERS: dict[str, tuple[tuple[str, ...], Any]] = {
    "get_debug_flag": (("flask.helpers", "flask.cli"), _debug_flag),
    "main": (("flask.cli",), _main),
    "send_file": (("flask.helpers", "flask"), _sender),
    "send_from_directory": (("flask.helpers", "flask"), _sender),
    **{
        name: (("flask.json",), _loader(name))
        for name in ("dumps", "dump", "loads", "load")
    },
}


def make_app(own: Any, finish: Any) -> Any:
    """Wrap the constructor of applications; ``finish(app)`` is called at its end."""

    @wraps(own)
    def __init__(self: Any, *args: Any, **kwargs: Any) -> None:  # noqa: N807 - the class's
        if "static_path" in kwargs:
            from insula.flask._old.telling import is_refused

            if not is_refused("flask.Flask(static_path=)"):
                path = kwargs.pop("static_path")
                kwargs.setdefault("static_url_path", path)
        own(self, *args, **kwargs)
        finish(self)

    return __init__


def ending(own: Any, finish: Any) -> Any:
    """Wrap a constructor; ``finish(object)`` is called at its end."""

    @wraps(own)
    def __init__(self: Any, *args: Any, **kwargs: Any) -> None:  # noqa: N807 - the class's
        own(self, *args, **kwargs)
        finish(self)

    return __init__


def register(own: Any) -> Any:
    """Wrap the method by which a blueprint is registered."""

    @wraps(own)
    def register(self: Any, app: Any, options: Any, *old: Any, **named: Any) -> None:
        if old or named:
            from insula.flask._old.telling import is_refused

            if is_refused("flask.Blueprint.register(first_registration=)"):
                own(self, app, options, *old, **named)
                return
        name = f"{options.get('name_prefix', '')}.{options.get('name', self.name)}"
        if app.blueprints.get(name.lstrip(".")) is self:
            from insula.flask._old.telling import is_refused

            said = (
                f"The blueprint {self.name!r} is registered twice by one name, an error"
                " since Flask 2.1"
            )
            if not is_refused("blueprint-registered-twice", said):
                _register_again(self, app, options, name.lstrip("."))
                return
        own(self, app, options)

    return register


def _register_again(blueprint: Any, app: Any, options: Any, name: str) -> None:
    """Add the rules of a blueprint once more; all else is there."""
    state = blueprint.make_setup_state(app, options, first_registration=False)
    if blueprint.has_static_folder:
        state.add_url_rule(
            f"{blueprint.static_url_path}/<path:filename>",
            view_func=blueprint.send_static_file,
            endpoint="static",
        )
    for deferred in blueprint.deferred_functions:
        deferred(state)
    for nested, nested_options in blueprint._blueprints:
        nested.register(app, nested_options_of(state, name, nested, nested_options))


def _calls_itself() -> bool:
    """Tell whether a setup method was called by another, which has been told of."""
    # This, the check, what wraps the method, and then who calls it.
    return sys._getframe(3).f_code.co_filename.startswith(_APP)


def check_app(own: Any) -> Any:
    """Wrap the check whether an application can still be set up.

    Flask before 2.2 refused it in debug mode alone. So it is here: where nobody is at
    work on the program, it warns, for what came late was served by every Flask that
    such a program was written for. It is not what one should do, as of two requests
    that are answered at the time one may know what is registered and the other not.
    """

    @wraps(own)
    def check(self: Any, f_name: str) -> None:
        if not self.got_first_request:
            return
        if not self.debug:
            if _calls_itself():
                return
            from insula.flask._old.telling import is_refused

            said = (
                f"The setup method {f_name!r} is called on an application that has"
                " answered its first request, an error since Flask 2.2"
            )
            if not is_refused("setup-method-after-first-request", said):
                return
        own(self, f_name)

    return check


def check_blueprint(own: Any) -> Any:
    """Wrap the check whether a blueprint can still be changed.

    What comes late counts from the next registration on, as before Flask 2.3.
    """

    @wraps(own)
    def check(self: Any, f_name: str) -> None:
        if not self._got_registered_once or _calls_itself():
            return
        from insula.flask._old.telling import is_refused

        said = (
            f"The setup method {f_name!r} is called on the blueprint {self.name!r},"
            " which has been registered, an error since Flask 2.3"
        )
        if is_refused("setup-method-after-registration", said):
            own(self, f_name)

    return check

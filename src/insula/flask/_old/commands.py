"""The command line as it was until Flask 2.1: factories and finders with a ScriptInfo.

:func:`attach` is called when the first name of ``flask.cli`` is used.
"""

from __future__ import annotations

import inspect
import sys
from contextvars import ContextVar
from functools import cache, wraps
from typing import TYPE_CHECKING, Any

import click

from insula.cli import find
from insula.cli.find import find_app_by_string as own_find_app_by_string
from insula.cli.find import find_best_app as own_find_best_app
from insula.cli.find import locate_app as own_locate_app
from insula.cli.run import run_command
from insula.cli.script_info import ScriptInfo
from insula.flask._old.environment import set_debug_flag
from insula.flask._old.telling import is_refused
from insula.flask.serving import show_server_banner as own_show_server_banner

if TYPE_CHECKING:
    import types

__all__ = [
    "DispatchingApp",
    "attach",
    "call_factory",
    "dotenv",
    "eager_option",
    "explain_ignored_app_run",
    "find_app_by_string",
    "find_best_app",
    "find_default_import_path",
    "locate_app",
    "show_server_banner",
    "with_script_info",
]

_FACTORY = "flask.cli.FlaskGroup(create_app=f(script_info))"


def _asks_for_info(factory: Any) -> bool:
    """Tell whether a factory is one that is handed the command line's ScriptInfo."""
    try:
        parameters = inspect.signature(factory).parameters
    except (TypeError, ValueError):
        return False
    if "script_info" in parameters:
        return True
    needed = [
        each
        for each in parameters.values()
        if each.default is each.empty
        and each.kind in {each.POSITIONAL_ONLY, each.POSITIONAL_OR_KEYWORD}
    ]
    return len(needed) == len(parameters) == 1


def call_factory(
    script_info: Any, app_factory: Any, args: Any = (), kwargs: Any = None
) -> Any:
    """Call a factory, with the ScriptInfo where it wants that."""
    named: dict[str, Any] = dict(kwargs or {})
    if "script_info" in inspect.signature(app_factory).parameters:
        return app_factory(*(args or ()), script_info=script_info, **named)
    if not args and not named and _asks_for_info(app_factory):
        return app_factory(script_info)
    return app_factory(*(args or ()), **named)


def with_script_info(info: Any, create_app: Any) -> Any:
    """Return the factory as one that takes nothing."""
    if create_app is None or not _asks_for_info(create_app):
        return create_app
    said = "The factory of a FlaskGroup is handed no ScriptInfo since Flask 2.1"
    if is_refused(_FACTORY, said):
        return create_app
    return lambda: call_factory(info, create_app)


# What a finder was handed, while it looks for the application.
_handed: ContextVar[ScriptInfo | None] = ContextVar("handed", default=None)


def _without_info(row: str, own: Any) -> Any:
    @wraps(own)
    def call(*args: Any, **kwargs: Any) -> Any:
        first = args[0] if args else kwargs.get("script_info", own)
        if (first is None or isinstance(first, ScriptInfo)) and not is_refused(row):
            args = args[1:] if args else args
            kwargs.pop("script_info", None)
            reset = _handed.set(first)
            try:
                return own(*args, **kwargs)
            finally:
                _handed.reset(reset)
        return own(*args, **kwargs)

    return call


def _calling(own: Any) -> Any:
    """Wrap what calls a factory that a finder has found.

    One that wants a ScriptInfo by another name gets it only where the finder was handed
    it; elsewhere it more likely wants something of the user, who is told so.
    """

    @wraps(own)
    def call(module: Any, name: str, factory: Any, args: Any, kwargs: Any) -> Any:
        handed = _handed.get()
        try:
            is_named = "script_info" in inspect.signature(factory).parameters
        except (TypeError, ValueError):
            return own(module, name, factory, args, kwargs)
        is_alone = handed is not None and not args and not kwargs
        if is_named or (is_alone and _asks_for_info(factory)):
            said = f"The factory {name!r} is handed no ScriptInfo since Flask 2.1"
            if not is_refused(_FACTORY, said):
                return own(module, name, _informed(factory, handed), args, kwargs)
        return own(module, name, factory, args, kwargs)

    return call


def _informed(factory: Any, handed: ScriptInfo | None) -> Any:
    ctx = click.get_current_context(silent=True)
    info = handed or (ctx and ctx.find_object(ScriptInfo)) or ScriptInfo()

    def made(*args: Any, **kwargs: Any) -> Any:
        return call_factory(info, factory, args, kwargs)

    return made


find_best_app = _without_info("flask.cli.find_best_app(script_info)", own_find_best_app)
find_app_by_string = _without_info(
    "flask.cli.find_app_by_string(script_info)", own_find_app_by_string
)
locate_app = _without_info("flask.cli.locate_app(script_info)", own_locate_app)


@wraps(own_show_server_banner)
def show_server_banner(*args: Any, **kwargs: Any) -> None:
    """Say what is served, unless the reloader has said so."""
    row = "flask.cli.show_server_banner(env,eager_loading)"
    is_old = len(args) > 2 or not {"env", "eager_loading"}.isdisjoint(kwargs)  # noqa: PLR2004 - as many as it takes
    if is_old and not is_refused(row):
        names = ("env", "debug", "app_import_path", "eager_loading")
        given = {**dict(zip(names, args, strict=False)), **kwargs}
        own_show_server_banner(given["debug"], given["app_import_path"])
    else:
        own_show_server_banner(*args, **kwargs)


class DispatchingApp:
    """An application that is loaded at its first request, or at once.

    :param loader: returns it.
    :param use_eager_loading: load it at once.
    """

    def __init__(self, loader: Any, use_eager_loading: bool | None = None) -> None:
        self.loader = loader
        self._app = loader() if use_eager_loading else None

    def __call__(self, environ: Any, start_response: Any) -> Any:
        if self._app is None:
            self._app = self.loader()
        return self._app(environ, start_response)


def find_default_import_path() -> str | None:
    """Return what ``FLASK_APP`` names."""
    from os import environ

    return environ.get("FLASK_APP")


def explain_ignored_app_run() -> None:
    """Do nothing: ``app.run()`` says so itself where it has no effect."""


def _dotenv() -> types.ModuleType | None:
    try:
        import dotenv as found
    except ImportError:
        return None
    return found


dotenv = _dotenv()


def _tell_of_eager_loading(
    _ctx: click.Context, _param: click.Parameter, value: bool | None
) -> None:
    if value is not None:
        said = "The option --eager-loading does nothing since Flask 2.2"
        is_refused("flask.run(--eager-loading)", said)


eager_option = click.Option(
    ["--eager-loading/--lazy-loading"],
    default=None,
    expose_value=False,
    callback=_tell_of_eager_loading,
    hidden=True,
)


@cache
def attach() -> None:
    """Put what is here in place."""
    own_init = ScriptInfo.__init__

    @wraps(own_init)
    def __init__(self: Any, *args: Any, **kwargs: Any) -> None:  # noqa: N807 - the class's
        own_init(self, *args, **kwargs)
        self.create_app = with_script_info(self, self.create_app)

    find._call = _calling(find._call)
    ScriptInfo.__init__ = __init__  # type: ignore[method-assign]  # what this is for
    run_command.params.append(eager_option)
    set_debug_flag()
    names = vars(sys.modules["flask.cli"])
    for function in (
        find_best_app,
        find_app_by_string,
        locate_app,
        show_server_banner,
    ):
        names.setdefault(function.__name__, function)

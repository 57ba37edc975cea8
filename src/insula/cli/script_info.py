"""Find and load the application that a command is for.

It is named by ``--app``, else by ``INSULA_APP`` or ``FLASK_APP``, else looked for in
``wsgi.py`` and ``app.py``. A name is ``module``, ``module:name``, ``module:factory()``
or ``module:factory("argument")``; the module may be a path. Without a name, ``app`` or
``application`` is taken, then the only application there is, then the factory
``create_app`` or ``make_app``.
"""

from __future__ import annotations

import ast
import os
import sys
from importlib import import_module
from inspect import Parameter, isfunction, signature
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from insula.app import Insula
from insula.app.environment import get_debug_flag
from insula.cli.errors import LoadError, NoAppException

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

__all__ = ["ScriptInfo", "find_app", "load_module"]

_WSGI_ARGUMENTS = 2
_POSITIONAL = (Parameter.POSITIONAL_ONLY, Parameter.POSITIONAL_OR_KEYWORD)


def load_module(name: str) -> ModuleType:
    """Import the module of a dotted name or a path, with its folder on ``sys.path``."""
    path = Path(name)
    if path.suffix == ".py" or os.sep in name or path.is_dir():
        path = path.resolve()
        if path.suffix == ".py":
            path = path.with_suffix("")
        if path.name == "__init__":
            path = path.parent
        parts = [path.name]
        folder = path.parent
        while (folder / "__init__.py").exists():
            parts.insert(0, folder.name)
            folder = folder.parent
        name = ".".join(parts)
    else:
        folder = Path.cwd()
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))
    try:
        return import_module(name)
    except ModuleNotFoundError as exc:
        # A module that is missing further inside is an error of the application.
        if exc.name is None or not (
            name == exc.name or name.startswith(f"{exc.name}.")
        ):
            raise
        raise NoAppException(
            f"Could not import {name!r}: there is no such module in {folder} or"
            " installed. Name another with --app MODULE[:NAME]."
        ) from None


def find_app(module: ModuleType, name: str | None = None) -> Any:
    """Return the application of a module: the named one, or the one that is there."""
    if name is not None:
        return _named(module, name)
    for candidate in ("app", "application"):
        app = getattr(module, candidate, None)
        if isinstance(app, Insula):
            return app
    apps = {id(value): value for value in vars(module).values() if _is_app(value)}
    if len(apps) == 1:
        return next(iter(apps.values()))
    if len(apps) > 1:
        raise NoAppException(
            f"There are {len(apps)} applications in module {module.__name__!r}; name"
            f" one with --app {module.__name__}:NAME."
        )
    for candidate in ("create_app", "make_app"):
        factory = getattr(module, candidate, None)
        if callable(factory):
            return _call(module, candidate, factory, [], {})
    raise NoAppException(
        f"There is no application or factory in module {module.__name__!r}; name it"
        f" with --app {module.__name__}:NAME."
    )


def _is_app(value: object) -> bool:
    return isinstance(value, Insula)


def _named(module: ModuleType, text: str) -> Any:
    try:
        expression = ast.parse(text.strip(), mode="eval").body
    except SyntaxError:
        expression = None
    args: list[Any] = []
    kwargs: dict[str, Any] = {}
    called = isinstance(expression, ast.Call)
    if isinstance(expression, ast.Call):
        try:
            args = [ast.literal_eval(arg) for arg in expression.args]
            kwargs = {
                str(k.arg): ast.literal_eval(k.value) for k in expression.keywords
            }
        except ValueError:
            raise NoAppException(
                f"The arguments in {text!r} must be literals: strings, numbers, …"
            ) from None
        expression = expression.func
    if not isinstance(expression, ast.Name):
        raise NoAppException(
            f"{text!r} is neither the name of an application nor a call of a factory."
        )
    try:
        found = getattr(module, expression.id)
    except AttributeError:
        raise NoAppException(
            f"There is no {expression.id!r} in module {module.__name__!r}."
        ) from None
    if called or (not isinstance(found, Insula) and _is_factory(found)):
        return _call(module, expression.id, found, args, kwargs)
    if callable(found):
        return found
    raise NoAppException(
        f"{module.__name__}:{text} is a {type(found).__name__}, not an application."
    )


def _is_factory(value: object) -> bool:
    # NOTE: a function that needs two arguments is a WSGI application itself.
    if not isfunction(value):
        return False
    needed = [
        parameter
        for parameter in signature(value).parameters.values()
        if parameter.default is parameter.empty
        and parameter.kind
        in {parameter.POSITIONAL_ONLY, parameter.POSITIONAL_OR_KEYWORD}
    ]
    return len(needed) != _WSGI_ARGUMENTS


def _call(
    module: ModuleType,
    name: str,
    factory: Callable[..., Any],
    args: list[Any],
    kwargs: dict[str, Any],
) -> Any:
    try:
        app = factory(*args, **kwargs)
    except TypeError as exc:
        if exc.__traceback__ is not None and exc.__traceback__.tb_next is None:
            raise NoAppException(
                f"The factory {module.__name__}:{name} could not be called: {exc}. Give"
                f" its arguments: --app '{module.__name__}:{name}(\"…\")'."
            ) from None
        raise
    if not callable(app):
        raise NoAppException(
            f"The factory {module.__name__}:{name} returned a {type(app).__name__}, not"
            " an application."
        )
    return app


class ScriptInfo:
    """What a command line knows of its application; click hands it to each command.

    :param app_import_path: the name of the application.
    :param create_app: a function that makes it, in place of a name.
    :param set_debug_flag: set the application's debug mode from the environment.
    """

    def __init__(
        self,
        app_import_path: str | None = None,
        create_app: Callable[..., Any] | None = None,
        set_debug_flag: bool = True,
    ) -> None:
        self.app_import_path = app_import_path
        self.create_app = create_app
        self.set_debug_flag = set_debug_flag
        #: For the use of commands.
        self.data: dict[Any, Any] = {}
        self._loaded_app: Any = None

    def load_app(self) -> Any:
        """Return the application, loaded the first time.

        :raises NoAppException: if there is none.
        """
        if self._loaded_app is None:
            app = self._load()
            if self.set_debug_flag and isinstance(app, Insula):
                app.debug = get_debug_flag()
            self._loaded_app = app
        return self._loaded_app

    def _load(self) -> Any:
        try:
            return self.create_app() if self.create_app is not None else self._find()
        except click.ClickException:
            raise
        except Exception as exc:
            if get_debug_flag():
                raise
            raise LoadError("Loading the application", exc) from exc

    def _find(self) -> Any:
        path = (
            self.app_import_path
            or os.environ.get("INSULA_APP")
            or os.environ.get("FLASK_APP")
        )
        if path:
            # A Windows path has a colon of its own.
            module, _, name = path.partition(":")
            return find_app(load_module(module), name or None)
        for file in ("wsgi.py", "app.py"):
            if Path(file).is_file():
                return find_app(load_module(file))
        raise NoAppException(
            "Could not locate an application: name it with --app MODULE[:NAME] (or the"
            " environment variable INSULA_APP), or make a 'wsgi.py' or 'app.py' in the"
            " current folder."
        )

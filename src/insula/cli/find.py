"""Find an application in a module, and the module of a name.

A name is a dotted one or a path; what stands for an application is its name in the
module or the call of a factory, ``factory("argument")``. Without one, ``app`` or
``application`` is taken, then the only application there is, then the factory
``create_app`` or ``make_app``.
"""

from __future__ import annotations

import ast
import os
import re
import sys
import traceback
from importlib import import_module
from inspect import isfunction, signature
from pathlib import Path
from typing import TYPE_CHECKING, Any

from insula._core import late
from insula.app import Insula
from insula.cli.errors import NoAppException

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

__all__ = [
    "NamedApp",
    "find_app_by_string",
    "find_best_app",
    "load_module",
    "locate_app",
    "prepare_import",
]

_WSGI_ARGUMENTS = 2


class NamedApp:
    """An application by its name: ``module``, ``module:name``, ``module:factory()``.

    :ivar module: the dotted name of the module, whose folder is on ``sys.path`` now.
    """

    def __init__(self, text: str) -> None:
        # A Windows path has a colon of its own.
        path, name = ([*re.split(r":(?![\\/])", text, maxsplit=1), None])[:2]
        self._path = str(path)
        self._name = name
        self.module = prepare_import(self._path)

    def load(self) -> Any:
        """Import the module and return the application.

        :raises NoAppException: if the name leads to none.
        """
        module = load_module(self.module, self._path)
        self._check_place(module)
        if self._name:
            return find_app_by_string(module, self._name)
        return find_best_app(module)

    def _check_place(self, module: ModuleType) -> None:
        """Refuse a module of the same name that was imported from elsewhere."""
        found = getattr(module, "__file__", None)
        asked = Path(os.path.realpath(self._path))
        if found and asked.suffix == ".py" and Path(os.path.realpath(found)) != asked:
            raise NoAppException(
                f"{self._path!r} cannot be imported as {self.module!r}: that is"
                f" {found} already. Rename one of the two, or put an __init__.py into"
                " their folders."
            )


def prepare_import(path: str | os.PathLike[str]) -> str:
    """Return the dotted name of a module, its folder first on ``sys.path``.

    :param path: a path, with or without ``.py``, or a dotted name that starts in the
        current folder.
    """
    place = Path(os.path.realpath(path))
    if place.suffix == ".py":
        place = place.with_suffix("")
    if place.name == "__init__":
        place = place.parent
    parts = [place.name]
    folder = place.parent
    while (folder / "__init__.py").exists():
        parts.insert(0, folder.name)
        folder = folder.parent
    if sys.path[0] != str(folder):
        sys.path.insert(0, str(folder))
    return ".".join(parts)


def load_module(name: str, shown: str | None = None) -> ModuleType:
    """Import a module; one that is missing is a :exc:`NoAppException`.

    :param shown: what the command line called it.
    """
    try:
        return import_module(name)
    except ModuleNotFoundError as exc:
        # A module that is missing further inside is an error of the application.
        if exc.name is None or not (
            name == exc.name or name.startswith(f"{exc.name}.")
        ):
            raise
        raise NoAppException(
            f"Could not import {shown or name!r}: there is no such module in"
            f" {sys.path[0]} or installed. Name another with --app MODULE[:NAME]."
        ) from None


def locate_app(
    module_name: str, app_name: str | None, raise_if_not_found: bool = True
) -> Any:
    """Import a module and return the application in it.

    :param app_name: its name there, or the call of a factory; looked for if ``None``.
    :param raise_if_not_found: whether a missing module is an error, or ``None``.
    """
    try:
        module = load_module(module_name)
    except NoAppException:
        if raise_if_not_found:
            raise
        return None
    except ImportError as exc:
        raise NoAppException(
            f"Importing {module_name!r} raised an error:\n\n{traceback.format_exc()}"
            f"{late.import_hint(exc)}"
        ) from None
    if app_name is None:
        return find_best_app(module)
    return find_app_by_string(module, app_name)


def find_best_app(module: ModuleType) -> Any:
    """Return the application that is there."""
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


def find_app_by_string(module: ModuleType, app_name: str) -> Any:
    """Return the application that ``app_name`` names, or the factory in it makes."""
    try:
        expression = ast.parse(app_name.strip(), mode="eval").body
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
                f"The arguments in {app_name!r} must be literals: strings, numbers, …"
            ) from None
        expression = expression.func
    if not isinstance(expression, ast.Name):
        raise NoAppException(
            f"{app_name!r} is neither the name of an application nor a call of a"
            " factory."
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
        f"{module.__name__}:{app_name} is a {type(found).__name__}, not an application."
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
        if _called_with_wrong_args(factory):
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


def _called_with_wrong_args(f: Callable[..., Any]) -> bool:
    """Tell whether the error being handled came of the call, not from inside ``f``."""
    tb = sys.exc_info()[2]
    code = getattr(f, "__code__", None)
    while tb is not None:
        if tb.tb_frame.f_code is code:
            return False
        tb = tb.tb_next
    return True

"""What is looked at: the application, its own modules, its own templates.

Theory. A module is the project's own if it lies in the current folder or in that of
the application, and was not installed; or if it belongs to the application's package.
Only modules that the application has loaded are looked at: others may be for another
purpose.
"""

from __future__ import annotations

import inspect
import os
import sys
import sysconfig
from functools import cache, cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from insula.app import Insula
from insula.cli.check.findings import Place
from insula.cli.check.sources import Source, real_path

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from insula.cli.check.sources import Function

__all__ = ["Project"]

_PACKAGE = str(Path(__file__).resolve().parents[2])
_INSTALLED = tuple(
    f"{os.sep}{name}{os.sep}" for name in ("site-packages", "dist-packages")
)


class Project:
    """An application with its sources.

    :param production: whether the settings are to be those of production.
    """

    def __init__(self, app: Any, *, production: bool = False) -> None:
        self.app = app
        self.production = production

    @cached_property
    def root(self) -> str:
        """The folder that the application is in."""
        return real_path(self.app.root_path)

    @cached_property
    def sources(self) -> list[Source]:
        """The project's own modules."""
        found: dict[str, Source] = {}
        package = self.app.import_name.partition(".")[0]
        for name, module in list(sys.modules.items()):
            file = getattr(module, "__file__", None)
            if name == "__main__" or not file or not file.endswith(".py"):
                continue
            of_package = name.partition(".")[0] == package != "insula"
            if not of_package and _is_installed(file):
                # PERF: most modules are; asking for the real path of each took most
                # of the time.
                continue
            path = real_path(file)
            if path in found or not (of_package or is_own(path, self.root)):
                continue
            try:
                found[path] = Source(path, module, Path(path).read_text("utf-8"))
            except (OSError, UnicodeDecodeError, SyntaxError):
                # Changed since, or in another encoding: not to be judged.
                continue
        return list(found.values())

    @cached_property
    def _by_file(self) -> dict[str, Source]:
        return {source.file: source for source in self.sources}

    def find(self, function: Any) -> tuple[Source, Function] | None:
        """Return the source of a function, if it is the project's own."""
        code = getattr(function, "__code__", None)
        if code is None:
            return None
        source = self._by_file.get(real_path(code.co_filename))
        node = None if source is None else source.functions.get(code.co_firstlineno)
        if source is None or node is None or node.name != function.__name__:
            return None
        return source, node

    def find_inner(self, function: Any) -> tuple[Source, Function] | None:
        """Return the source of what a function wraps, if it is the project's own."""
        return self.find(inner(function))

    def views(self) -> Iterator[tuple[str, Any]]:
        """Yield the endpoints with a rule, and their functions.

        Those of a class are its methods.
        """
        endpoints = {rule.endpoint for rule in self.app.url_map.iter_rules()}
        for endpoint, view in self.app.view_functions.items():
            if endpoint not in endpoints:
                continue
            cls = getattr(view, "view_class", None)
            if cls is None:
                yield endpoint, view
                continue
            names = sorted(getattr(cls, "methods", None) or ())
            for name in [*(name.lower() for name in names), "dispatch_request"]:
                method = getattr(cls, name, None)
                if inspect.isfunction(method):
                    yield endpoint, method

    def rules_by_endpoint(self) -> dict[str, list[Any]]:
        """Return the rules of each endpoint."""
        found: dict[str, list[Any]] = {}
        for rule in self.app.url_map.iter_rules():
            found.setdefault(rule.endpoint, []).append(rule)
        return found

    def endpoints_of_others(self) -> set[str]:
        """Return the endpoints of other applications that the project's modules have.

        Code beside this application may be theirs, and link to them.
        """
        found: dict[int, Any] = {
            id(value): value
            for source in self.sources
            for value in vars(source.module).values()
            if isinstance(value, Insula) and value is not self.app
        }
        return {
            rule.endpoint for app in found.values() for rule in app.url_map.iter_rules()
        }

    def place_of_endpoint(self, endpoint: str) -> Place | None:
        """Return where the view of an endpoint is."""
        view = self.app.view_functions.get(endpoint)
        return place_of(getattr(view, "view_class", view))


def is_own(path: str, *roots: str) -> bool:
    """Tell whether a file was written here: in the current folder, or another root."""
    if _is_installed(path):
        return False
    return any(Path(path).is_relative_to(root) for root in (real_path("."), *roots))


def _is_installed(path: str) -> bool:
    if any(name in path for name in _INSTALLED) or path.startswith(_PACKAGE):
        return True
    return path.startswith(_standard_library())


@cache
def _standard_library() -> tuple[str, ...]:
    path = sysconfig.get_path("stdlib")
    return path + os.sep, real_path(path) + os.sep


def inner(function: Any) -> Any:
    """Return what a function wraps, in the end."""
    while isinstance(function, partial):
        function = function.func
    function = inspect.unwrap(function) if callable(function) else function
    return getattr(function, "__func__", function)


def place_of(thing: Callable[..., Any] | type | None) -> Place | None:
    """Return where a function or a class is written."""
    if thing is None:
        return None
    if isinstance(thing, type):
        try:
            file, line = inspect.getsourcefile(thing), inspect.getsourcelines(thing)[1]
        except (OSError, TypeError):
            return None
        return None if file is None else Place(real_path(file), line)
    code = getattr(inner(thing), "__code__", None)
    if code is None or code.co_filename.startswith("<"):
        return None
    return Place(real_path(code.co_filename), code.co_firstlineno)

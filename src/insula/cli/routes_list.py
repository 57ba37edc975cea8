"""What is known of each rule of an application: its view, its place, its kind.

Theory. The place is that of the code that a user wrote for the endpoint: below the
decorators that say what they wrap, the class of a class-based view, the function of a
``partial``. Of the views that come with the package there is none; those that serve a
folder of static files have that folder.
"""

from __future__ import annotations

import inspect
import os
import sys
import sysconfig
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from insula._core.asynchrony import is_async
from insula.views import MethodView, http_method_funcs

if TYPE_CHECKING:
    from collections.abc import Callable

    from werkzeug.routing import Rule

__all__ = ["Route", "list_routes", "place_of", "route_of", "shown_path"]

_PACKAGE = str(Path(__file__).resolve().parent.parent)


@dataclass(frozen=True, slots=True)
class Route:
    """One rule, and what answers it.

    :ivar kind: ``sync``, ``async``, ``mixed`` (a class with methods of both kinds),
        ``websocket``, or ``no view``.
    :ivar file: the absolute path of the view's code, or of the folder that it serves.
    """

    endpoint: str
    methods: tuple[str, ...]
    domain: str
    rule: str
    blueprint: str | None
    kind: str
    file: str | None
    line: int | None

    @property
    def source(self) -> str:
        """The place, ``file:line``, as short as it can be told."""
        if self.file is None:
            return ""
        path = shown_path(self.file)
        return f"{path}/" if self.line is None else f"{path}:{self.line}"


def list_routes(app: Any) -> list[Route]:
    """Return the rules in the order in which the map has them."""
    return [route_of(app, rule) for rule in app.url_map.iter_rules()]


def route_of(app: Any, rule: Rule) -> Route:
    """Return what is known of one rule."""
    view = app.view_functions.get(rule.endpoint)
    name = rule.endpoint.rpartition(".")[0]
    domain = rule.host if app.url_map.host_matching else rule.subdomain
    file, line = _place_of_view(app, rule.endpoint, view)
    return Route(
        endpoint=rule.endpoint,
        methods=tuple(sorted(rule.methods or ())),
        domain=domain or "",
        rule=rule.rule,
        blueprint=name if name in app.blueprints else None,
        kind="websocket" if rule.websocket else _kind(view),
        file=file,
        line=line,
    )


def shown_path(path: str) -> str:
    """Return a path from where packages are, the current folder or ``sys.path``."""
    # A virtual environment may lie in the current folder.
    installed = [sysconfig.get_path("purelib"), sysconfig.get_path("platlib")]
    for folder in (*installed, str(Path.cwd()), *sys.path):
        start = folder.rstrip(os.sep) + os.sep
        if folder and path.startswith(start):
            return path[len(start) :]
    return path


def _kind(view: Any) -> str:
    if view is None:
        return "no view"
    cls = getattr(view, "view_class", None)
    if cls is None or is_async(view):
        return "async" if is_async(view) else "sync"
    if issubclass(cls, MethodView) and (
        cls.dispatch_request is MethodView.dispatch_request
    ):
        functions = [getattr(cls, name, None) for name in http_method_funcs]
    else:
        functions = [cls.dispatch_request]
    kinds = {is_async(function) for function in functions if function is not None}
    if len(kinds) > 1:
        return "mixed"
    return "async" if True in kinds else "sync"


def _place_of_view(app: Any, endpoint: str, view: Any) -> tuple[str | None, int | None]:
    if view is None:
        return None, None
    file, line = place_of(getattr(view, "view_class", view))
    if file is None or not file.startswith(_PACKAGE + os.sep):
        return file, line
    name, _, last = endpoint.rpartition(".")
    owner = app.blueprints.get(name) if name else app
    if last == "static" and owner is not None and owner.static_folder is not None:
        return os.path.abspath(owner.static_folder), None  # noqa: PTH100 - a link stays one
    return None, None


def place_of(found: Callable[..., Any]) -> tuple[str | None, int | None]:
    """Return the file and the line of a function's or a class's code, if it has one."""
    found = inspect.unwrap(found)
    while isinstance(found, partial):
        found = inspect.unwrap(found.func)
    if isinstance(found, type):
        try:
            file = inspect.getsourcefile(found)
            _, line = inspect.getsourcelines(found)
        except (OSError, TypeError):
            return None, None
        return (None, None) if file is None else (os.path.abspath(file), line)  # noqa: PTH100 - likewise
    code = getattr(found, "__code__", None)
    if code is None:
        # An object that is called: what stands for it is its class's method.
        code = getattr(getattr(type(found), "__call__", None), "__code__", None)  # noqa: B004 - its code is wanted
    if code is None:
        return None, None
    return os.path.abspath(code.co_filename), code.co_firstlineno  # noqa: PTH100 - likewise

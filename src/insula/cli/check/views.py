"""Mistakes in views and in what all code names."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Any

from insula.cli.check.findings import Finding, Place
from insula.cli.check.flow import (
    can_fall_off,
    is_generator,
    is_stub,
    returns_value,
)
from insula.cli.check.links import Links

if TYPE_CHECKING:
    from collections.abc import Iterator

    from insula.cli.check.project import Project
    from insula.cli.check.sources import Function, Source

__all__ = ["check", "never_comes_back"]

_RENDERERS = {"insula.render_template", "insula.stream_template"}
_NO_RETURN = {"insula.abort", "sys.exit", "os._exit", "werkzeug.exceptions.abort"}


def check(project: Project) -> Iterator[Finding]:
    """Look at how views end, and at what the code names."""
    yield from _returns(project)
    links = Links(project)
    for source in project.sources:
        for node in source.nodes:
            if isinstance(node, ast.Call):
                yield from _call(project, links, source, node)


def _returns(project: Project) -> Iterator[Finding]:
    app = project.app
    if app.make_response.__func__.__module__.partition(".")[0] != "insula":
        # What it makes of nothing is its own business.
        return
    sockets = {rule.endpoint for rule in app.url_map.iter_rules() if rule.websocket}
    for endpoint, view in project.views():
        found = None if endpoint in sockets else project.find(view)
        if found is None or hasattr(view, "__wrapped__"):
            continue
        source, function = found
        if is_generator(function) or _overrides_nothing(function):
            continue
        last = function.body[-1]
        if not returns_value(function):
            if not never_comes_back(project, source, last):
                yield Finding(
                    "view-returns-nothing",
                    f"The view {function.name!r} returns nothing, and None is no"
                    " answer",
                    "return a text, a dictionary or a response; '' with status 204 for"
                    " none",
                    Place(source.file, function.lineno),
                )
            continue
        open_end = can_fall_off(function)
        if open_end is not None:
            yield Finding(
                "view-may-return-nothing",
                f"The view {function.name!r} can end here without an answer, and None"
                " is none",
                "return something in every case",
                Place(source.file, open_end.lineno),
            )


def _overrides_nothing(function: Function) -> bool:
    # A stub of an abstract class is never called.
    return is_stub(function) and any(
        "abstract" in ast.unparse(decorator) for decorator in function.decorator_list
    )


def never_comes_back(project: Project, source: Source, last: ast.stmt) -> bool:
    """Tell whether a last statement may be a call that always raises."""
    if not (isinstance(last, ast.Expr) and isinstance(last.value, ast.Call)):
        return False
    func = last.value.func
    if source.resolve(func) in _NO_RETURN:
        return True
    called: Any = source.value_of(func)
    found = project.find_inner(called) if callable(called) else None
    if found is not None:
        return any(isinstance(node, ast.Raise) for node in ast.walk(found[1]))
    hints = getattr(called, "__annotations__", {})
    return "NoReturn" in str(hints.get("return")) or "Never" in str(hints.get("return"))


def _call(
    project: Project, links: Links, source: Source, call: ast.Call
) -> Iterator[Finding]:
    place = Place(source.file, call.lineno)
    name = source.resolve(call.func)
    if name in _RENDERERS and call.args:
        names = _constants(call.args[0])
        if names:
            yield from links.templates(names, place)
    elif call.args and (name == "insula.url_for" or _is_method(project, source, call)):
        endpoint = call.args[0]
        if isinstance(endpoint, ast.Constant) and isinstance(endpoint.value, str):
            words = {word.arg: word.value for word in call.keywords if word.arg}
            yield from links.url(
                endpoint.value,
                {key: getattr(value, "value", None) for key, value in words.items()},
                known=all(word.arg for word in call.keywords),
                place=place,
            )


def _is_method(project: Project, source: Source, call: ast.Call) -> bool:
    func = call.func
    if not (isinstance(func, ast.Attribute) and func.attr == "url_for"):
        return False
    return (
        source.resolve(func) == "insula.current_app.url_for"
        or source.value_of(func.value) is project.app
    )


def _constants(node: ast.expr) -> list[str]:
    items = node.elts if isinstance(node, (ast.List, ast.Tuple)) else [node]
    names = [item.value for item in items if isinstance(item, ast.Constant)]
    texts = [name for name in names if isinstance(name, str)]
    return texts if len(texts) == len(items) else []

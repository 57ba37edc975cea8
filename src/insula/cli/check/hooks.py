"""Mistakes in hooks: what they take, what they return, what a teardown relies on."""

from __future__ import annotations

import ast
import inspect
from typing import TYPE_CHECKING, Any

from insula.cli.check.findings import Finding, Place
from insula.cli.check.flow import returns_value
from insula.cli.check.project import inner, place_of
from insula.cli.check.sources import own_nodes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from insula.cli.check.project import Project

__all__ = ["check", "hooks_of"]

# Table, decorator, what the function is handed, and what it must return.
_TABLES = (
    ("before_request_funcs", "before_request", (), ""),
    ("after_request_funcs", "after_request", ("response",), "the response"),
    ("teardown_request_funcs", "teardown_request", ("error",), ""),
    ("url_value_preprocessors", "url_value_preprocessor", ("endpoint", "values"), ""),
    ("url_default_functions", "url_defaults", ("endpoint", "values"), ""),
    ("template_context_processors", "context_processor", (), "a dictionary"),
)
_GUARDS = (ast.If, ast.IfExp, ast.Try, ast.With, ast.BoolOp)


def hooks_of(app: Any) -> Iterator[tuple[str, str | None, Any, tuple[str, ...], str]]:
    """Yield decorator, scope, function, what it is handed, what it must return."""
    for table, name, handed, needed in _TABLES:
        for scope, functions in getattr(app, table).items():
            for function in functions:
                yield name, scope, function, handed, needed
    for function in app.teardown_appcontext_funcs:
        yield "teardown_appcontext", None, function, ("error",), ""
    for scope, by_code in app.error_handler_spec.items():
        for handlers in by_code.values():
            for function in handlers.values():
                yield "errorhandler", scope, function, ("error",), "an answer"


def check(project: Project) -> Iterator[Finding]:
    """Look at each hook that the project has written."""
    for name, _, function, handed, needed in hooks_of(project.app):
        if project.find_inner(function) is None:
            continue
        try:
            inspect.signature(function, follow_wrapped=False).bind(*handed)
        except TypeError:
            words = " and ".join(handed) or "nothing"
            yield Finding(
                "hook-arguments",
                f"The {name} function {_name(function)!r} is handed {words}, and does"
                " not take that",
                f"write def {_name(function)}({', '.join(handed)})",
                place_of(function),
            )
        except ValueError:
            continue
        found = project.find(function)
        if found is None or hasattr(function, "__wrapped__"):
            continue
        source, node = found
        if needed and not returns_value(node):
            yield Finding(
                "hook-returns-nothing",
                f"The {name} function {_name(function)!r} returns nothing, and must"
                f" return {needed}",
                f"end it with a return of {needed}",
                Place(source.file, node.lineno),
            )
        if name.startswith("teardown"):
            for attribute in own_nodes(node):
                if (
                    isinstance(attribute, ast.Attribute)
                    and isinstance(attribute.ctx, ast.Load)
                    and source.resolve(attribute.value) == "insula.g"
                    and attribute.attr not in {"get", "pop", "setdefault"}
                    and not _is_guarded(source, attribute, node)
                ):
                    yield Finding(
                        "teardown-raises",
                        f"g.{attribute.attr} is not there when the request failed"
                        " before it was set, and then this raises another error",
                        f"write g.pop({attribute.attr!r}, None), and look whether it"
                        " is None",
                        Place(source.file, attribute.lineno),
                    )


def _is_guarded(source: Any, node: ast.AST, function: ast.AST) -> bool:
    for above in source.around(node):
        if above is function:
            break
        if isinstance(above, _GUARDS):
            return True
    # An early return may have asked before.
    return any(isinstance(part, ast.Return) for part in own_nodes(function))


def _name(function: Any) -> str:
    return getattr(inner(function), "__name__", type(function).__name__)

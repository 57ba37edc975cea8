"""Settings that stand in the code: where, and whether they turn debug mode on."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from insula.cli.check.findings import Finding, Place
from insula.cli.check.sources import FUNCTIONS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from insula.cli.check.project import Project
    from insula.cli.check.sources import Source

__all__ = ["debug_in_code", "settings_in"]

_CLASSES = {"insula.Insula", "insula.Flask"}
_CONDITIONS = (ast.If, ast.IfExp, ast.Try, ast.For, ast.While)


def settings_in(node: ast.AST) -> Iterator[tuple[str, ast.expr]]:
    """Yield names and values that a statement, a call or a dictionary sets."""
    pairs: Iterable[tuple[str | None, ast.expr | None]] = ()
    if isinstance(node, ast.Assign):
        pairs = [(_assigned(target), node.value) for target in node.targets]
    elif isinstance(node, ast.AnnAssign):
        pairs = [(_assigned(node.target), node.value)]
    elif isinstance(node, ast.Call):
        pairs = [(keyword.arg, keyword.value) for keyword in node.keywords]
    elif isinstance(node, ast.Dict):
        pairs = [
            (str(key.value) if isinstance(key, ast.Constant) else None, value)
            for key, value in zip(node.keys, node.values, strict=True)
        ]
    for name, value in pairs:
        if name is not None and value is not None:
            yield name, value


def _assigned(target: ast.expr) -> str | None:
    if isinstance(target, ast.Attribute):
        return target.attr
    if isinstance(target, ast.Name):
        return target.id
    if isinstance(target, ast.Subscript) and isinstance(target.slice, ast.Constant):
        return str(target.slice.value)
    return None


def debug_in_code(project: Project) -> Iterator[Finding]:
    """Find what turns debug mode on, whatever server the application runs under."""
    for source in project.sources:
        for node in source.nodes:
            for name, value in settings_in(node):
                if not (isinstance(value, ast.Constant) and value.value is True):
                    continue
                owner = _owner(node, name)
                if owner is None or not _is_app(project, source, owner):
                    continue
                # `if __name__ == "__main__": app.run(debug=True)` is for development.
                meant = isinstance(node, ast.Call) and name == "debug"
                if not _is_conditional(source, node) or (meant and project.production):
                    yield Finding(
                        "debug-in-code",
                        "Debug mode is turned on wherever this runs, under a server of"
                        " production as well",
                        "leave it out and start with insula run --debug",
                        Place(source.file, value.lineno),
                    )


def _owner(node: ast.AST, name: str) -> ast.expr | None:
    """Return the expression whose debug mode is set, if there is one."""
    if isinstance(node, ast.Assign):
        target = node.targets[0]
        if name == "debug" and isinstance(target, ast.Attribute):
            return target.value
        if name == "DEBUG" and isinstance(target, ast.Subscript):
            return _of_config(target.value)
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        if name == "debug" and node.func.attr == "run":
            return node.func.value
        if name == "DEBUG" and node.func.attr in {"update", "from_mapping"}:
            return _of_config(node.func.value)
    return None


def _of_config(node: ast.expr) -> ast.expr | None:
    is_config = isinstance(node, ast.Attribute) and node.attr == "config"
    return node.value if isinstance(node, ast.Attribute) and is_config else None


def _is_app(project: Project, source: Source, node: ast.expr) -> bool:
    """Tell whether an expression is the application, here or in its factory."""
    if not isinstance(node, ast.Name):
        return False
    if source.value_of(node) is project.app:
        return True
    return any(
        _makes_app(source, statement, node.id)
        for scope in source.around(node)
        if isinstance(scope, FUNCTIONS)
        for statement in ast.walk(scope)
    )


def _makes_app(source: Source, node: ast.AST, name: str) -> bool:
    return (
        isinstance(node, ast.Assign)
        and isinstance(node.value, ast.Call)
        and source.resolve(node.value.func) in _CLASSES
        and any(isinstance(t, ast.Name) and t.id == name for t in node.targets)
    )


def _is_conditional(source: Source, node: ast.AST) -> bool:
    return any(isinstance(above, _CONDITIONS) for above in source.around(node))

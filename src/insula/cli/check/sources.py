"""The source of a module, with its names resolved as Python resolves them.

Theory. A name in a function means what the file has imported under it, unless the
function (or one around it) binds the name itself. So `resolve` returns a dotted name
such as ``insula.session`` only where that is what it is; imports of ``flask`` count
as Insula's. A function object is found again in the tree by the line that its code
begins with, which is that of its first decorator.
"""

from __future__ import annotations

import ast
import os
from functools import cached_property
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

    Function = ast.FunctionDef | ast.AsyncFunctionDef

__all__ = ["FUNCTIONS", "Source", "own_nodes", "real_path"]

FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_SCOPES = (*FUNCTIONS, ast.Lambda)


class Source:
    """A module of the project.

    :ivar file: its absolute path.
    :ivar module: the module, imported.
    """

    def __init__(self, file: str, module: ModuleType, text: str) -> None:
        self.file = file
        self.module = module
        self.tree = ast.parse(text, file)

    @cached_property
    def nodes(self) -> list[ast.AST]:
        """All nodes of the tree."""
        return list(ast.walk(self.tree))

    @cached_property
    def functions(self) -> dict[int, Function]:
        """Each function, by the line that its code begins with."""
        return {
            min([node.lineno, *(d.lineno for d in node.decorator_list)]): node
            for node in self.nodes
            if isinstance(node, FUNCTIONS)
        }

    @cached_property
    def parents(self) -> dict[ast.AST, ast.AST]:
        """For each node, the one around it."""
        return {
            child: node for node in self.nodes for child in ast.iter_child_nodes(node)
        }

    @cached_property
    def imported(self) -> dict[str, str]:
        """What each name was imported from, as a dotted name."""
        found: dict[str, str] = {}
        for node in self.nodes:
            if isinstance(node, ast.Import):
                for alias in node.names:
                    whole = alias.name if alias.asname else alias.name.split(".")[0]
                    found[alias.asname or whole] = _ours(whole)
            elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
                for alias in node.names:
                    name = f"{node.module}.{alias.name}"
                    found[alias.asname or alias.name] = _ours(name)
        return found

    def around(self, node: ast.AST) -> Iterator[ast.AST]:
        """Yield what is around a node, the innermost first."""
        parent = self.parents.get(node)
        while parent is not None:
            yield parent
            parent = self.parents.get(parent)

    def resolve(self, node: ast.AST) -> str | None:
        """Return the dotted name that an expression means, if it was imported."""
        parts: list[str] = []
        while isinstance(node, ast.Attribute):
            parts.insert(0, node.attr)
            node = node.value
        if not isinstance(node, ast.Name) or self.is_bound(node):
            return None
        base = self.imported.get(node.id)
        return None if base is None else ".".join([base, *parts])

    def value_of(self, node: ast.AST) -> Any:
        """Return the object that a global name has in the module, else ``None``."""
        if not isinstance(node, ast.Name) or self.is_bound(node):
            return None
        return vars(self.module).get(node.id)

    def is_bound(self, name: ast.Name) -> bool:
        """Tell whether a function around the name binds it."""
        return any(
            name.id in self._names_of(scope)
            for scope in self.around(name)
            if isinstance(scope, _SCOPES)
        )

    def _names_of(self, scope: ast.AST) -> set[str]:
        names = self._bound.get(scope)
        if names is None:
            names = self._bound[scope] = _bound_in(scope)
        return names

    @cached_property
    def _bound(self) -> dict[ast.AST, set[str]]:
        return {}


def own_nodes(function: ast.AST) -> Iterator[ast.AST]:
    """Yield the nodes of a function's body, without those of functions in it."""
    body = getattr(function, "body", [])
    pending = list(body) if isinstance(body, list) else [body]
    while pending:
        node = pending.pop(0)
        yield node
        if not isinstance(node, (*_SCOPES, ast.ClassDef)):
            pending[:0] = ast.iter_child_nodes(node)


def _bound_in(scope: ast.AST) -> set[str]:
    arguments: ast.arguments = scope.args  # type: ignore[attr-defined]  # each has some
    names = {
        argument.arg
        for argument in (
            *arguments.posonlyargs,
            *arguments.args,
            *arguments.kwonlyargs,
            *filter(None, [arguments.vararg, arguments.kwarg]),
        )
    }
    outer: set[str] = set()
    for node in own_nodes(scope):
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            names.add(node.id)
        elif isinstance(node, (*FUNCTIONS, ast.ClassDef, ast.ExceptHandler)):
            names.add(node.name or "")
        elif isinstance(node, (ast.Global, ast.Nonlocal)):
            outer.update(node.names)
    return names - outer


def _ours(name: str) -> str:
    for package in ("flask", "insula.shortcuts", "insula.proxies", "insula.templating"):
        if name == package or name.startswith(f"{package}."):
            return f"insula{name[len(package) :]}"
    return name


def real_path(path: str) -> str:
    """Return the one path of a file."""
    return os.path.realpath(path)

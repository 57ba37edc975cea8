"""Global values that requests write to: the next request is another user's.

Only what reads, changes and writes back, and what ``global`` assigns, is a finding: a
cache that is filled by key may be meant. What is done in a ``with`` is under a lock.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from insula.cli.check.findings import Finding, Place
from insula.cli.check.hooks import hooks_of
from insula.cli.check.sources import own_nodes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from insula.cli.check.project import Project
    from insula.cli.check.sources import Function, Source

__all__ = ["check"]


def check(project: Project) -> Iterator[Finding]:
    """Look at what views, and hooks of requests, write."""
    functions = [view for _, view in project.views()]
    functions += [
        function
        for name, _, function, _, _ in hooks_of(project.app)
        if name != "errorhandler"
    ]
    seen: set[int] = set()
    for function in functions:
        found = project.find_inner(function)
        if found is not None and id(found[1]) not in seen:
            seen.add(id(found[1]))
            yield from _writes(*found)


def _writes(source: Source, function: Function) -> Iterator[Finding]:
    nodes = list(own_nodes(function))
    declared = {
        name for node in nodes if isinstance(node, ast.Global) for name in node.names
    }
    for node in nodes:
        targets: list[ast.expr] = []
        if isinstance(node, ast.Assign):
            targets = node.targets
        elif isinstance(node, ast.AugAssign):
            targets = [node.target]
        for target in targets:
            base = target
            while isinstance(base, ast.Subscript):
                base = base.value
            if not isinstance(base, ast.Name):
                continue
            whole = base is target and base.id in declared
            part = (
                base is not target
                and isinstance(node, ast.AugAssign)
                and isinstance(source.value_of(base), (dict, list))
            )
            if (whole or part) and not _is_locked(source, node, function):
                yield Finding(
                    "state-shared",
                    f"{base.id} is one for all requests: those at the same time"
                    " overwrite each other's value, and each process has its own",
                    "keep it in g, in the session or in a database, or change it under"
                    " a lock",
                    Place(source.file, target.lineno),
                )


def _is_locked(source: Source, node: ast.AST, function: ast.AST) -> bool:
    for above in source.around(node):
        if above is function:
            return False
        if isinstance(above, (ast.With, ast.AsyncWith)):
            return True
    return False

"""Where a function ends: by a return of something, of nothing, or not at all.

Theory. A block ends the function when its last statement does: a return, a raise, a
call that never comes back (``abort``), an ``if`` whose branches all do. Anything whose
end cannot be told (a call as the last statement, a chain of ``elif``) counts as one
that does, so that what is said to come to its end can.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from insula.cli.check.sources import own_nodes

if TYPE_CHECKING:
    from insula.cli.check.sources import Function

__all__ = ["can_fall_off", "is_generator", "is_stub", "returns_value"]


def is_generator(function: Function) -> bool:
    """Tell whether it yields."""
    return any(isinstance(n, (ast.Yield, ast.YieldFrom)) for n in own_nodes(function))


def returns_value(function: Function) -> bool:
    """Tell whether there is a return of something, or an end by an error."""
    for node in own_nodes(function):
        if isinstance(node, ast.Raise):
            return True
        if isinstance(node, ast.Return) and not _is_none(node.value):
            return True
    return is_generator(function)


def is_stub(function: Function) -> bool:
    """Tell whether the body is a docstring, ``...`` or ``pass`` only."""
    return all(
        isinstance(node, ast.Pass)
        or (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))
        for node in function.body
    )


def can_fall_off(function: Function) -> ast.stmt | None:
    """Return the statement after which a function can end with nothing returned."""
    for node in own_nodes(function):
        if isinstance(node, ast.Return) and _is_none(node.value):
            return node
    return _open_end(function.body)


def _is_none(value: ast.expr | None) -> bool:
    return value is None or (isinstance(value, ast.Constant) and value.value is None)


def _open_end(block: list[ast.stmt]) -> ast.stmt | None:
    last = block[-1]
    if isinstance(last, ast.If):
        if not last.orelse:
            return _open_end(last.body) or last
        chained = len(last.orelse) == 1 and isinstance(last.orelse[0], ast.If)
        below = None if chained else _open_end(last.orelse)
        return _open_end(last.body) or below
    if isinstance(last, (ast.With, ast.AsyncWith)):
        # One that swallows errors would have it end here, too; few do.
        return _open_end(last.body)
    if isinstance(last, (ast.For, ast.AsyncFor)):
        return None if last.orelse else last
    plain = (ast.Assign, ast.AugAssign, ast.AnnAssign, ast.Delete, ast.Pass, ast.Import)
    return last if isinstance(last, plain) else None

"""``flask`` in strings: found by name when the program runs, and left as it is.

Whether a string is to be changed, only who wrote it knows: a test patches what the
program has under a name, a logger is called what the application is called, and the
version of ``flask`` may be asked for what an extension needs.
"""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from insula.migrate.names import Names

__all__ = ["strings"]

_NAME = re.compile(r"flask(?:\.[A-Za-z_]\w*)*(?::[A-Za-z_]\w*)?")
_IMPORTING = frozenset(
    {"import_module", "__import__", "find_spec", "importorskip", "import_string"}
)
_ABOUT = frozenset(
    {"version", "distribution", "requires", "metadata", "get_distribution"}
)
_PATCHING = frozenset({"patch", "setattr", "delattr", "spy", "stub"})


def strings(names: Names) -> Iterator[tuple[int, str, str]]:
    """Yield the line of each such string, itself, and what is to be done."""
    for node in names.nodes:
        if not isinstance(node, ast.Constant) or not isinstance(node.value, str):
            continue
        if _NAME.fullmatch(node.value) is None:
            continue
        said = _said(names.parents.get(node), node.value)
        if said:
            yield node.lineno, node.value, said


def _said(parent: ast.AST | None, text: str) -> str:
    called = _called(parent) if isinstance(parent, ast.Call) else ""
    if called in _IMPORTING:
        return f"it is imported by name; write 'insula.{text}'"
    if called in _PATCHING or (called == "object" and "." in text):
        return f"it is patched by name; write 'insula.{text}'"
    if called in _ABOUT:
        return (
            "it asks for the distribution Flask, which need not be installed any more"
        )
    if called == "getLogger":
        return "it names a logger; that of an application has the application's name"
    if "." in text and not isinstance(parent, ast.Expr):
        module = text.split(".")[1].partition(":")[0]
        if module in _MODULES:
            return f"if it is imported by name, write 'insula.{text}'"
    return ""


_MODULES_TEXT = """
app blueprints cli config ctx globals helpers json logging sessions signals templating
testing typing views wrappers request session g current_app Flask Blueprint
render_template url_for
"""
_MODULES = frozenset(_MODULES_TEXT.split())


def _called(node: ast.Call) -> str:
    if isinstance(node.func, ast.Attribute):
        return node.func.attr
    return node.func.id if isinstance(node.func, ast.Name) else ""

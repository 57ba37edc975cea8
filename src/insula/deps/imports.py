"""The imports in a source: what is imported, where, and how surely.

Theory. The tree is walked once with what is known on the way (`_Way`): whether this
is for type checkers only, whether an ImportError is caught, which Pythons get here, and
to which choice an import belongs. A choice is a ``try`` whose handler imports something
in the place of what failed; its branches are numbered in the order of their trial.

Rules that decide how sure an import is:

* An import in ``try`` with ``except ImportError`` is optional: the program goes on
  without. It is required all the same where the handler, at module level, only raises.
* ``except Exception`` and a bare ``except`` count only around a body that does little
  else than import; around more they are there for something else.
* What a function imports is required as what the module does; it says so, since
  projects do it for what they leave to an extra.

Sources: the grammar in the reference of :mod:`ast`.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass, replace
from enum import Enum
from typing import TYPE_CHECKING

from insula.deps.conditions import ALWAYS, Condition, condition_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["Choice", "Import", "Need", "imports_of"]

_IMPORTING = frozenset(
    {"import_module", "__import__", "find_spec", "find_loader", "importorskip"}
)
_KNOWN = _IMPORTING | {"TYPE_CHECKING", "suppress"}


class Need(Enum):
    """How surely what is imported has to be there."""

    REQUIRED = "required"
    OPTIONAL = "optional"
    TYPING = "typing"


@dataclass(slots=True)
class Choice:
    """A ``try`` whose handlers replace what could not be imported.

    :param branches: how many are tried.
    :param has_default: one goes on with nothing, or with the project's own.
    """

    branches: int = 1
    has_default: bool = False


@dataclass(frozen=True, slots=True)
class Import:
    """One name that is imported.

    :param name: dotted, with what follows ``from … import``, which may be a module.
    :param module: dotted, as it stands in the statement.
    :param line: where the statement begins.
    :param dynamic: by a call, such as ``import_module("name")``.
    :param in_function: when a function is called, and not with the module.
    :param condition: where it is reached.
    :param choice: what it is a branch of, and branch number ``branch``.
    """

    name: str
    module: str
    line: int
    need: Need = Need.REQUIRED
    dynamic: bool = False
    in_function: bool = False
    condition: Condition = ALWAYS
    choice: Choice | None = None
    branch: int = 0

    @property
    def top(self) -> str:
        """The first part of the name."""
        return self.name.partition(".")[0]


@dataclass(frozen=True, slots=True)
class _Way:
    need: Need = Need.REQUIRED
    in_function: bool = False
    condition: Condition = ALWAYS
    choice: Choice | None = None
    branch: int = 0


def imports_of(tree: ast.AST, *, typing_only: bool = False) -> list[Import]:
    """Return the absolute imports in a tree, in order.

    :param typing_only: what is read is a stub: nothing of it is imported when it runs.
    """
    _use_plain_names(tree)
    reader = _Reader()
    reader.walk(tree, _Way(Need.TYPING if typing_only else Need.REQUIRED))
    return reader.found


class _Reader:
    def __init__(self) -> None:
        self.found: list[Import] = []

    def walk(self, node: ast.AST, way: _Way) -> None:
        match node:
            case ast.Import():
                self._import(node, way)
            case ast.ImportFrom():
                self._import_from(node, way)
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.Lambda():
                self._children(node, replace(way, in_function=True))
            case ast.Call():
                self._call(node, way)
            case ast.If():
                self._if(node, way)
            case ast.With() | ast.AsyncWith():
                self._with(node, way)
            case ast.Try():
                self._try(node, way)
            case _:
                self._children(node, way)

    def _children(self, node: ast.AST, way: _Way) -> None:
        self.walk_all(ast.iter_child_nodes(node), way)

    def walk_all(self, nodes: Iterable[ast.AST], way: _Way) -> None:
        for node in nodes:
            self.walk(node, way)

    def add(
        self, name: str, module: str, node: ast.AST, way: _Way, *, dynamic: bool = False
    ) -> None:
        self.found.append(
            Import(
                name=name,
                module=module,
                line=getattr(node, "lineno", 1),
                need=way.need,
                dynamic=dynamic,
                in_function=way.in_function,
                condition=way.condition,
                choice=way.choice,
                branch=way.branch,
            )
        )

    def _import(self, node: ast.Import, way: _Way) -> None:
        for alias in node.names:
            self.add(alias.name, alias.name, node, way)

    def _import_from(self, node: ast.ImportFrom, way: _Way) -> None:
        if node.level or node.module is None:
            return
        for alias in node.names:
            name = node.module if alias.name == "*" else f"{node.module}.{alias.name}"
            self.add(name, node.module, node, way)

    def _call(self, node: ast.Call, way: _Way) -> None:
        module = _literal_module(node)
        if module is not None:
            name = _name_of(node.func)
            if name in {"find_spec", "find_loader", "importorskip"}:
                way = replace(way, need=_weaker(way.need))
            self.add(module, module, node, way, dynamic=True)
        self._children(node, way)

    def _if(self, node: ast.If, way: _Way) -> None:
        self.walk(node.test, way)
        if _is_for_types(node.test):
            self.walk_all(node.body, replace(way, need=Need.TYPING))
            self.walk_all(node.orelse, way)
            return
        if isinstance(node.test, ast.UnaryOp) and _is_for_types(node.test.operand):
            self.walk_all(node.body, way)
            self.walk_all(node.orelse, replace(way, need=Need.TYPING))
            return
        yes, no = condition_of(node.test)
        body = replace(way, condition=way.condition & yes)
        if _asks_for_module(node.test):
            body = replace(body, need=_weaker(way.need))
        self.walk_all(node.body, body)
        self.walk_all(node.orelse, replace(way, condition=way.condition & no))

    def _with(self, node: ast.With | ast.AsyncWith, way: _Way) -> None:
        inner = way
        for item in node.items:
            call = item.context_expr
            if isinstance(call, ast.Call) and _name_of(call.func) == "suppress":
                names = {_name_of(arg) for arg in call.args}
                if names & {"ImportError", "ModuleNotFoundError", "Exception"}:
                    inner = replace(way, need=_weaker(way.need))
            self.walk(item, way)
        self.walk_all(node.body, inner)

    def _try(self, node: ast.Try, way: _Way) -> None:
        catching = [h for h in node.handlers if _catches(h, node.body)]
        others = [h for h in node.handlers if h not in catching]
        if not catching or (not way.in_function and all(map(_raises, catching))):
            self._children(node, way)
            return
        weaker = _weaker(way.need)
        inner = replace(way, need=weaker)
        replacing = [h for h in catching if _imports_something(h)]
        if not replacing or weaker is Need.TYPING:
            if way.choice is not None and not all(map(_raises, catching)):
                way.choice.has_default = True
            self.walk_all([*node.body, *catching], inner)
        else:
            self._choose(node.body, replacing, inner, way.need)
            self.walk_all([h for h in catching if h not in replacing], inner)
        self.walk_all(node.orelse, inner)
        self.walk_all([*others, *node.finalbody], way)

    def _choose(
        self,
        body: Sequence[ast.AST],
        handlers: list[ast.ExceptHandler],
        way: _Way,
        outer: Need,
    ) -> None:
        # Within a `try` that goes on without any of them, none is needed.
        needed = way.choice is not None or outer is Need.REQUIRED
        choice = way.choice or Choice(has_default=not needed)
        self.walk_all(body, replace(way, choice=choice, branch=choice.branches - 1))
        for handler in handlers:
            choice.branches += 1
            inner = replace(way, choice=choice, branch=choice.branches - 1)
            self.walk_all(handler.body, inner)
            choice.has_default |= _imports_own(handler)


def _use_plain_names(tree: ast.AST) -> None:
    """Give what was imported ``as`` another name the name that it is known by here."""
    plain = {
        alias.asname: alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
        if alias.asname and alias.name in _KNOWN
    }
    if plain:
        for node in ast.walk(tree):
            if isinstance(node, ast.Name):
                node.id = plain.get(node.id, node.id)


def _weaker(need: Need) -> Need:
    return Need.TYPING if need is Need.TYPING else Need.OPTIONAL


def _name_of(node: ast.AST | None) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def _is_for_types(test: ast.expr) -> bool:
    if isinstance(test, ast.Constant):
        return test.value is False or test.value == 0  # as before TYPE_CHECKING was
    return _name_of(test) == "TYPE_CHECKING"


def _asks_for_module(test: ast.expr) -> bool:
    return any(
        isinstance(node, ast.Call) and _name_of(node.func) == "find_spec"
        for node in ast.walk(test)
    )


def _literal_module(call: ast.Call) -> str | None:
    """Return the module that a call imports, if it is called with a literal."""
    name = _name_of(call.func)
    if name not in _IMPORTING:
        return None
    keyed = [k.value for k in call.keywords if k.arg in {"name", "modname"}]
    values = [*call.args[:1], *keyed]
    text = values[0].value if values and isinstance(values[0], ast.Constant) else None
    if not isinstance(text, str) or not all(p.isidentifier() for p in text.split(".")):
        return None
    return text


def _catches(handler: ast.ExceptHandler, body: Sequence[ast.stmt]) -> bool:
    kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    names = {_name_of(kind) for kind in kinds}
    if names & {"ImportError", "ModuleNotFoundError"}:
        return True
    broad = handler.type is None or names & {"Exception", "BaseException"}
    return bool(broad) and all(
        isinstance(s, ast.Import | ast.ImportFrom | ast.Assign | ast.Pass) for s in body
    )


def _raises(handler: ast.ExceptHandler) -> bool:
    last = handler.body[-1]
    if isinstance(last, ast.Expr) and isinstance(last.value, ast.Call):
        return _name_of(last.value.func) in {"exit", "_exit", "abort"}
    return isinstance(last, ast.Raise)


def _imports_something(handler: ast.ExceptHandler) -> bool:
    return any(isinstance(n, ast.Import | ast.ImportFrom) for n in ast.walk(handler))


def _imports_own(handler: ast.ExceptHandler) -> bool:
    return any(isinstance(n, ast.ImportFrom) and n.level for n in ast.walk(handler))

"""What the names in a source mean: from where each was imported.

Theory. The tree is walked twice. First each scope learns which names it binds, by
imports or otherwise; then each name that is read, with the attributes behind it, is
looked up through the scopes as Python does (a class's names are not seen from its
functions), and becomes a dotted name if an import bound it. A name that is also bound
otherwise means nobody knows what, except by ``flask = None`` beside the import.

``insula.flask`` means ``flask`` here, and so do the names of ``insula`` that are
Flask's, so that what is said of a program stays true once its imports are rewritten.

Sources: "Naming and binding" in the language reference; the grammar in that of
:mod:`ast`.
"""

from __future__ import annotations

import ast
import builtins
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["Imported", "Names", "Reference", "meant"]

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
_OPENING = (*_FUNCTIONS, *_COMPREHENSIONS)
_CATCHING = {"ImportError", "ModuleNotFoundError", "Exception", "BaseException"}
_BUILTINS = frozenset(dir(builtins))


def meant(dotted: str) -> str:
    """Return a dotted name as the one of Flask's that it is, else as it is."""
    top, dot, rest = dotted.partition(".")
    if top != "insula" or not dot:
        return dotted
    if rest == "flask" or rest.startswith("flask."):
        return rest
    if rest == "Insula" or rest.startswith("Insula."):
        rest = f"Flask{rest[len('Insula') :]}"
    return f"flask.{rest}"


@dataclass(slots=True, eq=False)
class Scope:
    """A module, class, function or comprehension.

    :param imports: for each name that imports bind, what they import.
    :param others: names that something else binds.
    """

    parent: Scope | None
    is_class: bool = False
    imports: dict[str, list[str]] = field(default_factory=dict)
    others: set[str] = field(default_factory=set)
    stars: list[Imported] = field(default_factory=list)
    elsewhere: dict[str, Scope] = field(default_factory=dict)

    def add_import(self, name: str, dotted: str) -> None:
        """Note that an import binds a name."""
        scope = self.elsewhere.get(name, self)
        scope.imports.setdefault(name, []).append(dotted)

    def add_other(self, name: str) -> None:
        """Note that something else binds a name."""
        self.elsewhere.get(name, self).others.add(name)

    def binds(self, name: str) -> bool:
        """Return whether the name is this scope's own."""
        return name in self.imports or name in self.others


@dataclass(frozen=True, slots=True, eq=False)
class Imported:
    """One name of an import statement.

    :param written: the module, or the module and the name in it, as written.
    :param bound: the name that it binds; ``*`` for all.
    :param guarded: an ImportError of it is caught.
    :param block: the statements among which it stands.
    """

    node: ast.Import | ast.ImportFrom
    alias: ast.alias
    written: str
    bound: str
    scope: Scope
    guarded: bool
    block: list[ast.stmt]

    @property
    def dotted(self) -> str:
        """What it imports."""
        return meant(self.written)


@dataclass(frozen=True, slots=True, eq=False)
class Reference:
    """A name that is read, or the longest chain of attributes behind it.

    :param chain: the name's node, and that of each attribute behind it.
    :param dotted: what the whole means.
    :param root: what the name alone means.
    :param written: as `root`, where ``insula.flask`` stands for itself.
    :param by_star: ``from … import *`` may have bound it, and nothing else did.
    """

    chain: tuple[ast.expr, ...]
    dotted: str
    root: str
    written: str
    scope: Scope
    by_star: bool = False

    @property
    def node(self) -> ast.expr:
        """The whole chain."""
        return self.chain[-1]

    @property
    def stored(self) -> bool:
        """Whether it is assigned to or deleted."""
        return not isinstance(getattr(self.node, "ctx", None), ast.Load)


class Names:
    """The imports of a tree, and what refers to them."""

    def __init__(self, tree: ast.Module) -> None:
        self.module = Scope(None)
        self.imported: list[Imported] = []
        self.references: list[Reference] = []
        self.parents: dict[ast.AST, ast.AST] = {}
        self.nodes: list[ast.AST] = []
        self._scopes: dict[ast.AST, Scope] = {tree: self.module}
        self._by_node: dict[ast.AST, Reference] = {}
        self._bind(tree, self.module)
        for node in self.nodes:
            self._refer(node)

    @property
    def scopes(self) -> set[Scope]:
        """All scopes."""
        return set(self._scopes.values())

    def resolve(self, node: ast.AST) -> str | None:
        """Return the dotted name that an expression means, if it was imported."""
        found = self._by_node.get(node)
        return found.dotted if found is not None else None

    def around(self, node: ast.AST) -> Iterator[ast.AST]:
        """Yield what is around a node, the innermost first."""
        parent = self.parents.get(node)
        while parent is not None:
            yield parent
            parent = self.parents.get(parent)

    # Binding

    def _bind(self, root: ast.AST, scope: Scope) -> None:
        # Not by recursion: a chain of operators may be deeper than Python's stack.
        pending: list[tuple[ast.AST, Scope]] = [(root, scope)]
        while pending:
            node, scope = pending.pop()
            self.nodes.append(node)
            inner = self._enter(node, scope)
            children = []
            for child in ast.iter_child_nodes(node):
                self.parents[child] = node
                outside = inner is not scope and not _is_inside(node, child)
                children.append((child, scope if outside else inner))
            pending += reversed(children)

    def _enter(self, node: ast.AST, scope: Scope) -> Scope:
        """Note what a node binds, and return the scope of what is in it."""
        self._scopes[node] = scope
        if isinstance(node, ast.Import | ast.ImportFrom):
            self._import(node, scope)
        elif isinstance(node, ast.Global | ast.Nonlocal):
            scope.elsewhere |= dict.fromkeys(node.names, self.module)
        elif isinstance(node, ast.Name):
            if not isinstance(node.ctx, ast.Load) and not self._is_nothing(node):
                scope.add_other(node.id)
        else:
            name = _bound_by(node)
            if name is not None:
                scope.add_other(name)
        if isinstance(node, ast.ClassDef):
            return Scope(scope, is_class=True)
        return Scope(scope) if isinstance(node, _OPENING) else scope

    def _is_nothing(self, node: ast.AST) -> bool:
        """Return whether a name gets ``None``, as where an import has failed."""
        parent = self.parents.get(node)
        return (
            isinstance(parent, ast.Assign)
            and isinstance(parent.value, ast.Constant)
            and not parent.value.value
        )

    def _import(self, node: ast.Import | ast.ImportFrom, scope: Scope) -> None:
        module = ""
        if isinstance(node, ast.ImportFrom):
            if node.level:
                for alias in node.names:
                    scope.add_other(alias.asname or alias.name)
                return
            module = f"{node.module}."
        guarded, block = self._is_guarded(node), self._block_of(node)
        for alias in node.names:
            written = module + alias.name
            top = alias.name if module else alias.name.partition(".")[0]
            bound = alias.asname or top
            one = Imported(node, alias, written, bound, scope, guarded, block)
            self.imported.append(one)
            if bound == "*":
                scope.stars.append(one)
            else:
                what = written if alias.asname or module else top
                scope.add_import(bound, what)

    def _block_of(self, node: ast.stmt) -> list[ast.stmt]:
        parent = self.parents[node]
        for name in ("body", "orelse", "finalbody", "handlers"):
            block = getattr(parent, name, None)
            if isinstance(block, list) and node in block:
                return block
        return [node]

    def _is_guarded(self, node: ast.AST) -> bool:
        child = node
        for parent in self.around(node):
            if isinstance(parent, _FUNCTIONS):
                return False
            if isinstance(parent, ast.Try) and child in parent.body:
                for handler in parent.handlers:
                    if handler.type is None or _CATCHING & set(_names_in(handler.type)):
                        return True
            child = parent
        return False

    # Reading

    def _refer(self, node: ast.AST) -> None:
        if not isinstance(node, ast.Name):
            return
        found = self._look_up(node)
        if found is None:
            return
        written, by_star = found
        chain: list[ast.expr] = [node]
        parent = self.parents.get(node)
        while isinstance(parent, ast.Attribute):
            chain.append(parent)
            parent = self.parents.get(parent)
        root = meant(written)
        scope = self._scopes[node]
        if isinstance(node.ctx, ast.Load):
            for length in range(1, len(chain) + 1):
                part = tuple(chain[:length])
                dotted = _dotted(written, part)
                one = Reference(part, dotted, root, written, scope, by_star)
                self._by_node[part[-1]] = one
            self.references.append(one)

    def _look_up(self, node: ast.Name) -> tuple[str, bool] | None:
        name = node.id
        first: Scope | None = self._scopes[node]
        scope = first
        while scope is not None:
            if not scope.is_class or scope is first:
                scope = scope.elsewhere.get(name, scope)
                if name in scope.others:
                    return None
                if name in scope.imports:
                    return scope.imports[name][0], False
            scope = scope.parent
        stars = self.module.stars
        # Of several nobody can tell which one has bound it.
        one_only = len(stars) == 1 and "*" not in self.module.others
        if one_only and name not in _BUILTINS:
            return f"{stars[0].written[:-2]}.{name}", True
        return None


def _bound_by(node: ast.AST) -> str | None:
    """Return the name that a node binds, other than by an import or assignment."""
    match node:
        case ast.ClassDef(name=name) | ast.FunctionDef(name=name):
            return name
        case ast.AsyncFunctionDef(name=name) | ast.ExceptHandler(name=name):
            return name
        case ast.MatchAs(name=name) | ast.MatchStar(name=name):
            return name
        case ast.MatchMapping(rest=name) | ast.arg(arg=name):
            return name
        case _:
            return None


def _dotted(written: str, chain: tuple[ast.expr, ...]) -> str:
    attributes = [one.attr for one in chain if isinstance(one, ast.Attribute)]
    return meant(".".join([written, *attributes]))


def _names_in(node: ast.expr) -> Iterator[str]:
    for one in ast.walk(node):
        if isinstance(one, ast.Name):
            yield one.id
        elif isinstance(one, ast.Attribute):
            yield one.attr


def _is_inside(node: ast.AST, child: ast.AST) -> bool:
    """Return whether a part of a function or class is in the scope that it opens."""
    outside: Iterable[object] = ()
    if isinstance(node, ast.ClassDef):
        outside = (*node.bases, *node.keywords, *node.decorator_list)
    elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        outside = (*node.decorator_list, node.returns)
    return child not in outside

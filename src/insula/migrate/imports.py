"""Rewrite imports of ``flask``, and old names to what they are called today.

Rules: a statement goes on binding the names that it bound, so that no other line has
to change; what is changed is the module's name, and nothing around it. An old name that
is asked of another module today gets a statement of its own, behind the one that it
was in. Where an ImportError is caught the program has an answer already: there old
names stay. ``import flask.views`` binds ``flask``, from which all modules can be read,
so it becomes ``import insula.flask as flask``; a second one imports its module.
"""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from insula.migrate.aliases import removed
from insula.migrate.renames import Renamed, renamed
from insula.migrate.text import Edit

if TYPE_CHECKING:
    from insula.migrate.names import Imported, Names, Reference, Scope
    from insula.migrate.text import SourceText

__all__ = ["Rewriting", "is_flask"]

_MODULE = re.compile(r"from((?:[ \t\f]|\\\r?\n|\\\r)+)([\w.]+)")


def is_flask(dotted: str) -> bool:
    """Return whether a name is ``flask``'s, and imported by that name."""
    return dotted == "flask" or dotted.startswith("flask.")


def _today(module: str) -> str:
    return f"insula.{module}" if is_flask(module) else module


class Rewriting:
    """What is to be changed in the imports of one source.

    :param kept: lines that are to stay as they are.
    :ivar edits: the changes.
    :ivar lines: of statements that import ``flask``.
    :ivar replaced: the old names that are rewritten, each with its line.
    """

    def __init__(self, source: SourceText, names: Names, kept: set[int]) -> None:
        self._source = source
        self._names = names
        self._kept = kept
        self.edits: list[Edit] = []
        self.lines: list[int] = []
        self.replaced: set[tuple[int, str]] = set()
        self._more: dict[ast.stmt, list[str]] = {}
        self._statements: dict[ast.stmt, list[Imported]] = {}
        for one in names.imported:
            self._statements.setdefault(one.node, []).append(one)
        for node, group in self._statements.items():
            if not self._stays(node):
                if isinstance(node, ast.Import):
                    self._import(node, group)
                elif isinstance(node, ast.ImportFrom):
                    self._import_from(node, group)
        for reference in names.references:
            if not self._stays(reference.node):
                self._reference(reference)
        self._add_statements()

    def _stays(self, node: ast.expr | ast.stmt) -> bool:
        last = node.end_lineno or node.lineno
        return not self._kept.isdisjoint(range(node.lineno, last + 1))

    def _replace(self, node: ast.expr | ast.alias, text: str) -> None:
        start, end = self._source.span(node)
        self.edits.append(Edit(start, end, text))

    # import …

    def _import(self, node: ast.Import, group: list[Imported]) -> None:
        touched = False
        for one in group:
            name, bound = one.alias.name, one.alias.asname
            if not is_flask(name):
                continue
            touched = True
            extension = renamed(name) if name.startswith("flask.ext.") else None
            if extension is not None and not one.guarded:
                self.replaced.add((one.alias.lineno, name))
                text = f"{extension.module}{f' as {bound}' if bound else ''}"
                if not bound and not self._is_bound_before(one):
                    text = f"insula.flask as flask, {text}"
            elif bound:
                text = f"insula.{name} as {bound}"
            elif name == "flask" or not self._is_bound_before(one):
                text = "insula.flask as flask"
            else:
                text = f"insula.{name}"
            self._replace(one.alias, text)
        if touched:
            self.lines.append(node.lineno)

    def _is_bound_before(self, one: Imported) -> bool:
        """Return whether ``flask`` is imported before, wherever this import is."""
        return any(
            other.bound == "flask"
            and other.written.startswith(("flask", "insula.flask"))
            and isinstance(other.node, ast.Import)
            and other.block is one.block
            and _place(other.alias) < _place(one.alias)
            for other in self._names.imported
        )

    # from … import …

    def _import_from(self, node: ast.ImportFrom, group: list[Imported]) -> None:
        module = node.module or ""
        flask = is_flask(module)
        if flask:
            self.lines.append(node.lineno)
        if module.startswith("flask.ext.") and not group[0].guarded:
            self._extension(node, group, module)
            return
        leaves = _leaving(group)
        moves = [one for moved in leaves.values() for one, _ in moved]
        self.replaced |= {(one.alias.lineno, one.dotted) for one in moves}
        gone = [one.alias for one in moves]
        if len(gone) < len(group):
            if flask:
                self._set_module(node, f"insula.{module}")
            if gone:
                self.edits += removed(self._source, node, gone)
                self._more[node] = [_statement(*one) for one in leaves.items()]
        elif len(leaves) == 1 and "" not in leaves:
            ((target, moved),) = leaves.items()
            self._set_module(node, _today(target))
            for one, new in moved:
                if new.name != one.alias.name:
                    self._replace(one.alias, _as(new.name, one.bound))
        else:
            first, *more = (_statement(*one) for one in leaves.items())
            self.edits.append(Edit(*self._source.span(node), first))
            self._more[node] = more

    def _extension(
        self, node: ast.ImportFrom, group: list[Imported], module: str
    ) -> None:
        """Change an import from what `flask.ext` had."""
        new = renamed(module)
        if new is not None:
            name = ".".join(module.split(".")[:3])
            self.replaced |= {(one.alias.lineno, name) for one in group}
            self._set_module(node, new.module)

    def _set_module(self, node: ast.ImportFrom, module: str) -> None:
        start, end = self._source.span(node)
        found = _MODULE.match(self._source.text, start, end)
        if found is not None:
            self.edits.append(Edit(found.start(2), found.end(2), module))

    # What refers to them

    def _reference(self, one: Reference) -> None:
        if one.by_star:
            self._by_star(one)
            return
        for length in range(2, len(one.chain) + 1):
            part = one.chain[length - 1]
            dotted = self._names.resolve(part) or ""
            new = renamed(dotted)
            if new is None or not isinstance(getattr(part, "ctx", None), ast.Load):
                continue
            statement = self._binder(one)
            if statement is None or self._stays(statement.node):
                return
            name = _id(one)
            if not self._stands_there(part, name):
                return
            if new.dotted.startswith(f"{one.root}."):
                # It is found from the same module.
                text = f"{name}{new.dotted.removeprefix(one.root)}"
                needed = "" if is_flask(new.module) else new.module
                needed = "" if needed == one.root else needed
            else:
                text, needed = new.dotted, new.module
            if needed and not self._can_import(needed):
                return
            if needed:
                self._need(statement.node, needed)
            self.replaced.add((part.end_lineno or part.lineno, dotted))
            self._replace(part, text)
            return

    def _stands_there(self, part: ast.expr, name: str) -> bool:
        """Return whether a chain is where the tree says.

        NOTE: before CPython 3.12 places within f-strings are sometimes wrong.
        """
        start, end = self._source.span(part)
        text = self._source.text[start:end]
        return text.startswith(name) and text.endswith(f"{getattr(part, 'attr', '')}")

    def _by_star(self, one: Reference) -> None:
        new = renamed(one.root)
        stars = self._names.module.stars
        if new is not None and new.name and not self._stays(stars[0].node):
            statement = f"from {_today(new.module)} import {_as(new.name, _id(one))}"
            more = self._more.setdefault(stars[0].node, [])
            if statement not in more:
                more.append(statement)
            self.replaced.add((one.node.lineno, one.root))

    def _binder(self, one: Reference) -> Imported | None:
        """Return the import that has bound the name of a reference."""
        name = _id(one)
        found = [
            other
            for other in self._names.imported
            if other.bound == name and name in other.scope.imports
        ]
        scope: Scope | None = one.scope
        while scope is not None:
            here = [other for other in found if other.scope is scope]
            before = [o for o in here if _place(o.alias) < _place(one.node)]
            if here:
                return before[-1] if before else here[0]
            scope = scope.parent
        return None

    def _can_import(self, module: str) -> bool:
        """Return whether the name of a module's top is free to be imported."""
        top = module.partition(".")[0]
        return not any(
            top in scope.others
            or any(what.partition(".")[0] != top for what in scope.imports.get(top, ()))
            for scope in self._names.scopes
        )

    def _need(self, node: ast.stmt, module: str) -> None:
        top = self._names.module
        imported = {
            one.alias.name
            for one in self._names.imported
            if isinstance(one.node, ast.Import)
            and one.alias.asname is None
            and one.scope is top
            and not one.guarded
        }
        # What `import flask.ext.login` has become.
        imported |= {
            extension.module
            for one in self._statements.get(node, ())
            if isinstance(node, ast.Import)
            and (extension := renamed(one.alias.name)) is not None
        }
        more = self._more.setdefault(node, [])
        if module not in imported and f"import {module}" not in more:
            more.append(f"import {module}")

    # More statements

    def _add_statements(self) -> None:
        for node, statements in self._more.items():
            if statements:
                self.edits.append(self._after(node, statements))

    def _after(self, node: ast.stmt, statements: list[str]) -> Edit:
        text = self._source.text
        start, end = self._source.span(node)
        before = self._source.line(node.lineno)[: start - _line_start(text, start)]
        rest = re.compile(r"[ \t\f]*(?:#[^\r\n]*)?(\r\n|\r|\n|\Z)").match(text, end)
        if before.strip() or rest is None:
            return Edit(end, end, "".join(f"; {one}" for one in statements))
        if rest[1]:
            lines = "".join(f"{before}{one}{rest[1]}" for one in statements)
        else:
            newline = self._source.newline
            lines = "".join(f"{newline}{before}{one}" for one in statements)
        return Edit(rest.end(), rest.end(), lines)


def _leaving(group: list[Imported]) -> dict[str, list[tuple[Imported, Renamed]]]:
    """Return the names that are in another module today, by that module.

    Those that are a module today have no other: they are imported by themselves.
    """
    leaves: dict[str, list[tuple[Imported, Renamed]]] = {}
    for one in group:
        new = None if one.guarded else renamed(one.dotted)
        if new is not None:
            leaves.setdefault(new.module if new.name else "", []).append((one, new))
    return leaves


def _line_start(text: str, offset: int) -> int:
    return max(text.rfind("\n", 0, offset), text.rfind("\r", 0, offset)) + 1


def _place(node: ast.expr | ast.alias) -> tuple[int, int]:
    return node.lineno, node.col_offset


def _id(one: Reference) -> str:
    base = one.chain[0]
    return base.id if isinstance(base, ast.Name) else ""


def _as(name: str, bound: str) -> str:
    return name if name == bound else f"{name} as {bound}"


def _statement(target: str, moved: list[tuple[Imported, Renamed]]) -> str:
    if not target:
        names = ", ".join(_as(new.module, one.bound) for one, new in moved)
        return f"import {names}"
    names = ", ".join(_as(new.name, one.bound) for one, new in moved)
    return f"from {_today(target)} import {names}"

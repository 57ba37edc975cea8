"""Old names in a source: those of the stand-in's table, and some beside it.

The table (:mod:`insula.flask._legacy`) is read when it is needed, so a new row counts
by itself. A row's name says how it is found: what is imported or read from a module by
the dotted name; an attribute of a class, ``flask.Flask.before_first_request``, on what
is an application as far as can be told; a key, ``app.config[KEY]``; a parameter,
``flask.send_file(cache_timeout=)``; a variable of the environment, in capitals. What a
row says in another way is not looked for.

Theory. What an object is, a source does not say. An application is what is made by
``Flask(…)``, ``current_app``, ``self`` in a class derived from it, and in a file that
imports flask what is called ``app``; blueprints likewise. That is wrong so rarely, and
what is reported so visible, that more would not pay.
"""

from __future__ import annotations

import ast
import re
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from insula._core.loading import load
from insula.migrate.renames import renamed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from insula.migrate.names import Names, Reference

__all__ = ["Old", "Table", "old_names", "table"]

_TABLE = "insula.flask._legacy"
_PRODUCTS = {"werkzeug": "Werkzeug", "jinja2": "Jinja"}
_APPS = frozenset({"app", "application", "current_app", "flask_app", "_app", "the_app"})
_BLUEPRINTS = ("bp", "blueprint", "mod", "module")
_KINDS = {"current_app": "Flask", "request": "Request", "config": "Config"}
_PARAMETER = re.compile(r"([\w.]+)\((\w+)=\)")
_KEY = re.compile(r"app\.config\[(\w+)\]")
_DOTTED = re.compile(r"[a-z_]\w*(?:\.\w+)+")


class Old(NamedTuple):
    """An old name as it is used."""

    line: int
    name: str
    message: str


class Row(NamedTuple):
    """What there is to say of an old name."""

    name: str
    removed: str
    instead: str

    @property
    def message(self) -> str:
        """What became of it, and what to write."""
        removed = self.removed
        if removed[:1].isdigit():
            top = self.name.partition(".")[0]
            removed = f"{_PRODUCTS.get(top, 'Flask')} {removed}"
        said = f"{self.name} was removed in {removed}" if removed else self.name
        instead = self.instead.rstrip(".")
        # The table of Flask's names says what to do, that of others where it is today.
        mark = "; " if not self.name.startswith(tuple(_PRODUCTS)) else "; today: "
        return f"{said}{mark}{instead}" if instead else said


class Table:
    """The old names, in the ways in which they are found.

    :ivar rows: by the dotted name.
    :ivar members: by a class and an attribute.
    :ivar keys: of the configuration.
    :ivar parameters: by a function, then by the parameter.
    :ivar variables: of the environment.
    """

    def __init__(self) -> None:
        module = load(_TABLE)
        self.rows: dict[str, Row] = {}
        self.members: dict[tuple[str, str], Row] = {}
        self.keys: dict[str, Row] = {}
        self.parameters: dict[str, dict[str, Row]] = {}
        self.variables: dict[str, Row] = {}
        for old in (*module.OLD_NAMES, *getattr(module, "OTHER_NAMES", ())):
            self._add(Row(old.name, old.removed, old.instead))

    def _add(self, row: Row) -> None:
        parameter, key = _PARAMETER.fullmatch(row.name), _KEY.fullmatch(row.name)
        if parameter is not None:
            function = parameter[1].rpartition(".")[2]
            self.parameters.setdefault(function, {})[parameter[2]] = row
        elif key is not None:
            self.keys[key[1]] = row
        elif row.name.isupper():
            self.variables[row.name] = row
        elif _DOTTED.fullmatch(row.name) is not None:
            self.rows[row.name] = row
            owner, _, last = row.name.rpartition(".")
            kind = owner.rpartition(".")[2]
            if kind[:1].isupper():
                self.members[kind, last] = row

    def find(self, dotted: str) -> Row | None:
        """Return the row of a dotted name, or of the old module that it is in."""
        parts = dotted.split(".")
        for length in range(len(parts), 1, -1):
            row = self.rows.get(".".join(parts[:length]))
            if row is not None:
                return row
        return None


@cache
def table() -> Table:
    """Return the table, read once."""
    return Table()


def message_of(dotted: str) -> tuple[str, str] | None:
    """Return the old name that a dotted name is or is in, and what is said of it."""
    if dotted.startswith("flask.ext."):
        dotted = ".".join(dotted.split(".")[:3])
    new = renamed(dotted)
    row = table().find(dotted)
    if new is not None:
        today = new.dotted
        today = f"insula.{today}" if today.startswith("flask.") else today
        return dotted, f"{dotted} was removed in {new.since}; write {today}"
    return (row.name, row.message) if row is not None else None


def old_names(names: Names) -> Iterator[Old]:
    """Yield the old names that a source uses, each once in a line."""
    finder = _Finder(names)
    seen = set()
    for one in finder.all():
        if one[:2] not in seen:
            seen.add(one[:2])
            yield one


class _Finder:
    def __init__(self, names: Names) -> None:
        self._names = names
        self._table = table()
        self._uses_flask = any(
            one.dotted.partition(".")[0] == "flask" for one in names.imported
        )
        self._made: dict[str, str] = dict(self._assigned())

    def all(self) -> Iterator[Old]:
        """Yield them, some more than once."""
        for one in self._names.imported:
            found = None if one.guarded else message_of(one.dotted)
            if found is not None:
                yield Old(one.alias.lineno, *found)
        for reference in self._names.references:
            yield from self._read(reference)
        if self._uses_flask:
            for node in self._names.nodes:
                yield from self._at(node)

    def _read(self, reference: Reference) -> Iterator[Old]:
        # What `from … import` has bound is reported where it is imported.
        known = None if reference.by_star else message_of(reference.root)
        for part in reference.chain[0 if reference.by_star else 1 :]:
            found = message_of(self._names.resolve(part) or "")
            if found is not None:
                if found != known:
                    yield Old(part.end_lineno or part.lineno, *found)
                return

    def _assigned(self) -> Iterator[tuple[str, str]]:
        """Yield names, each with the class of Flask's of which it is made."""
        for node in self._names.nodes:
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call):
                made = self._class_of(self._names.resolve(node.value.func))
                for target in node.targets:
                    if made and isinstance(target, ast.Name | ast.Attribute):
                        yield _last(target), made
            elif isinstance(node, ast.arg) and node.annotation is not None:
                made = self._class_of(self._names.resolve(node.annotation))
                if made:
                    yield node.arg, made

    def _class_of(self, dotted: str | None) -> str:
        if dotted is None or not dotted.startswith("flask."):
            return ""
        name = dotted.rpartition(".")[2]
        return name if name in {"Flask", "Blueprint", "Request", "Response"} else ""

    def kind_of(self, node: ast.expr) -> set[str]:
        """Return of which classes of Flask's an expression may be."""
        dotted = self._names.resolve(node)
        last = _last(node)
        if dotted is not None and dotted.startswith("flask."):
            return {_KINDS.get(last, dotted.rpartition(".")[2])}
        if last in {"self", "cls"}:
            return self._bases_around(node)
        kind = self._made.get(last, "")
        if not kind and isinstance(node, ast.Attribute | ast.Name):
            kind = "Config" if last == "config" else _kind_by_name(last)
        return {kind} if kind else set()

    def _bases_around(self, node: ast.expr) -> set[str]:
        for one in self._names.around(node):
            if isinstance(one, ast.ClassDef):
                return self._bases(one)
        return set()

    def _bases(self, node: ast.ClassDef) -> set[str]:
        dotted = [self._names.resolve(base) for base in node.bases]
        return {one.rpartition(".")[2] for one in dotted if one and "flask." in one}

    def _at(self, node: ast.AST) -> Iterator[Old]:
        match node:
            case ast.Attribute(value=value, attr=name):
                yield from self._member(node, self.kind_of(value), name)
            case ast.ClassDef():
                for kind in self._bases(node):
                    yield from self._overridden(node, kind)
            case ast.Call():
                yield from self._call(node)
            case ast.Subscript(value=value, slice=ast.Constant(value=str(key))):
                if _last(value) == "config":
                    yield from self._key(node, key)

    def _member(self, node: ast.expr, kinds: set[str], name: str) -> Iterator[Old]:
        for kind in kinds:
            row = self._table.members.get((kind, name))
            if row is not None:
                yield Old(node.end_lineno or node.lineno, row.name, row.message)

    def _overridden(self, node: ast.ClassDef, kind: str) -> Iterator[Old]:
        for statement in node.body:
            names: list[str] = []
            if isinstance(statement, ast.Assign):
                names = [_last(one) for one in statement.targets]
            elif isinstance(statement, ast.AnnAssign):
                names = [_last(statement.target)]
            elif isinstance(statement, ast.FunctionDef):
                names = [statement.name]
            for name in names:
                row = self._table.members.get((kind, name))
                if row is not None:
                    yield Old(statement.lineno, row.name, row.message)

    def _call(self, node: ast.Call) -> Iterator[Old]:
        dotted, name = self._names.resolve(node.func) or "", _last(node.func)
        rows: dict[str, Row] = {}
        if dotted.startswith("flask."):
            rows = dict(self._table.parameters.get(name, {}))
            if name == "send_from_directory":
                rows |= self._table.parameters.get("send_file", {})
        for keyword in node.keywords:
            row = rows.get(keyword.arg or "")
            if row is not None:
                yield Old(keyword.value.lineno, row.name, row.message)
        value = node.func.value if isinstance(node.func, ast.Attribute) else None
        if value is not None and _last(value) == "config":
            yield from self._configured(node)

    def _configured(self, node: ast.Call) -> Iterator[Old]:
        """Yield old keys in `config.update(…)`, `from_mapping(…)`, `get(…)`."""
        for keyword in node.keywords:
            if keyword.arg:
                yield from self._key(keyword.value, keyword.arg)
        for one in node.args[:1]:
            keys = one.keys if isinstance(one, ast.Dict) else [one]
            for key in keys:
                if isinstance(key, ast.Constant):
                    yield from self._key(key, str(key.value))

    def _key(self, node: ast.expr, key: str) -> Iterator[Old]:
        row = self._table.keys.get(key)
        if row is not None:
            yield Old(node.lineno, row.name, row.message)


def _kind_by_name(name: str) -> str:
    if name in _APPS:
        return "Flask"
    return "Blueprint" if name.endswith(_BLUEPRINTS) else ""


def _last(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""

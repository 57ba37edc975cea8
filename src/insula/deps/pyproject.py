"""``pyproject.toml``: the ``[project]`` table is read, its arrays are changed in place.

Dependencies may be in Poetry's tables as well, which are read only (see `poetry`).

Rules: an array keeps its quotes, its indentation and its comments. What is added to an
array in several lines gets a line; an array in one line stays so while it fits.

Sources: the pyproject.toml specification and PEP 735 (dependency groups) of
packaging.python.org.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from insula.deps.declared import (
    Changes,
    Declared,
    FileError,
    Text,
    place_for,
    says_keep,
)
from insula.deps.poetry import DEPENDENCIES as _OF_POETRY
from insula.deps.poetry import declared_in, versions_of
from insula.deps.requirement import parse
from insula.deps.toml_arrays import Toml, TomlError, Value

if TYPE_CHECKING:
    from pathlib import Path

    from insula.deps.requirement import Requirement

__all__ = ["PyprojectFile"]

_WIDTH = 88
_DEPENDENCIES = ("project", "dependencies")
_EXTRAS = ("project", "optional-dependencies")
_GROUPS = ("dependency-groups",)
_DEV_NAMES = ("dev", "develop", "development", "test", "tests")


class PyprojectFile:
    """A ``pyproject.toml``.

    :raises FileError: it cannot be read, or is no TOML.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.source = Text.read(path)
        self.toml = self._parse(self.source.text)
        self.declared = self._declared()

    def _parse(self, text: str) -> Toml:
        try:
            return Toml(text)
        except TomlError as exc:
            raise FileError(f"{self.path}:{exc.line} is no TOML: {exc}.") from None

    @property
    def name(self) -> str:
        """The project's name; empty, if it has none."""
        of_poetry = self.toml.string("tool", "poetry", "name")
        return self.toml.string("project", "name") or of_poetry

    @property
    def requires_python(self) -> str:
        """What it says of Python's versions."""
        of_poetry = versions_of(self.toml.string(*_OF_POETRY, "python"))
        return self.toml.string("project", "requires-python") or of_poetry

    @property
    def holds_dependencies(self) -> bool:
        """Whether the project's dependencies are, or would be, written here."""
        dynamic = self.toml.values.get(("project", "dynamic"))
        names = {item.text for item in (dynamic and dynamic.items) or ()}
        return self.toml.has_table("project") and "dependencies" not in names

    @property
    def is_of_poetry(self) -> bool:
        """Whether the project's dependencies are in Poetry's table alone."""
        length = len(_OF_POETRY)
        paths = (*self.toml.tables, *self.toml.values)
        has_table = any(path[:length] == _OF_POETRY for path in paths)
        # Beside [project] dependencies, the table says more about those.
        written = _DEPENDENCIES in self.toml.values
        return has_table and not (self.holds_dependencies and written)

    def _arrays(self) -> list[tuple[tuple[str, ...], Value]]:
        return [
            (path, value)
            for path, value in self.toml.values.items()
            if value.items is not None
            and (path == _DEPENDENCIES or path[:-1] in {_EXTRAS, _GROUPS})
        ]

    def _declared(self) -> list[Declared]:
        found = []
        for path, value in self._arrays():
            for item in value.items or ():
                requirement = parse(item.text)
                if requirement is None:
                    continue
                rest = self.source.text[item.end :].partition("\n")[0]
                found.append(
                    Declared(
                        requirement,
                        self.path,
                        self.toml.line_of(item.start),
                        extra="" if path == _DEPENDENCIES else path[-1],
                        keep=says_keep(rest),
                    )
                )
        names = {one.key for one in found}
        by_poetry = declared_in(self.toml, self.path)
        return [*found, *(one for one in by_poetry if one.key not in names)]

    def changed(self, changes: Changes) -> str:
        """Return the text with changes.

        :raises FileError: there is no place for them.
        """
        text = self.source.text
        if self.is_of_poetry:
            self._refuse(changes)
            return text
        value = self.toml.values.get(_DEPENDENCIES)
        if value is not None and value.items is None:
            raise FileError(
                f"{self.path}:{self.toml.line_of(value.start)}: dependencies is no"
                " array; write it as one, dependencies = []."
            )
        if changes.update or changes.remove or changes.add:
            text = self._with_array(text, _DEPENDENCIES, changes)
        if changes.add_dev:
            text = self._with_dev(text, changes.add_dev)
        return text

    def _refuse(self, changes: Changes) -> None:
        """Leave to Poetry what is in its tables, with the commands for it."""
        groups = [
            ("add", changes.add),
            ("add --group dev", changes.add_dev),
        ]
        commands = [
            f"poetry {what} {' '.join(one.name for one in names)}"
            for what, names in groups
            if names
        ]
        if changes.remove:
            commands.append(f"poetry remove {' '.join(sorted(changes.remove))}")
        if commands:
            raise FileError(
                f"{self.path} has its dependencies in [tool.poetry.dependencies], which"
                f" Poetry writes: {', '.join(commands)}. Another file is named with"
                " --savepath."
            )

    def _with_array(self, text: str, path: tuple[str, ...], changes: Changes) -> str:
        toml = self._parse(text)
        value = toml.values.get(path)
        if value is not None:
            array = _Array(text, value, self.source.newline)
            return text[: value.start] + array.changed(changes) + text[value.end :]
        table = path[:-1]
        written = _lines(changes.add, self.source.newline)
        entry = f"{path[-1]} = {written}{self.source.newline}"
        if table in toml.tables:
            at = toml.tables[table][1]
            gap = "" if text[:at].endswith("\n") else self.source.newline
            return f"{text[:at]}{gap}{entry}{text[at:]}"
        if toml.has_table(table[0]) and len(table) == 1:
            raise FileError(
                f"{self.path} has no [{table[0]}] table of its own, only values within"
                " others; write one, and what is to be added finds its place."
            )
        newline = self.source.newline
        head = f"[{'.'.join(table)}]{newline}"
        gap = newline if text.strip() else ""
        return f"{text.rstrip()}{newline if gap else ''}{gap}{head}{entry}"

    def _with_dev(self, text: str, add: list[Requirement]) -> str:
        named = {path for path, _ in self._arrays()}
        for table in (_GROUPS, _EXTRAS):
            for name in _DEV_NAMES:
                if (*table, name) in named:
                    return self._with_array(text, (*table, name), _adding(add))
        return self._with_array(text, (*_GROUPS, "dev"), _adding(add))


def _adding(add: list[Requirement]) -> Changes:
    return Changes(add=add)


def _lines(add: list[Requirement], newline: str, indent: str = "    ") -> str:
    items = "".join(f"{indent}{_quoted(one)},{newline}" for one in add)
    return f"[{newline}{items}]"


def _quoted(requirement: Requirement, quote: str = '"') -> str:
    inner = "'" if quote == '"' else '"'
    return f"{quote}{requirement.text(inner)}{quote}"


class _Array:
    """The text of an array, as pieces: an item each, and what stands between."""

    def __init__(self, text: str, value: Value, newline: str) -> None:
        self._written = text[value.start : value.end]
        self._newline = newline
        self._in_lines = "\n" in self._written
        self._items: list[tuple[str, str, str]] = []  # before, written, key
        at = 1
        for item in value.items or ():
            start, end = item.start - value.start, item.end - value.start
            requirement = parse(item.text)
            key = requirement.key if requirement is not None else ""
            self._items.append((self._written[at:start], self._written[start:end], key))
            at = end
        self._rest = self._written[at:-1]
        quotes = [written[0] for _, written, _ in self._items]
        self._quote = quotes[0] if quotes else '"'

    def changed(self, changes: Changes) -> str:
        """Return the array with changes."""
        for number, (before, _, key) in enumerate(self._items):
            if key in changes.update:
                written = _quoted(changes.update[key], self._quote)
                self._items[number] = (before, written, key)
        for number in reversed(range(len(self._items))):
            if self._items[number][2] in changes.remove:
                self._remove(number)
        for requirement in changes.add:
            self._add(requirement)
        return self._text()

    def _text(self) -> str:
        inner = "".join(before + written for before, written, _ in self._items)
        return f"[{inner}{self._rest}]"

    def _between(self, number: int) -> str:
        """Return what stands after an item, up to the next or the end."""
        if number + 1 < len(self._items):
            return self._items[number + 1][0]
        return self._rest

    def _set_between(self, number: int, text: str) -> None:
        if number + 1 < len(self._items):
            _, written, key = self._items[number + 1]
            self._items[number + 1] = (text, written, key)
        else:
            self._rest = text

    def _remove(self, number: int) -> None:
        before, after = self._items[number][0], self._between(number)
        comma = re.match(r"\s*,", after)
        tail = after[comma.end() :] if comma else after
        # The comment behind an item goes with it; those above stay.
        tail = re.sub(r"\A[ \t]*#[^\r\n]*", "", tail)
        if number + 1 == len(self._items) and not comma and number > 0:
            # The last one had no comma; what was before it now ends the array.
            before = re.sub(r"\A\s*,[ \t]*", "", before)
        if self._in_lines and "\n" in tail:
            joined = before.rstrip(" \t").rstrip("\n").rstrip("\r") + tail
        else:
            joined = before + tail.lstrip(" ")
        del self._items[number]
        self._set_between(number - 1, joined) if self._items and number else (
            self._set_first(joined)
        )

    def _set_first(self, text: str) -> None:
        if self._items:
            _, written, key = self._items[0]
            self._items[0] = (text, written, key)
        else:
            self._rest = text.replace(",", "") if "#" not in text else text

    def _add(self, requirement: Requirement) -> None:
        written, key = _quoted(requirement, self._quote), requirement.key
        if not self._items:
            if self._rest.strip():
                # Only comments are there; they stay above.
                head = self._rest.rstrip()
                self._items = [(f"{head}{self._newline}    ", written, key)]
            else:
                self._items = [(f"{self._newline}    ", written, key)]
            self._rest, self._in_lines = f",{self._newline}", True
            return
        place = place_for(key, [known for _, _, known in self._items])
        indent = self._indent()
        fits = len(self._text()) + len(written) + len("dependencies = , ") <= _WIDTH
        if not self._in_lines and not fits:
            self._into_lines()
            indent = "    "
        separator = f"{self._newline}{indent}" if self._in_lines else " "
        if place == 0:
            before, first, first_key = self._items[0]
            self._items[0] = (f",{separator}", first, first_key)
            self._items.insert(0, (before, written, key))
            return
        after = self._between(place - 1)
        comma = re.match(r"\s*,", after)
        rest = after[comma.end() :] if comma else after
        # A comment in the line of the item before belongs to that.
        note = re.match(r"[ \t]*#[^\r\n]*", rest)
        said = note[0] if note else ""
        self._items.insert(place, (f",{said}{separator}", written, key))
        rest = rest[len(said) :]
        is_last = place + 1 == len(self._items)
        ends = "," if comma or (is_last and self._in_lines) else ""
        self._set_between(place, f"{ends}{rest}")

    def _indent(self) -> str:
        for before, _, _ in self._items:
            if "\n" in before:
                return before.rpartition("\n")[2]
        return "    "

    def _into_lines(self) -> None:
        for number, (_, written, key) in enumerate(self._items):
            comma = "," if number else ""
            before = f"{comma}{self._newline}    "
            self._items[number] = (before, written, key)
        self._rest, self._in_lines = f",{self._newline}", True

"""Dependencies in the tables of Poetry: they are read, and Poetry writes them.

What is read is ``[tool.poetry.dependencies]``, and the groups and extras that
developers and users install beside it. Versions become those of PEP 440: ``^1.2`` is
``>=1.2,<2``.

Source: https://python-poetry.org/docs/dependency-specification/.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from insula.deps.declared import Declared, says_keep
from insula.deps.requirement import Requirement

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from insula.deps.toml_arrays import Toml

__all__ = ["DEPENDENCIES", "declared_in", "versions_of"]

DEPENDENCIES = ("tool", "poetry", "dependencies")
_DEV = ("tool", "poetry", "dev-dependencies")
_GROUP = ("tool", "poetry", "group")
_BOUND = re.compile(r"(\^|~)\s*v?(\d+(?:\.\d+)*)(.*)")
_EXACT = re.compile(r"v?\d[^\s,|]*")


def declared_in(toml: Toml, path: Path) -> list[Declared]:
    """Return what Poetry's tables declare.

    :param path: the file's.
    """
    places: dict[tuple[str, ...], int] = {}
    for key, value in toml.values.items():
        table = _table_of(key)
        if table and len(key) > len(table):
            name = key[: len(table) + 1]
            places[name] = min(places.get(name, value.start), value.start)
    found = []
    for name, start in places.items():
        if name == (*DEPENDENCIES, "python"):
            continue
        rest = toml.text[start:].partition("\n")[0]
        found.append(
            Declared(
                _requirement(toml, name),
                path,
                toml.line_of(start),
                extra=_extra(toml, name),
                keep=says_keep(rest),
                frozen=True,
            )
        )
    return found


def _table_of(key: tuple[str, ...]) -> tuple[str, ...]:
    for table in (DEPENDENCIES, _DEV):
        if key[: len(table)] == table:
            return table
    named = len(_GROUP) + 2
    is_group = key[: len(_GROUP)] == _GROUP and key[named - 1 : named] == (
        "dependencies",
    )
    return key[:named] if is_group else ()


def _extra(toml: Toml, name: tuple[str, ...]) -> str:
    """Return the group of a requirement; empty, if it is always installed."""
    table = name[:-1]
    if table == DEPENDENCIES:
        optional = toml.values.get((*name, "optional"))
        is_optional = optional and toml.text[optional.start : optional.end].startswith(
            "true"
        )
        return "optional" if is_optional else ""
    # The group "main" is the table without a group.
    group = "dev" if table == _DEV else table[-2]
    return "" if group == "main" else group


def _requirement(toml: Toml, name: tuple[str, ...]) -> Requirement:
    def said(what: str) -> str:
        return toml.string(*name, what)

    extras = toml.values.get((*name, "extras"))
    url = said("url") or said("path")
    if said("git"):
        at = said("rev") or said("tag") or said("branch")
        url = f"git+{said('git')}{'@' if at else ''}{at}"
    return Requirement(
        name[-1],
        tuple(item.text for item in (extras and extras.items) or ()),
        "" if url else versions_of(toml.string(*name) or said("version")),
        url,
        said("markers"),
    )


def versions_of(text: str) -> str:
    """Return a constraint of Poetry's as versions of PEP 440.

    :return: empty for any version, and for alternatives, which cannot be written.
    """
    if "|" in text:
        return ""
    parts = [part.strip() for part in text.split(",")]
    return ",".join(bound for part in parts for bound in _bounds(part))


def _bounds(part: str) -> Iterator[str]:
    match = _BOUND.fullmatch(part)
    if match is not None and not part.startswith("~="):
        sign, digits, rest = match.groups()
        numbers = [int(number) for number in digits.split(".")]
        if sign == "~":
            last = min(1, len(numbers) - 1)
        else:
            # The first that is not 0 may not change; of zeros, the last.
            last = next((n for n, one in enumerate(numbers) if one), len(numbers) - 1)
        upper = [*numbers[:last], numbers[last] + 1]
        yield f">={digits}{rest}"
        yield f"<{'.'.join(map(str, upper))}"
    elif _EXACT.fullmatch(part):
        yield f"=={part.removeprefix('v')}"
    elif part not in {"", "*"}:
        yield part

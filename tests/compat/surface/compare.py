"""Compare two dumps of ``dump.py``, and read the page that lists where they differ.

What Insula offers may be the same or wider: more names, more parameters with defaults,
a parameter that may be given in more ways, an attribute that may also be set, a class
derived from the real one's, an option that may be given again. Everything else is a
:class:`Difference`, known by its name in the real Flask and by what differs:

``missing``    the name is not there
``kind``       a function where a class was, and so on
``signature``  a call that was right would be wrong
``value``      another value, default or option
``readonly``   an attribute that can no longer be set
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["Comparison", "Difference", "listed"]

_VARIADIC = {"VAR_POSITIONAL", "VAR_KEYWORD"}
_BY_POSITION = {"POSITIONAL_ONLY", "POSITIONAL_OR_KEYWORD"}
_BY_NAME = {"KEYWORD_ONLY", "POSITIONAL_OR_KEYWORD"}
_OBJECT = re.compile(r"^<(?P<name>\w+)(?P<is>| object)>$")
_ROW = re.compile(r"^\| `(?P<name>[^`]+)` \| (?P<what>[a-z]+) \| (?P<why>.+) \|$")


@dataclass(frozen=True, slots=True, order=True)
class Difference:
    """Where Insula offers less than the real Flask, or something else."""

    name: str
    what: str
    detail: str = field(default="", compare=False)

    def __str__(self) -> str:
        return f"{self.name}: {self.what}: {self.detail}"


def listed(page: Path) -> dict[Difference, str]:
    """Read the table of the page: a name, what differs, and the reason."""
    rows = map(_ROW.match, page.read_text(encoding="utf-8").splitlines())
    return {Difference(row["name"], row["what"]): row["why"] for row in rows if row}


def narrowed(  # noqa: PLR0911 - one answer per way to fail
    real: list[dict[str, Any]] | None, ours: list[dict[str, Any]] | None
) -> tuple[str, str] | None:
    """Tell how a call of the real signature could fail on ours; None if none can."""
    if real is None or ours is None:
        return None
    accepts = {each["kind"] for each in ours} & _VARIADIC
    places = [each for each in ours if each["kind"] in _BY_POSITION]
    names = {each["name"]: each for each in ours if each["kind"] not in _VARIADIC}
    for index, wanted in enumerate(real):
        name, kind = wanted["name"], wanted["kind"]
        if kind in _VARIADIC:
            if kind not in accepts:
                return (
                    "signature",
                    f"no {'*' if kind == 'VAR_POSITIONAL' else '**'}{name}",
                )
            continue
        if kind == "POSITIONAL_ONLY":
            found = places[index] if index < len(places) else None
        else:
            found = names.get(name)
        if found is None:
            return "signature", f"no parameter {name}"
        if kind in _BY_POSITION and (
            index >= len(places) or places[index]["name"] != found["name"]
        ):
            return "signature", f"{name} is not at place {index}"
        if kind in _BY_NAME and found["kind"] not in _BY_NAME:
            return "signature", f"{name} cannot be given by name"
        if "default" in wanted and "default" not in found:
            return "signature", f"{name} has no default"
        if "default" in wanted and found["default"] != wanted["default"]:
            return "value", f"{name}={found['default']}, was {wanted['default']}"
    known = {each["name"] for each in real}
    for index, found in enumerate(ours):
        if found["kind"] in _VARIADIC or "default" in found or found["name"] in known:
            continue
        if index >= len(real) or real[index]["kind"] != "POSITIONAL_ONLY":
            return "signature", f"needs {found['name']} as well"
    return None


class Comparison:
    """The real surface beside ours: how much was compared, and what differs."""

    def __init__(self, real: dict[str, Any], ours: dict[str, Any]) -> None:
        self.real = real
        self.ours = ours
        self.compared = 0
        self._pairs: set[tuple[str, str]] = set()
        # What the classes of the real Flask are called in Insula.
        self._renamed = {
            entry["class"].rpartition(".")[2]: there["class"].rpartition(".")[2]
            for module, names in real["modules"].items()
            for name, entry in names.items()
            if "class" in entry
            if "class" in (there := ours["modules"].get(module, {}).get(name, {}))
        }

    def differences(self) -> list[Difference]:
        """Compare everything; each difference once, under its real name."""
        found: dict[Difference, None] = {}
        for each in self._all():
            found.setdefault(each)
        return sorted(found)

    def _all(self) -> Iterator[Difference]:
        for module, names in self.real["modules"].items():
            there = self.ours["modules"].get(module)
            self.compared += 1
            if there is None:
                yield Difference(module, "missing", "no such module")
                continue
            for name, wanted in names.items():
                yield from self._entry(f"{module}.{name}", wanted, there.get(name))
        for name, wanted in self.real["instances"].items():
            there = self.ours["instances"][name]
            if wanted.get("kind") == "command":
                yield from self._entry(name, wanted, there)
                continue
            for key, value in wanted.items():
                self.compared += 1
                if key not in there:
                    yield Difference(f"{name}: {key}", "missing", "not there")
                elif not self._serves(value, there[key]):
                    detail = f"{there[key]}, was {value}"
                    yield Difference(f"{name}: {key}", "value", detail)

    def _entry(
        self, name: str, wanted: dict[str, Any], found: dict[str, Any] | None
    ) -> Iterator[Difference]:
        self.compared += 1
        if found is None:
            yield Difference(name, "missing", "not there")
        elif found["kind"] != wanted["kind"]:
            yield Difference(name, "kind", f"{found['kind']}, was {wanted['kind']}")
        elif wanted["kind"] == "function":
            narrow = narrowed(wanted["signature"], found["signature"])
            if narrow is not None:
                yield Difference(name, *narrow)
            if found.get("binding") != wanted.get("binding"):
                yield Difference(name, "kind", f"a {found['binding']} method")
        elif wanted["kind"] == "class":
            yield from self._class(wanted["class"], found["class"])
        elif wanted["kind"] == "attribute":
            if wanted["settable"] and not found["settable"]:
                yield Difference(name, "readonly", "cannot be set")
        elif wanted["kind"] == "command":
            yield from self._command(name, wanted, found)
        elif not self._serves(wanted["value"], found["value"]):
            detail = f"{found['value']}, was {wanted['value']}"
            yield Difference(name, "value", detail)

    def _serves(self, wanted: Any, found: Any) -> bool:
        """Tell whether a value is the same, or of a class derived from that of it."""
        if wanted == found:
            return True
        if not (isinstance(wanted, str) and isinstance(found, str)):
            return False
        real, ours = _OBJECT.match(wanted), _OBJECT.match(found)
        if real is None or ours is None or real["is"] != ours["is"]:
            return False
        name = self._renamed.get(real["name"], real["name"])
        return name in self.ours["mros"].get(ours["name"], [ours["name"]])

    def _class(self, real: str, ours: str) -> Iterator[Difference]:
        if (real, ours) in self._pairs:
            return
        self._pairs.add((real, ours))
        there = self.ours["classes"][ours]
        for name, wanted in self.real["classes"][real].items():
            definer = wanted.get("definer", "")
            home = definer if definer.startswith("flask.") else real
            yield from self._entry(f"{home}.{name}", wanted, there.get(name))

    def _command(
        self, name: str, wanted: dict[str, Any], found: dict[str, Any]
    ) -> Iterator[Difference]:
        for kind in ("options", "commands"):
            for key, each in wanted[kind].items():
                there = found[kind].get(key)
                if kind == "commands":
                    yield from self._entry(f"{name} {key}", each, there)
                    continue
                self.compared += 1
                if there is None:
                    yield Difference(f"{name} {key}", "missing", "no such option")
                elif (
                    {**there, "opts": 0, "multiple": 0}
                    != {**each, "opts": 0, "multiple": 0}
                    or not set(each["opts"]) <= set(there["opts"])
                    or each["multiple"] > there["multiple"]
                ):
                    yield Difference(f"{name} {key}", "value", f"{there}, was {each}")

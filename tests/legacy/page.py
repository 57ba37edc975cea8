"""The tables of ``docs/legacy.md``; ``python -m tests.legacy.page`` writes them."""

from __future__ import annotations

import re
from pathlib import Path

from insula.flask._legacy import OLD_NAMES, OTHER_NAMES, OldName

__all__ = ["PAGE", "filled", "tables"]

PAGE = Path(__file__).parents[2] / "docs" / "legacy.md"

_HEAD = "| Old name | since | gone in | Today |\n|---|---|---|---|\n"
_CLASSES = re.compile(r"^flask\.(ctx\.)?[A-Z]\w+\.\w+$")


def _kind(row: OldName) -> str:
    if not row.name.startswith("flask.") or "(" in row.name:
        return "behaviour"
    if ":" not in row.home:
        return "modules"
    return "attributes" if _CLASSES.match(row.name) else "names"


def _line(row: OldName) -> str:
    today = row.instead[0].upper() + row.instead[1:]
    return f"| `{row.name}` | {row.since} | {row.removed} | {today} |\n"


def tables() -> dict[str, str]:
    """Return each table by its name."""
    found: dict[str, str] = {}
    for row in OLD_NAMES:
        kind = _kind(row)
        found[kind] = found.get(kind, _HEAD) + _line(row)
    return found | {"others": _others()}


def _others() -> str:
    """Return the table of the names that are not Flask's, a line for each module."""
    names: dict[tuple[str, str], list[str]] = {}
    for row in OTHER_NAMES:
        module, _, name = row.name.rpartition(".")
        names.setdefault((module, row.removed), []).append(f"`{name}`")
    lines = (
        f"| `{module}` | {removed} | {' '.join(sorted(found))} |\n"
        for (module, removed), found in sorted(names.items())
    )
    return "| Module | gone in | Names |\n|---|---|---|\n" + "".join(lines)


def filled(page: str) -> str:
    """Return the text of the page with each table as it has to be."""
    for name, table in tables().items():
        page = re.sub(
            rf"(<!-- {name} -->\n)[^<]*(<!-- end -->)",
            lambda match, table=table: match[1] + table + match[2],  # type: ignore[misc]  # bound here
            page,
        )
    return page


if __name__ == "__main__":
    PAGE.write_text(filled(PAGE.read_text(encoding="utf-8")), encoding="utf-8")

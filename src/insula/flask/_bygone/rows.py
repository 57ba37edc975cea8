"""The rows of the old names that are not Flask's: all groups, by row and by module.

Rules: data, and what reads it. What has more than names to it is named in `AMENDED`.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from insula.flask._bygone import of_gone, of_others, of_werkzeug

if TYPE_CHECKING:
    from insula.flask._legacy import OldName

__all__ = ["AMENDED", "GONE", "GROUPS", "rows", "rows_by_module"]

_PACKAGE = "insula.flask._bygone"

GROUPS = (*of_werkzeug.GROUPS, *of_gone.GROUPS, *of_others.GROUPS)

GONE = {group.module: False for group in of_gone.GROUPS} | {
    "itsdangerous.jws": False,
    "jinja2._compat": False,
    "werkzeug.contrib": True,
}
"""The modules that are there no more; is it a package?"""

AMENDED = {
    "insula.testing.client": "clients",
    "werkzeug.datastructures": "structures",
    "werkzeug.exceptions": "structures",
    "werkzeug.local": "structures",
    "werkzeug.security": "security",
    "werkzeug.test": "clients",
    "werkzeug.wrappers": "requests",
}
"""The modules whose classes and functions have more; who gives it to them."""


@cache
def rows() -> tuple[OldName, ...]:
    """Return the groups as rows of the table."""
    from insula.flask._legacy import OldName

    return tuple(
        OldName(
            f"{group.module}.{name}",
            group.since,
            group.removed,
            instead or f"{group.home}.{name}",
            f"{_PACKAGE}{group.home}:{name}"
            if group.home.startswith(".")
            else f"{group.home}:{name}",
        )
        for group in GROUPS
        for name, instead in group.names.items()
    )


@cache
def rows_by_module() -> dict[str, dict[str, OldName]]:
    """Return the rows by the module, then by the name in it."""
    found: dict[str, dict[str, OldName]] = {}
    for row in rows():
        module, _, name = row.name.rpartition(".")
        found.setdefault(module, {})[name] = row
    return found

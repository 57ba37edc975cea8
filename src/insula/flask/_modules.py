"""The modules that are there once Flask has been imported.

Programs look for them in ``sys.modules``, by their names. They come with ``import
flask``; where the package goes by its own name, ``insula.flask``, with the first name
that is asked of it.

PERF: this takes 8 ms of the 129 until there is an application (CPython 3.11, medians of
25 starts; 107 with the real Flask). The command line would take 25 ms more, so it is
imported when it is used.

Rules: no module of this list asks the package for an attribute while it is imported;
who does so may wait for another thread that waits for this module.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module

from insula._core.loading import load

__all__ = ["MODULES", "bring"]

MODULES = (
    "globals",
    "json",
    "json.provider",
    "json.tag",
    "typing",
    "wrappers",
    "signals",
    "ctx",
    "config",
    "helpers",
    "logging",
    "sessions",
    "templating",
    "sansio",
    "sansio.scaffold",
    "sansio.app",
    "sansio.blueprints",
    "blueprints",
    "cli",
    "app",
)
"""What the real Flask imports with itself, but for itself."""

# Where they are put: what answers for it is this package, so nothing is required.
_PLACE = "flask"


@cache
def bring() -> None:
    """Put them under Flask's names into ``sys.modules``, where the stand-in is."""
    # Before the line of `load`: a thread that imports the package may wait there.
    import_module(_PLACE)
    for name in MODULES:
        load(f"{_PLACE}.{name}")
    load("insula.flask._old.attach", "attach")()

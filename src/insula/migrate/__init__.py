"""What a Flask project is to change for Insula: what `insula migrate` reads and writes.

`project` goes through the files; `names` says what a name means, `imports` rewrites,
`old`, `differences`, `strings`, `templates`, `starting` and `extensions` look, each for
what its name says. Nothing of a project is ever imported or run.

Rules: this floor imports nothing of Insula but ``_core`` and ``deps``; the table of old
names is the stand-in's, and is read by its name when it is needed.
"""

from __future__ import annotations

from insula.migrate.findings import (
    KINDS,
    TO_DO,
    Change,
    Extension,
    Finding,
    Report,
)
from insula.migrate.project import apply, examine

__all__ = [
    "KINDS",
    "TO_DO",
    "Change",
    "Extension",
    "Finding",
    "Report",
    "apply",
    "examine",
]

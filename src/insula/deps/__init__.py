"""The distributions that a project imports, and the files that declare them.

`analysis` reads what is imported (`sources`, `imports`, `conditions`) and looks up
whose it is (`own`, `standard`, `installed`); `comparison` holds that against what is
declared (`requirements_txt`, `pyproject`), which is changed in place. Nothing of a
project is ever imported or run.
"""

from __future__ import annotations

from insula.deps.analysis import Analysis, Occurrence, Unresolved, Used, analyse
from insula.deps.comparison import PINS, Comparison, compare, required
from insula.deps.conditions import pythons_of
from insula.deps.declared import Changes, Declared, FileError
from insula.deps.imports import Need
from insula.deps.installed import Distribution, Environment
from insula.deps.pyproject import PyprojectFile
from insula.deps.requirement import Requirement, canonical
from insula.deps.requirements_txt import RequirementsFile
from insula.deps.sources import Problem

__all__ = [
    "PINS",
    "Analysis",
    "Changes",
    "Comparison",
    "Declared",
    "Distribution",
    "Environment",
    "FileError",
    "Need",
    "Occurrence",
    "Problem",
    "PyprojectFile",
    "Requirement",
    "RequirementsFile",
    "Unresolved",
    "Used",
    "analyse",
    "canonical",
    "compare",
    "pythons_of",
    "required",
]

"""What became of the tests of a suite, as pytest reports it."""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

__all__ = ["Outcome", "keep", "kept", "read_report"]


@dataclass
class Outcome:
    """The tests of one suite by what became of them."""

    passed: set[str] = field(default_factory=set)
    failed: set[str] = field(default_factory=set)
    skipped: set[str] = field(default_factory=set)

    @property
    def all(self) -> set[str]:
        """All tests that there were."""
        return self.passed | self.failed | self.skipped

    def __str__(self) -> str:
        text = f"{len(self.passed)} passed"
        for name in ("failed", "skipped"):
            if getattr(self, name):
                text += f", {len(getattr(self, name))} {name}"
        return text


def read_report(report: Path) -> Outcome:
    """Read what pytest wrote of a run.

    A name that comes again is numbered. The address of an object, which is in the name
    of a test where a parameter has no better one, is another in every process.
    """
    outcome = Outcome()
    seen: Counter[str] = Counter()
    for case in ET.parse(report).iter("testcase"):  # noqa: S314 - pytest wrote it just now
        test = f"{case.get('classname')}::{case.get('name')}"
        test = re.sub(r"0x[0-9a-f]{6,}", "0x", test)
        seen[test] += 1
        if seen[test] > 1:
            test += f" ({seen[test]})"
        tags = {child.tag for child in case}
        if tags & {"failure", "error"}:
            outcome.failed.add(test)
        elif "skipped" in tags:  # and what was expected to fail
            outcome.skipped.add(test)
        else:
            outcome.passed.add(test)
    return outcome


def keep(results: Mapping[str, Outcome], path: Path) -> None:
    """Write results down."""
    saved = {
        name: [sorted(each) for each in (o.passed, o.failed, o.skipped)]
        for name, o in results.items()
    }
    path.write_text(json.dumps(saved), encoding="utf-8")


def kept(path: Path) -> dict[str, Outcome]:
    """Read the results that were written down."""
    saved = json.loads(path.read_text(encoding="utf-8"))
    return {
        name: Outcome(*(set(each) for each in sets)) for name, sets in saved.items()
    }

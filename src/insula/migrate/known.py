"""Extensions whose own tests were run on Insula: what the run has shown.

``known.txt`` beside this is written by ``make ecosystem``, a line for each: name,
release, tests, how many passed on Flask, how many on Insula. A test holds it against
docs/ecosystem.md.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import NamedTuple

from insula.deps import canonical

__all__ = ["KNOWN_FILE", "Known", "known"]

KNOWN_FILE = Path(__file__).with_name("known.txt")
"""Where the results are."""


class Known(NamedTuple):
    """What a run of an extension's own tests has shown."""

    name: str
    release: str
    tests: int
    on_flask: int
    on_insula: int

    @property
    def works(self) -> bool:
        """Whether all passed that pass on Flask."""
        return self.on_insula >= self.on_flask

    @property
    def sentence(self) -> str:
        """The result in words."""
        there = f"{self.on_flask} of its {self.tests} tests pass on Flask"
        if self.works:
            return f"works: {there}, and here (release {self.release})"
        return f"{there}, {self.on_insula} here (release {self.release})"


@cache
def known() -> dict[str, Known]:
    """Return the results, by the name in the form in which names are compared."""
    found = {}
    for line in KNOWN_FILE.read_text("utf-8").splitlines():
        name, release, *numbers = line.split()
        found[canonical(name)] = Known(name, release, *map(int, numbers))
    return found

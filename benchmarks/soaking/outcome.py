"""What came of one run of the soak, whether that is good, and how it is shown."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from benchmarks.soaking.memory import MIB, Sample, judge

if TYPE_CHECKING:
    from benchmarks.soaking.client import Findings

__all__ = ["Outcome", "conclude", "report", "table"]

EXAMPLES = 10
BEHIND = 2  # background tasks that outlive each request of that kind
PATIENT_SHARE = 3  # a third of a run is its warm-up


@dataclass(slots=True)
class Outcome:
    """The figures of one run."""

    form: str
    control: str
    operations: int = 0
    seconds: float = 0.0
    mismatches: int = 0
    errors: int = 0
    tally: dict[str, int] = field(default_factory=dict)
    kinds: dict[str, int] = field(default_factory=dict)
    examples: list[str] = field(default_factory=list)
    memory: dict[str, float] = field(default_factory=dict)
    """Bytes at the start, after the warm-up and at the end; per 100,000 operations."""
    failures: list[str] = field(default_factory=list)

    @property
    def has_failed(self) -> bool:
        """Tell whether it is not as it should be; a control should find something."""
        return not self.mismatches if self.control else bool(self.failures)

    def as_dict(self) -> dict[str, Any]:
        """Return all of it for `Outcome(**…)`."""
        return dataclasses.asdict(self)


def conclude(
    outcome: Outcome, findings: Findings, samples: list[Sample], processes: int
) -> Outcome:
    """Fill in what clients have found and memory has done; judge it."""
    outcome.mismatches, outcome.errors = findings.mismatches, findings.errors
    outcome.kinds, outcome.examples = findings.kinds, findings.examples
    warm_up = outcome.operations // PATIENT_SHARE
    verdict = judge(samples, warm_up=warm_up, processes=processes)
    outcome.memory = {
        "start": samples[0].resident,
        "warm": verdict.warm,
        "end": verdict.end,
        "slope": verdict.slope,
    }
    tally = outcome.tally
    behind = outcome.kinds.get("background", 0) * BEHIND
    failures = [
        f"{outcome.mismatches} mismatches" * bool(outcome.mismatches),
        f"{outcome.errors} errors" * bool(outcome.errors),
        "teardowns differ" * (tally["ended"] != tally["begun"]),
        "cancellations differ" * (tally["left"] != tally["waiting"]),
        "background tasks differ" * (tally["behind"] != behind),
        f"{tally['crossed']} crossed" * bool(tally["crossed"]),
        verdict.failure or "",
    ]
    outcome.failures += [failure for failure in failures if failure]
    return outcome


def report(outcome: Outcome) -> None:
    """Print one run."""
    kinds = sorted(outcome.kinds.items(), key=lambda item: -item[1])
    print("            " + ", ".join(f"{name} {number:,}" for name, number in kinds))
    print(
        f"operations  {outcome.operations:,} in {outcome.seconds:.1f} s,"
        f" {outcome.operations / max(outcome.seconds, 0.001):,.0f} per second"
    )
    print(f"mismatches  {outcome.mismatches:,}")
    print(f"errors      {outcome.errors:,}")
    tally, memory = outcome.tally, outcome.memory
    print(
        f"teardowns   {tally['ended']:,} of {tally['begun']:,};"
        f" {tally['crossed']} saw another's; {tally['left']:,} of"
        f" {tally['waiting']:,} views cancelled; {tally['behind']:,} background tasks"
        " outlived their requests"
    )
    print(
        f"memory      {memory['start'] / MIB:.1f} MiB at the start,"
        f" {memory['warm'] / MIB:.1f} after the warm-up, {memory['end'] / MIB:.1f} at"
        f" the end; slope {memory['slope'] / MIB:+.2f} MiB per 100,000 operations"
    )
    for example in outcome.examples[:EXAMPLES]:
        print("  e.g.", example)
    if outcome.control:
        print("control     " + ("NOT DETECTED" if outcome.has_failed else "detected"))
        return
    failures = "; ".join(outcome.failures)
    print("result      " + (f"FAILED: {failures}" if failures else "ok"))


def table(outcomes: list[Outcome]) -> str:
    """Return all runs in one table."""
    rows = [
        ("form", "operations", "seconds", "mismatches", "errors", "teardowns", "growth")
    ]
    notes = ["result"]
    for outcome in outcomes:
        tally = outcome.tally or {"ended": 0, "begun": 0}
        even = "equal" if tally["ended"] == tally["begun"] else "DIFFER"
        slope = outcome.memory.get("slope", 0.0) / MIB
        rows.append(
            (
                outcome.form,
                f"{outcome.operations:,}",
                f"{outcome.seconds:.0f}",
                f"{outcome.mismatches:,}",
                f"{outcome.errors:,}",
                "" if outcome.control else even,
                "" if outcome.control else f"{slope:+.2f}",
            )
        )
        good = f"control ({outcome.control}) detected" if outcome.control else "ok"
        bad = "; ".join(outcome.failures) or "NOT DETECTED"
        notes.append(f"FAILED: {bad}" if outcome.has_failed else good)
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = []
    for row, note in zip(rows, notes, strict=True):
        first, *others = zip(row, widths, strict=True)
        cells = [first[0].ljust(first[1]), *(text.rjust(n) for text, n in others), note]
        lines.append("  ".join(cells))
    lines.append("growth: MiB per 100,000 operations; teardowns: as many as requests")
    return "\n".join(lines)

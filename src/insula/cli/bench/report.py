"""Show a result: numbers, percentiles, a histogram of at most 80 columns.

Rules of the file: colours and the bar of progress only in a terminal, colours never
with ``NO_COLOR``; where the encoding has no blocks, bars are made of ``#``.
"""

from __future__ import annotations

import os
import shutil
import sys
from typing import TYPE_CHECKING, TextIO

import click

from insula.cli.bench.result import PERCENTILES, buckets_of, percentile

if TYPE_CHECKING:
    from insula.cli.bench.load import LoadOptions
    from insula.cli.bench.result import Result

__all__ = ["Progress", "print_result", "shown_time"]

_WIDEST = 80
_BAR = 24
_BUSY = 0.9
_FIRST_ERROR = 400
_UNITS = ((1.0, "s"), (1e-3, "ms"), (1e-6, "µs"))


def shown_time(seconds: float) -> str:
    """Return a time with three digits and its unit."""
    for factor, unit in _UNITS:
        if seconds >= factor or unit == "µs":
            value = seconds / factor
            digits = 0 if value >= 100 else 1 if value >= 10 else 2  # noqa: PLR2004 - three digits
            return f"{value:.{digits}f} {_plain(unit)}"
    raise AssertionError("the last unit takes everything")


def _bound(seconds: float) -> str:
    """Return a round time as it is said."""
    factor, unit = next((f, u) for f, u in _UNITS if seconds >= f * 0.999)
    return f"{seconds / factor:g} {_plain(unit)}"


def print_result(
    result: Result, options: LoadOptions, *, title: str, said: str | None = None
) -> None:
    """Print the result.

    :param title: what was asked.
    :param said: the last error that the server has shown.
    """
    click.echo(_painted(title, bold=True))
    plural = "" if options.connections == 1 else "s"
    ended = ", ended by Ctrl-C" if result.interrupted else ""
    click.echo(
        f"{options.connections} connection{plural}, {result.seconds:.1f} s after"
        f" {options.warm_up:g} s of warm-up{ended}\n"
    )
    count = len(result.latencies)
    if count:
        rate = _painted(f"{result.rate:,.0f}", fg="green", bold=True)
        size = result.received / result.seconds if result.seconds else 0
        click.echo(f"{rate} requests per second, {_size(size)} per second")
    _print_counts(result)
    if said is not None:
        click.echo(f"the server's last error: {said}")
    if count:
        _print_latencies(sorted(result.latencies))
    if result.busy >= _BUSY:
        click.echo(
            f"\nThe asking process was at work {result.busy:.0%} of the time, so the"
            " server may answer\nmore than that; a client such as wrk asks faster."
        )


def _print_counts(result: Result) -> None:
    for status, number in sorted(result.statuses.items()):
        colour = "red" if status >= _FIRST_ERROR else None
        click.echo(_painted(f"status {status}: {number:,}", fg=colour))
    for kind, number in result.errors.most_common():
        click.echo(_painted(f"error, {kind}: {number:,}", fg="red"))
    if not result.statuses and not result.errors:
        click.echo(
            f"No answer came in that time; {result.waiting} requests were still"
            " waiting for one."
        )


def _print_latencies(ordered: list[float]) -> None:
    names = [*(f"{which:g}%" for which in PERCENTILES), "max"]
    values = [percentile(ordered, which) or 0.0 for which in PERCENTILES]
    cells = [shown_time(value) for value in [*values, ordered[-1]]]
    click.echo("\nlatency " + "".join(f"{name:>10}" for name in names))
    click.echo("        " + "".join(f"{cell:>10}" for cell in cells) + "\n")
    rows = buckets_of(ordered)
    most = max(count for _, _, count in rows)
    labels = [f"< {_bound(high)}" for _, high, _ in rows]
    counts = [f"{count:,}" for _, _, count in rows]
    label_width = max(map(len, labels))
    count_width = max(map(len, counts))
    room = _width() - label_width - count_width - 4
    for label, count, (_, _, number) in zip(labels, counts, rows, strict=True):
        bar = _bar(number / most, max(room, 1))
        line = f"{label:>{label_width}}  {count:>{count_width}}  "
        click.echo((line + _painted(bar, fg="cyan")).rstrip())


def _bar(part: float, room: int) -> str:
    if part and not _has_blocks(sys.stdout):
        return "#" * max(round(part * room), 1)
    eighths = round(part * room * 8)
    if part and not eighths:
        eighths = 1
    whole, rest = divmod(eighths, 8)
    return "█" * whole + (" ▏▎▍▌▋▊▉"[rest] if rest else "")


def _has_blocks(stream: TextIO) -> bool:
    try:
        "█▏µ".encode(stream.encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def _plain(unit: str) -> str:
    return unit if _has_blocks(sys.stdout) else unit.replace("µ", "u")


def _size(number: float) -> str:
    for unit in ("B", "kB", "MB"):
        if number < 1000:  # noqa: PLR2004 - what a kilo is
            return f"{number:.3g} {unit}"
        number /= 1000
    return f"{number:.3g} GB"


def _width() -> int:
    columns = shutil.get_terminal_size().columns
    return min(columns, _WIDEST)


def _is_terminal(stream: TextIO) -> bool:
    try:
        return stream.isatty()
    except (AttributeError, ValueError):
        return False


def _painted(text: str, *, fg: str | None = None, bold: bool | None = None) -> str:
    if os.environ.get("NO_COLOR") or not _is_terminal(sys.stdout):
        return text
    return click.style(text, fg=fg, bold=bold)


class Progress:
    """A bar in one line of stderr, where that is a terminal; else nothing."""

    def __init__(self) -> None:
        self._shows = _is_terminal(sys.stderr)
        self._longest = 0

    def __call__(self, part: float, result: Result) -> None:
        """Show how far it is."""
        if not self._shows:
            return
        if not part:
            self.say("warming up ...")
            return
        full = round(min(part, 1) * _BAR)
        block = "█" if _has_blocks(sys.stderr) else "#"
        bar = block * full + "." * (_BAR - full)
        errors = sum(result.errors.values())
        failed = f", {errors:,} errors" if errors else ""
        self._write(f"{bar} {min(part, 1):4.0%}  {result.rate:,.0f} requests/s{failed}")

    def say(self, text: str) -> None:
        """Show what is being done."""
        if self._shows:
            self._write(text)

    def clear(self) -> None:
        """Leave nothing behind."""
        if self._shows and self._longest:
            self._write("")
            click.echo("\r", nl=False, err=True)

    def _write(self, text: str) -> None:
        text = text[: _width() - 1]
        self._longest = max(self._longest, len(text))
        click.echo(f"\r{text:<{self._longest}}", nl=False, err=True)

"""What is written, and what is shown in its place."""

from __future__ import annotations

import difflib
from collections import Counter
from typing import TYPE_CHECKING

import click

from insula.cli.deps.findings import first, shown
from insula.deps import Need, required

if TYPE_CHECKING:
    from insula.cli.deps.files import Files
    from insula.deps import Analysis, Changes, Comparison

__all__ = ["show_list", "show_requirements", "write"]


def write(
    files: Files, comparison: Comparison, changes: Changes, *, only_show: bool
) -> None:
    """Write the file, or only show what would change in it."""
    old, new = files.target.source.text, files.target.changed(changes)
    name = shown(files.path)
    if only_show:
        _show_diff(name, old, new)
        return
    if new == old and files.path.exists():
        click.echo(f"{name}: nothing to change.")
        return
    files.target.source.write(new)
    by_key = {used.distribution.key: used for used in comparison.missing}
    added = [*changes.add, *changes.add_dev]
    counts = {
        "added": len(added),
        "changed": len(changes.update),
        "removed": len(changes.remove),
    }
    said = ", ".join(f"{n} {what}" for what, n in counts.items() if n)
    click.echo(f"{name}: {said or 'nothing is imported that is not there'}")
    width = max((len(one.text()) for one in added), default=0)
    for one in added:
        sign = click.style("+", fg="green")
        click.echo(f"  {sign} {one.text():{width}}  {first(by_key[one.key])}")
    for declared, requirement in comparison.outdated:
        sign = click.style("~", fg="yellow")
        before = declared.requirement.versions or "any version"
        click.echo(f"  {sign} {requirement.text()} (was {before})")
    for key in sorted(changes.remove):
        click.echo(f"  {click.style('-', fg='red')} {key}")


def _show_diff(name: str, old: str, new: str) -> None:
    colors = {"+": "green", "-": "red", "@": "cyan"}
    lines = list(
        difflib.unified_diff(
            old.splitlines(), new.splitlines(), name, f"{name} (new)", lineterm=""
        )
    )
    if not lines:
        click.echo(f"{name}: nothing to change.")
    for number, line in enumerate(lines):
        bold = number < 2  # noqa: PLR2004 - the two names
        color = None if bold else colors.get(line[:1])
        click.echo(click.style(line, fg=color, bold=bold) if line else "")


def show_requirements(
    files: Files,
    analysis: Analysis,
    comparison: Comparison,
    pin: str,
    *,
    include_dev: bool,
) -> None:
    """Print the requirements that imports need, as the file would have them."""
    changed = {id(declared): new for declared, new in comparison.outdated}
    stated: dict[str, list[str]] = {}
    for one in files.declared:
        if not one.extra:
            requirement = changed.get(id(one), one.requirement)
            stated.setdefault(one.key, []).append(requirement.text())
    needed = {key: stated[key] for key in analysis.declared if key in stated}
    for key, used in analysis.used.items():
        if used.need is Need.REQUIRED and (include_dev or not used.dev):
            needed[key] = stated.get(key, [required(used, pin).text()])
    for _, texts in sorted(needed.items()):
        for text in texts:
            click.echo(text)


def show_list(analysis: Analysis) -> None:
    """Print the distributions that are imported, and how."""
    rows = [("Distribution", "Version", "Needed", "Imported at")]
    for _, used in sorted(analysis.used.items()):
        decisive = used.decisive
        needed = [used.need.value]
        if used.dev:
            needed.append("dev")
        if all(one.found.dynamic for one in decisive):
            needed.append("dynamic")
        times = Counter(shown(one.path) for one in decisive)
        more = f" and {len(times) - 1} more" if len(times) > 1 else ""
        distribution = used.distribution
        rows.append(
            (
                distribution.name,
                distribution.version,
                ", ".join(needed),
                f"{first(used)}{more}",
            )
        )
    widths = [max(len(row[n]) for row in rows) for n in range(len(rows[0]))]
    rows.insert(1, tuple("-" * width for width in widths))  # type: ignore[arg-type]  # four
    for row in rows:
        line = "  ".join(t.ljust(w) for t, w in zip(row, widths, strict=True))
        click.echo(line.rstrip())

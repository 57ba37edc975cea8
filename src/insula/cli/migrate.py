"""``insula migrate``: what a Flask project is to change, and the change.

Rules of the file: what is found goes to the standard output, a line each, with its
place as editors and CI read it; with ``--diff`` the standard output is a patch, byte
for byte, and nothing else.
"""

from __future__ import annotations

import difflib
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from insula.cli.errors import BriefCommand
from insula.cli.table import is_terminal
from insula.migrate import apply, examine

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from insula.migrate import Change, Extension, Finding, Report

__all__ = ["migrate_command"]

_COLOURS = {
    "import": "green",
    "old": "yellow",
    "differs": "cyan",
    "string": "cyan",
    "start": "cyan",
    "extension": "cyan",
}
_DIFF = {b"+": "green", b"-": "red", b"@": "cyan"}
_UNKNOWN = "nothing is known of it here; let your tests run with it"


class _Patterns(click.ParamType):  # type: ignore[type-arg]  # older click has none
    """Patterns, by commas; the option may also be given several times."""

    name = "patterns"

    def convert(
        self, value: str, _param: click.Parameter | None, _ctx: click.Context | None
    ) -> list[str]:
        return [part.strip() for part in value.split(",") if part.strip()]


@click.command("migrate", cls=BriefCommand, short_help="Bring a Flask project here.")
@click.argument("path", default=".", type=click.Path(exists=True, path_type=Path))
@click.option("--write", is_flag=True, help="Rewrite imports and renamed old names.")
@click.option("--diff", is_flag=True, help="Show what --write would change.")
@click.option("--check", is_flag=True, help="Exit with 1 if something is to be done.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option(
    "--exclude",
    type=_Patterns(),
    multiple=True,
    metavar="PATHS",
    help="Folders and files to leave out: names, paths or patterns.",
)
@click.pass_context
def migrate_command(
    ctx: click.Context,
    path: Path,
    write: bool,
    diff: bool,
    check: bool,
    as_json: bool,
    exclude: Sequence[list[str]],
) -> None:
    """Read the Flask project at PATH, and say what is to be done for Insula.

    Nothing is imported or run. Reported are old names, what behaves otherwise, the
    extensions and how they do. Imports of flask become imports of insula.flask with
    --write; a comment '# migrate: keep' leaves a line as it is.
    """
    if write and (diff or check):
        raise click.UsageError("--write changes files; --diff and --check change none.")
    if diff and as_json:
        raise click.UsageError("--diff and --json exclude each other.")
    patterns = [one for some in exclude for one in some]
    report = examine(path, exclude=patterns)
    if write:
        report = _write(report, path, patterns, as_json=as_json)
    elif diff:
        for change in report.changes:
            _show_diff(change)
        click.echo(_summary(report), err=True)
    elif as_json:
        _show_json(report, [])
    else:
        _show_findings(report, everything=check)
        click.echo(click.style(_summary(report), bold=True))
        _show_hints(report, path)
    failed = any(one.kind in {"unread", "unwritten"} for one in report.findings)
    if (check and report.to_do) or (write and failed):
        ctx.exit(1)


def _write(
    before: Report, path: Path, patterns: Sequence[str], *, as_json: bool
) -> Report:
    """Write the changes, show what is left, and return that."""
    written = apply(before)
    # Lines have other numbers now.
    report = examine(path, exclude=patterns)
    report.findings += [o for o in before.findings if o.kind == "unwritten"]
    if as_json:
        _show_json(report, written)
        return report
    _show_findings(report, everything=False)
    real = set(written)
    done = [o for o in before.findings if o.rewritten and o.path.resolve() in real]
    files = _counted(len(written), "file")
    said = f"Rewrote {_counts(done)}, in {files}." if done else "Nothing to rewrite."
    left = _counts(report.findings)
    click.echo(click.style(f"{said}{f' Left: {left}.' if left else ''}", bold=True))
    _show_hints(report, path)
    return report


def _shown(path: Path) -> str:
    """Return a path as it is shortest for somebody who is here."""
    absolute, here = Path(os.path.abspath(path)), Path.cwd()  # noqa: PTH100 - links stay
    return str(absolute.relative_to(here) if absolute.is_relative_to(here) else path)


def _place(path: Path, line: int, cell: int = 0) -> str:
    within = f":cell {cell}" if cell else ""
    return f"{_shown(path)}{within}:{line}" if line else f"{_shown(path)}{within}"


def _counted(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def _listed(names: Iterable[str]) -> str:
    *most, last = names
    return f"{', '.join(most)} and {last}" if most else last


def _show_findings(report: Report, *, everything: bool) -> None:
    for one in report.findings:
        if one.kind == "import" and one.rewritten and not everything:
            continue
        mark = " [--write]" if one.rewritten else ""
        place = _place(one.path, one.line, one.cell)
        _line(place, one.kind, f"{one.message}{mark}")
    for extension in report.extensions.values():
        place = _place(*extension.places[0])
        _line(place, "extension", _about(extension))


def _line(place: str, kind: str, text: str) -> None:
    click.echo(f"{place}: {click.style(kind, fg=_COLOURS.get(kind, 'red'))}: {text}")


def _about(one: Extension) -> str:
    if one.known is None:
        return f"{one.name} - {_UNKNOWN}"
    said = f"{one.name} {one.known.sentence}"
    if not one.excluding:
        return said
    return f"{said}, which {one.excluding} leaves out"


def _counts(findings: Iterable[Finding]) -> str:
    nouns = {
        "import": "import",
        "old": "old name",
        "pin": "requirement",
        "differs": "line that behaves otherwise",
        "string": "string",
        "unread": "file that was not read",
        "unwritten": "file that cannot be written",
    }
    kinds = [one.kind for one in findings]
    plural = {"differs": "lines that behave otherwise"}
    plural |= {"unread": "files that were not read"}
    plural |= {"unwritten": "files that cannot be written"}
    said = []
    for kind, noun in nouns.items():
        number = kinds.count(kind)
        if number:
            many = plural.get(kind, f"{noun}s")
            said.append(f"{number} {noun if number == 1 else many}")
    return ", ".join(said)


def _summary(report: Report) -> str:
    said = _counts(report.findings)
    within = _counted(report.files, "file")
    if not said:
        return f"Nothing to do in {within}."
    return f"{said}, in {within}."


def _show_hints(report: Report, path: Path) -> None:
    for hint in _hints(report, path):
        click.echo(hint)


def _hints(report: Report, path: Path) -> Iterable[str]:
    if report.changes:
        where = "" if path == Path() else f"{_shown(path)} "
        yield f"`insula migrate {where}--diff` shows the change, --write makes it."
    left = [o for o in report.findings if o.kind == "old" and not o.rewritten]
    own = ("flask.", "app.config[", "FLASK_")
    stays = [one for one in left if one.name.startswith(own)]
    others = [one for one in left if "." in one.name and one not in stays]
    if report.extensions and report.installs is None:
        number, few = len(report.extensions), 3
        names = f"{number} extensions"
        if number <= few:
            names = _listed(one.name for one in report.extensions.values())
        many = number > 1
        place = report.makes_app
        first = f", in {_shown(place[0])}" if place else ""
        yield (
            f"{names} import{'' if many else 's'} flask"
            f" {'themselves' if many else 'itself'}: start the program with `insula"
            " as-flask`, or write `import insula.flask; insula.flask.install()` above"
            f" the first import of {'them' if many else 'it'}{first}."
        )
    if stays and report.installs is None:
        yield (
            "The old names of Flask that are left are there under `insula as-flask`,"
            " and where the program calls insula.flask.install()."
        )
    if others:
        yield (
            "Old names that are not Flask's are there with `insula as-flask --legacy`,"
            " as far as Insula has them."
        )


def _show_diff(change: Change) -> None:
    name = _shown(change.path).encode("utf-8", "surrogateescape")
    old, new = _lines(change.old), _lines(change.new)
    compare: Any = difflib.unified_diff
    out = difflib.diff_bytes(compare, old, new, name, name)
    heads = 2
    for number, line in enumerate(out):
        missing = b"" if line.endswith(b"\n") else b"\n\\ No newline at end of file\n"
        text = line.rstrip(b"\n") + b"\n" if number < heads else line + missing
        if is_terminal():
            colour = None if number < heads else _DIFF.get(line[:1])
            shown = text.decode("utf-8", "replace").rstrip("\r\n")
            click.echo(click.style(shown, fg=colour, bold=number < heads))
        else:
            click.echo(text, nl=False)


def _lines(data: bytes) -> list[bytes]:
    """Return lines as a patch has them: each ends with a line feed, or is the last."""
    return [line + b"\n" for line in data.split(b"\n")[:-1]] + [
        line for line in data.split(b"\n")[-1:] if line
    ]


def _show_json(report: Report, written: Sequence[Path]) -> None:
    found = _as_json(report, written)
    click.echo(json.dumps(found, indent=2, ensure_ascii=False))


def _as_json(report: Report, written: Sequence[Path]) -> dict[str, Any]:
    findings = [
        {
            "kind": one.kind,
            "file": _shown(one.path),
            "line": one.line or None,
            "cell": one.cell or None,
            "name": one.name,
            "message": one.message,
            "rewritten": one.rewritten,
        }
        for one in report.findings
    ]
    extensions = [
        {
            "name": one.name,
            "declared": one.declared or None,
            "excludes_release": bool(one.excluding) if one.known else None,
            "places": [_place(*place) for place in one.places],
            "works": one.known.works if one.known else None,
            "release": one.known.release if one.known else None,
            "tests": one.known.tests if one.known else None,
            "passed_on_flask": one.known.on_flask if one.known else None,
            "passed_on_insula": one.known.on_insula if one.known else None,
        }
        for one in report.extensions.values()
    ]
    return {
        "files": report.files,
        "to_do": len(report.to_do),
        "findings": findings,
        "extensions": extensions,
        "changes": [_shown(one.path) for one in report.changes],
        "written": [_shown(path) for path in written],
    }

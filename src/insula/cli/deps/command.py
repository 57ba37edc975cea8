"""The command line of ``insula deps``.

What is found goes to the standard output, what is to be looked at to the other; with
``--check`` that is what is found.
"""

from __future__ import annotations

import codecs
import json
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import click

from insula.cli.deps.files import Files
from insula.cli.deps.findings import check as show_check
from insula.cli.deps.findings import leave_dev_out, note, to_look_at, unused
from insula.cli.deps.output import show_list, show_requirements, write
from insula.cli.errors import BriefCommand
from insula.deps import PINS, Environment, FileError, analyse, compare, pythons_of

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["deps_command"]

_ASK_PATH = "import json, sys; print(json.dumps([p for p in sys.path if p]))"


class _Names(click.ParamType):  # type: ignore[type-arg]  # older click has none
    """Names, by commas; the option may also be given several times."""

    name = "names"

    def convert(
        self, value: str, _param: click.Parameter | None, _ctx: click.Context | None
    ) -> list[str]:
        return [part.strip() for part in value.split(",") if part.strip()]


def _known_encoding(
    _ctx: click.Context, param: click.Parameter, value: str | None
) -> str | None:
    if value is not None:
        try:
            codecs.lookup(value)
        except LookupError:
            raise click.BadParameter(
                f"Python knows no encoding {value!r}; utf-8, cp1252 and latin-1 are"
                " common ones.",
                param=param,
            ) from None
    return value


@click.command("deps", cls=BriefCommand, short_help="Write down what is imported.")
@click.argument("path", default=".", type=click.Path(exists=True, path_type=Path))
@click.option(
    "--pin",
    type=click.Choice(PINS),
    help="How to bind versions, those that are declared included. If it is left out,"
    " those stay, and new ones get == in requirements.txt, >= in pyproject.toml.",
)
@click.option("--check", is_flag=True, help="Write nothing; exit with 1 on findings.")
@click.option("--diff", is_flag=True, help="Write nothing; show what would change.")
@click.option(
    "--print", "print_", is_flag=True, help="Write nothing; print requirements."
)
@click.option("--list", "list_", is_flag=True, help="List what is imported, and where.")
@click.option(
    "--savepath",
    type=click.Path(dir_okay=False, path_type=Path),
    help="The file to write. If it is left out: pyproject.toml, where there is one with"
    " the dependencies, the project's or Poetry's; else requirements.txt.",
)
@click.option("--clean", is_flag=True, help="Remove what is imported nowhere.")
@click.option(
    "--keep",
    type=_Names(),
    multiple=True,
    metavar="NAMES",
    help="What is needed without an import; a comment '# deps: keep' says it, too.",
)
@click.option(
    "--ignore",
    type=_Names(),
    multiple=True,
    metavar="PATHS",
    help="Folders and files to leave out: names, paths or patterns.",
)
@click.option("--include-dev", is_flag=True, help="Count what tests and docs import.")
@click.option(
    "--encoding",
    callback=_known_encoding,
    help="Of sources that do not say theirs (PEP 263); UTF-8, if it is left out.",
)
@click.option("--no-follow-links", is_flag=True, help="Do not follow symbolic links.")
@click.option(
    "--python",
    type=click.Path(exists=True, dir_okay=False),
    help="The Python whose packages are looked at; else the one that runs this.",
)
@click.pass_context
def deps_command(
    ctx: click.Context,
    path: Path,
    pin: str | None,
    check: bool,
    diff: bool,
    print_: bool,
    list_: bool,
    savepath: Path | None,
    clean: bool,
    keep: Sequence[list[str]],
    ignore: Sequence[list[str]],
    include_dev: bool,
    encoding: str | None,
    no_follow_links: bool,
    python: str | None,
) -> None:
    """Find what the sources below PATH import, and write it down as requirements.

    The project is read and never imported. Its own modules and the standard library are
    left out; what is installed nowhere is reported, with its place, and not guessed.
    """
    if check + diff + print_ + list_ > 1:
        raise click.UsageError(
            "--check, --diff, --print and --list exclude each other."
        )
    try:
        files = Files(path if path.is_dir() else path.parent, savepath)
        environment = Environment(_path_of(python))
        analysis = analyse(
            path,
            environment,
            ignore=[name for names in ignore for name in names],
            encoding=encoding,
            follow_links=not no_follow_links,
            pythons=pythons_of(files.requires_python),
            declared=[one.requirement.name for one in files.declared],
        )
        comparison = compare(
            analysis,
            files.declared,
            environment,
            pin=pin,
            include_dev=include_dev,
            keep=[name for names in keep for name in names],
            own_name=files.own_name,
        )
        new_pin = pin or files.usual_pin
        if not include_dev:
            leave_dev_out(analysis)
        if check:
            ctx.exit(show_check(files, analysis, comparison))
        if list_:
            show_list(analysis)
        elif print_:
            show_requirements(
                files, analysis, comparison, new_pin, include_dev=include_dev
            )
        else:
            changes = comparison.changes(new_pin, clean=clean)
            write(files, comparison, changes, only_show=diff)
            if not clean:
                note(unused(comparison.unused))
        note(to_look_at(analysis, comparison))
    except FileError as exc:
        raise click.UsageError(str(exc)) from None


def _path_of(python: str | None) -> list[str] | None:
    if python is None:
        return None
    try:
        done = subprocess.run(  # noqa: S603 - the user names it
            [python, "-c", _ASK_PATH],
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        )
        path: list[str] = json.loads(done.stdout)
    except (OSError, ValueError, subprocess.SubprocessError):
        raise FileError(
            f"{python!r} did not say where its packages are; name a Python, such as"
            " .venv/bin/python."
        ) from None
    return path

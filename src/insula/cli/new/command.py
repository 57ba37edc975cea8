"""The command line of ``insula new``."""

from __future__ import annotations

import os
from pathlib import Path

import click

from insula.cli.errors import BriefCommand
from insula.cli.new.names import NameRefusedError, ProjectName
from insula.cli.new.scaffold import ProjectExistsError, make_minimal, make_project

__all__ = ["new_command"]


class _Refused(click.ClickException):
    exit_code = 2


@click.command("new", cls=BriefCommand, short_help="Make a project.")
@click.argument("path", metavar="NAME")
@click.option("--minimal", is_flag=True, help="Make one file, NAME.py.")
def new_command(path: str, minimal: bool) -> None:
    """Make a project in a new folder NAME, which may be a path, or `.` if it is empty.

    It has an application factory, a blueprint, templates, static files, tests and a
    Dockerfile. It runs at once, and its tests pass.
    """
    place = Path(path)
    if path == os.curdir and not minimal:
        place = Path(os.path.realpath(path))
    try:
        name = ProjectName.checked(place.name)
        if not place.parent.is_dir():
            raise _Refused(
                f"There is no folder {str(place.parent)!r} to make it in; make it"
                " first, or choose another."
            )
        if minimal:
            file = place.with_name(f"{name.package}.py")
            make_minimal(name, file)
        else:
            made = make_project(name, place)
    except (NameRefusedError, ProjectExistsError) as exc:
        raise _Refused(str(exc)) from None
    except OSError as exc:
        raise click.ClickException(
            f"{str(place)!r} cannot be written: {exc.strerror}."
        ) from exc
    # NOTE: not above, where a pipe that is closed early would be taken for a file that
    # cannot be written.
    if minimal:
        _tell_minimal(file)
    else:
        _tell_project(name, place, made)


def _tell_minimal(file: Path) -> None:
    click.echo(f"Made {file}. Serve it with:\n")
    app = file.stem if file.parent == Path() else file
    click.echo(f"  insula --app {app} run --debug")


def _tell_project(name: ProjectName, place: Path, made: list[Path]) -> None:
    here = Path(os.path.realpath(place)) == Path(os.path.realpath(os.curdir))
    where = "the current folder" if here else f"{place}{os.sep}"
    click.echo(f"Made the project {name.given!r} in {where}:\n")
    for path in made:
        click.echo(f"  {path}")
    click.echo("\nServe it, and run its tests:\n")
    if not here:
        click.echo(f"  cd {place}")
    click.echo("  insula run --debug")
    click.echo("  python -m pytest")

"""The command line of ``insula check``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click
from click.shell_completion import CompletionItem

from insula.app import Insula
from insula.app.environment import get_debug_flag
from insula.cli.check import (
    asynchronous,
    hooks,
    routes,
    settings,
    state,
    templates,
    views,
)
from insula.cli.check.findings import ERROR, KINDS, Finding, ordered
from insula.cli.check.loading import from_error
from insula.cli.check.project import Project
from insula.cli.check.report import print_findings, print_json, print_kinds
from insula.cli.check.silence import not_silenced
from insula.cli.errors import BriefCommand, LoadError, said_by
from insula.cli.script_info import ScriptInfo

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["check_command", "findings_of"]

_FAMILIES = (settings, routes, templates, views, hooks, asynchronous, state)


def _known(
    _ctx: click.Context, _param: click.Parameter, value: tuple[str, ...]
) -> tuple[str, ...]:
    for name in value:
        if name not in KINDS:
            raise click.BadParameter(f"there is no {name!r}; --list shows all ids.")
    return value


def _offer(
    _ctx: click.Context, _param: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    return [
        CompletionItem(name, help=what)
        for name, (_, what) in KINDS.items()
        if name.startswith(incomplete)
    ]


def _list(ctx: click.Context, _param: click.Parameter, value: bool) -> None:
    if value and not ctx.resilient_parsing:
        print_kinds()
        ctx.exit()


@click.command("check", cls=BriefCommand, short_help="Find mistakes before the start.")
@click.option(
    "--production", is_flag=True, help="Judge the settings as those of production."
)
@click.option("--strict", is_flag=True, help="Exit with 1 for warnings, too.")
@click.option(
    "--ignore",
    multiple=True,
    metavar="ID",
    callback=_known,
    shell_complete=_offer,
    help="Leave these findings out; may be repeated.",
)
@click.option("--json", "as_json", is_flag=True, help="Print a list of JSON objects.")
@click.option(
    "--list",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_list,
    help="Show what is looked for.",
)
@click.pass_context
def check_command(
    ctx: click.Context,
    /,
    production: bool,
    strict: bool,
    ignore: tuple[str, ...],
    as_json: bool,
) -> None:
    """Look for mistakes in settings, routes, templates, views and hooks.

    The application is loaded, and nothing of it is called. A comment
    `# insula: ignore[ID]` in a line leaves its finding out. Exits with 1
    where there are errors.
    """
    looked_at = ""
    try:
        app = ctx.ensure_object(ScriptInfo).load_app()
    except LoadError as exc:
        if exc.__cause__ is None:
            raise
        found = [from_error(exc.__cause__)]
    else:
        if not isinstance(app, Insula):
            raise click.UsageError(
                f"A {type(app).__name__} is no application of Insula's, and only those"
                " can be looked at; name another with --app."
            )
        project = Project(app, production=production)
        found = list(findings_of(project))
        looked_at = _looked_at(project)
    kept = [
        finding for finding in ordered(not_silenced(found)) if finding.id not in ignore
    ]
    if as_json:
        print_json(kept)
    else:
        print_findings(kept, looked_at)
    if any(strict or finding.level == ERROR for finding in kept):
        ctx.exit(1)


def findings_of(project: Project) -> Iterator[Finding]:
    """Return what all families of checks find.

    One that fails (at an object that nobody has thought of) does not hide the others.
    """
    for family in _FAMILIES:
        try:
            yield from family.check(project)
        except Exception as exc:
            if get_debug_flag():
                raise
            name = family.__name__.rpartition(".")[2]
            click.echo(
                f"Warning: the checks of {name} were not finished, for they raised"
                f" {said_by(exc)}. With --debug you get the traceback.",
                err=True,
            )


def _looked_at(project: Project) -> str:
    def count(things: list[Any], noun: str) -> str:
        return f"{len(things)} {noun}{'' if len(things) == 1 else 's'}"

    rules = list(project.app.url_map.iter_rules())
    pages = list(templates.own_templates(project))
    return (
        f"{count(rules, 'route')}, {count(pages, 'template')} and"
        f" {count(project.sources, 'module')}"
    )

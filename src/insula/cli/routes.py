"""``insula routes``: list the rules of the application, or ask which one answers.

Rules of the file: the first columns are the endpoint, the methods, the domain (where
there is one) and the rule, whatever the width; the others come where there is room.
Where the command stands in for ``flask``, what a program reads has those columns only.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from insula._core.naming import package_name
from insula.cli.complete import complete_paths, complete_routes
from insula.cli.errors import BriefCommand
from insula.cli.group import with_appcontext
from insula.cli.routes_list import list_routes
from insula.cli.table import (
    is_terminal,
    print_table,
    styled,
    terminal_width,
    width_of,
)
from insula.proxies import current_app

if TYPE_CHECKING:
    from collections.abc import Iterable

    from insula.cli.routes_list import Route

__all__ = ["routes_command"]

# Which columns are left out, the first of these that makes the rest fit. The endpoint
# says most of what the blueprint would.
_SPARE = (
    (),
    ("Blueprint",),
    ("Blueprint", "Kind"),
    ("Source",),
    ("Blueprint", "Source"),
    ("Blueprint", "Kind", "Source"),
)
_HIDDEN = frozenset({"HEAD", "OPTIONS"})
_COLOURS = {"async": "cyan", "mixed": "cyan", "websocket": "magenta", "no view": "red"}


@click.command("routes", cls=BriefCommand, short_help="List the routes.")
@click.argument("words", nargs=-1, metavar="[WORD]...", shell_complete=complete_routes)
@click.option(
    "-s",
    "--sort",
    type=click.Choice(("endpoint", "methods", "domain", "rule", "match")),
    default="endpoint",
    help="What to sort by; 'match' is the order in which rules are tried.",
)
@click.option("--all-methods", is_flag=True, help="Show HEAD and OPTIONS, too.")
@click.option("-v", "--verbose", is_flag=True, help="All columns, however wide.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")
@click.option(
    "--match",
    "path",
    metavar="PATH",
    shell_complete=complete_paths,
    help="Show which rule answers a path or URL, and why; exit code 1 if none does.",
)
@click.option("--method", metavar="NAME", help="With --match: the method. [GET]")
@click.option("--host", metavar="HOST", help="With --match: the host, with its port.")
@click.option("--websocket", is_flag=True, help="With --match: a handshake.")
@click.pass_context
@with_appcontext
def routes_command(
    ctx: click.Context,
    /,
    words: tuple[str, ...],
    path: str | None,
    **options: Any,
) -> None:
    """List the rules; with WORDs those that have one in endpoint or rule.

    Each has its endpoint, methods and pattern, its blueprint, whether its view is sync
    or async, and where that is. Columns that a terminal has no room for are left out.
    """
    if path is not None:
        from insula.cli.routes_match import show_match

        if words:
            raise click.UsageError(
                f"--match asks about one path; leave {' '.join(words)!r} out."
            )
        if not show_match(path, **{key: options[key] for key in _OF_MATCH}):
            ctx.exit(1)
        return
    for name in ("method", "host", "websocket"):
        if options[name]:
            raise click.UsageError(f"--{name} goes with --match PATH; add that.")
    routes = _sorted(_chosen(list_routes(current_app), words), options["sort"])
    if options["as_json"]:
        click.echo(json.dumps([as_dict(route) for route in routes], indent=2))
    elif routes:
        _show(routes, all_methods=options["all_methods"], verbose=options["verbose"])
    elif words:
        raise click.ClickException(
            f"No route has {' or '.join(map(repr, words))} in its endpoint or rule;"
            " without the word, all are listed."
        )
    else:
        click.echo("No routes were registered.")


_OF_MATCH = ("method", "host", "websocket", "as_json")


def _chosen(routes: list[Route], words: Iterable[str]) -> list[Route]:
    wanted = [word.lower() for word in words]
    if not wanted:
        return routes
    return [
        route
        for route in routes
        if any(word in f"{route.endpoint}\n{route.rule}".lower() for word in wanted)
    ]


def _sorted(routes: list[Route], sort: str) -> list[Route]:
    if sort == "match":
        return routes
    if sort == "methods":
        return sorted(routes, key=lambda route: ", ".join(_shown_methods(route)))
    return sorted(routes, key=lambda route: str(getattr(route, sort)))


def _shown_methods(route: Route, *, all_methods: bool = False) -> list[str]:
    return [name for name in route.methods if all_methods or name not in _HIDDEN]


def as_dict(route: Route) -> dict[str, Any]:
    """Return what ``--json`` prints of a route."""
    return {
        "endpoint": route.endpoint,
        "methods": list(route.methods),
        "domain": route.domain or None,
        "rule": route.rule,
        "blueprint": route.blueprint,
        "kind": route.kind,
        "file": route.file,
        "line": route.line,
    }


def _show(routes: list[Route], *, all_methods: bool, verbose: bool) -> None:
    domain = "Host" if current_app.url_map.host_matching else "Subdomain"
    methods = [_shown_methods(route, all_methods=all_methods) for route in routes]
    columns: dict[str, list[str]] = {
        "Endpoint": [route.endpoint for route in routes],
        "Methods": [", ".join(names) for names in methods],
        domain: [route.domain for route in routes],
        "Rule": [route.rule for route in routes],
        "Blueprint": [route.blueprint or "" for route in routes],
        "Kind": [route.kind for route in routes],
        "Source": [route.source for route in routes],
    }
    for name in (domain, "Blueprint"):
        if not any(columns[name]):
            del columns[name]
    missing = [] if verbose else _without_room(columns)
    print_table(
        columns,
        styles={
            "Kind": lambda text: styled(text, fg=_COLOURS.get(text)),
            "Source": lambda text: click.style(text, dim=True),
        },
    )
    if missing and is_terminal():
        click.secho(
            f"Without room here: {', '.join(missing)}. --verbose shows all.",
            err=True,
            dim=True,
        )


def _without_room(columns: dict[str, list[str]]) -> list[str]:
    """Take away the columns that do not fit; return their names."""
    width = terminal_width()
    if width is None and package_name() == "insula":
        return []
    for spare in _SPARE:
        kept = {name: cells for name, cells in columns.items() if name not in spare}
        if width is not None and width_of(kept) <= width:
            break
    return [name for name in spare if columns.pop(name, None) is not None]

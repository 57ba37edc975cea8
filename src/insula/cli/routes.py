"""``insula routes``: list the rules of the application."""

from __future__ import annotations

import click

from insula.cli.errors import BriefCommand
from insula.cli.group import with_appcontext
from insula.proxies import current_app

__all__ = ["routes_command"]


@click.command("routes", cls=BriefCommand, short_help="List the routes.")
@click.option(
    "-s",
    "--sort",
    type=click.Choice(("endpoint", "methods", "rule", "match")),
    default="endpoint",
    help="What to sort by; 'match' is the order in which rules are tried.",
)
@click.option("--all-methods", is_flag=True, help="Show HEAD and OPTIONS, too.")
@with_appcontext
def routes_command(sort: str, all_methods: bool) -> None:
    """List endpoints, methods and rules."""
    hidden = set() if all_methods else {"HEAD", "OPTIONS"}
    rows = [
        (rule.endpoint, ", ".join(sorted((rule.methods or set()) - hidden)), rule.rule)
        for rule in current_app.url_map.iter_rules()
    ]
    if not rows:
        click.echo("No routes were registered.")
        return
    if sort != "match":
        column = ("endpoint", "methods", "rule").index(sort)
        rows.sort(key=lambda row: row[column])
    table = [("Endpoint", "Methods", "Rule"), *rows]
    widths = [max(len(row[n]) for row in table) for n in range(3)]
    table.insert(1, ("-" * widths[0], "-" * widths[1], "-" * widths[2]))
    for row in table:
        line = "  ".join(
            text.ljust(width) for text, width in zip(row, widths, strict=True)
        )
        click.echo(line.rstrip())

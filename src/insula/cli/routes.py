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
    type=click.Choice(("endpoint", "methods", "domain", "rule", "match")),
    default="endpoint",
    help="What to sort by; 'match' is the order in which rules are tried.",
)
@click.option("--all-methods", is_flag=True, help="Show HEAD and OPTIONS, too.")
@with_appcontext
def routes_command(sort: str, all_methods: bool) -> None:
    """List endpoints, methods and rules; hosts or subdomains, where there are any."""
    hidden = set() if all_methods else {"HEAD", "OPTIONS"}
    rules = list(current_app.url_map.iter_rules())
    if not rules:
        click.echo("No routes were registered.")
        return
    domain = "host" if current_app.url_map.host_matching else "subdomain"
    columns: dict[str, list[str]] = {
        "endpoint": [rule.endpoint for rule in rules],
        "methods": [", ".join(sorted((r.methods or set()) - hidden)) for r in rules],
        "domain": [getattr(rule, domain) or "" for rule in rules],
        "rule": [rule.rule for rule in rules],
    }
    if not any(columns["domain"]):
        del columns["domain"]
    rows = list(zip(*columns.values(), strict=True))
    if sort in columns:
        column = list(columns).index(sort)
        rows.sort(key=lambda row: row[column])
    head = [domain if name == "domain" else name for name in columns]
    table = [tuple(name.capitalize() for name in head), *rows]
    widths = [max(len(row[n]) for row in table) for n in range(len(head))]
    table.insert(1, tuple("-" * width for width in widths))
    for row in table:
        line = "  ".join(
            text.ljust(width) for text, width in zip(row, widths, strict=True)
        )
        click.echo(line.rstrip())

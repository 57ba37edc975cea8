"""Commands that can be added as they are: ``Clean`` and ``ShowUrls``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from insula.manage.script.command import Command, Group, Option
from insula.manage.script.errors import InvalidCommand
from insula.proxies import current_app

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["Clean", "ShowUrls"]

_HEAD = ("Rule", "Endpoint", "Arguments")


class Clean(Command):
    """Remove the compiled files of Python below the current folder."""

    def run(self) -> None:
        """Remove ``*.pyc`` and ``*.pyo``, and say of each that it is removed."""
        for path in sorted(Path().rglob("*.py[co]")):
            if path.is_file():
                print(f"Removing {path}")  # noqa: T201 - a command
                path.unlink()


class ShowUrls(Command):
    """Show the rules of the application, or which one answers to a URL.

    :param order: the attribute of a rule to sort by.
    """

    def __init__(self, order: str = "rule") -> None:
        super().__init__()
        self.order = order

    def get_options(self) -> Iterable[Option | Group]:
        """Return the options."""
        return (
            Option("url", nargs="?", help="A path to match, such as /static/logo.png."),
            Option(
                "--order",
                dest="order",
                default=self.order,
                metavar="ATTRIBUTE",
                help="What to sort rules by: rule, endpoint, … (default: %(default)s).",
            ),
        )

    def run(self, url: str | None, order: str) -> None:
        """Print a table."""
        if url:
            rows = [_match(url)]
        else:
            rules = list(current_app.url_map.iter_rules())
            if any(not hasattr(rule, order) for rule in rules):
                raise InvalidCommand(
                    f"--order {order}: rules have no such attribute; use rule or"
                    " endpoint."
                )
            rules.sort(key=lambda rule: _sortable(getattr(rule, order)))
            rows = [(rule.rule, str(rule.endpoint)) for rule in rules]
        _print_table(rows)


def _sortable(value: Any) -> str:
    if isinstance(value, (set, frozenset)):
        return " ".join(sorted(map(str, value)))
    return str(value)


def _match(url: str) -> tuple[str, ...]:
    from werkzeug.exceptions import MethodNotAllowed, NotFound
    from werkzeug.routing import RequestRedirect

    name = current_app.config["SERVER_NAME"] or "localhost"
    adapter = current_app.url_map.bind(name)
    try:
        try:
            rule, arguments = adapter.match(url, return_rule=True)
        except MethodNotAllowed as exc:
            method = next(iter(exc.valid_methods or ()), None)
            rule, arguments = adapter.match(url, method=method, return_rule=True)
    except RequestRedirect as exc:
        return (f"<redirects to {exc.new_url}>",)
    except (NotFound, MethodNotAllowed) as exc:
        return (f"<{exc.code} {exc.name}>",)
    return (rule.rule, str(rule.endpoint), str(dict(arguments)))


def _print_table(rows: list[tuple[str, ...]]) -> None:
    table = [_HEAD[: max(map(len, rows), default=1)], *rows]
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    table.insert(1, tuple("-" * width for width in widths))
    for row in table:
        cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=True)]
        print("  ".join(cells).rstrip())  # noqa: T201 - a command

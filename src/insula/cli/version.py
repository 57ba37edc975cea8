"""``--version``: what runs here."""

from __future__ import annotations

import platform
from importlib.metadata import version
from typing import Any

import click

from insula._core.naming import package_name

__all__ = ["get_version", "version_option"]


def get_version(ctx: click.Context, param: click.Parameter, value: Any) -> None:  # noqa: ARG001 - click's callback
    """Print the versions and leave."""
    if not value or ctx.resilient_parsing:
        return
    lines = [f"Python {platform.python_version()}", f"Insula {version('insula')}"]
    if package_name() != "insula":
        # The package that is stood in for.
        lines.append(f"{package_name().capitalize()} {version(package_name())}")
    lines.append(f"Werkzeug {version('werkzeug')}")
    click.echo("\n".join(lines), color=ctx.color)
    ctx.exit()


version_option = click.Option(
    ["--version"],
    help="Show the versions of what runs here.",
    expose_value=False,
    callback=get_version,
    is_flag=True,
    is_eager=True,
)

"""``insula config``: the settings that hold, and where each came from."""

from __future__ import annotations

import difflib
import json
import os
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from insula.app.config import Origin
from insula.cli.complete import complete_settings
from insula.cli.config_values import MASK, as_json, masked, place_of_setting
from insula.cli.errors import BriefCommand
from insula.cli.group import with_appcontext
from insula.cli.routes_list import shown_path
from insula.cli.script_info import ScriptInfo
from insula.cli.table import print_table, shortened, styled, terminal_width, width_of
from insula.proxies import current_app

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["config_command"]

_LEAST = 16  # columns for a value


@dataclass(frozen=True, slots=True)
class _Setting:
    key: str
    value: Any
    origin: Origin
    file: str | None
    line: int | None

    @property
    def source(self) -> str:
        """The place, as short as it can be told."""
        place = ""
        if self.file is not None:
            place = shown_path(self.file)
            place += "" if self.line is None else f":{self.line}"
        kind, name, _ = self.origin
        if kind == "option":
            return name
        if kind == "environment":
            return f"${name}"
        if kind == "object":
            return place or name
        if kind == "default":
            return f"default ({place})" if place else "default"
        return place or kind


@click.command(
    "config", cls=BriefCommand, short_help="Show the settings and where they came from."
)
@click.argument("keys", nargs=-1, metavar="[KEY]...", shell_complete=complete_settings)
@click.option("--changed", is_flag=True, help="Leave out what is at its default.")
@click.option("-v", "--verbose", is_flag=True, help="Whole values, however wide.")
@click.option("--json", "as_data", is_flag=True, help="Print JSON, for programs.")
@click.pass_context
@with_appcontext
def config_command(
    ctx: click.Context,
    /,
    keys: tuple[str, ...],
    changed: bool,
    verbose: bool,
    as_data: bool,
) -> None:
    """Show the settings that hold, or those of each KEY, and where each came from.

    That is a default, a line of code or of a file, an object, or a variable of the
    environment ($NAME). Secrets are masked.
    """
    settings = _settings(ctx, keys)
    if changed:
        settings = [item for item in settings if item.origin.kind != "default"]
    if as_data:
        click.echo(
            json.dumps({item.key: _as_dict(item) for item in settings}, indent=2)
        )
    elif settings:
        _show(settings, whole=verbose or bool(keys))
    else:
        click.echo("Every setting is at its default.")


def _settings(ctx: click.Context, keys: Iterable[str]) -> list[_Setting]:
    config = current_app.config
    wanted = [key.upper() for key in keys]
    for key in wanted:
        if key not in config:
            near = difflib.get_close_matches(key, [*config], n=1)
            hint = f"did you mean {near[0]}?" if near else "without it, all are shown."
            raise click.ClickException(f"There is no setting {key!r}; {hint}")
    found = []
    for key in wanted or sorted(map(str, config)):
        origin = _origin(ctx, key)
        file, line = place_of_setting(key, origin)
        found.append(_Setting(key, masked(key, config[key]), origin, file, line))
    return found


def _origin(ctx: click.Context, key: str) -> Origin:
    if key == "DEBUG" and ctx.ensure_object(ScriptInfo).set_debug_flag:
        # Commands set it, whatever the application says.
        if ctx.find_root().get_parameter_source("debug") is ParameterSource.COMMANDLINE:
            return Origin("option", "--debug")
        for name in ("INSULA_DEBUG", "FLASK_DEBUG"):
            if os.environ.get(name):
                return Origin("environment", name)
        return Origin("default")
    of: Any = getattr(current_app.config, "origin", None)
    # A configuration of another class says nothing.
    found: Origin = of(key) if of is not None else Origin("unknown")
    return found


def _as_dict(item: _Setting) -> dict[str, Any]:
    return {
        "value": as_json(item.value),
        "masked": item.value != current_app.config[item.key]
        and MASK in repr(item.value),
        "origin": {
            "kind": item.origin.kind,
            "name": item.origin.name if item.file != item.origin.name else None,
            "file": item.file,
            "line": item.line,
        },
    }


def _show(settings: list[_Setting], *, whole: bool) -> None:
    columns = {
        "Setting": [item.key for item in settings],
        "Value": [_shown(item.value) for item in settings],
        "Source": [item.source for item in settings],
    }
    width = terminal_width()
    if width is not None and not whole:
        rest = width_of(columns | {"Value": [""]}) - len("Value")
        room = max(width - rest, _LEAST)
        columns["Value"] = [shortened(text, room) for text in columns["Value"]]
    print_table(
        columns,
        styles={
            "Value": _paint_value,
            "Source": lambda text: styled(text, dim=text == "default"),
        },
    )


def _shown(value: Any) -> str:
    if isinstance(value, timedelta):
        return str(value)
    return MASK if value == MASK else repr(value)


def _paint_value(text: str) -> str:
    if MASK in text:
        return click.style(text, fg="yellow")
    return styled(text, dim=text == "None")

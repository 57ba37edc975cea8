"""A module `shop.py` with an application, to be checked."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, TypeAlias

from click.testing import CliRunner

from insula.cli import ScriptInfo
from insula.cli.check import check_command

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Check: TypeAlias = Callable[..., list[dict[str, Any]]]

KEY = "0123456789abcdef0123456789abcdef"

HEAD = f"""\
import asyncio, os, time
from insula import (
    Blueprint, Insula, abort, current_app, flash, g, redirect, render_template,
    request, session, url_for,
)
from insula.views import MethodView
app = Insula(__name__)
app.config["SECRET_KEY"] = os.environ.get("NO_SUCH_KEY", "") or "{KEY}"
"""


def dedented(text: str) -> str:
    lines = text.strip("\n").splitlines()
    margin = min((len(x) - len(x.lstrip()) for x in lines if x.strip()), default=0)
    return "\n".join(line[margin:] for line in lines) + "\n"


def ids(found: list[dict[str, Any]]) -> list[str]:
    return [finding["id"] for finding in found]


def invoke(folder: Path, text: str, *words: str) -> Any:
    """Check the head and the text, and return what the command did."""
    (folder / "shop.py").write_text(HEAD + text)
    return CliRunner().invoke(check_command, [*words], obj=ScriptInfo("shop"))


def found_in(folder: Path, text: str, *words: str) -> list[dict[str, Any]]:
    """Return what is found in the head and the text."""
    done = invoke(folder, dedented(text), "--json", *words)
    found: list[dict[str, Any]] = json.loads(done.stdout)
    errors = [finding for finding in found if finding["level"] == "error"]
    assert done.exit_code == (1 if errors else 0), done.output
    return found

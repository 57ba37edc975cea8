"""A folder of modules with applications, and the command run in it."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

APP = """
import click
from insula import Blueprint, Insula, current_app

def make(name):
    app = Insula(name, static_folder=None)
    app.add_url_rule("/", "index", lambda: name)
    app.add_url_rule("/item/<int:n>", "item", lambda n: str(n), methods=["GET", "PUT"])

    @app.cli.command("hello")
    @click.argument("who", default="world")
    def hello(who):
        "Greet somebody."
        click.echo(f"Hello {who} from {current_app.name}")

    @app.cli.command("bare", with_appcontext=False)
    def bare():
        click.echo(f"context: {bool(current_app)}")

    for group in ("shop", None):
        blueprint = Blueprint(f"bp{group}", name, cli_group=group)
        blueprint.cli.command(f"sell-{group}")(lambda: click.echo("sold"))
        app.register_blueprint(blueprint)
    return app
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Make a folder of modules."""
    files = {
        "base.py": APP,
        "one.py": "from base import make\napp = make('one')\n",
        "other.py": "from base import make\nsite = make('site')\n",
        "two.py": "from base import make\na, b = make('a'), make('b')\n",
        "factory.py": (
            "from base import make\n"
            "def create_app(name='made', *, upper=False):\n"
            "    return make(name.upper() if upper else name)\n"
        ),
        "nothing.py": "x = 1\n",
        "broken.py": "x = (\n",
        "missing.py": "import not_there_at_all\n",
        "leaving.py": "raise SystemExit(3)\n",
        "wordy.py": "raise ValueError('no database\\n  at all')\n",
        "raising.py": "def create_app():\n    raise ValueError('no database')\n",
    }
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    return tmp_path


@pytest.fixture
def insula(folder: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run the command in the folder; keywords are environment variables."""

    def run(*args: str, **variables: str) -> subprocess.CompletedProcess[str]:
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("INSULA_", "FLASK_"))
        }
        return subprocess.run(
            [sys.executable, "-m", "insula", *args],
            cwd=folder,
            env={**kept, **variables},
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    return run

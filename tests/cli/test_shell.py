"""`insula shell`: the names that it has, and programs that are piped in."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from insula.cli.main import main

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from click.testing import Result

MODELS = """
from sqlalchemy.orm import DeclarativeBase, mapped_column

class Base(DeclarativeBase):
    pass

class Mixin:
    pass

class Order(Mixin, Base):
    __tablename__ = "orders"
    number = mapped_column(__import__("sqlalchemy").Integer, primary_key=True)
"""
SHOP = """
from insula import Insula
from shelled.models import Order
from shelled.other import store

class Extension:
    def init_app(self, app):
        app.extensions["kept"] = store

def create_app():
    app = Insula(__name__)
    mail.init_app(app)

    @app.shell_context_processor
    def more():
        return {"answer": 42, "mail": "another"}

    return app

mail = Extension()
_hidden = Extension()
"""
OTHER = """
class Meta:
    abstract = False

class Row:
    _meta = Meta()

class Plain:
    pass

store = Plain()
"""


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """Run the command on an application of several modules."""
    package = tmp_path / "shelled"
    package.mkdir()
    (package / "__init__.py").write_text(SHOP)
    (package / "models.py").write_text(MODELS)
    (package / "other.py").write_text(OTHER)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    for name in ("shelled", "shelled.models", "shelled.other"):
        monkeypatch.delitem(sys.modules, name, raising=False)

    def run(*args: str, program: str | None = None) -> Result:
        return CliRunner().invoke(
            main, ["--app", "shelled", "shell", *args], program, prog_name="insula"
        )

    return run


def test_shell_has_the_applications_models_and_extensions(
    shell: Callable[..., Result],
) -> None:
    done = shell(
        "-c",
        "print(sorted(n for n in globals() if n[0] != '_'))\n"
        "print(app.name, Order.__tablename__, answer, mail, store is not None)",
    )
    names, values = done.output.splitlines()
    assert names == str(
        ["Order", "Row", "answer", "app", "g", "mail", "store"],
    )
    assert values == "shelled orders 42 another True"


def test_program_that_is_piped_in_runs_without_prompt(
    shell: Callable[..., Result],
) -> None:
    program = "def f():\n    return app.name\n\nprint(__name__, f())\nf()\n"
    done = shell(program=program)
    assert (done.output, done.exit_code) == ("__main__ shelled\n", 0)


def test_program_that_fails_shows_its_own_lines_and_exit_code_1(
    shell: Callable[..., Result],
) -> None:
    for args, program in ((["-c", "x = 1\n1 / 0"], None), ([], "x = 1\n1 / 0")):
        done = shell(*args, program=program)
        assert done.exit_code == 1
        assert "ZeroDivisionError" in done.output
        assert "line 2" in done.output
        assert "    1 / 0\n" in done.output
        assert "cli" not in done.output


def test_program_says_its_own_exit_code(shell: Callable[..., Result]) -> None:
    assert shell("-c", "raise SystemExit(7)").exit_code == 7


def test_plain_shell_on_a_terminal_has_a_prompt_and_a_banner(
    shell: Callable[..., Result], tmp_path: Path
) -> None:
    assert shell("-c", "").exit_code == 0  # the folder is as it should be
    (tmp_path / "start.py").write_text("begun = 'yes'\n")
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-m", "insula", "--app", "shelled", "shell", "--plain"],
        cwd=tmp_path,
        env={
            **os.environ,
            "PYTHONSTARTUP": str(tmp_path / "start.py"),
            "TERM": "dumb",
            "COLUMNS": "40",
        },
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        close_fds=True,
    ) as process:
        os.close(theirs)
        os.write(ours, b"print(begun, answer + 1)\nexit()\n")
        said = b""
        while True:
            try:
                block = os.read(ours, 4096)
            except OSError:  # of a terminal whose program has gone
                break
            if not block:
                break
            said += block
        assert process.wait(60) == 0
    os.close(ours)
    text = said.decode().replace("\r\n", "\n")
    assert "in the context of 'shelled'" in text
    assert "Names: mail, store, Order, Row, app, g,\n  answer\n" in text
    assert ">>> " in text
    assert "yes 43" in text

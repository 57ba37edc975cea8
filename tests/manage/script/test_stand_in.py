"""``flask_script`` resolves to the manager where the stand-in is in place."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

INSTALL = "import sys, insula.flask; insula.flask.install()\n"

# As the documentation of Flask-Script has them: a factory with a file of settings,
# commands by class, decorator and option, a manager below, a question, InvalidCommand.
SHOP = """
from flask import Flask

def create_app(config=None):
    app = Flask(__name__)
    if config is not None:
        app.config.from_pyfile(config)
    return app
"""
MANAGE = """
import sys
from flask import current_app
from flask_script import (
    Command, Group, Manager, Option, Server, Shell,
    prompt, prompt_bool, prompt_choices, prompt_pass,
)
from flask_script.cli import prompt as same_prompt
from flask_script.commands import Clean, InvalidCommand, ShowUrls
from shop import create_app

manager = Manager(create_app)
manager.add_option("-c", "--config", dest="config", required=False)

class Buy(Command):
    "buys things"

    option_list = (Option("--number", "-n", dest="number", type=int, default=1),)

    def run(self, number):
        if number < 0:
            raise InvalidCommand("that would be selling")
        print("bought", number)

manager.add_command("buy", Buy())
manager.add_command("urls", ShowUrls)
manager.add_command("serve", Server(port=9000))
manager.add_command("shell", Shell(make_context=lambda: {"one": 1}))

@manager.command
def greet(name="Fred"):
    "greets somebody"
    loud = current_app.config.get("LOUD", False)
    print("hello", name.upper() if loud else name)

@manager.option("-n", "--name", dest="name", default="joe")
@manager.option("-u", "--url", dest="url", default=None)
def visit(name, url):
    print(name, "from", url)

database = Manager(usage="Look after the database")

@database.command
def drop():
    if prompt_bool("Lose all data"):
        print("dropped")

manager.add_command("database", database)

if __name__ == "__main__":
    try:
        manager.run()
    except InvalidCommand as err:
        print(err, file=sys.stderr)
        sys.exit(4)
"""


def python(*args: str, cwd: Path, given: str = "") -> tuple[int, str]:
    """Run Python and return its exit code and what it printed."""
    done = subprocess.run(
        [sys.executable, *args],
        cwd=cwd,
        env={k: v for k, v in os.environ.items() if not k.startswith("FLASK_")},
        input=given,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=60,
    )
    return done.returncode, done.stdout


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Return a folder with a project that is managed by Flask-Script."""
    (tmp_path / "shop.py").write_text(SHOP)
    (tmp_path / "manage.py").write_text(MANAGE)
    (tmp_path / "dev.cfg").write_text("LOUD = True\n")
    return tmp_path


def test_project_of_flask_script_runs_unchanged(project: Path) -> None:
    def manage(*words: str, given: str = "") -> tuple[int, str]:
        line = ("-m", "insula", "as-flask", "manage.py", *words)
        return python(*line, cwd=project, given=given)

    assert manage("buy", "-n", "3") == (0, "bought 3\n")
    assert manage("buy", "-n=-1") == (4, "that would be selling\n")
    assert manage("-c", "dev.cfg", "greet", "-n", "ann") == (0, "hello ANN\n")
    assert manage("visit", "-u", "there") == (0, "joe from there\n")
    asked = "Lose all data [n]: "
    assert manage("database", "drop", given="y\n") == (0, f"{asked}dropped\n")
    code, text = manage("-?")
    assert code == 0
    assert "Look after the database" in text


NAMES = """
import flask_script, flask_script.cli, flask_script.commands, insula.manage
from flask_script._compat import StringIO, iteritems, text_type
for name in flask_script.__all__:
    if name != "add_help":
        assert getattr(flask_script, name) is getattr(insula.manage, name), name
for name in flask_script.commands.__all__:
    assert getattr(flask_script.commands, name) is getattr(insula.manage, name), name
assert list(iteritems({1: 2})) == [(1, 2)]
assert flask_script.commands is sys.modules["flask_script.commands"]
print(flask_script.__spec__.name)
"""


@pytest.mark.parametrize(
    ("code", "printed"),
    [
        (NAMES, "insula.flask._script\n"),
        # Nothing is imported before it is asked for.
        ("print([n for n in sys.modules if 'script' in n or 'manage' in n])", "[]\n"),
        (
            (
                "import importlib.metadata as m\n"
                "print(m.version('Flask-Script'), m.version('flask_script'))\n"
                "print(m.packages_distributions()['flask_script'])"
            ),
            "2.0.6 2.0.6\n['Flask-Script']\n",
        ),
        (
            (
                "try:\n    import flask_script.nothing\n"
                "except ImportError as exc:\n    print(exc.name)"
            ),
            "flask_script.nothing\n",
        ),
    ],
)
def test_names_of_flask_script_are_answered_for(
    tmp_path: Path, code: str, printed: str
) -> None:
    assert python("-c", INSTALL + code, cwd=tmp_path) == (0, printed)


def test_installed_flask_script_is_stood_in_for_and_left_alone_otherwise(
    tmp_path: Path,
) -> None:
    (tmp_path / "flask_script.py").write_text("from flask._compat import text_type\n")
    code = "import flask_script; print(flask_script.__name__)"
    assert python("-c", INSTALL + code, cwd=tmp_path) == (0, "insula.flask._script\n")
    (tmp_path / "flask_script.py").write_text("")
    done = python("-c", "import insula.manage\n" + code, cwd=tmp_path)
    assert done == (0, "flask_script\n")

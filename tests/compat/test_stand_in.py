"""The stand-in for ``flask``: the same objects, in place wherever Python starts.

Each test that puts it in place does so in a process of its own.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

BOOT = Path(__file__).parents[2] / "src" / "insula" / "flask" / "boot"


def clean() -> dict[str, str]:
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("PYTHONPATH", "FLASK_", "INSULA_"))
    }


def python(*args: str, cwd: Path | None = None, **variables: str) -> str:
    """Run Python and return what it printed, errors included."""
    done = subprocess.run(
        [sys.executable, *args],
        cwd=cwd,
        env={**clean(), **variables},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=60,
    )
    return done.stdout


def as_flask(*args: str, cwd: Path | None = None, **variables: str) -> str:
    return python("-m", "insula", "as-flask", *args, cwd=cwd, **variables)


INSTALL = "import insula.flask; insula.flask.install()\n"


@pytest.mark.parametrize(
    "expression",
    [
        "flask is insula.flask",
        "flask.Flask is insula.Insula",
        "flask.Blueprint is insula.Blueprint",
        "flask.g is insula.g",
        "__import__('flask.json.tag').json is insula.flask.json",
        "__import__('flask.sansio.app', fromlist=['x']) is insula.flask.sansio.app",
        "__import__('flask.cli', fromlist=['x']).cli is insula.cli.main",
        "flask.__spec__.name == 'insula.flask'",
        "repr(flask.globals._cv_request.get(None)) == 'None'",
    ],
)
def test_names_of_flask_are_the_very_objects(expression: str) -> None:
    code = f"{INSTALL}import flask, insula, insula.cli\nprint({expression})"
    assert python("-c", code) == "True\n"


def test_install_twice_does_nothing_more() -> None:
    code = f"{INSTALL}import sys; n = len(sys.meta_path)\n{INSTALL}"
    assert python("-c", f"{code}print(len(sys.meta_path) - n)") == "0\n"


def test_install_refuses_where_the_real_flask_is_imported(tmp_path: Path) -> None:
    (tmp_path / "flask.py").write_text("")
    done = python("-c", f"import flask\n{INSTALL}", cwd=tmp_path)
    assert "ImportError: The stand-in cannot take the place of flask" in done
    assert str(tmp_path / "flask.py") in done
    assert "insula as-flask" in done


def test_missing_module_of_flask_is_named_by_its_own_name() -> None:
    done = python("-c", f"{INSTALL}import flask.nothing")
    assert done.endswith("ModuleNotFoundError: No module named 'flask.nothing'\n")


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("m.version('flask')[:4]", "3.1."),
        ("m.version('Flask')[:4]", "3.1."),
        ("m.metadata('flask')['Name']", "Flask"),
        ("[e.value for e in m.entry_points(name='flask')]", "['flask.cli:main']"),
        ("m.version('werkzeug') != m.version('flask')", "True"),
        ("m.packages_distributions()['flask']", "['Flask']"),
        ("m.requires('flask')", "['insula']"),
        ("m.version('flask') == insula.flask.place.FLASK_VERSION", "True"),
    ],
)
def test_metadata_answers_for_flask(expression: str, value: str) -> None:
    code = f"{INSTALL}import importlib.metadata as m\nprint({expression})"
    assert python("-c", code) == f"{value}\n"


IN_FOLDERS = """
import importlib.metadata as m, sys
folders = m.MetadataPathFinder.find_distributions
context = m.DistributionFinder.Context
print(*(d.version[:4] for d in folders(context(name="flask", path=sys.path[:2]))))
print([d.metadata["Name"] for d in m.distributions()].count("Flask"))
print(m.packages_distributions()["flask"])
"""


def test_as_flask_has_the_metadata_for_those_who_look_in_folders() -> None:
    # As pkg_resources does, which asks no finder.
    assert as_flask("python", "-c", IN_FOLDERS) == "3.1.\n1\n['Flask']\n"


def test_texts_show_the_name_that_is_stood_in_for() -> None:
    app = "import flask; app = flask.Flask('x')\nwith app.app_context(): print(flask.g)"
    assert python("-c", INSTALL + app) == "<flask.g of 'x'>\n"


PROGRAM = """
import multiprocessing, subprocess, sys
import flask

def kind():
    return flask.Flask.__module__

if __name__ == "__main__":
    print(*sys.argv[1:], kind(), flush=True)
    child = "import flask; print('child', flask.Flask.__module__)"
    subprocess.run([sys.executable, "-c", child])
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        print("spawned", pool.apply(kind))
"""
SAYS = "insula.app.application\n"


@pytest.mark.parametrize("how", [["program.py"], ["-m", "program"]], ids=str)
def test_as_flask_runs_scripts_and_modules_and_their_children(
    tmp_path: Path, how: list[str]
) -> None:
    (tmp_path / "program.py").write_text(PROGRAM)
    done = as_flask(*how, "--option", "x", cwd=tmp_path)
    assert done == f"--option x {SAYS}child {SAYS}spawned {SAYS}"


def test_as_flask_runs_commands(tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text(
        "import flask\ndef test_it(): assert flask.Flask.__name__ == 'Insula'\n"
    )
    done = as_flask("pytest", "-q", "-p", "no:cacheprovider", cwd=tmp_path)
    assert "1 passed" in done


def test_as_flask_runs_the_command_flask(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text("from flask import Flask\napp = Flask('shop')\n")
    assert "/static/<path:filename>" in as_flask("flask", "routes", cwd=tmp_path)
    assert "Flask 3.1." in as_flask("flask", "--version", cwd=tmp_path)
    assert "FLASK_APP" in as_flask("flask", "--app", "", "routes", cwd=BOOT)


def test_as_flask_says_what_it_does_not_find() -> None:
    assert "no script or command 'not-there'" in as_flask("not-there")
    assert "Name a program to run" in as_flask()


def test_as_flask_leaves_a_sitecustomize_of_others_in_force(tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text("import sys; sys.mark = __name__\n")
    code = "import sys, flask; print(sys.mark, flask.Flask.__module__)"
    done = as_flask("python", "-c", code, PYTHONPATH=str(tmp_path))
    assert done == f"sitecustomize {SAYS}"


def test_replaced_server_of_werkzeug_is_called_as_by_flask() -> None:
    code = (
        f"{INSTALL}import flask, werkzeug.serving\n"
        "werkzeug.serving.run_simple = lambda *a, **k: print(a[:2], k['threaded'])\n"
        "flask.Flask('x').run(port=5001)"
    )
    assert python("-c", code).endswith("('127.0.0.1', 5001) True\n")


def test_replaced_server_of_the_command_run_is_called_as_by_flask(
    tmp_path: Path,
) -> None:
    (tmp_path / "app.py").write_text("from flask import Flask\napp = Flask('shop')\n")
    code = (
        f"{INSTALL}import flask.cli\n"
        "flask.cli.run_simple = lambda *a, **k: print(a, sorted(k.items()))\n"
        "flask.cli.cli.main(['run', '-p', '5001', '--extra-files', 'a'])"
    )
    assert python("-c", code, cwd=tmp_path).endswith(
        "('127.0.0.1', 5001, <Insula 'shop'>) [('exclude_patterns', None),"
        " ('extra_files', ['a']), ('ssl_context', None), ('threaded', True),"
        " ('use_debugger', False), ('use_reloader', False)]\n"
    )


@pytest.mark.parametrize("group", ["insula.commands", "flask.commands"])
def test_commands_of_plugins_are_found_by_either_group(
    tmp_path: Path, group: str
) -> None:
    (tmp_path / "plugin.py").write_text(
        "import click\n@click.command()\ndef cli(): print('plugged in')\n"
    )
    info = tmp_path / "plugin-1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: plugin\nVersion: 1\n")
    (info / "entry_points.txt").write_text(f"[{group}]\nplug = plugin:cli\n")
    path = str(tmp_path)
    assert python("-m", "insula", "plug", PYTHONPATH=path) == "plugged in\n"
    assert as_flask("flask", "plug", PYTHONPATH=path) == "plugged in\n"

"""Each name that a module of the real Flask defines is in the stand-in's module.

The list is read off the real Flask, in the environment of `make flask-suite`, when the
test runs. What its modules import from elsewhere and have in their namespace by that
(``t`` for typing, ``timedelta``) is not Flask's to offer and left out.
"""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from tests.compat.flask_environments import flask_environment
from tests.compat.flask_source import flask_archive, locked_werkzeug
from tests.suites.environments import look_at
from tests.suites.sources import version_of

if TYPE_CHECKING:
    from pathlib import Path

LIST = """
import importlib, json, os, types, warnings
import flask
warnings.simplefilter("ignore")
root = os.path.dirname(flask.__file__)
names = {}
for folder, _, files in os.walk(root):
    for file in files:
        path = os.path.relpath(os.path.join(folder, file), os.path.dirname(root))
        module = path.removesuffix(".py").replace(os.sep, ".")
        if not file.endswith(".py") or file == "__main__.py":
            continue
        module = module.removesuffix(".__init__")
        names[module] = sorted(
            name
            for name, value in vars(importlib.import_module(module)).items()
            if not name.startswith("__")
            and name not in {"_sentinel", "annotations"}
            and not (name == "LocalProxy" and isinstance(value, type))
            and (
                value.__name__.startswith("flask")
                and name not in {"ft", "cli", "json"}
                if isinstance(value, types.ModuleType)
                else type(value).__name__ == "LocalProxy"
                or str(getattr(value, "__module__", "flask")).startswith("flask")
                or not isinstance(value, (type, types.FunctionType))
                and module == "flask.typing"
            )
        )
print(json.dumps(names))
"""

MISSING = """
import importlib, json, sys, warnings
warnings.simplefilter("ignore")
missing = []
for module, names in json.load(sys.stdin).items():
    found = importlib.import_module(module)
    assert found.__name__.startswith("insula.flask"), found
    missing += [f"{module}.{name}" for name in names if not hasattr(found, name)]
print(json.dumps(missing))
"""


LOADED = """
import json, sys
import flask
print(json.dumps(sorted(
    name for name in sys.modules if name.partition(".")[0] == "flask"
)))
"""

REACHED = """
import functools, json, sys
import flask
for path in json.load(sys.stdin):
    found = functools.reduce(getattr, path.split(".")[1:], flask)
    assert found is sys.modules[path], path
    assert found is sys.modules["insula." + path], path
assert issubclass(flask.Flask, flask.sansio.app.App)
assert flask.sansio.scaffold.Scaffold in flask.Flask.__mro__
assert flask.sansio.blueprints.Blueprint is flask.Blueprint
"""

UNUSED = """
import sys
from flask import Flask
from werkzeug.test import create_environ
app = Flask(__name__)
app(create_environ(), lambda *given: None)
print(*sorted({"insula.cli", "insula.servers", "click"} & sys.modules.keys()))
import flask
assert flask.cli.AppGroup is flask.blueprints.AppGroup
assert "insula.cli" in sys.modules
"""


def under_the_stand_in(code: str, given: str = "") -> str:
    """Run a program as Flask; return what it prints."""
    done = subprocess.run(
        [sys.executable, "-m", "insula", "as-flask", "python", "-c", code],
        input=given,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == ""
    return done.stdout


@pytest.fixture(scope="module")
def real_python() -> Path:
    """Return the interpreter of an environment that has the real Flask."""
    packed = flask_archive()
    this = look_at(sys.executable)
    assert this is not None
    return flask_environment(
        "real",
        python=this,
        werkzeug=locked_werkzeug(packed),
        flask=version_of(packed),
    )


@pytest.fixture(scope="module")
def names(real_python: Path) -> dict[str, list[str]]:
    """Return the names of each module of the real Flask."""
    written = subprocess.check_output([real_python, "-c", LIST], text=True)
    listed: Any = json.loads(written)
    return dict(listed)


def test_list_of_names_is_that_of_a_whole_flask(names: dict[str, list[str]]) -> None:
    assert {"flask", "flask.json.tag", "flask.sansio.app"} <= names.keys()
    assert "request_ctx" in names["flask.globals"]
    assert "RouteCallable" in names["flask.typing"]
    assert "T_route" in names["flask.sansio.scaffold"]
    assert sum(map(len, names.values())) > 200


def test_stand_in_has_every_module_and_name(names: dict[str, list[str]]) -> None:
    assert json.loads(under_the_stand_in(MISSING, json.dumps(names))) == []


def test_modules_loaded_with_flask_are_those_that_the_real_one_loads(
    real_python: Path,
) -> None:
    real = json.loads(subprocess.check_output([real_python, "-c", LOADED], text=True))

    ours = json.loads(under_the_stand_in(LOADED))

    assert {"flask.globals", "flask.sansio.app"} <= set(real)
    public = [name for name in ours if not name.startswith("flask._")]
    assert public == real


def test_modules_are_attributes_after_the_package_alone_was_imported(
    real_python: Path,
) -> None:
    real = subprocess.check_output([real_python, "-c", LOADED], text=True)

    under_the_stand_in(REACHED, real)


def test_command_line_is_not_loaded_until_it_is_asked_for() -> None:
    assert under_the_stand_in(UNUSED) == "\n"


def test_modules_are_attributes_where_the_stand_in_is_imported_by_its_own_name() -> (
    None
):
    code = (
        "import insula.flask as flask, sys; print(flask.sansio.app.App.__name__,"
        " 'scaffold' in dir(flask.sansio), 'flask' in sys.modules)"
    )
    found = subprocess.check_output([sys.executable, "-c", code], text=True)

    assert found == "App True False\n"

"""Each name that a module of the real Flask defines is in the stand-in's module.

The list is read off the real Flask, in the environment of `make flask-suite`, when the
test runs. What its modules import from elsewhere and have in their namespace by that
(``t`` for typing, ``timedelta``) is not Flask's to offer and left out.
"""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest
from tests.compat.flask_environments import environment, look_at
from tests.compat.flask_source import archive, locked_werkzeug, version_of

LIST = """
import importlib, json, os, types, typing, warnings
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
            and not isinstance(value, typing.TypeVar)
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


@pytest.fixture(scope="module")
def names() -> dict[str, list[str]]:
    """Return the names of each module of the real Flask."""
    packed = archive()
    this = look_at(sys.executable)
    assert this is not None
    python = environment(
        "real",
        python=this,
        werkzeug=locked_werkzeug(packed),
        flask=version_of(packed),
    )
    listed: Any = json.loads(subprocess.check_output([python, "-c", LIST], text=True))
    return dict(listed)


def test_list_of_names_is_that_of_a_whole_flask(names: dict[str, list[str]]) -> None:
    assert {"flask", "flask.json.tag", "flask.sansio.app"} <= names.keys()
    assert "request_ctx" in names["flask.globals"]
    assert "RouteCallable" in names["flask.typing"]
    assert sum(map(len, names.values())) > 200


def test_stand_in_has_every_module_and_name(names: dict[str, list[str]]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "insula", "as-flask", "python", "-c", MISSING],
        input=json.dumps(names),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == ""
    assert json.loads(done.stdout) == []

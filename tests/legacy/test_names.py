"""Each name of the table: there, told of once at the line that uses it, or refused."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from insula.flask._legacy import OLD_NAMES, OldName
from insula.flask._telling import PACKAGE, is_between

if TYPE_CHECKING:
    from pathlib import Path
    from types import FrameType

    from tests.legacy.era import Era

FLASKS = [row for row in OLD_NAMES if not row.name.startswith("werkzeug")]
MODULES = [row for row in FLASKS if ":" not in row.home]
CLASSES = ("Flask", "Blueprint", "Config", "Request", "Response", "Context")
ATTRIBUTES = [
    row
    for row in FLASKS
    if row.name.rpartition(".")[0].endswith(CLASSES) and "(" not in row.name
]
NAMES = [
    row
    for row in FLASKS
    if row.name.startswith("flask.")
    and "(" not in row.name
    and row not in MODULES
    and row not in ATTRIBUTES
]


def by_prefix(rows: list[OldName]) -> dict[str, list[OldName]]:
    found: dict[str, list[OldName]] = {}
    for row in rows:
        found.setdefault(row.name.rpartition(".")[0], []).append(row)
    return found


OF_MODULES = by_prefix(NAMES)
OF_CLASSES = by_prefix(ATTRIBUTES)
OBJECTS = """\
from flask import Flask, Blueprint
app = Flask("shop")
app.secret_key = "key"
context = app.test_request_context("/")
context.push()
objects = {
    "flask.Flask": app,
    "flask.Blueprint": Blueprint("bp", "shop"),
    "flask.Config": app.config,
    "flask.Request": context.request,
    "flask.Response": app.make_response("x"),
    "flask.ctx.RequestContext": context,
    "flask.ctx.AppContext": app.app_context(),
}
"""


def ids(row: OldName) -> str:
    return row.name


def test_table_has_no_name_twice() -> None:
    names = [row.name for row in OLD_NAMES]

    assert len(names) == len(set(names))
    assert len(NAMES) > 120
    assert len(ATTRIBUTES) > 40


@pytest.mark.parametrize("row", FLASKS, ids=ids)
def test_row_says_when_and_what_instead(row: OldName) -> None:
    since, removed = (
        tuple(map(int, version.split("."))) for version in (row.since, row.removed)
    )

    assert (0, 1) <= since < removed <= (3, 1)
    assert row.instead[0].islower() or row.instead.startswith("@")
    assert row.instead.endswith(".")


@pytest.mark.parametrize("module", OF_MODULES)
def test_names_are_imported_with_one_warning_each_at_its_line(
    era: Era, module: str
) -> None:
    rows = OF_MODULES[module]
    program = [f"import {module}"]
    program += [f"from {module} import {row.name.rpartition('.')[2]}" for row in rows]

    done = era("\n".join(program))

    assert done.error == ""
    assert done.warned == [
        (line, f"{row.name!r} was removed in Flask {row.removed}; {row.instead}")
        for line, row in enumerate(rows, 2)
    ]


@pytest.mark.parametrize("module", OF_MODULES)
def test_names_are_not_listed_among_those_of_today(era: Era, module: str) -> None:
    names = [row.name.rpartition(".")[2] for row in OF_MODULES[module]]

    done = era(f"import {module}\nprint(set({names}) & set(dir({module})))\n")

    assert (done.out, done.warned) == ("set()\n", [])


@pytest.mark.parametrize("module", OF_MODULES)
def test_names_are_not_there_where_warnings_are_errors(era: Era, module: str) -> None:
    names = [row.name.rpartition(".")[2] for row in OF_MODULES[module]]
    program = (
        f"import {module}\n"
        f"print([name for name in {names} if hasattr({module}, name)])\n"
        f"from {module} import {names[0]}\n"
    )

    done = era(program, refuse=True)

    assert done.out == "[]\n"
    assert done.error.startswith(f"ImportError: cannot import name {names[0]!r} from")


@pytest.mark.parametrize("row", MODULES, ids=ids)
def test_module_is_imported_with_one_warning(era: Era, row: OldName) -> None:
    done = era(f"import flask\nimport {row.name} as found\nprint(found.__name__)\n")

    assert (done.out, done.error) == (f"{row.home}\n", "")
    told = row.name != "flask.ext"
    assert done.names() == [row.name] * told
    assert done.lines == [2] * told


@pytest.mark.parametrize("row", MODULES, ids=ids)
def test_module_is_not_there_where_warnings_are_errors(era: Era, row: OldName) -> None:
    done = era(f"import {row.name}\n", refuse=True)

    expected = f"ModuleNotFoundError: No module named {row.name!r}"
    assert done.error == ("" if row.name == "flask.ext" else expected)


@pytest.mark.parametrize("cls", OF_CLASSES)
def test_attributes_are_read_with_one_warning_each_at_its_line(
    era: Era, cls: str
) -> None:
    rows = OF_CLASSES[cls]
    reads = [f"objects[{cls!r}].{row.name.rpartition('.')[2]}" for row in rows]

    done = era("\n".join([OBJECTS, *reads]))

    assert done.error == ""
    assert done.warned == [
        (line, f"{row.name!r} was removed in Flask {row.removed}; {row.instead}")
        for line, row in enumerate(rows, OBJECTS.count("\n") + 2)
    ]


@pytest.mark.parametrize("cls", OF_CLASSES)
def test_attributes_are_not_there_where_warnings_are_errors(era: Era, cls: str) -> None:
    names = [row.name.rpartition(".")[2] for row in OF_CLASSES[cls]]
    program = (
        f"{OBJECTS}\nfound = objects[{cls!r}]\n"
        f"print([name for name in {names} if hasattr(found, name)])\n"
        f"found.{names[0]}\n"
    )

    done = era(program, refuse=True)

    assert done.out == "[]\n"
    assert done.error.startswith("AttributeError: ")
    # Newer Pythons add a suggestion.
    assert f"object has no attribute {names[0]!r}" in done.error


def test_objects_list_no_old_attribute(era: Era) -> None:
    done = era(
        f"{OBJECTS}\n"
        "for name, found in objects.items():\n"
        "    for attribute in dir(found):\n"
        "        getattr(found, attribute, None)\n"
    )

    # What the framework has for itself is listed as it was.
    assert set(done.names()) <= {
        "flask.Flask.before_first_request",
        "flask.Flask.before_first_request_funcs",
        "flask.Flask.got_first_request",
        "flask.Blueprint.before_app_first_request",
        "flask.ctx.RequestContext.auto_pop",
        "flask.ctx.RequestContext.preserved",
    }


LISTED = """\
from unittest.mock import Mock, create_autospec
import inspect, pydoc, flask
for cls in flask.Flask, flask.Blueprint, flask.Request, flask.ctx.RequestContext:
    Mock(spec=cls)
    create_autospec(cls)
    inspect.getmembers(cls)
    pydoc.render_doc(cls)
app = flask.Flask('shop')
Mock(spec=app)
inspect.getmembers(app)
flask.Flask.json_encoder
"""


def test_what_lists_all_attributes_is_not_told_of_the_old_ones(era: Era) -> None:
    done = era(LISTED)

    assert (done.error, done.lines) == ("", [11])


def test_old_name_in_a_template_is_told_of_at_the_template(
    era: Era, tmp_path: Path
) -> None:
    page = tmp_path / "page.html"
    page.write_text("\n{{ request.is_xhr }}")
    program = (
        "import warnings\n"
        "from flask import Flask, render_template\n"
        f"app = Flask('shop', template_folder={str(tmp_path)!r})\n"
        "with warnings.catch_warnings(record=True) as caught:\n"
        "    warnings.simplefilter('always')\n"
        "    with app.test_request_context():\n"
        "        render_template('page.html')\n"
        "print([(each.filename, each.lineno) for each in caught])\n"
    )

    done = era(program)

    assert (done.error, done.out) == ("", f"{[(str(page), 2)]}\n")


@pytest.mark.parametrize(
    ("file", "expected"),
    [("flask/ctx.py", True), ("../insula_shop/views.py", False)],
)
def test_frame_is_passed_over_where_it_is_of_the_package(
    file: str, expected: bool
) -> None:
    path = os.path.normpath(f"{PACKAGE}{file}")
    frames: list[FrameType] = []
    code = compile("frames.append(sys._getframe())", path, "exec")
    exec(code, {"frames": frames, "sys": sys})  # noqa: S102 - what makes a frame

    assert is_between(frames[0]) is expected


def test_old_name_is_tried_first_and_falls_back_where_warnings_are_errors(
    era: Era,
) -> None:
    program = (
        "try:\n"
        "    from flask import _app_ctx_stack as stack\n"
        "except ImportError:\n"
        "    from flask.globals import app_ctx as stack\n"
        "print(type(stack).__name__)\n"
    )

    assert era(program).out == "ContextStack\n"
    assert era(program, refuse=True).out == "LocalProxy\n"


PLUGIN = """
import warnings
warnings.simplefilter("error")
from insula.flask.place import answer
answer()
import flask
from insula import Blueprint, Insula
called = []
app = Insula("shop")
app.before_first_request(lambda: called.append("app"))
bp = Blueprint("bp", "shop")
bp.before_app_first_request(lambda: called.append("blueprint"))
app.register_blueprint(bp)
app.before_first_request_funcs.append(lambda: called.append("list"))
app.test_client().get("/")
print(*called, hasattr(app, "json_encoder"))
"""


def test_what_insula_has_is_not_old_for_an_application_of_insula() -> None:
    # Where there are plugins of Flask's command line, `flask` is answered for.
    done = subprocess.run(
        [sys.executable, "-c", PLUGIN], capture_output=True, text=True, check=False
    )

    assert (done.stdout, done.stderr) == ("app blueprint list False\n", "")


def test_home_of_each_row_is_there(era: Era) -> None:
    homes = sorted({row.home for row in FLASKS})

    done = era(
        "from insula.flask._old.hooks import home_of\n"
        f"for home in {homes}:\n    home_of(home)\n"
    )

    assert (done.error, done.warned) == ("", [])


def test_error_of_a_name_of_today_is_its_own(era: Era) -> None:
    done = era("import flask.cli\nflask.cli.nothing")

    assert done.error == (
        "AttributeError: module 'flask.cli' has no attribute 'nothing'"
    )


def test_nothing_of_it_is_there_without_the_stand_in() -> None:
    # This process has none; that of `era` has.
    import insula.flask
    from insula import Insula

    assert not hasattr(insula.flask, "Markup")
    assert not hasattr(Insula, "json_encoder")
    assert not hasattr(Insula("x").config, "from_json")

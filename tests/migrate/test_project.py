"""A project as a whole: which files are read, what is reported, what is written."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.ecosystem.known import known_of

from insula.migrate import apply
from insula.migrate.differences import DIFFERENCES
from insula.migrate.known import KNOWN_FILE, Known, known

if TYPE_CHECKING:
    from tests.migrate.conftest import Project

ROOT = Path(__file__).parents[2]


def test_all_kinds_of_files_are_read_and_those_of_tools_are_not(
    project: Project,
) -> None:
    for path in ("a.py", "b/c.pyw", "d.pyi", "tests/e.py"):
        project.write(path, "import flask\n")
    for folder in (".git", ".venv", "node_modules", "venv", "build", "__pycache__"):
        project.write(f"{folder}/x.py", "import flask\n")
    project.write("script", "#!/usr/bin/env python3\nimport flask\n")
    project.write("t/templates/x.html", "{{ config.ENV }}")
    project.write("t/templates/x.txt", "{{ config.ENV }}")
    project.write("x.txt", "{{ config.ENV }}")
    assert [path for path, _, _ in project.found()] == [
        "a.py",
        "d.pyi",
        "script",
        "b/c.pyw",
        "t/templates/x.html",
        "t/templates/x.txt",
        "tests/e.py",
    ]
    excluded = project.examine("tests", "*.pyi", "t/templates/*.txt")
    assert excluded.files == 4


def test_own_module_called_flask_is_no_flask(project: Project) -> None:
    project.write("flask/__init__.py", "")
    project.write("a.py", "import flask\nfrom flask import escape\n")
    assert project.found() == []


def test_change_is_written_byte_for_byte_and_once(project: Project) -> None:
    data = "# coding: latin-1\r\n\tx = 'é'\r\n".replace("\t", "").encode("latin-1")
    file = project.write("a.py", data + b"from flask import Flask \\\r\n , g  # \xe9")
    written = apply(project.examine())
    assert written == [file]
    assert file.read_bytes() == (
        data + b"from insula.flask import Flask \\\r\n , g  # \xe9"
    )
    assert project.examine().changes == []


def test_mark_of_byte_order_stays(project: Project) -> None:
    file = project.write("a.py", b"\xef\xbb\xbfimport flask\r\n")
    apply(project.examine())
    assert file.read_bytes() == b"\xef\xbb\xbfimport insula.flask as flask\r\n"


def test_what_is_read_by_a_link_is_read_once_and_written_in_its_place(
    project: Project,
) -> None:
    file = project.write("a.py", "import flask\n")
    (project.folder / "b.py").symlink_to(file)
    (project.folder / "c").symlink_to(project.folder, target_is_directory=True)
    report = project.examine()
    assert len(report.changes) == 1
    apply(report)
    assert (project.folder / "b.py").is_symlink()
    assert file.read_text() == "import insula.flask as flask\n"


def test_file_elsewhere_behind_a_link_is_reported_and_not_written(
    project: Project, tmp_path: Path
) -> None:
    other = tmp_path / "other.py"
    other.write_text("import flask\n")
    (project.folder / "a.py").symlink_to(other)
    report = project.examine()
    assert [one.kind for one in report.findings] == ["unwritten", "import"]
    assert not report.findings[1].rewritten
    assert apply(report) == []
    assert other.read_text() == "import flask\n"


def test_read_only_file_is_reported_and_the_others_are_written(
    project: Project,
) -> None:
    kept = project.write("a.py", "import flask\n")
    kept.chmod(0o444)
    file = project.write("b.py", "import flask\n")
    report = project.examine()
    assert apply(report) == [file]
    last = report.findings[-1]
    assert (last.kind, last.path) == ("unwritten", kept)
    assert last.message == "cannot be written: it is read-only"


def test_files_that_cannot_be_read_do_not_keep_others_from_being(
    project: Project,
) -> None:
    project.write("a.py", "print 'x'\n")
    project.write("b.py", b"x = '\xe9'\n")
    project.write("c.py", "import flask\n")
    project.write("d.ipynb", "[]")
    project.write("requirements.txt", "-r nowhere.txt\n")
    os.mkfifo(project.folder / "e.py")
    assert project.found() == [
        ("a.py", 1, "a.py"),
        ("b.py", 1, "b.py"),
        ("c.py", 1, "flask"),
        ("d.ipynb", 0, "d.ipynb"),
        ("requirements.txt", 0, "requirements.txt"),
    ]


def test_notebook_is_reported_with_its_cell_and_left(project: Project) -> None:
    sources = ["%matplotlib inline\nimport os", "import os\nfrom flask import escape"]
    cells = [{"cell_type": "code", "source": text} for text in sources]
    file = project.write("a.ipynb", json.dumps({"cells": cells}))
    before = file.read_bytes()
    report = project.examine()
    assert [(one.kind, one.cell, one.line) for one in report.findings] == [
        ("import", 2, 2),
        ("old", 2, 2),
    ]
    assert apply(report) == []
    assert file.read_bytes() == before


def test_comment_keeps_a_line_as_it_is(project: Project) -> None:
    file = project.write(
        "a.py",
        """\
        import flask  # migrate: keep
        from flask import (  # it is the real one: migrate: keep
            escape,
        )
        from flask import g
        """,
    )
    report = project.examine()
    apply(report)
    assert file.read_text().count("insula") == 1


def test_strings_are_reported_and_left(project: Project) -> None:
    text = """\
        import flask
        from importlib import import_module
        from unittest.mock import patch
        import_module("flask.json")
        __import__("flask")
        @patch("flask.request")
        def f(): '''flask.request'''
        version("flask")
        logging.getLogger("flask.app")
        {"x": "flask.Flask", "flask": 1, "y": "flask is nice", "z": "flask.org"}
        """
    project.write("a.py", text)
    assert project.found("string") == [
        ("a.py", 4, "flask.json"),
        ("a.py", 5, "flask"),
        ("a.py", 6, "flask.request"),
        ("a.py", 8, "flask"),
        ("a.py", 9, "flask.app"),
        ("a.py", 10, "flask.Flask"),
    ]
    (one,) = [one for one in project.examine().findings if one.line == 6]
    assert one.message == "it is patched by name; write 'insula.flask.request'"


DIFFERING = {
    "stream-teardown": "from flask import stream_with_context\nstream_with_context(x)",
    "thread-reads-request": "import flask, threading\ndef f():\n  flask.request.path\n"
    "threading.Thread(target=f)",
    "async-view": "import flask\n@app.get('/')\nasync def f(): pass",
    "asgi-adapter": "import flask\nfrom asgiref.wsgi import WsgiToAsgi as W\nW(app)",
    "server-arguments": "import flask\napp.run(passthrough_errors=True)",
    "copied-context": "from flask import copy_current_request_context as c\nc(f)",
    "pushed-again": "import flask\ndef f():\n  x = app.app_context()\n  x.push()\n"
    "  x.pop()\n  x.push()",
    "contextvar-in-test": "import flask\nfrom app import user\nuser.get()",
    "automatic-options": "import flask\napp.route('/', provide_automatic_options=True)",
    "class-method-replaced": "from flask import Flask\nFlask.process_response = f",
    "teardown-raises": "import flask\n@app.teardown_request\ndef f(e):\n  raise e",
}
SHARED = "import flask\nuser = ContextVar('user')\n"


@pytest.mark.parametrize("name", DIFFERING)
def test_difference_is_found(project: Project, name: str) -> None:
    project.write("app.py", SHARED)
    project.write("test_a.py", DIFFERING[name])
    last = DIFFERING[name].count("\n") + 1
    (found,) = project.found("differs")
    assert found[2] == name
    assert found[1] in {last, last - 1} - {0}


def test_each_detector_has_a_test() -> None:
    assert {one.id for one in DIFFERENCES if one.detector} == set(DIFFERING)


def test_what_only_resembles_a_difference_is_not_found(project: Project) -> None:
    project.write(
        "a.py",
        """\
        import flask, threading
        def f(request): request.path
        threading.Thread(target=f)
        subprocess.run("x", passthrough_errors=True)
        app.run(debug=True, threaded=True)
        async def helper(): pass
        user.get()
        def g():
            x = app.app_context()
            x.push()
        def h():
            x = app.app_context()
            x.push()
        app.route('/', provide_automatic_options=False)
        """,
    )
    assert project.found("differs") == []


def test_table_of_differences_is_that_of_the_documentation() -> None:
    page = (ROOT / "docs" / "migrating.md").read_text("utf-8")
    part = page.partition("## What is different")[2].partition("\n## ")[0]
    titles = re.findall(r"^\| ([^|]+?) \|", part, re.MULTILINE)
    assert titles == [one.title for one in DIFFERENCES]


def test_known_extensions_are_those_of_the_documentation() -> None:
    assert KNOWN_FILE.read_text("utf-8") == known_of()
    assert len(known()) == len(known_of().splitlines()) > 0
    assert known()["flask-login"].sentence.startswith("works: ")


def test_extension_that_differs_is_not_said_to_work() -> None:
    one = Known("X", "1", 10, 9, 8)
    assert not one.works
    assert one.sentence == "9 of its 10 tests pass on Flask, 8 here (release 1)"


def test_extensions_are_found_by_imports_requirements_and_metadata(
    project: Project,
) -> None:
    project.install("Dashboard", "dash", "Flask>=1")
    project.install("Optional", "optional", 'Flask; extra == "web"')
    project.write("a.py", "import flask_foo, dash, optional, os, flask_login.utils\n")
    project.write("b.py", "from flask.ext.bar import X\n")
    project.write("requirements.txt", "Flask-Login>=0.4\nFlask==0.12\nrequests\n")
    project.write("pyproject.toml", '[project]\ndependencies = ["flask-baz"]\n')
    project.write("setup.py", "setup(install_requires=['Flask-Cors', 'Flask'])\n")
    project.write(
        "setup.cfg", "[options]\ninstall_requires =\n  Flask-Qux>=1\nx = Flask-No\n"
    )
    extensions = project.examine().extensions
    assert set(extensions) == {
        "flask-foo",
        "dashboard",
        "flask-login",
        "flask-bar",
        "flask-baz",
        "flask-cors",
        "flask-qux",
    }
    login = extensions["flask-login"]
    assert login.name == "Flask-Login"
    assert login.declared == ">=0.4"
    assert login.known is not None
    assert login.known.works
    assert {(path.name, line) for path, line in login.places} == {
        ("a.py", 1),
        ("requirements.txt", 1),
    }


def test_package_of_the_project_is_no_extension_of_it(project: Project) -> None:
    project.write("flask_shop/__init__.py", "from flask_shop.views import bp\n")
    project.write("flask_shop/views.py", "import flask_shop, flask_foo\n")
    project.write("tests/test_shop.py", "import flask_shop\n")
    assert set(project.examine().extensions) == {"flask-foo"}


@pytest.mark.parametrize("line", ["import flask.ext.foo", "import flask.ext.foo as f"])
def test_extension_is_found_by_its_name_of_flask_0_8(
    project: Project, line: str
) -> None:
    project.write("a.py", f"{line}\n")
    assert set(project.examine().extensions) == {"flask-foo"}


@pytest.mark.parametrize(
    ("versions", "excluding"),
    [("==0.4.1", "==0.4.1"), ("<0.6", "<0.6"), (">=0.4", ""), ("", "")],
)
def test_release_that_was_tested_may_be_none_of_those_that_are_wanted(
    project: Project, versions: str, excluding: str
) -> None:
    project.write("requirements.txt", f"Flask-Login{versions}\n")
    assert project.examine().extensions["flask-login"].excluding == excluding


@pytest.mark.parametrize(
    ("versions", "excluded"),
    [
        ("==0.16", True),
        ("<1", True),
        ("<3.1", True),
        ("<=3.0", True),
        ("~=2.0", True),
        ("==2.*", True),
        (">=0.16,<2.4", True),
        ("", False),
        (">=0.16", False),
        ("<4", False),
        ("==3.1.3", False),
        ("<=3.1", False),
        ("~=3.1", False),
        ("==3.*", False),
        ("!=2.0", False),
    ],
)
def test_requirement_that_leaves_out_what_insula_needs_is_reported(
    project: Project, versions: str, excluded: bool
) -> None:
    project.write("requirements.txt", f"Werkzeug{versions}\nrequests<1\n")
    found = [("requirements.txt", 1, f"Werkzeug{versions}")] if excluded else []
    assert project.found() == found


def test_places_of_the_application_and_of_install_are_known(project: Project) -> None:
    project.write("a.py", "from flask import Flask\n\napp = Flask(__name__)\n")
    report = project.examine()
    assert report.makes_app == (project.folder / "a.py", 3)
    assert report.installs is None
    project.write("b.py", "import insula.flask\ninsula.flask.install()\n")
    assert project.examine().installs == (project.folder / "b.py", 2)


def test_one_file_may_be_named(project: Project) -> None:
    project.write("a.py", "import flask\n")
    project.folder /= "a.py"
    report = project.examine()
    assert [change.path.name for change in report.changes] == ["a.py"]

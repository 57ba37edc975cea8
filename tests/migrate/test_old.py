"""Old names: each way in which a source, a template or a file of settings has them."""

from __future__ import annotations

import textwrap

import pytest

from insula.flask._legacy import OLD_NAMES, OTHER_NAMES
from insula.migrate.names import Names
from insula.migrate.old import old_names, table
from insula.migrate.starting import starts
from insula.migrate.templates import old_in_template
from insula.migrate.text import SourceText


def found(text: str) -> list[tuple[int, str]]:
    source = SourceText(textwrap.dedent(text).encode())
    return [(one.line, one.name) for one in old_names(Names(source.parse()))]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("from flask import safe_join", "flask.safe_join"),
        ("import flask\nflask.safe_join", "flask.safe_join"),
        ("from flask import json\njson.JSONEncoder", "flask.json.JSONEncoder"),
        ("from flask._compat import text_type", "flask._compat"),
        ("import insula.flask as f\nf.safe_join", "flask.safe_join"),
        ("from insula import _request_ctx_stack", "flask._request_ctx_stack"),
        ("from flask.ext.wtf import Form", "flask.ext.wtf"),
        ("from flask import *\nsafe_join", "flask.safe_join"),
        (
            "from flask import Flask\na = Flask('a')\na.json_encoder = 1",
            "flask.Flask.json_encoder",
        ),
        (
            "from flask import current_app\ncurrent_app.json_encoder",
            "flask.Flask.json_encoder",
        ),
        (
            "import flask\ndef f(x: flask.Flask):\n  x.before_first_request",
            "flask.Flask.before_first_request",
        ),
        (
            (
                "from flask import Blueprint\nb = Blueprint('b', '')\n"
                "@b.before_app_first_request\ndef f(): pass"
            ),
            "flask.Blueprint.before_app_first_request",
        ),
        (
            "import flask\nclass A(flask.Flask):\n  json_encoder = 1",
            "flask.Flask.json_encoder",
        ),
        (
            "import flask\nclass A(flask.Flask):\n  def open_session(self): pass",
            "flask.Flask.open_session",
        ),
        (
            "import flask\nclass A(flask.Flask):\n  def f(self): self.use_x_sendfile",
            "flask.Flask.use_x_sendfile",
        ),
        ("from flask import request\nrequest.is_xhr", "flask.Request.is_xhr"),
        ("import flask\napp.config['JSON_AS_ASCII']", "app.config[JSON_AS_ASCII]"),
        ("import flask\napp.config.get('ENV')", "app.config[ENV]"),
        ("import flask\napp.config.update(ENV=1)", "app.config[ENV]"),
        ("import flask\napp.config.update({'ENV': 1})", "app.config[ENV]"),
        ("import flask\napp.config.from_json('x')", "flask.Config.from_json"),
        (
            "from flask import send_file\nsend_file(f, cache_timeout=1)",
            "flask.send_file(cache_timeout=)",
        ),
        (
            "import flask\nflask.send_from_directory(f, attachment_filename=1)",
            "flask.send_file(attachment_filename=)",
        ),
        (
            "from werkzeug.contrib.fixers import ProxyFix",
            "werkzeug.contrib.fixers.ProxyFix",
        ),
        ("import jinja2\njinja2.Markup", "jinja2.Markup"),
        ("from collections import Mapping", "collections.Mapping"),
    ],
)
def test_old_name_is_found(text: str, name: str) -> None:
    assert [one for _, one in found(text)] == [name]


def test_line_is_that_of_the_name_itself() -> None:
    assert found("""\
        from flask import (
            safe_join as s,
        )
        import flask
        (flask
            .safe_join)
        class A(flask.Flask):
            x = 1
            json_encoder = 1
        flask.send_file(
            f,
            cache_timeout=1,
        )
    """) == [
        (2, "flask.safe_join"),
        (6, "flask.safe_join"),
        (9, "flask.Flask.json_encoder"),
        (12, "flask.send_file(cache_timeout=)"),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "from flask import Flask, request, json",
        # Nothing of Flask's: Sphinx has an app.env, too.
        "app.env",
        "import flask\nother.env",
        "import flask\ndef f(flask):\n  flask.safe_join",
        "import flask\nclass A:\n  json_encoder = 1",
        "import flask\nsettings['ENV']",
        "def send_file(f, cache_timeout): pass\nsend_file(f, cache_timeout=1)",
        "try:\n  from flask import safe_join\nexcept ImportError:\n  safe_join = None",
        "'flask.safe_join'",
    ],
)
def test_what_is_not_old_is_not_found(text: str) -> None:
    assert found(text) == []


def test_imported_name_is_reported_where_it_is_imported_only() -> None:
    assert found("from flask import safe_join\nsafe_join(safe_join)\n") == [
        (1, "flask.safe_join")
    ]


def test_message_says_when_it_was_removed_and_what_to_write() -> None:
    (one,) = old_names(Names(SourceText(b"from flask import Markup").parse()))
    assert (
        one.message == "flask.Markup was removed in Flask 3.0; write markupsafe.Markup"
    )


@pytest.mark.parametrize(
    "name", [row.name for row in (*OLD_NAMES, *OTHER_NAMES) if row.name.islower()]
)
def test_row_whose_name_is_dotted_is_found_by_it(name: str) -> None:
    if "(" in name or "[" in name or "-" in name:
        assert table().find(name) is None
    else:
        assert table().find(name) is not None


def in_template(text: str) -> list[tuple[int, str]]:
    return [(one.line, one.name) for one in old_in_template(text)]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("{{ config.ENV }}", "app.config[ENV]"),
        ("{{ config['ENV'] }}", "app.config[ENV]"),
        ("{% if request.is_xhr %}{% endif %}", "flask.Request.is_xhr"),
        ("{% for a in b.iteritems() %}{% endfor %}", "iteritems"),
        ("{% if a.has_key('b') %}", "has_key"),
        ("{% trans %}{{ a.itervalues() }}{% endtrans %}", "itervalues"),
    ],
)
def test_old_name_in_a_template_is_found(text: str, name: str) -> None:
    assert in_template(f"<p>\n{text}\n") == [(2, name)]


@pytest.mark.parametrize(
    "text",
    [
        "config.ENV",
        "{{ ENV }} {{ config.DEBUG }} {{ config }}",
        "{{ 'config.ENV' }} {# config.ENV #}",
        "{% raw %}{{ config.ENV }}{% endraw %}",
        "{{ other.ENV }}",
        "{{ unclosed 'string }} {{ config.ENV }}",
    ],
)
def test_what_is_not_old_in_a_template_is_not_found(text: str) -> None:
    assert in_template(text) == []


def starting(text: str) -> list[tuple[str, int, str]]:
    return [one[:3] for one in starts(text)]


def test_variable_that_is_gone_is_found_and_its_value_not_shown() -> None:
    found = list(starts("SECRET=hidden\nexport FLASK_ENV=secret\n# FLASK_ENV=x\n"))
    assert [one[:3] for one in found] == [("old", 2, "FLASK_ENV")]
    assert "secret" not in found[0][3]


@pytest.mark.parametrize(
    "line",
    [
        "flask run",
        "web: flask run --port 1",
        "FLASK_APP=x flask run",
        "\tpython3 -m flask --app x run",
        "cd x && exec flask run",
        'CMD ["flask", "run"]',
        'CMD ["python", "-m", "flask", "--app", "x", "run"]',
        "    command: flask run",
    ],
)
def test_command_of_flask_is_found(line: str) -> None:
    assert starting(f"x\n{line}\n") == [("start", 2, "flask run")]


@pytest.mark.parametrize(
    "line",
    ["pip install flask gunicorn", "# flask run", "my-flask run", "a flask of x"],
)
def test_what_is_no_command_of_flask_is_not_found(line: str) -> None:
    assert starting(line) == []

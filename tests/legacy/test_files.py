"""``send_file`` and ``send_from_directory`` with the parameters of Flask 0.2 to 1.1."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.legacy.era import Era

SENT = """\
import io
from flask import Flask, send_file, send_from_directory
from flask.helpers import send_file as again
assert again is send_file
app = Flask('shop', root_path='.')

@app.route('/report')
def report():
    data = io.BytesIO(b'a,b')
    return send_file(data, as_attachment=True, attachment_filename='report.csv',
                     cache_timeout=-1, add_etags=False)

@app.route('/named')
def named():
    return send_file(filename_or_fp='report.csv', cache_timeout=60)

@app.route('/folder/<path:name>')
def folder(name):
    return send_from_directory('files', filename=name, as_attachment=True,
                               attachment_filename='download.csv')

@app.route('/positional')
def positional():
    return send_file('report.csv', 'text/csv', True, 'other.csv')

c = app.test_client()
rv = c.get('/report')
assert rv.headers['Content-Disposition'] == 'attachment; filename=report.csv'
assert 'ETag' not in rv.headers and rv.data == b'a,b'
rv = c.get('/named')
assert rv.cache_control.max_age == 60 and 'ETag' in rv.headers
rv = c.get('/folder/report.csv')
assert rv.headers['Content-Disposition'] == 'attachment; filename=download.csv'
rv = c.get('/positional')
assert rv.headers['Content-Disposition'] == 'attachment; filename=other.csv'
"""


def test_files_are_sent_with_the_parameters_of_flask_1_1(
    era: Era, tmp_path: Path
) -> None:
    (tmp_path / "report.csv").write_text("a,b")
    (tmp_path / "files").mkdir()
    (tmp_path / "files" / "report.csv").write_text("a,b")

    done = era(SENT, folder=tmp_path)

    assert done.error == ""
    assert done.names() == [
        "attachment_filename",
        "cache_timeout",
        "add_etags",
        "filename_or_fp",
        "cache_timeout",
        "filename",
        "attachment_filename",
    ]
    assert done.lines == [10, 15, 19]


@pytest.mark.parametrize(
    ("call", "name"),
    [
        ("send_file('x', attachment_filename='y')", "attachment_filename"),
        ("send_from_directory('x', filename='y')", "filename"),
    ],
)
def test_old_parameter_is_unknown_where_warnings_are_errors(
    era: Era, call: str, name: str
) -> None:
    program = (
        f"import flask\nwith flask.Flask('x').test_request_context():\n    flask.{call}"
    )

    done = era(program, refuse=True)

    assert f"got an unexpected keyword argument {name!r}" in done.error


def test_parameters_of_today_are_passed_on_without_a_warning(
    era: Era, tmp_path: Path
) -> None:
    (tmp_path / "a.txt").write_text("a")
    program = (
        "import flask, inspect\n"
        "with flask.Flask('x', root_path='.').test_request_context():\n"
        "    rv = flask.send_file('a.txt', download_name='b.txt', max_age=5)\n"
        "    assert rv.cache_control.max_age == 5\n"
        "    rv.close()\n"
        "print(*inspect.signature(flask.send_file).parameters)\n"
    )

    done = era(program, folder=tmp_path)

    assert (done.error, done.warned) == ("", [])
    assert done.out.startswith("path_or_file mimetype as_attachment download_name ")

"""Modules that are gone, and extensions under ``flask.ext``, as in Flask 0.8 to 2.2."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.legacy.era import Era


@pytest.fixture
def extensions(tmp_path: Path) -> Path:
    """Return a folder with an extension in a package, a module, and a namespace."""
    login = tmp_path / "flask_login"
    login.mkdir()
    (login / "__init__.py").write_text("class LoginManager(object):\n    pass\n")
    (login / "utils.py").write_text("def login_user():\n    pass\n")
    (tmp_path / "flask_wtf.py").write_text("class Form(object):\n    pass\n")
    (tmp_path / "flaskext").mkdir()
    (tmp_path / "flaskext" / "oldone.py").write_text("class Old(object):\n    pass\n")
    (tmp_path / "flask_broken.py").write_text("import not_to_be_found\n")
    return tmp_path


EXT = """\
from flask import Flask
from flask.ext.login import LoginManager
from flask.ext import wtf
from flask.ext.login.utils import login_user
import flask.ext.oldone
import flask_login, flask_wtf
assert LoginManager is flask_login.LoginManager
assert wtf is flask_wtf and wtf.Form
assert login_user is flask_login.utils.login_user
assert flask.ext.oldone.Old.__module__ == 'flaskext.oldone'
assert flask_login.__name__ == 'flask_login'
assert flask_login.__spec__.name == 'flask_login'
from flask.ext.script import Manager
assert Manager(Flask('shop')).run
"""


def test_extensions_are_imported_by_their_names_of_flask_0_8(
    era: Era, extensions: Path
) -> None:
    done = era(EXT, folder=extensions)

    assert done.error == ""
    assert done.names() == [
        "flask.ext.login",
        "flask.ext.wtf",
        "flask.ext.oldone",
        "flask.ext.script",
    ]
    assert done.lines == [2, 3, 5, 13]
    assert done.warned[0][1] == (
        "'flask.ext.login' is 'flask_login' since Flask 1.0; import the package:"
        " flask_login for flask.ext.login."
    )


@pytest.mark.parametrize(
    "statement",
    ["import flask.ext.nothing", "from flask.ext.nothing import Something"],
)
def test_extension_that_is_not_installed_is_named_with_where_it_was_looked_for(
    era: Era, statement: str
) -> None:
    assert era(statement).error == (
        "ModuleNotFoundError: No module named 'flask.ext.nothing': neither"
        " flask_nothing nor flaskext.nothing is installed."
    )


def test_extension_that_is_not_installed_is_no_name_of_flask_ext(era: Era) -> None:
    done = era("from flask.ext import nothing")

    assert done.error.startswith("ImportError: cannot import name 'nothing' from")


def test_error_of_an_extension_is_its_own(era: Era, extensions: Path) -> None:
    done = era("import flask.ext.broken", folder=extensions)

    assert done.error == ("ModuleNotFoundError: No module named 'not_to_be_found'")


def test_extension_is_not_there_where_warnings_are_errors(
    era: Era, extensions: Path
) -> None:
    done = era("import flask.ext.login", refuse=True, folder=extensions)

    assert done.error == "ModuleNotFoundError: No module named 'flask.ext.login'"


COMPAT = """\
from flask._compat import (PY2, text_type, string_types, integer_types, iteritems,
    iterkeys, itervalues, reraise, with_metaclass, implements_to_string, fspath,
    StringIO, json_available, BROKEN_PYPY_CTXMGR_EXIT, getargspec, collections_abc)
import sys

class Meta(type):
    def __new__(cls, name, bases, d):
        rv = type.__new__(cls, name, bases, d)
        rv.marked = name
        return rv

class Base(object):
    pass

@implements_to_string
class Thing(with_metaclass(Meta, Base)):
    def __str__(self):
        return u'thing'

assert Thing.__mro__ == (Thing, Base, object)
assert Thing.marked == 'Thing' and text_type(Thing()) == 'thing'
assert not PY2 and isinstance('a', string_types) and isinstance(1, integer_types)
assert list(iteritems({'a': 1})) == [('a', 1)]
assert list(iterkeys({'a': 1})) == ['a'] and list(itervalues({'a': 1})) == [1]
try:
    try:
        1 // 0
    except ZeroDivisionError:
        exc_type, exc_value, tb = sys.exc_info()
        reraise(exc_type, exc_value, tb)
except ZeroDivisionError as e:
    assert e.__traceback__.tb_next is not None
else:
    raise AssertionError
"""


def test_compat_of_flask_0_10_makes_one_source_of_two(era: Era) -> None:
    done = era(COMPAT)

    assert (done.error, done.names(), done.lines) == ("", ["flask._compat"], [1])


OTHERS = """\
from flask.scaffold import Scaffold, setupmethod, _endpoint_from_view_func
from flask.module import Module
from flask.exthook import ExtDeprecationWarning, ExtensionImporter
from flask.exceptions import JSONBadRequest
import flask.sansio.scaffold
assert Scaffold is flask.sansio.scaffold.Scaffold
assert issubclass(flask.Flask, Scaffold)
assert _endpoint_from_view_func(len) == 'len'
import warnings
warnings.simplefilter('ignore', ExtDeprecationWarning)
importer = ExtensionImporter(['my_%s', 'myext.%s'], 'my.ext')
importer.install()
app = flask.Flask('shop')

@app.route('/')
def index():
    raise JSONBadRequest('no document')

rv = app.test_client().get('/')
assert rv.status_code == 400 and rv.get_json() == {'description': 'no document'}
"""


def test_modules_of_flask_0_9_to_2_0_are_there(era: Era) -> None:
    done = era(OTHERS)

    assert (done.error, done.lines) == ("", [1, 2, 3, 4])


def test_session_of_flask_is_the_proxy_and_no_module(era: Era) -> None:
    # A module of that name was in Flask 0.9; importing it would take the proxy's place.
    done = era("import flask\nimport flask.session")

    assert done.error == "ModuleNotFoundError: No module named 'flask.session'"

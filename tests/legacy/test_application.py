"""Applications and blueprints as they were set up in Flask 0.3 to 2.2."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.legacy.era import Era

FIRST = """\
from flask import Flask, Blueprint
app = Flask('shop')
bp = Blueprint('bp', 'shop')
called = []

@app.before_first_request
def open_database():
    called.append('app')

@bp.before_app_first_request
def fill_cache():
    called.append('blueprint')

app.register_blueprint(bp)
app.before_first_request_funcs.append(lambda: called.append('list'))

@app.route('/')
def index():
    return 'x'

assert not app.got_first_request
c = app.test_client()
c.get('/')
c.get('/')
assert app.got_first_request
assert called == ['app', 'blueprint', 'list'], called
"""


def test_functions_before_the_first_request_run_once_as_in_flask_0_8(era: Era) -> None:
    done = era(FIRST)

    assert done.error == ""
    assert done.names() == [
        "flask.Flask.before_first_request",
        "flask.Blueprint.before_app_first_request",
        "flask.Flask.before_first_request_funcs",
    ]
    assert done.lines == [6, 10, 15]


TRIGGER = """\
from flask import Flask
app = Flask('shop')
called = []
app.before_first_request(lambda: called.append(1))
app.try_trigger_before_first_request_functions()
app.try_trigger_before_first_request_functions()
assert called == [1]
"""


def test_functions_before_the_first_request_are_triggered_by_hand(era: Era) -> None:
    done = era(TRIGGER)

    assert (done.error, done.lines) == ("", [4, 5, 6])


LATE = """\
from flask import Flask
app = Flask('shop')
app.debug = {debug}

@app.route('/')
def index():
    return 'index'

c = app.test_client()
assert c.get('/').data == b'index'
@app.route('/late')
def late():
    return 'late'

assert c.get('/late').data == b'late'
app.before_request(lambda: 'before')
assert c.get('/late').data == b'before'
"""


def test_setup_after_the_first_request_counts_outside_of_debug_mode(era: Era) -> None:
    done = era(LATE.format(debug=False))

    assert done.error == ""
    assert [line for line, _ in done.warned] == [11, 16]
    assert done.warned[0][1] == (
        "The setup method 'route' is called on an application that has answered its"
        " first request, an error since Flask 2.2; register before the application is"
        " served."
    )


def test_setup_after_the_first_request_is_an_error_in_debug_mode(era: Era) -> None:
    done = era(LATE.format(debug=True))

    assert done.error.startswith(
        "AssertionError: The setup method 'route' can no longer be called on the"
        " application 'shop'"
    )


def test_setup_after_the_first_request_is_an_error_where_warnings_are(era: Era) -> None:
    done = era(LATE.format(debug=False), refuse=True)

    assert done.error.startswith("AssertionError: The setup method 'route' can no")


BLUEPRINT_LATE = """\
from flask import Flask, Blueprint
bp = Blueprint('bp', 'shop')

def create_app(text):
    app = Flask('shop')
    @bp.route('/' + text, endpoint=text)
    def view():
        return text
    app.register_blueprint(bp)
    return app

one = create_app('one')
two = create_app('two')
assert one.test_client().get('/one').data == b'one'
assert two.test_client().get('/two').data == b'two'
assert one.test_client().get('/two').status_code == 404
"""


def test_blueprint_is_added_to_by_each_call_of_a_factory_as_in_flask_1_0(
    era: Era,
) -> None:
    done = era(BLUEPRINT_LATE)
    refused = era(BLUEPRINT_LATE, refuse=True)

    assert (done.error, [line for line, _ in done.warned]) == ("", [6])
    assert refused.error.startswith("AssertionError: The setup method 'route' can no")


REGISTER = """\
from flask import Flask, Blueprint

class Api(Blueprint):
    def register(self, app, options, first_registration=False):
        self.registered = True
        super(Api, self).register(app, options, first_registration)

app = Flask('shop')
api = Api('api', 'shop')
app.register_blueprint(api)
assert api.registered and 'api' in app.blueprints
"""


def test_overridden_register_hands_first_registration_on_as_in_flask_1_1(
    era: Era,
) -> None:
    done = era(REGISTER)

    assert (done.error, done.lines) == ("", [6])


ERRORS = """\
from flask import Flask, jsonify
from werkzeug.exceptions import default_exceptions, HTTPException

def make_json_app(import_name, **kwargs):
    def make_json_error(ex):
        response = jsonify(message=str(ex))
        response.status_code = ex.code if isinstance(ex, HTTPException) else 500
        return response

    app = Flask(import_name, **kwargs)
    for code in default_exceptions:
        app.error_handler_spec[None][code] = make_json_error
    return app

app = make_json_app('shop')
rv = app.test_client().get('/missing')
assert rv.status_code == 404 and rv.is_json

app = Flask('shop')
app.error_handlers[404] = lambda e: ('mine', 404)
assert app.test_client().get('/missing').data == b'mine'
assert list(app.error_handlers) == [404] and len(app.error_handlers) == 1
app.error_handlers = {404: lambda e: ('other', 404)}
assert app.test_client().get('/missing').data == b'other'
del app.error_handlers[404]
assert 404 not in app.error_handlers
app = Flask('shop')
app._register_error_handler(None, 404, lambda e: ('private', 404))
assert app.test_client().get('/missing').data == b'private'
assert app._blueprint_order == []
"""


def test_handlers_of_errors_are_put_into_the_tables_of_flask_0_3_and_0_7(
    era: Era,
) -> None:
    done = era(ERRORS)

    assert (done.error, done.lines) == ("", [12, 20, 22, 23, 25, 26, 28, 30])


MODULE = """\
from flask import Flask, Module, url_for, request
admin = Module('shop.admin', url_prefix='/admin')

@admin.route('/')
def index():
    assert request.module == 'admin' and request._is_old_module
    return url_for('.index') + ' ' + url_for('admin.edit')

@admin.route('/edit')
def edit():
    return 'x'

app = Flask('shop')
assert app.enable_modules
app.register_module(admin)
assert app.modules == {'admin': admin}
assert app.test_client().get('/admin/').data == b'/admin/ /admin/edit'
try:
    Module('single')
except AssertionError as e:
    assert 'name' in str(e)
else:
    raise AssertionError
from flask.templating import blueprint_is_module
assert blueprint_is_module(admin)
"""


def test_modules_of_flask_0_2_are_blueprints(era: Era, tmp_path: Path) -> None:
    folder = tmp_path / "shop" / "static"
    folder.mkdir(parents=True)
    (folder / "site.css").write_text("")
    (tmp_path / "shop" / "__init__.py").write_text("")
    (tmp_path / "shop" / "admin.py").write_text("")
    program = MODULE + "assert app.test_client().get('/admin/static/site.css')\n"

    done = era(program, folder=tmp_path)

    assert (done.error, done.lines) == ("", [1, 6, 14, 15, 16, 24])


SESSIONS = """\
from flask import Flask, session, Session
from werkzeug.datastructures import CallbackDict

class MySession(Session):
    pass

class Shop(Flask):
    def open_session(self, request):
        opened.append(request.path)
        return super(Shop, self).open_session(request)

    def save_session(self, session, response):
        saved.append(dict(session))
        super(Shop, self).save_session(session, response)

opened, saved = [], []
app = Shop('shop')
app.secret_key = 'key'

@app.route('/')
def index():
    session['a'] = session.get('a', 0) + 1
    return str(session['a'])

c = app.test_client()
assert c.get('/').data == b'1' and c.get('/').data == b'2'
assert opened == ['/', '/'] and saved == [{'a': 1}, {'a': 2}]

plain = Flask('plain')
with plain.test_request_context() as ctx:
    assert plain.open_session(ctx.request) is None
    null = plain.make_null_session()
plain.secret_key = 'key'
with plain.test_request_context() as ctx:
    opened = plain.open_session(ctx.request)
    opened['a'] = 1
    response = plain.response_class()
    plain.save_session(opened, response)
    assert 'session=' in response.headers['Set-Cookie']
"""


def test_sessions_are_methods_of_the_application_as_in_flask_0_7(era: Era) -> None:
    done = era(SESSIONS)

    assert done.error == ""
    assert done.lines == [1, 7, 10, 14, 31, 32, 35, 38]


OTHERS = """\
from flask import Flask, Blueprint
class Globals(object):
    def __init__(self):
        self.made = True

class Shop(Flask):
    request_globals_class = Globals

app = Shop('shop', static_path='/files')
assert app.static_url_path == '/files' and app.static_path == '/files'
app.init_jinja_globals()
assert not app._is_setup_finished()
bp = Blueprint('bp', 'shop')
assert not bp.warn_on_modifications and not bp._is_setup_finished()
from flask import g
with app.app_context():
    assert g.made
other = Flask('other')
other.request_globals_class = Globals
with other.app_context():
    assert g.made and other.request_globals_class is Globals
"""


def test_attributes_of_flask_0_4_to_0_12_are_there(era: Era) -> None:
    done = era(OTHERS)

    assert (done.error, done.lines) == ("", [6, 9, 10, 11, 12, 14, 19, 21])


def test_old_parameter_of_the_constructor_is_unknown_where_warnings_are_errors(
    era: Era,
) -> None:
    program = "from flask import Flask\nFlask('x', static_path='/files')"

    assert (
        "unexpected keyword argument 'static_path'" in era(program, refuse=True).error
    )


REQUESTS = """\
from flask import Flask, request, Response
app = Flask('shop')

@app.route('/')
def index():
    assert request.charset == 'utf-8'
    return 'script' if request.is_xhr else 'browser'

c = app.test_client()
assert c.get('/').data == b'browser'
ajax = [('X-Requested-With', 'XMLHttpRequest')]
assert c.get('/', headers=ajax).data == b'script'
assert Response('x').charset == 'utf-8' and Response.charset == 'utf-8'
"""


def test_requests_and_responses_tell_what_they_told_in_flask_0_10(era: Era) -> None:
    done = era(REQUESTS)

    assert (done.error, done.lines) == ("", [6, 7, 13])


@pytest.mark.parametrize(
    "program",
    [
        (
            "from flask.views import MethodView, MethodViewType, with_metaclass\n"
            "class M(MethodViewType):\n    pass\n"
            "class V(with_metaclass(M, MethodView)):\n    def post(self): pass\n"
            "assert V.methods == {'POST'} and type(V) is M\n"
        ),
        (
            "from flask.helpers import locked_cached_property\n"
            "class A(object):\n"
            "    n = 0\n"
            "    @locked_cached_property\n"
            "    def b(self):\n        self.n += 1\n        return self.n\n"
            "a = A()\nassert a.b == 1 and a.b == 1\n"
            "a.b = 5\nassert a.b == 5\ndel a.b\nassert a.b == 2\n"
        ),
        (
            "from flask import safe_join\n"
            "from werkzeug.exceptions import NotFound\n"
            "assert safe_join('/srv', 'a', 'b.txt') == '/srv/a/b.txt'\n"
            "try:\n    safe_join('/srv', '../etc')\n"
            "except NotFound:\n    pass\nelse:\n    raise AssertionError\n"
        ),
        (
            "from flask.helpers import total_seconds, is_ip\n"
            "from datetime import timedelta\n"
            "assert total_seconds(timedelta(days=1, seconds=2)) == 86402\n"
            "assert is_ip('::1') and not is_ip('example.com')\n"
        ),
        (
            "from flask import signals_available, json_available, template_rendered\n"
            "if not signals_available or not json_available:\n"
            "    raise RuntimeError('install blinker')\n"
        ),
        (
            "from flask import Markup, escape\n"
            "assert escape('<b>') == Markup('&lt;b&gt;')\n"
        ),
        (
            "from flask.testing import make_test_environ_builder\n"
            "from flask import Flask\n"
            "b = make_test_environ_builder(Flask('x'), '/a', query_string='b=1')\n"
            "assert b.get_environ()['PATH_INFO'] == '/a'\n"
        ),
        (
            "from flask.wrappers import Response, JSONMixin\n"
            "class R(Response, JSONMixin):\n    pass\n"
            "r = R('{\"a\": 1}', mimetype='application/json')\n"
            "assert r.get_json() == {'a': 1}\n"
        ),
    ],
    ids=[
        "views",
        "cached",
        "safe_join",
        "helpers",
        "available",
        "markup",
        "testing",
        "mixin",
    ],
)
def test_helpers_do_what_they_did(era: Era, program: str) -> None:
    done = era(program)

    assert (done.error, done.lines) == ("", [1])

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
        "flask.Flask.got_first_request",
        "flask.Flask.got_first_request",
    ]
    assert done.lines == [6, 10, 15, 21, 25]


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


TWICE = """\
from flask import Flask, Blueprint, url_for
pages = Blueprint('pages', 'shop', static_folder='pages')
called = []

@pages.before_request
def of_blueprint():
    called.append('blueprint')

@pages.before_app_request
def of_app():
    called.append('app')

@pages.route('/<page>')
def show(page):
    return page + ' ' + url_for('pages.show', page='x')

app = Flask('shop')
app.register_blueprint(pages)
app.register_blueprint(pages, url_prefix='/pages')
assert app.test_client().get('/hello').data == b'hello /x'
assert called == ['app', 'blueprint']
assert app.test_client().get('/pages/hello').data == b'hello /x'
assert called == ['app', 'blueprint'] * 2, called
parts = {rule.rule for rule in app.url_map.iter_rules('pages.static')}
assert parts == {'/pages/<path:filename>', '/pages/pages/<path:filename>'}, parts
try:
    app.register_blueprint(Blueprint('pages', 'shop'))
except ValueError as e:
    print(e)
"""
NESTED_TWICE = """\
from flask import Flask, Blueprint
outer, inner = Blueprint('outer', 'shop'), Blueprint('inner', 'shop')
inner.add_url_rule('/in', 'in', lambda: 'x')
outer.register_blueprint(inner)
app = Flask('shop')
app.register_blueprint(outer)
app.register_blueprint(outer, url_prefix='/two')
assert app.test_client().get('/two/in').data == b'x'
assert app.test_client().get('/in').data == b'x'
"""


def test_blueprint_is_registered_twice_as_the_example_of_flask_0_12_did(
    era: Era,
) -> None:
    done = era(TWICE)
    refused = era(TWICE, refuse=True)

    assert (done.error, done.lines) == ("", [19, 27])
    assert done.warned[0][1] == (
        "The blueprint 'pages' is registered twice by one name, an error since Flask"
        " 2.1; give the second registration a name=."
    )
    assert "already registered for a different blueprint" in done.out
    assert refused.error.startswith("ValueError: The name 'pages' is already")


def test_blueprint_that_is_registered_twice_has_nested_ones_as_in_flask_2_0(
    era: Era,
) -> None:
    done = era(NESTED_TWICE)

    assert (done.error, set(done.lines)) == ("", {7})


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
from flask import Flask, Module, url_for, request, render_template
admin = Module('shop.admin', url_prefix='/admin')
front = Module('shop.front')

@admin.route('/')
def index():
    assert request.module == 'admin' and request._is_old_module
    return render_template('admin/index.html')

@admin.route('/edit')
def edit():
    return url_for('edit') + ' ' + url_for('.index') + ' ' + url_for('front.start')

@front.route('/')
def start():
    return url_for('admin.edit', _external=True)

app = Flask('shop.application')
assert app.enable_modules

@app.route('/index')
def index():
    return url_for('index') + ' ' + url_for('admin.index')

app.register_module(admin)
app.register_module(front, url_prefix='/front')
assert app.modules == {'admin': admin, 'front': front}
client = app.test_client()
assert client.get('/admin/').data == b'/admin/edit /admin/static/site.css'
assert client.get('/admin/edit').data == b'/admin/edit /index /front/'
assert client.get('/front/').data == b'http://localhost/admin/edit'
assert client.get('/index').data == b'/index /admin/'
assert client.get('/admin/static/site.css').data == b'body'
with app.test_request_context('/admin/'):
    try:
        render_template('index.html')
    except Exception as e:
        assert type(e).__name__ == 'TemplateNotFound'
    else:
        raise AssertionError
for wrong in [lambda: Module('single'), lambda: app.register_module(3)]:
    try:
        wrong()
    except AssertionError as e:
        print(e)
from flask.templating import blueprint_is_module
assert blueprint_is_module(admin)
"""


def test_modules_of_flask_0_2_have_endpoints_and_templates_by_their_names(
    era: Era, tmp_path: Path
) -> None:
    files = {
        "__init__.py": "",
        "admin.py": "",
        "front.py": "",
        "static/site.css": "body",
        "templates/index.html": (
            "{{ url_for('edit') }} {{ url_for('static', filename='site.css') }}"
        ),
    }
    for name, text in files.items():
        path = tmp_path / "shop" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    done = era(MODULE, folder=tmp_path)

    assert done.error == ""
    assert done.out.splitlines() == [
        (
            "A module needs a name: 'single' is no part of a package to be named"
            " after; give name=."
        ),
        (
            "register_module() takes a Module, not 3; register a blueprint by"
            " register_blueprint()."
        ),
    ]
    assert set(done.names()) == {
        "flask.Module",
        "flask.Request.module",
        "flask.Request._is_old_module",
        "flask.Flask.enable_modules",
        "flask.Flask.register_module",
        "flask.Flask.modules",
        "flask.templating.blueprint_is_module",
    }


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

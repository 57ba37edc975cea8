"""The stacks and contexts, as extensions and tests of Flask 0.7 to 2.1 used them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.legacy.era import Era

SQLITE = """\
from flask import Flask, _app_ctx_stack

class SQLite3(object):
    def __init__(self, app=None):
        self.app = app
        if app is not None:
            self.init_app(app)

    def init_app(self, app):
        app.config.setdefault('SQLITE3_DATABASE', ':memory:')
        app.teardown_appcontext(self.teardown)

    def connect(self):
        made.append('connection')
        return 'connection'

    def teardown(self, exception):
        ctx = _app_ctx_stack.top
        if hasattr(ctx, 'sqlite3_db'):
            made.append('closed ' + ctx.sqlite3_db)

    @property
    def connection(self):
        ctx = _app_ctx_stack.top
        if ctx is not None:
            if not hasattr(ctx, 'sqlite3_db'):
                ctx.sqlite3_db = self.connect()
            return ctx.sqlite3_db

made = []
app = Flask('shop')
db = SQLite3(app)
assert db.connection is None

@app.route('/')
def index():
    return db.connection + ' ' + db.connection

assert app.test_client().get('/').data == b'connection connection'
assert made == ['connection', 'closed connection'], made
with app.app_context():
    assert db.connection == 'connection'
assert len(made) == 4
assert _app_ctx_stack.top is None
"""


def test_extension_of_flask_0_9_hangs_its_connection_on_the_top_of_the_stack(
    era: Era,
) -> None:
    done = era(SQLITE)

    assert done.error == ""
    assert done.names() == ["flask._app_ctx_stack"]
    assert done.lines == [1]


LOGIN = """\
from flask import Flask, _request_ctx_stack, current_app, session
from werkzeug.local import LocalProxy

current_user = LocalProxy(lambda: _get_user() or 'anonymous')

def _get_user():
    if not hasattr(_request_ctx_stack.top, 'user'):
        current_app.login_manager.reload_user()
    return getattr(_request_ctx_stack.top, 'user', None)

class LoginManager(object):
    def init_app(self, app):
        app.login_manager = self

    def reload_user(self):
        ctx = _request_ctx_stack.top
        ctx.user = session.get('user_id')

app = Flask('shop')
app.secret_key = 'key'
LoginManager().init_app(app)

@app.route('/login')
def login():
    session['user_id'] = 'anna'
    return 'in'

@app.route('/')
def index():
    return str(current_user)

c = app.test_client()
assert c.get('/').data == b'anonymous'
c.get('/login')
assert c.get('/').data == b'anna'
"""


def test_extension_of_flask_0_8_keeps_the_user_on_the_request_context(era: Era) -> None:
    done = era(LOGIN)

    assert (done.error, done.lines) == ("", [1])


TOP = """\
from flask import Flask, _request_ctx_stack, _app_ctx_stack, g, flash, url_for
app = Flask('shop')
app.secret_key = 'key'

@app.route('/page', endpoint='page')
def page():
    top = _request_ctx_stack.top
    assert top.app is app
    assert top.request.path == '/page'
    assert top.session == {}
    assert top.flashes is None
    assert top.url_adapter.build('page') == '/page'
    g.user = 'anna'
    assert top.g.user == 'anna'
    assert _app_ctx_stack.top.app is app
    assert _app_ctx_stack.top.g.user == 'anna'
    assert not top.preserved
    other = top.copy()
    assert other is not top and other.request is top.request
    assert len(_request_ctx_stack._local.stack) == 1
    return 'x'

assert app.test_client().get('/page').data == b'x'
assert _request_ctx_stack.top is None and _app_ctx_stack.top is None
assert getattr(_request_ctx_stack._local, 'stack', []) == []
"""


def test_attributes_of_the_top_are_those_of_flask_0_10(era: Era) -> None:
    done = era(TOP)

    assert done.error == ""
    assert done.names() == [
        "flask._request_ctx_stack",
        "flask._app_ctx_stack",
        "flask.ctx.RequestContext.preserved",
    ]


BY_HAND = """\
from flask import Flask, request, session, current_app, g
from flask.globals import _request_ctx_stack, _app_ctx_stack
app = Flask('shop')
app.secret_key = 'key'
ctx = app.test_request_context('/by/hand?a=1')
assert not request
_request_ctx_stack.push(ctx)
assert request.path == '/by/hand' and request.args['a'] == '1'
session['a'] = 1
assert _request_ctx_stack.top is ctx
assert _request_ctx_stack.pop() is ctx
assert not request and _request_ctx_stack.pop() is None

actx = app.app_context()
_app_ctx_stack.push(actx)
assert current_app.name == 'shop'
g.user = 'anna'
assert actx.g.user == 'anna'
assert _app_ctx_stack.pop() is actx
assert not current_app

class FakeContext(object):
    app = app
    request = 'a request'
_request_ctx_stack.push(FakeContext())
assert request == 'a request'
_request_ctx_stack.pop()
_app_ctx_stack.push(FakeContext())
assert current_app.name == 'shop'
_app_ctx_stack.pop()
assert not current_app
"""


def test_contexts_are_pushed_and_popped_by_hand_as_tests_of_flask_0_7_did(
    era: Era,
) -> None:
    done = era(BY_HAND)

    assert (done.error, done.lines) == ("", [2])


SCOPED = """\
from threading import Thread
from flask import Flask, _app_ctx_stack
ident = _app_ctx_stack.__ident_func__
registry = {}

def session():
    return registry.setdefault(ident(), object())

mine = session()
theirs = []
thread = Thread(target=lambda: theirs.append(session()))
thread.start()
thread.join()
assert session() is mine
assert theirs[0] is not mine
"""


def test_ident_func_scopes_a_session_of_the_database_as_the_docs_of_0_10_did(
    era: Era,
) -> None:
    done = era(SCOPED)

    assert (done.error, done.lines) == ("", [2])


CLIENT = """\
from flask import Flask, request, session, _request_ctx_stack
app = Flask('shop')
app.secret_key = 'key'

@app.route('/')
def index():
    assert not _request_ctx_stack.top.preserved
    session['seen'] = 1
    return 'x'

with app.test_client() as c:
    rv = c.get('/?vodka=42')
    assert request.args['vodka'] == '42'
    assert session['seen'] == 1
    assert _request_ctx_stack.top.preserved
    assert c.preserve_context
    c.get('/?vodka=43')
    assert request.args['vodka'] == '43'
assert _request_ctx_stack.top is None
"""


def test_context_is_preserved_in_a_with_block_of_the_client_of_0_8(era: Era) -> None:
    done = era(CLIENT)

    assert done.error == ""
    assert done.lines == [1, 7, 15]


PRESERVE = """\
from flask import Flask, request, _request_ctx_stack
app = Flask('shop')
torn = []

@app.teardown_request
def teardown(exc):
    torn.append(exc)

ctx = app.test_request_context('/', environ_overrides={'flask._preserve_context': True})
ctx.push()
ctx.auto_pop(None)
assert ctx.preserved and request.path == '/' and torn == []
ctx.pop()
assert torn == [None]

ctx = app.test_request_context('/again')
ctx.push()
ctx.preserve()
ctx.auto_pop(None)
assert ctx.preserved and request.path == '/again'
ctx.pop()
assert not request and _request_ctx_stack.top is None
assert ctx._implicit_app_ctx_stack == [] and ctx._preserved_exc is None
"""


def test_contexts_are_preserved_and_popped_as_in_flask_0_9(era: Era) -> None:
    done = era(PRESERVE)

    assert done.error == ""
    assert done.lines == [1, 11, 12, 18, 19, 20, 23]


LOOKUPS = """\
from flask import Flask, current_app
from flask.globals import _lookup_req_object, _lookup_app_object, _find_app
from flask.globals import _request_ctx_err_msg
from functools import partial
from werkzeug.local import LocalProxy
identity = LocalProxy(partial(_lookup_app_object, 'identity'))
upload = LocalProxy(partial(_lookup_req_object, 'upload'))
app = Flask('shop')
try:
    _lookup_req_object('upload')
except RuntimeError as e:
    assert str(e) == _request_ctx_err_msg
else:
    raise AssertionError
with app.test_request_context() as ctx:
    ctx.identity = 'anna'
    ctx.upload = 'a file'
    assert identity == 'anna' and upload == 'a file'
    assert _find_app() is app
"""


def test_proxies_of_extensions_look_up_what_lies_on_a_context_as_in_0_10(
    era: Era,
) -> None:
    done = era(LOOKUPS)

    assert (done.error, done.lines) == ("", [2, 3])


GREENLET = """\
from flask import Flask, _request_ctx_stack, copy_current_request_context, request
from threading import Thread
app = Flask('shop')
seen = []

@app.route('/')
def index():
    reqctx = _request_ctx_stack.top.copy()
    def work():
        with reqctx:
            seen.append(request.path)
    thread = Thread(target=work)
    thread.start()
    thread.join()
    return 'x'

app.test_client().get('/')
assert seen == ['/']
"""


def test_copy_of_the_top_is_entered_in_a_thread_as_in_flask_0_7(era: Era) -> None:
    done = era(GREENLET)

    assert (done.error, done.lines) == ("", [1])


REFCNT = """\
from flask import Flask
app = Flask('shop')
ctx = app.app_context()
ctx.push()
ctx.push()
assert ctx._refcnt == 2
ctx.pop()
ctx.pop()
assert ctx._refcnt == 0
"""


def test_refcnt_of_an_application_context_counts_its_pushes(era: Era) -> None:
    done = era(REFCNT)

    assert (done.error, done.lines) == ("", [6, 9])

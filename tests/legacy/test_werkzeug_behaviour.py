"""What the old names of Werkzeug and of others do, in programs of their time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.legacy.era import Era

URLS = """
from werkzeug.urls import *
from werkzeug.urls import (url_quote, url_quote_plus, url_unquote, url_unquote_plus,
                           url_encode, url_decode, url_parse, url_join, url_fix,
                           url_unparse, Href)
assert url_quote(u'/a b/\\xe9:x') == '/a%20b/%C3%A9:x'
assert url_quote(b'\\xff', unsafe='/') == '%FF'
assert url_quote('a/b', unsafe='/') == 'a%2Fb'
assert url_quote_plus('a b+c') == 'a+b%2Bc'
assert url_unquote('%C3%A9%2F') == u'\\xe9/'
assert url_unquote('a%2Fb%20', unsafe='/') == 'a%2Fb '
assert url_unquote('%ff', charset=None) == b'\\xff'
assert url_unquote_plus('a+b%2B') == 'a b+'
assert url_encode([('a', 1), ('b', None), ('a', 'x y')]) == 'a=1&a=x+y'
assert url_encode({'b': 1, 'a': 2}, sort=True) == 'a=2&b=1'
assert url_decode('a=1&a=2&b&c=x+y').lists is not None
assert url_decode('a=1&a=2&b', include_empty=False).getlist('a') == ['1', '2']
url = url_parse('https://ada:se%20cret@example.com:8080/p/q?x=1#end')
assert (url.host, url.port, url.username, url.password) == (
    'example.com', 8080, 'ada', 'se cret')
assert url.decode_query()['x'] == '1'
assert url.replace(query='').to_url().endswith('/p/q#end')
assert url_parse('http://[::1]:x/').port is None
assert url_unparse(url) == str(url)
assert url_join('http://a/b/c', '../d') == 'http://a/d'
assert url_fix(u'http://de.wikipedia.org/wiki/Elf (Begriffskl\\xe4rung)') == (
    'http://de.wikipedia.org/wiki/Elf%20(Begriffskl%C3%A4rung)')
href = Href('/admin')
assert href('users', 'ada', page=2) == '/admin/users/ada?page=2'
assert href.posts() == '/admin/posts'
"""

UTILS = """
from werkzeug import escape, html, unescape
from werkzeug.utils import (ArgumentValidationError, bind_arguments, format_string,
                            validate_arguments, xhtml)
assert escape('<a href="x">') + '<br>' == '&lt;a href=&quot;x&quot;&gt;<br>'
assert escape(None) == ''
assert unescape('&lt;&eacute;') == u'<\\xe9'
text = html.p('Hello ', html.b('you'), class_='x')
assert text == '<p class="x">Hello <b>you</b></p>'
assert html.input(checked=True, disabled=False) == '<input checked>'
assert xhtml.br() == '<br />'
assert format_string('hello $name', {'name': 'you'}) == 'hello you'
def view(a, b=2, **rest):
    pass
assert bind_arguments(view, (1,), {'c': 3}) == {'a': 1, 'b': 2, 'rest': {'c': 3}}
def plain(a, b):
    pass
assert validate_arguments(plain, (1, 2, 3), {'x': 4}) == ((1, 2), {})
try:
    validate_arguments(plain, (1,), {})
except ArgumentValidationError as e:
    assert e.missing == {'b'}
else:
    raise AssertionError
"""

WSGI = """
import io
from werkzeug.wsgi import (DispatcherMiddleware, SharedDataMiddleware,
                           extract_path_info, get_query_string, make_chunk_iter,
                           make_line_iter,
                           peek_path_info, pop_path_info)
env = {'SCRIPT_NAME': '/foo', 'PATH_INFO': '/a/b'}
assert peek_path_info(env) == pop_path_info(env) == 'a'
assert pop_path_info(env) == 'b'
assert (env['SCRIPT_NAME'], env['PATH_INFO']) == ('/foo/a/b', '')
assert pop_path_info(env) is None
assert extract_path_info('http://example.com/app', '/app/hello') == '/hello'
assert extract_path_info('http://example.com/app', '/other') is None
assert get_query_string({'QUERY_STRING': 'a=b c'}) == 'a=b%20c'
lines = make_line_iter(io.BytesIO(b'one\\r\\ntwo\\nthree'), limit=14, buffer_size=4)
assert list(lines) == [b'one\\r\\n', b'two\\n', b'three']
assert list(make_chunk_iter(['ab|c', 'd|', 'e'], '|')) == ['ab', 'cd', 'e']
from flask import Flask
one, two = Flask('one'), Flask('two')
one.route('/')(lambda: 'one')
two.route('/')(lambda: 'two')
one.wsgi_app = DispatcherMiddleware(one.wsgi_app, {'/two': two})
assert one.test_client().get('/two/').data == b'two'
"""

SECURITY = """
from werkzeug.security import (check_password_hash, generate_password_hash, pbkdf2_hex,
                               safe_str_cmp)
assert safe_str_cmp(u'a', b'a') and not safe_str_cmp('a', 'b')
assert pbkdf2_hex('password', 'salt', 1, 20, 'sha1') == (
    '0c60c80f961f0e71f3a9b524af6012062fe037a6')
old = 'sha1$salt$' + __import__('hmac').new(b'salt', b'default', 'sha1').hexdigest()
assert check_password_hash(old, 'default')
assert not check_password_hash(old, 'other')
assert check_password_hash('plain$$default', 'default')
made = generate_password_hash('default', method='sha256')
assert made.startswith('pbkdf2:sha256:') and check_password_hash(made, 'default')
made = generate_password_hash('default')
assert made.startswith('scrypt:') and check_password_hash(made, 'default')
assert not check_password_hash('nothing', 'default')
"""

REQUESTS = """
from flask import Flask, request
from werkzeug.wrappers import AcceptMixin, BaseRequest, BaseResponse, Request
from werkzeug.wrappers.json import JSONMixin
from werkzeug.useragents import UserAgent
import flask
class Own(JSONMixin, AcceptMixin, BaseRequest):
    pass
assert issubclass(flask.Request, BaseRequest) and issubclass(flask.Request, AcceptMixin)
assert not issubclass(flask.Response, BaseRequest)
assert isinstance(flask.Response(), BaseResponse)
assert not issubclass(Request, Own) and not isinstance(flask.Response(), Own)
app = Flask('shop')
@app.route('/', methods=['GET', 'POST'])
def index():
    assert isinstance(request._get_current_object(), AcceptMixin)
    answer = flask.make_response('%s %s %s %s' % (
        request.is_xhr, request.charset, request.user_agent.browser, request.json))
    answer.set_cookie('a', b'b', charset='utf-8')
    return answer
chrome = ('Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36'
          ' (KHTML, like Gecko) Chrome/96.0.4664.45 Safari/537.36')
headers = {'X-Requested-With': 'XMLHttpRequest', 'User-Agent': chrome}
client = app.test_client()
answer = client.post('/', headers=headers, data='x', content_type='text/plain')
assert answer.data == b'True utf-8 chrome None', answer.data
assert answer.headers['Set-Cookie'] == 'a=b; Path=/'
agent = UserAgent({'HTTP_USER_AGENT': chrome})
assert (agent.platform, agent.version, agent.language) == (
    'windows', '96.0.4664.45', None)
"""

CLIENTS = """
from flask import Flask, request
from werkzeug.test import Client
from werkzeug.wrappers import BaseResponse
app = Flask('shop')
@app.route('/')
def index():
    return request.cookies.get('name', 'nobody')
client = app.test_client()
environ, answer = client.get('/?a=b', as_tuple=True)
assert environ['QUERY_STRING'] == 'a=b' and answer.data == b'nobody'
client.set_cookie('localhost', 'name', 'ada')
assert client.get('/').data == b'ada'
client.delete_cookie('localhost', 'name')
assert client.get('/').data == b'nobody'
client.set_cookie('name', 'new')
assert client.get('/').data == b'new'
app_iter, status, headers = Client(app, BaseResponse).get('/')
assert b''.join(app_iter) == b'nobody' and status == '200 OK'
assert headers['Content-Length'] == '6'
"""

FIXERS = """
from flask import Flask, request
from werkzeug.contrib.fixers import HeaderRewriterFix, ProxyFix
app = Flask('shop')
@app.route('/')
def index():
    return '%s %s %s' % (request.remote_addr, request.scheme, request.host)
app.wsgi_app = HeaderRewriterFix(
    ProxyFix(app.wsgi_app), ['Content-Type'], [('X-A', 'b')])
headers = {'X-Forwarded-For': '9.9.9.9, 1.2.3.4', 'X-Forwarded-Proto': 'https',
           'X-Forwarded-Host': 'shop.example'}
answer = app.test_client().get('/', headers=headers)
assert answer.data == b'1.2.3.4 https shop.example', answer.data
assert 'Content-Type' not in answer.headers and answer.headers['X-A'] == 'b'
assert ProxyFix(app, num_proxies=2).num_proxies == 2
assert ProxyFix(app, 2).get_remote_addr(['9.9.9.9', '1.2.3.4']) == '9.9.9.9'
"""

CACHE = """
from werkzeug.contrib.cache import FileSystemCache, NullCache, RedisCache, SimpleCache
for cache in (SimpleCache(threshold=10), FileSystemCache('cache', threshold=10)):
    assert cache.get('a') is None and not cache.has('a')
    assert cache.set('a', {'x': 1}) and cache.get('a') == {'x': 1}
    assert not cache.add('a', 2) and cache.add('b', 2)
    assert cache.get_many('a', 'b', 'c') == [{'x': 1}, 2, None]
    assert cache.get_dict('b') == {'b': 2}
    assert cache.inc('b', 3) == 5 and cache.dec('b') == 4 and cache.inc('n') == 1
    assert cache.delete('b') and not cache.delete('b')
    assert cache.set_many({'x': 1, 'y': 2}) and cache.delete_many('x', 'y')
    cache.set('gone', 1, timeout=0.001)
    while cache.has('gone'):
        pass
    for number in range(30):
        cache.set(str(number), number)
    assert sum(cache.has(str(number)) for number in range(30)) < 20
    cache.clear()
    assert cache.get('29') is None
assert NullCache().set('a', 1) and NullCache().get('a') is None
class Client(object):
    def __init__(self):
        self.data = {}
    def get(self, name):
        return self.data.get(name)
    def set(self, name, data, ex=None, nx=False):
        return not (nx and name in self.data) and not self.data.update({name: data})
cache = RedisCache(Client(), key_prefix='p:')
assert cache.set('a', [1]) and cache.get('a') == [1] and cache.set('n', 7)
assert cache.get('n') == 7 and not cache.add('a', 2)
assert sorted(cache._client.data) == ['p:a', 'p:n']
"""

SESSIONS = """
import json
from flask import Flask, request
from werkzeug.contrib.securecookie import SecureCookie
from werkzeug.contrib.sessions import FilesystemSessionStore, SessionMiddleware
cookie = SecureCookie({'name': 'ada'}, 'secret')
assert not cookie.should_save
cookie['n'] = 1
assert cookie.should_save
text = cookie.serialize(expires=2 ** 33)
again = SecureCookie.unserialize(text, 'secret')
assert dict(again) == {'name': 'ada', 'n': 1} and not again.new
assert dict(SecureCookie.unserialize(text, 'other')) == {}
assert dict(SecureCookie.unserialize(text.replace(b'name', b'nome'), 'secret')) == {}
assert dict(SecureCookie.unserialize(b'nothing', 'secret')) == {}
ended = SecureCookie({'a': 1}, 'secret').serialize(expires=1)
assert dict(SecureCookie.unserialize(ended, 'secret')) == {}
app = Flask('shop')
@app.route('/')
def index():
    session = request.environ['werkzeug.session']
    session['n'] = session.get('n', 0) + 1
    return str(session['n'])
store = FilesystemSessionStore('.')
app.wsgi_app = SessionMiddleware(app.wsgi_app, store)
client = app.test_client()
assert [client.get('/').data for _ in range(3)] == [b'1', b'2', b'3']
(sid,) = store.list()
assert dict(store.get(sid)) == {'n': 3}
assert store.get('../' * 13 + 'x').new
store.delete(store.get(sid))
assert store.list() == []
"""

ATOM = """
from datetime import datetime
from xml.etree import ElementTree as ET
from werkzeug.contrib.atom import AtomFeed
feed = AtomFeed('My Blog & more', feed_url='http://example.com/feed', author='ada')
feed.add('First <post>', u'<p>text</p>', content_type='html',
         url='http://example.com/1', updated=datetime(2012, 1, 2, 3, 4, 5))
answer = feed.get_response()
assert answer.mimetype == 'application/atom+xml'
root = ET.fromstring(answer.data)
n = '{http://www.w3.org/2005/Atom}'
assert root.find(n + 'title').text == 'My Blog & more'
entry = root.find(n + 'entry')
assert entry.find(n + 'title').text == 'First <post>'
assert entry.find(n + 'content').text == '<p>text</p>'
assert root.find(n + 'updated').text == '2012-01-02T03:04:05Z'
assert root.find(n + 'author').find(n + 'name').text == 'ada'
try:
    AtomFeed('no id')
except ValueError:
    pass
else:
    raise AssertionError
"""

ITERIO = """
from werkzeug.contrib.iterio import IterIO
file = IterIO(['one\\ntw', 'o\\n', 'three'])
assert file.readline() == 'one\\n' and file.read(2) == 'tw' and file.tell() == 6
assert file.readlines() == ['o\\n', 'three']
file.seek(0)
assert list(file) == ['one\\n', 'two\\n', 'three']
def write(out):
    out.write('a'); out.write('b'); out.flush(); out.write('c')
assert list(IterIO(write)) == ['ab', 'c']
"""

COMPAT = """
from werkzeug._compat import (PY2, implements_to_string, iteritems, reraise,
                              string_types, text_type, to_bytes, to_native, to_unicode)
from werkzeug.posixemulation import rename
from werkzeug.filesystem import get_filesystem_encoding
import werkzeug, sys
assert not PY2 and dict(iteritems({'a': 1})) == {'a': 1} and text_type is str
assert to_bytes(u'\\xe9') == b'\\xc3\\xa9'
assert to_native(b'a') == to_unicode(b'a') == 'a'
assert int(werkzeug.__version__.split('.')[0]) >= 3 and get_filesystem_encoding()
try:
    try:
        1 / 0
    except ZeroDivisionError:
        reraise(*sys.exc_info())
except ZeroDivisionError:
    pass
"""

STRUCTURES = """
from werkzeug.datastructures import Headers, MultiDict, WWWAuthenticate
from werkzeug.exceptions import BadRequest
from werkzeug.http import parse_authorization_header
from werkzeug.local import Local, LocalStack, get_ident, release_local
from werkzeug.routing import parse_rule
from werkzeug.debug.tbtools import get_current_traceback
assert MultiDict({'a': 1}).has_key('a')
assert Headers({'A': 'b'}).to_list() == [('A', 'b')]
challenge = WWWAuthenticate()
challenge.set_basic('shop')
assert challenge.to_header() == 'Basic realm=shop', challenge.to_header()
challenge.set_digest('shop', 'n', opaque='o')
assert challenge.type == 'digest' and challenge.parameters['opaque'] == 'o'
auth = parse_authorization_header('Basic YTpi')
assert (auth.username, auth.password) == ('a', 'b')
assert LocalStack().__ident_func__() == Local().__ident_func__() == get_ident()
Missing = BadRequest.wrap(KeyError)
try:
    raise Missing('name')
except KeyError as e:
    assert e.code == 400 and e.args == ('name',)
assert list(parse_rule('/a/<b>/<int(min=1):c>.txt')) == [
    (None, None, '/a/'), ('default', None, 'b'), (None, None, '/'),
    ('int', 'min=1', 'c'), (None, None, '.txt')]
try:
    1 / 0
except ZeroDivisionError:
    shown = get_current_traceback()
    assert shown.exception == 'ZeroDivisionError: division by zero'
    assert '1 / 0' in shown.plaintext or 'ZeroDivisionError' in shown.plaintext
"""

OTHERS = """
import collections, inspect
from flask import Flask, render_template_string
from itsdangerous import BadSignature, SignatureExpired
from itsdangerous import TimedJSONWebSignatureSerializer as Serializer
from jinja2 import (Markup, contextfunction, environmentfilter, escape,
                    evalcontextfilter)
from markupsafe import soft_unicode
import click
assert click.get_terminal_size()
assert isinstance({}, collections.Mapping)
spec = inspect.getargspec(lambda a, b=1, *c, **d: None)
assert (spec.args, spec.varargs, spec.keywords, spec.defaults) == (
    ['a', 'b'], 'c', 'd', (1,))
assert soft_unicode(Markup('<b>')) == Markup('<b>') and escape('<') == '&lt;'
app = Flask('shop')
app.jinja_options = dict(app.jinja_options, extensions=[
    'jinja2.ext.autoescape', 'jinja2.ext.with_'])
@app.template_filter()
@evalcontextfilter
def quiet(context, value):
    return '%s %s' % (context.autoescape, value)
@app.template_global()
@contextfunction
def who(context):
    return context['name']
with app.app_context():
    assert render_template_string(
        '{% with name = "ada" %}{{ who() }} {{ "x"|quiet }}{% endwith %}',
        name='grace') == 'grace True x'
s = Serializer('secret', expires_in=60)
token = s.dumps({'id': 1})
assert token.count(b'.') == 2 and s.loads(token) == {'id': 1}
assert s.loads(token, return_header=True)[1]['alg'] == 'HS512'
for bad in (token[:-2], b'x', b'a.b.c', Serializer('other').dumps({})):
    try:
        s.loads(bad)
    except BadSignature:
        pass
    else:
        raise AssertionError(bad)
try:
    s.loads(Serializer('secret', expires_in=-10).dumps({}))
except SignatureExpired:
    pass
except BadSignature:
    raise AssertionError
"""

PROGRAMS = {
    "urls": URLS,
    "utils": UTILS,
    "wsgi": WSGI,
    "security": SECURITY,
    "requests": REQUESTS,
    "clients": CLIENTS,
    "fixers": FIXERS,
    "cache": CACHE,
    "sessions": SESSIONS,
    "atom": ATOM,
    "iterio": ITERIO,
    "compat": COMPAT,
    "structures": STRUCTURES,
    "others": OTHERS,
}


@pytest.mark.parametrize("program", PROGRAMS.values(), ids=PROGRAMS)
def test_old_names_do_what_they_did(
    werkzeug_era: Era, program: str, tmp_path: Path
) -> None:
    done = werkzeug_era(program, folder=tmp_path)

    assert done.error == ""
    assert done.warned
    assert min(done.lines) > 0, "each is told of at a line of the program"


REFUSED = """
from flask import Flask, request
app = Flask('shop')
@app.route('/', methods=['POST'])
def index():
    assert not hasattr(request, 'charset')
    return repr(request.json)
client = app.test_client()
assert client.post('/', data='x').status_code == 415
try:
    client.get('/', as_tuple=True)
except TypeError:
    pass
else:
    raise AssertionError
try:
    client.set_cookie('localhost', 'a', 'b')
except TypeError:
    pass
else:
    raise AssertionError
try:
    iter(client.post('/', data='x'))
except TypeError:
    pass
else:
    raise AssertionError
from werkzeug.security import check_password_hash, generate_password_hash
try:
    generate_password_hash('a', 'sha256')
except ValueError:
    pass
else:
    raise AssertionError
try:
    check_password_hash('plain$$a', 'a')
except ValueError:
    pass
else:
    raise AssertionError
"""


def test_old_arguments_are_refused_where_warnings_are_errors(werkzeug_era: Era) -> None:
    done = werkzeug_era(REFUSED, refuse=True)

    assert (done.error, done.warned) == ("", [])

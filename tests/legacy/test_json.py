"""JSON as applications of Flask 0.10 to 2.2 set it up."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.legacy.era import Era

ENCODER = """\
from flask import Flask, jsonify, request, json
from flask.json import JSONEncoder, JSONDecoder

import datetime
class X(object):
    def __init__(self, val): self.val = val

class MyEncoder(JSONEncoder):
    def default(self, o):
        if isinstance(o, X):
            return '<%d>' % o.val
        return JSONEncoder.default(self, o)

class MyDecoder(JSONDecoder):
    def __init__(self, *args, **kwargs):
        kwargs.setdefault('object_hook', self.object_hook)
        JSONDecoder.__init__(self, *args, **kwargs)

    def object_hook(self, obj):
        return X(obj['_foo']) if list(obj) == ['_foo'] else obj

SETUP
@app.route('/', methods=['POST'])
def index():
    day = datetime.date(2013, 1, 1)
    return jsonify(x=request.get_json()['x'], when=day)

@app.route('/template')
def template():
    from flask import render_template_string
    return render_template_string('{{ x|tojson }}', x=X(7))

c = app.test_client()
doc = json.dumps({'x': {'_foo': 42}})
rv = c.post('/', data=doc, content_type='application/json')
when = 'Tue, 01 Jan 2013 00:00:00 GMT'
assert json.loads(rv.data) == {'when': when, 'x': '<42>'}, rv.data
assert c.get('/template').data == b'"\\\\u003c7\\\\u003e"'
with app.app_context():
    assert json.dumps(X(3)) == '"<3>"'
"""
ON_APP = """\
app = Flask('shop')
app.json_encoder = MyEncoder
app.json_decoder = MyDecoder
assert app.json_encoder is MyEncoder
"""
ON_CLASS = """\
class Shop(Flask):
    json_encoder = MyEncoder
    json_decoder = MyDecoder

app = Shop('shop')
assert Shop.json_encoder is MyEncoder and app.json_decoder is MyDecoder
"""
MIXED_IN = """\
class Encoding(object):
    json_encoder = MyEncoder
    json_decoder = MyDecoder

class Shop(Encoding, Flask):
    pass

app = Shop('shop')
"""
ON_FLASK = """\
Flask.json_encoder = MyEncoder
Flask.json_decoder = MyDecoder
app = Flask('shop')
"""


@pytest.mark.parametrize(
    ("where", "lines"),
    [
        (ON_APP, [2, 23, 24, 25]),
        (ON_CLASS, [2, 22, 27]),
        (ON_FLASK, [2, 24]),
        (MIXED_IN, [2, 29]),
    ],
    ids=["application", "class", "flask", "mixed in"],
)
def test_encoder_and_decoder_are_used_by_requests_responses_and_templates(
    era: Era, where: str, lines: list[int]
) -> None:
    done = era(ENCODER.replace("SETUP", where))

    assert done.error == ""
    assert done.lines == lines


BLUEPRINT = """\
from flask import Blueprint, Flask, jsonify, request
from flask.json import JSONEncoder, JSONDecoder

class MyEncoder(JSONEncoder):
    def default(self, o):
        return 'encoded'

class MyDecoder(JSONDecoder):
    def __init__(self, **kwargs):
        JSONDecoder.__init__(self, object_hook=lambda o: 'decoded', **kwargs)

bp = Blueprint('custom', 'shop')
bp.json_encoder = MyEncoder
bp.json_decoder = MyDecoder

@bp.route('/bp', methods=['POST'])
def index():
    assert request.get_json() == 'decoded'
    return jsonify(object())

app = Flask('shop')
app.testing = True
app.register_blueprint(bp)

@app.route('/', methods=['POST'])
def plain():
    assert request.get_json() == {'a': 1}
    return jsonify(object())

c = app.test_client()
rv = c.post('/bp', data='{"a": 1}', content_type='application/json')
assert rv.data == b'"encoded"\\n'
try:
    c.post('/', data='{"a": 1}', content_type='application/json')
except TypeError as e:
    assert 'not JSON serializable' in str(e)
else:
    raise AssertionError
"""


def test_encoder_of_a_blueprint_is_used_for_its_requests_alone(era: Era) -> None:
    done = era(BLUEPRINT)

    assert done.error == ""
    assert done.lines == [2, 13, 14]


OWN_PROVIDER = """\
from flask import Flask
from flask.json import JSONEncoder
from flask.json.provider import JSONProvider

class Mine(JSONProvider):
    def dumps(self, obj, **kwargs): return 'mine'
    def loads(self, s, **kwargs): return s

class Shop(Flask):
    json_provider_class = Mine

app = Shop('shop')
app.json_encoder = JSONEncoder
assert app.json.dumps(1) == 'mine'
"""


def test_provider_of_the_program_is_left_alone(era: Era) -> None:
    done = era(OWN_PROVIDER)

    assert (done.error, done.lines) == ("", [2, 13])


ASSIGNED = """\
from flask import Flask
import json
app = Flask('shop')
class E(json.JSONEncoder):
    pass
app.json_encoder = E
assert app.json_encoder is E
assert type(app.json).__name__ == 'DefaultJSONProvider'
"""


def test_assigned_encoder_is_a_mere_attribute_where_warnings_are_errors(
    era: Era,
) -> None:
    assert era(ASSIGNED, refuse=True).error == ""


KEYS = """\
from flask import Flask, jsonify
app = Flask('shop')
{0}

@app.route('/')
def index():
    return jsonify(b=u'\\u20ac', a=1)

rv = app.test_client().get('/')
print(rv.data.decode(), rv.mimetype)
"""


@pytest.mark.parametrize(
    ("setting", "expected"),
    [
        ("JSON_AS_ASCII=False", '{"a":1,"b":"€"}\n application/json\n'),
        ("JSON_SORT_KEYS=False", '{"b":"\\u20ac","a":1}\n application/json\n'),
        (
            "JSONIFY_PRETTYPRINT_REGULAR=True",
            '{\n  "a": 1,\n  "b": "\\u20ac"\n}\n application/json\n',
        ),
        (
            "JSONIFY_PRETTYPRINT_REGULAR=False",
            '{"a":1,"b":"\\u20ac"}\n application/json\n',
        ),
        ("JSONIFY_MIMETYPE='text/x'", '{"a":1,"b":"\\u20ac"}\n text/x\n'),
    ],
)
def test_setting_of_flask_0_10_decides_how_json_looks(
    era: Era, setting: str, expected: str
) -> None:
    key, _, value = setting.partition("=")

    by_item = era(KEYS.format(f"app.config['{key}'] = {value}"))
    by_update = era(KEYS.format(f"app.config.update({setting})"))
    by_mapping = era(KEYS.format(f"app.config.from_mapping({setting})"))
    by_object = era(
        KEYS.format(f"app.config.from_object(type('C', (), dict({setting})))")
    )

    for done in (by_item, by_update, by_mapping, by_object):
        assert done.out == expected
        assert done.names() == [key]
        assert done.lines == [3]


DEFAULTS = """\
from flask import Flask, jsonify
class Shop(Flask):
    default_config = dict(Flask.default_config, JSON_SORT_KEYS=False)

app = Shop('shop')
with app.app_context():
    assert jsonify(b=1, a=1).data == b'{"b":1,"a":1}\\n'
"""


def test_default_setting_of_a_class_counts(era: Era) -> None:
    done = era(DEFAULTS)

    assert (done.error, done.names()) == ("", ["JSON_SORT_KEYS"])


def test_setting_that_nobody_sets_is_not_told_of_and_has_its_default(era: Era) -> None:
    made = era("from flask import Flask\napp = Flask('x')\nprint(dict(app.config))")
    read = era("from flask import Flask\nprint(Flask('x').config['JSON_AS_ASCII'])")
    refused = era("from flask import Flask\nFlask('x').config['ENV']", refuse=True)

    assert made.warned == []
    assert "JSON_AS_ASCII" not in made.out
    assert (read.out, read.names()) == ("True\n", ["JSON_AS_ASCII"])
    assert refused.error == "KeyError: 'ENV'"


CLASS = """\
import datetime, io
from flask import Flask, json
from flask.json import JSONEncoder
class Encoder(JSONEncoder):
    def default(self, o):
        return 'set' if isinstance(o, set) else JSONEncoder.default(self, o)
app = Flask('shop')
data = [set(), datetime.date(2020, 1, 1)]
expected = '["set", "Wed, 01 Jan 2020 00:00:00 GMT"]'
def check():
    assert json.dumps(data, cls=Encoder) == expected
    assert json.dumps(data, cls=Encoder, app=app) == expected
    assert json.dumps([data[0]], cls=Encoder, default=str) == '["set()"]'
    out = io.StringIO()
    json.dump(data, out, cls=Encoder)
    assert out.getvalue() == expected
check()
with app.app_context():
    check()
"""


def test_encoder_that_one_call_names_decides_as_in_flask_0_10(era: Era) -> None:
    done = era(CLASS)

    assert (done.error, done.lines) == ("", [3, 12])


FUNCTIONS = """\
import io
from flask import Flask, json, Markup
app = Flask('shop')
assert json.htmlsafe_dumps(u'<script>&') == '"\\\\u003cscript\\\\u003e\\\\u0026"'
out = io.StringIO()
json.htmlsafe_dump({'a': '<'}, out)
assert out.getvalue() == '{"a": "\\\\u003c"}'
assert json.dumps({'b': 1, 'a': 1}, app=app) == '{"a": 1, "b": 1}'
assert json.loads(b'"\\xe4"', encoding='latin-1') == u'\\xe4'
assert json.loads('1', app=app) == 1
assert json.load(io.BytesIO(b'"\\xe4"'), encoding='latin-1') == u'\\xe4'
assert json.dumps(u'a', encoding='ascii') == b'"a"'
out = io.BytesIO()
json.dump(u'a', out, encoding='ascii')
assert out.getvalue() == b'"a"'
out = io.StringIO()
json.dump(1, out, app=app)
assert out.getvalue() == '1'
assert json.dumps(Markup('<b>'), cls=json.JSONEncoder) == '"<b>"'
kwargs = {}
json._dump_arg_defaults(kwargs, app=app)
assert kwargs['cls'] is json.JSONEncoder and kwargs['sort_keys']
kwargs = {}
json._load_arg_defaults(kwargs, app=app)
assert kwargs == {'cls': json.JSONDecoder}
"""


def test_functions_of_json_take_app_and_encoding(era: Era) -> None:
    done = era(FUNCTIONS)

    assert done.error == ""
    assert done.lines == [2, 4, 6, 8, 9, 10, 11, 12, 14, 17, 19, 21, 22, 24, 25]


@pytest.mark.parametrize(
    "call",
    ["dumps(1, app=app)", "loads('1', encoding='ascii')", "load(None, app=app)"],
)
def test_old_parameter_is_unknown_where_warnings_are_errors(
    era: Era, call: str
) -> None:
    done = era(
        f"from flask import Flask, json\napp = Flask('x')\njson.{call}", refuse=True
    )

    function, name = call.partition("(")[0], "app" if "app" in call else "encoding"
    assert done.error == (
        f"TypeError: {function}() got an unexpected keyword argument {name!r}"
    )

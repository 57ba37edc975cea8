"""Settings as attributes, FLASK_ENV and logging, of Flask 0.3 to 2.2."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.legacy.era import Era

ATTRIBUTES = """\
from datetime import timedelta
from flask import Flask
app = Flask('shop')
app.secret_key = 'key'
app.session_cookie_name = 'shop_session'
assert app.config['SESSION_COOKIE_NAME'] == 'shop_session'
assert app.session_cookie_name == 'shop_session'
app.permanent_session_lifetime = timedelta(minutes=5)
assert app.permanent_session_lifetime == timedelta(minutes=5)
app.send_file_max_age_default = timedelta(hours=1)
assert app.get_send_file_max_age if False else True
assert app.send_file_max_age_default == timedelta(hours=1)
app.config['SEND_FILE_MAX_AGE_DEFAULT'] = 60
assert app.send_file_max_age_default == timedelta(seconds=60)
app.use_x_sendfile = True
assert app.config['USE_X_SENDFILE'] and app.use_x_sendfile
assert app.propagate_exceptions is False
app.testing = True
assert app.propagate_exceptions is True
app.config['PROPAGATE_EXCEPTIONS'] = False
assert app.propagate_exceptions is False
assert app.preserve_context_on_exception is False
app.debug = True
assert app.preserve_context_on_exception is True
app.config['PRESERVE_CONTEXT_ON_EXCEPTION'] = False
assert app.preserve_context_on_exception is False
"""


def test_settings_are_attributes_of_the_application_as_in_flask_0_8(era: Era) -> None:
    done = era(ATTRIBUTES)

    assert done.error == ""
    assert done.lines == [5, 7, 10, 12, 14, 15, 16, 17, 19, 21, 22, 24, 25, 26]


COOKIE = """\
from flask import Flask, session

class Shop(Flask):
    session_cookie_name = 'shop_session'

app = Shop('shop')
app.secret_key = 'key'

@app.route('/')
def index():
    session['a'] = 1
    return 'x'

rv = app.test_client().get('/')
assert rv.headers['Set-Cookie'].startswith('shop_session=')
assert Shop('other').session_cookie_name == 'shop_session'
"""


def test_setting_is_an_attribute_of_a_class(era: Era) -> None:
    done = era(COOKIE)

    assert (done.error, done.lines) == ("", [3, 16])


RELOAD = """\
from flask import Flask
app = Flask('shop')
assert app.templates_auto_reload is False
app.templates_auto_reload = True
assert app.config['TEMPLATES_AUTO_RELOAD'] is True
assert app.jinja_env.auto_reload is True
app.templates_auto_reload = False
assert app.jinja_env.auto_reload is False
"""


def test_templates_auto_reload_is_assigned_as_in_flask_1_0(era: Era) -> None:
    done = era(RELOAD)

    assert (done.error, done.lines) == ("", [3, 4, 7])


PROXY = """\
from flask import Flask, current_app
app = Flask('shop')
with app.app_context():
    assert current_app.session_cookie_name == 'session'
    current_app.config['ENV'] = 'staging'
    assert current_app.env == 'staging'
"""


def test_settings_are_read_through_current_app(era: Era) -> None:
    done = era(PROXY)

    assert (done.error, done.lines) == ("", [4, 5, 6])


ENV = """\
from flask import Flask
from flask.helpers import get_env
app = Flask('shop')
print(app.env, app.config['ENV'], get_env(), app.debug)
"""


def test_flask_env_means_what_it_meant_in_flask_1_0(era: Era) -> None:
    unset = era(ENV)
    development = era(ENV, FLASK_ENV="development")
    decided = era(ENV, FLASK_ENV="development", FLASK_DEBUG="0")
    staging = era(ENV, FLASK_ENV="staging")

    assert unset.out == "production production production False\n"
    assert unset.lines == [2, 4]
    assert development.out == "development development development True\n"
    assert development.lines == [2, 3, 4]
    assert (
        3,
        (
            "The variable FLASK_ENV is not read since Flask 2.3;"
            " set FLASK_DEBUG=1 for debug mode."
        ),
    ) in development.warned
    assert decided.out == "development development development False\n"
    assert staging.out == "staging staging staging False\n"


DEBUG_FLAG = """\
from flask.helpers import get_debug_flag
from flask.cli import get_debug_flag as of_commands
print(get_debug_flag(), of_commands())
"""


def test_debug_flag_heeds_flask_env_as_in_flask_1_0(era: Era) -> None:
    development = era(DEBUG_FLAG, FLASK_ENV="development")
    refused = era(DEBUG_FLAG, refuse=True, FLASK_ENV="development")

    assert (development.out, development.lines) == ("True True\n", [3])
    assert era(DEBUG_FLAG, FLASK_ENV="development", FLASK_DEBUG="0").out == (
        "False False\n"
    )
    assert era(DEBUG_FLAG, FLASK_ENV="staging").out == "False False\n"
    assert (refused.error, refused.out) == ("", "False False\n")


APP_RUN = """\
import flask, werkzeug.serving
app = flask.Flask('shop')
werkzeug.serving.run_simple = lambda *a, **k: print(k['use_reloader'])
app.run()
"""


def test_flask_env_is_read_from_a_file_by_app_run_as_in_flask_1_0(
    era: Era, tmp_path: Path
) -> None:
    (tmp_path / ".flaskenv").write_text("FLASK_ENV=development\n")

    done = era(APP_RUN, folder=tmp_path)

    assert (done.error, done.out) == ("", "True\n")


def test_flask_env_means_nothing_where_warnings_are_errors(era: Era) -> None:
    program = "from flask import Flask\napp = Flask('x')\nprint(app.debug, app.config)"
    done = era(program, refuse=True, FLASK_ENV="development")

    assert done.error == ""
    assert done.out.startswith("False ")
    assert "'ENV'" not in done.out


ASSIGNED = """\
from flask import Flask
app = Flask('shop')
app.env = 'staging'
assert app.config['ENV'] == 'staging' and app.env == 'staging'
"""


def test_env_is_assigned_as_in_flask_1_1(era: Era) -> None:
    done = era(ASSIGNED)

    assert (done.error, done.lines) == ("", [3, 4])


JSON_FILE = """\
from flask import Flask
app = Flask('shop', root_path='.')
assert app.config.from_json('settings.json')
assert app.config['NAME'] == 'shop'
assert not app.config.from_json('missing.json', silent=True)
"""


def test_configuration_is_read_from_json_as_in_flask_0_11(
    era: Era, tmp_path: Path
) -> None:
    (tmp_path / "settings.json").write_text('{"NAME": "shop"}')

    done = era(JSON_FILE, folder=tmp_path)

    assert (done.error, done.lines) == ("", [3, 5])


LOGGER = """\
import logging
from flask import Flask
from flask.logging import create_logger
app = Flask('shop')
{name}
records = []
class Handler(logging.Handler):
    def emit(self, record):
        records.append(record.name)
app.logger.addHandler(Handler())
app.logger.warning('hello')
assert records == ['shop.web'], records
assert create_logger(app) is logging.getLogger('shop')
"""


@pytest.mark.parametrize(
    "name", ["app.logger_name = 'shop.web'", "app.config['LOGGER_NAME'] = 'shop.web'"]
)
def test_logger_is_named_as_in_flask_0_10(era: Era, name: str) -> None:
    done = era(LOGGER.format(name=name))

    assert (done.error, done.lines) == ("", [5])


FORMAT = """\
import io, sys
from flask import Flask
from flask.logging import DEBUG_LOG_FORMAT, PROD_LOG_FORMAT
from flask.logging import _has_config, _should_log_for
stderr = sys.stderr = io.StringIO()
app = Flask('shop')
app.debug_log_format = '%(levelname)s|%(message)s'
assert app.debug_log_format == '%(levelname)s|%(message)s'
app.logger.error('hello')
assert stderr.getvalue() == 'ERROR|hello\\n', stderr.getvalue()
assert '%(message)s' in DEBUG_LOG_FORMAT and '%(asctime)s' in PROD_LOG_FORMAT
assert _has_config(app.logger) and _should_log_for(app, 'debug')
app.config['LOGGER_HANDLER_POLICY'] = 'production'
assert not _should_log_for(app, 'debug')
"""


def test_log_has_the_format_of_the_application_as_in_flask_0_5(era: Era) -> None:
    done = era(FORMAT)

    assert (done.error, done.lines) == ("", [3, 4, 7, 8, 13])

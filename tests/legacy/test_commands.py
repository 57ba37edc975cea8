"""The command line of Flask 0.11 to 2.1."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.legacy.era import Era

FACTORY = """\
import click
from flask import Flask, current_app
from flask.cli import FlaskGroup, ScriptInfo, with_appcontext, pass_script_info

def create_wiki_app(info):
    app = Flask('wiki')
    app.config['INFO'] = type(info).__name__
    return app

@click.group(cls=FlaskGroup, create_app=create_wiki_app)
def cli():
    pass

@cli.command()
def show():
    click.echo(current_app.name + ' ' + current_app.config['INFO'])

@cli.command('info')
@pass_script_info
def info(script_info):
    click.echo(script_info.load_app().name)

from click.testing import CliRunner
result = CliRunner().invoke(cli, ['show'])
assert result.output == 'wiki ScriptInfo\\n', result.output
assert CliRunner().invoke(cli, ['info']).output == 'wiki\\n'

def create_app(config=None, script_info=None):
    return Flask('shop' if script_info else 'nothing')

assert ScriptInfo(create_app=create_app).load_app().name == 'shop'
assert ScriptInfo(create_app=lambda: Flask('new')).load_app().name == 'new'
"""


def test_factory_of_a_group_is_handed_the_script_info_as_in_flask_0_11(
    era: Era,
) -> None:
    done = era(FACTORY)

    assert done.error == ""
    # Where the information is made of which the factory is a part.
    assert {text for _, text in done.warned} == {
        (
            "The factory of a FlaskGroup is handed no ScriptInfo since Flask 2.1; take"
            " no argument; use @click.pass_obj in commands."
        )
    }
    assert 31 in done.lines


BARE = """\
import click
from click.testing import CliRunner
from flask import Flask, current_app, has_app_context
from flask.cli import with_appcontext, ScriptInfo

@with_appcontext
def seed(name):
    return name + ' in ' + current_app.name

@click.command()
@click.argument('name')
@with_appcontext
def init(name):
    click.echo(seed(name))

@click.command()
@click.argument('name')
def plain(name):
    click.echo(seed(name))

info = ScriptInfo(create_app=lambda: Flask('shop'))
for command in (init, plain):
    result = CliRunner().invoke(command, ['tea'], obj=info)
    assert result.output == 'tea in shop\\n', result
assert seed.__name__ == 'seed'
assert not has_app_context()
"""


def test_bare_function_has_the_context_of_the_command_that_calls_it(era: Era) -> None:
    done = era(BARE)

    assert (done.error, done.warned) == ("", [])


FINDERS = """\
from flask import Flask
from flask.cli import ScriptInfo, find_best_app, find_app_by_string, locate_app
from flask.cli import call_factory, show_server_banner, DispatchingApp, main, get_env
class Module(object):
    app = Flask('shop')
info = ScriptInfo()
assert find_best_app(info, Module) is Module.app
assert find_best_app(Module) is Module.app
assert find_app_by_string(info, Module, 'app') is Module.app
assert call_factory(info, lambda script_info: script_info) is info
assert call_factory(info, lambda a, b=2: (a, b), (1,)) == (1, 2)
assert call_factory(info, lambda i: i) is info
show_server_banner('production', False, 'shop', False)
show_server_banner(False, 'shop')
app = Module.app
app.route('/')(lambda: 'x')
from werkzeug.test import Client
assert Client(DispatchingApp(lambda: app)).get('/').data == b'x'
eager = DispatchingApp(lambda: app, use_eager_loading=True)
assert Client(eager).get('/').data == b'x'
assert get_env() == 'production'
import wsgi_of_shop
assert locate_app(info, 'wsgi_of_shop', 'app') is wsgi_of_shop.app
assert locate_app(info, 'wsgi_of_shop', None) is wsgi_of_shop.app
class Wants(object):
    create_app = staticmethod(lambda info: Flask(type(info).__name__))
    named = staticmethod(lambda x, script_info: Flask(x + type(script_info).__name__))
assert find_best_app(info, Wants).name == 'ScriptInfo'
assert find_app_by_string(info, Wants, 'named("a ")').name == 'a ScriptInfo'
"""


WANTING = """\
import sys
from flask.cli import cli
from click.testing import CliRunner
result = CliRunner().invoke(cli, ['--app', sys.argv[1], 'routes'])
print(result.output)
"""


@pytest.mark.parametrize("default", ["", "=None"])
def test_factory_of_a_command_is_handed_what_it_calls_script_info(
    era: Era, tmp_path: Path, default: str
) -> None:
    (tmp_path / "shop_of_info.py").write_text(
        "from flask import Flask\n"
        f"def create_app(script_info{default}):\n"
        "    app = Flask('shop')\n"
        "    app.add_url_rule('/' + type(script_info).__name__, 'x', int)\n"
        "    return app\n"
    )
    program = WANTING.replace("sys.argv[1]", "'shop_of_info'")

    done = era(program, folder=tmp_path)
    refused = era(program, folder=tmp_path, refuse=True)

    assert (done.error, refused.error) == ("", "")
    assert "/ScriptInfo" in done.out
    assert [text for _, text in done.warned] == [
        (
            "The factory 'create_app' is handed no ScriptInfo since Flask 2.1;"
            " take no argument; use @click.pass_obj in commands."
        )
    ]
    assert ("/NoneType" if default else "could not be called") in refused.out


def test_factory_that_wants_something_else_is_not_handed_the_script_info(
    era: Era, tmp_path: Path
) -> None:
    (tmp_path / "shop_of_config.py").write_text("def create_app(config): pass\n")

    done = era(WANTING.replace("sys.argv[1]", "'shop_of_config'"), folder=tmp_path)

    assert "Give its arguments: --app 'shop_of_config:create_app" in done.out


def test_finders_take_the_script_info_as_in_flask_1_0(era: Era, tmp_path: Path) -> None:
    (tmp_path / "wsgi_of_shop.py").write_text(
        "from flask import Flask\napp = Flask('shop')\n"
    )

    done = era(FINDERS, folder=tmp_path)

    assert done.error == ""
    assert done.out.count("Application: shop") == 2
    assert done.lines == [3, 7, 9, 13, 23, 24, 28, 29]


RUN = """\
from click.testing import CliRunner
from flask.cli import run_command, shell_command, cli, FlaskGroup
import flask.cli
called = []
flask.cli.run_simple = lambda *args, **kwargs: called.append(kwargs)
group = FlaskGroup(add_default_commands=False, name='shop')
group.add_command(run_command)
group.add_command(shell_command)
result = CliRunner().invoke(cli, ['--app', 'wsgi_of_shop', 'run', '--eager-loading'])
assert result.exit_code == 0, (result.output, result.exception)
print(called[0]['use_reloader'])
assert '--eager-loading' not in CliRunner().invoke(run_command, ['--help']).output
"""


def test_run_takes_its_options_of_flask_1_0_and_heeds_flask_env(
    era: Era, tmp_path: Path
) -> None:
    (tmp_path / "wsgi_of_shop.py").write_text(
        "from flask import Flask\napp = Flask('shop')\n"
    )

    plain = era(RUN, folder=tmp_path)
    development = era(RUN, folder=tmp_path, FLASK_ENV="development")
    (tmp_path / ".flaskenv").write_text("FLASK_ENV=development\n")
    by_file = era(RUN, folder=tmp_path)

    assert (plain.error, plain.out) == ("", "False\n")
    assert "The option --eager-loading does nothing since Flask 2.2" in str(
        plain.warned
    )
    assert (development.error, development.out) == ("", "True\n")
    assert (by_file.error, by_file.out) == ("", "True\n")


MAIN = """\
import sys
from flask.cli import main
sys.argv = ['flask', '--version']
try:
    main(as_module=True)
except SystemExit as e:
    assert not e.code
"""


def test_main_is_called_as_in_flask_0_11(era: Era) -> None:
    done = era(MAIN)

    assert (done.error, done.lines) == ("", [5])
    assert "Flask 3.1" in done.out

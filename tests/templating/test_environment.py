"""The environment: escaping, globals, what decorators add, reloading."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import jinja2
import pytest
from jinja2 import TemplateSyntaxError
from jinja2.ext import Extension

from insula import (
    Blueprint,
    Insula,
    flash,
    g,
    get_template_attribute,
    render_template,
    render_template_string,
    session,
)
from insula.templating import Environment

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.html", "&lt;"),
        ("a.htm", "&lt;"),
        ("a.xml", "&lt;"),
        ("a.xhtml", "&lt;"),
        ("a.svg", "&lt;"),
        ("a.txt", "<"),
        ("a.js", "<"),
        ("a.html.j2", "<"),
        ("mail/a", "<"),
    ],
)
def test_template_is_escaped_by_its_suffix(
    app: Insula, write: Callable[..., Any], name: str, text: str
) -> None:
    write(name, "{{ v }}")
    with app.app_context():
        assert render_template(name, v="<") == text


def test_template_from_a_string_is_escaped(app: Insula) -> None:
    with app.app_context():
        assert render_template_string("{{ v }}{{ v|safe }}", v="<") == "&lt;<"
        source = "{% autoescape false %}{{ v }}{% endautoescape %}"
        assert render_template_string(source, v="<") == "<"


def test_selection_of_escaping_is_the_applications_to_override() -> None:
    class Loud(Insula):
        def select_jinja_autoescape(self, filename: str | None) -> bool:
            return False

    app = Loud("island")
    with app.app_context():
        assert render_template_string("{{ v }}", v="<") == "<"


NAMES = """\
{{ request.path }}|{{ session.a }}|{{ g.x }}|{{ config.NAME }}\
|{{ url_for('static', filename='f') }}|{{ get_flashed_messages() }}"""
SEEN = "/p|1|2|n|/static/f|[&#39;hi&#39;]"


@pytest.mark.parametrize(
    "source",
    [
        NAMES,
        "{% from 'macros.html' import m %}{{ m() }}",
        "{% import 'macros.html' as macros %}{{ macros.m() }}",
        "{% from 'macros.html' import m with context %}{{ m() }}",
        "{% include 'names.html' %}",
        "{% extends 'base.html' %}{% block b %}{{ super() }}{% endblock %}",
    ],
    ids=["page", "macro", "module", "with context", "include", "extends"],
)
def test_globals_are_there_in_every_kind_of_template(
    app: Insula, write: Callable[..., Any], source: str
) -> None:
    app.config["NAME"] = "n"
    write("macros.html", f"{{% macro m() %}}{NAMES}{{% endmacro %}}")
    write("names.html", NAMES)
    write("base.html", f"{{% block b %}}{NAMES}{{% endblock %}}")
    write("page.html", source)
    with app.test_request_context("/p"):
        session["a"], g.x = 1, 2
        flash("hi")
        assert render_template("page.html") == SEEN


def test_globals_follow_the_request_that_renders(
    app: Insula, write: Callable[..., Any]
) -> None:
    write("macros.html", f"{{% macro m() %}}{NAMES}{{% endmacro %}}")
    write("page.html", "{% from 'macros.html' import m %}{{ m() }}")
    paths = []
    for path in ("/one", "/two"):
        with app.test_request_context(path):
            paths.append(render_template("page.html").partition("|")[0])
    assert paths == ["/one", "/two"]


def test_flashed_messages_in_a_template_take_categories(app: Insula) -> None:
    source = (
        "{{ get_flashed_messages(with_categories=true, category_filter=['bad']) }}"
        "{{ get_flashed_messages() }}"
    )
    with app.test_request_context():
        flash("one")
        flash("two", "bad")
        text = render_template_string(f"{{% autoescape false %}}{source}" + END)
    assert text == "[('bad', 'two')]['one', 'two']"


END = "{% endautoescape %}"


def test_globals_without_a_request_are_those_of_the_application(app: Insula) -> None:
    app.config["NAME"] = "n"
    with app.app_context():
        g.x = 2
        assert render_template_string("{{ config.NAME }}{{ g.x }}") == "n2"
        with pytest.raises(RuntimeError, match="reads the request"):
            render_template_string("{{ request.path }}")


def test_render_without_a_context_says_how_to_get_one() -> None:
    with pytest.raises(RuntimeError, match=r"with app\.app_context\(\)"):
        render_template_string("x")


def test_attribute_of_a_template_is_its_macro(
    app: Insula, write: Callable[..., Any]
) -> None:
    write("m.html", "{% macro hi(name) %}{{ name }} {{ config.N }}{% endmacro %}")
    app.config["N"] = 3
    with app.app_context():
        hi = get_template_attribute("m.html", "hi")
        assert hi("<a>") == "&lt;a&gt; 3"
        with pytest.raises(AttributeError, match="nope"):
            get_template_attribute("m.html", "nope")


def call(value: Any = 1) -> Any:
    return value


SOURCES = {
    "filter": "{{ 2|%s }}",
    "test": "{{ 2 is %s }}",
    "global": "{{ %s(2) }}",
}


@pytest.mark.parametrize("kind", list(SOURCES))
@pytest.mark.parametrize(
    ("how", "name"),
    [
        (lambda deco, add: deco()(call), "call"),
        (lambda deco, add: deco("other")(call), "other"),
        (lambda deco, add: deco(name="other")(call), "other"),
        (lambda deco, add: add(call), "call"),
        (lambda deco, add: add(call, "other"), "other"),
        (lambda deco, add: add(call, name="other"), "other"),
    ],
    ids=["called", "named", "keyword", "add", "add named", "add keyword"],
)
@pytest.mark.parametrize("where", ["application", "blueprint"])
def test_registered_function_is_used_by_its_name(
    app: Insula, kind: str, how: Any, name: str, where: str
) -> None:
    if where == "application":
        result = how(
            getattr(app, f"template_{kind}"), getattr(app, f"add_template_{kind}")
        )
    else:
        blueprint = Blueprint("b", "island")
        result = how(
            getattr(blueprint, f"app_template_{kind}"),
            getattr(blueprint, f"add_app_template_{kind}"),
        )
        app.register_blueprint(blueprint)
    assert result in {call, None}
    with app.app_context():
        text = render_template_string(SOURCES[kind] % name)
    assert text == "2"


def test_environment_class_and_options_are_the_applications() -> None:
    class Mine(Environment):
        pass

    class Own(Insula):
        jinja_environment = Mine
        jinja_options = {"trim_blocks": True}  # noqa: RUF012 - as users write it

    app = Own("island")
    app.jinja_options["lstrip_blocks"] = True
    assert type(app.jinja_env) is Mine
    assert app.jinja_env is app.jinja_env
    assert (app.jinja_env.trim_blocks, app.jinja_env.lstrip_blocks) == (True, True)
    assert app.jinja_env.app is app


def test_options_of_one_application_are_not_anothers() -> None:
    first, second = Insula("a"), Insula("b")
    first.jinja_options["trim_blocks"] = True
    assert second.jinja_env.trim_blocks is False


@pytest.mark.parametrize(
    ("setting", "debug", "reloads"),
    [
        (None, False, False),
        (None, True, True),
        (True, False, True),
        (False, True, False),
    ],
)
def test_changed_template_is_noticed_where_reloading_is_on(
    app: Insula,
    write: Callable[..., Any],
    setting: bool | None,
    debug: bool,
    reloads: bool,
) -> None:
    app.config["TEMPLATES_AUTO_RELOAD"] = setting
    app.debug = debug
    path = write("a.html", "old")
    with app.app_context():
        assert render_template("a.html") == "old"
        path.write_text("new")
        os.utime(path, (1, 1))
        assert render_template("a.html") == ("new" if reloads else "old")


def test_debug_set_later_turns_reloading_on_unless_configured(app: Insula) -> None:
    seen = [app.jinja_env.auto_reload]
    for debug in (True, False):
        app.debug = debug
        seen.append(app.jinja_env.auto_reload)
    assert seen == [False, True, False]
    told = Insula("told")
    told.config["TEMPLATES_AUTO_RELOAD"] = True
    assert told.jinja_env.auto_reload
    told.debug = False
    assert told.jinja_env.auto_reload


@pytest.mark.parametrize("kind", ["filter", "test", "global"])
def test_decorator_without_parentheses_registers_under_the_functions_name(
    kind: str,
) -> None:
    app, blueprint = Insula("bare", static_folder=None), Blueprint("b", "bare")

    def own(text: str = "") -> str:
        return text

    def other(text: str = "") -> str:
        return text

    assert getattr(app, f"template_{kind}")(own) is own
    assert getattr(blueprint, f"app_template_{kind}")(other) is other
    app.register_blueprint(blueprint)
    table = getattr(app.jinja_env, f"{kind}s")
    assert (table["own"], table["other"]) == (own, other)


def test_template_from_text_is_compiled_once(app: Insula) -> None:
    env = app.jinja_env
    compiled: list[str] = []
    own = env.compile

    def compile_(source: Any, *args: Any, **kwargs: Any) -> Any:
        compiled.append(source)
        return own(source, *args, **kwargs)

    env.compile = compile_
    first = env.of_source("{{ a }}")
    first.globals["left"] = "behind"
    assert "left" not in env.of_source("{{ a }}").globals
    assert compiled == ["{{ a }}"]
    for number in range(300):
        env.of_source(str(number))
    env.of_source("{{ a }}")
    assert compiled.count("{{ a }}") == 2
    long = "x" * 20_000
    assert env.of_source(long).render() == env.of_source(long).render()
    assert compiled.count(long) == 2


def test_template_from_text_is_made_anew_where_somebody_has_a_say() -> None:
    made: list[str] = []

    class Numbering(Extension):
        def preprocess(self, source: str, *_: Any) -> str:
            made.append(source)
            return f"{source} {len(made)}"

    app = Insula("numbering", static_folder=None)
    app.jinja_env.add_extension(Numbering)
    with app.app_context():
        assert [render_template_string("n") for _ in range(2)] == ["n 1", "n 2"]
    app = Insula("own", static_folder=None)
    env: Any = app.jinja_env
    own = env.from_string
    env.from_string = lambda source, *_: own(source.upper())
    with app.app_context():
        assert [render_template_string("n") for _ in range(2)] == ["N", "N"]
    app = Insula("escaping", static_folder=None)
    with app.app_context():
        assert render_template_string("{{ x }}", x="<") == "&lt;"
        app.jinja_env.autoescape = False
        assert render_template_string("{{ x }}", x="<") == "<"


def test_template_from_text_sees_what_is_added_to_the_environment(app: Insula) -> None:
    source = "{{ 'a' ~ name | shout }}{{ word }}"
    app.add_template_filter(str.upper, name="shout")
    app.jinja_env.globals["word"] = "one"
    with app.app_context():
        assert render_template_string(source, name="b") == "aBone"
        app.add_template_filter(str.title, name="shout")
        app.jinja_env.globals["word"] = "two"
        assert render_template_string(source, name="bb") == "aBbtwo"
        assert render_template_string("{{ x }}", x="<") == "&lt;"


def test_template_from_text_belongs_to_its_environment(app: Insula) -> None:
    source = "<% if a %>{{ a }}"
    other = app.jinja_env.overlay(block_start_string="<%", block_end_string="%>")
    assert isinstance(other, Environment)
    assert app.jinja_env.of_source(source).render(a=1) == "<% if a %>1"
    with pytest.raises(TemplateSyntaxError):
        other.of_source(source)


def test_environment_of_another_class_renders_text(app: Insula) -> None:
    app.jinja_env = jinja2.Environment(autoescape=True)
    with app.app_context():
        assert render_template_string("{{ 1 + 1 }}") == "2"

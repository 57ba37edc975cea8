"""Where templates come from and what their context is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from jinja2 import TemplateNotFound, TemplatesNotFound

from insula import (
    Blueprint,
    Insula,
    g,
    render_template,
    render_template_string,
    request,
    stream_template,
    stream_template_string,
    template_rendered,
)

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture
def two(app: Insula, tmp_path: Any) -> Insula:
    """Give the application two blueprints, each with a template folder."""
    for name in ("first", "second"):
        blueprint = Blueprint(
            name,
            "island",
            root_path=str(tmp_path),
            template_folder=name,
            url_prefix=f"/{name}",
        )
        blueprint.add_url_rule("/", "page", lambda: render_template("page.html"))
        app.register_blueprint(blueprint)
    return app


FOLDERS = ["templates", "first", "second"]


@pytest.mark.parametrize("having", [FOLDERS, FOLDERS[1:], FOLDERS[2:]], ids=len)
def test_template_is_the_applications_then_the_blueprints_in_order(
    two: Insula, write: Callable[..., Any], having: list[str]
) -> None:
    for folder in having:
        write("page.html", folder, folder)
    with two.app_context():
        assert render_template("page.html") == having[0]
    assert two.test_client().get("/second/").text == having[0]
    assert two.jinja_env.list_templates() == ["page.html"]


def test_missing_template_is_named(app: Insula, write: Callable[..., Any]) -> None:
    write("here.html", "here")
    with app.app_context():
        assert render_template(["nope.html", "here.html"]) == "here"
        with pytest.raises(TemplateNotFound, match="nope"):
            render_template("nope.html")
        with pytest.raises(TemplatesNotFound, match="n1, n2"):
            render_template(["n1", "n2"])


@pytest.mark.parametrize(
    ("having", "hint"),
    [
        (FOLDERS[2:], "-> found ("),
        (FOLDERS[1:], "Warning: multiple loaders returned a match"),
        ([], "Error: the template could not be found."),
    ],
    ids=["one", "two", "none"],
)
def test_search_is_explained_where_configured(
    two: Insula,
    write: Callable[..., Any],
    caplog: pytest.LogCaptureFixture,
    having: list[str],
    hint: str,
) -> None:
    two.config.update(EXPLAIN_TEMPLATE_LOADING=True, TESTING=False)
    two.logger.setLevel("INFO")
    for folder in having:
        write("page.html", folder, folder)
    two.test_client().get("/first/")
    (record,) = [r for r in caplog.records if r.levelname == "INFO"]
    text = record.getMessage()
    assert text.startswith("Locating template 'page.html':")
    assert "trying loader of application 'island'" in text
    assert "trying loader of blueprint 'second' (island)" in text
    assert text.count("-> no match") == 3 - len(having)
    assert hint in text
    assert ("belongs to the blueprint 'first'" in text) is (len(having) != 1)


@pytest.fixture
def processed(app: Insula) -> Insula:
    """Give the application context processors of every kind."""
    blueprint = Blueprint("b", "island", url_prefix="/b")
    blueprint.context_processor(lambda: {"own": "blueprint", "b": "b"})
    blueprint.app_context_processor(lambda: {"all": "all"})
    app.context_processor(lambda: {"own": "application", "a": "a"})

    def page() -> str:
        source = "{{ own }} {{ a }} {{ b }} {{ all }}"
        return render_template_string(source, **request.args.to_dict())

    blueprint.add_url_rule("/", "page", page)
    app.add_url_rule("/", "page", page)
    app.register_blueprint(blueprint)
    return app


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("/", "application a  all"),
        ("/b/", "blueprint a b all"),
        ("/b/?own=mine", "mine a b all"),
        ("/?a=", "application   all"),
    ],
)
def test_context_is_the_applications_the_blueprints_and_the_calls(
    processed: Insula, path: str, text: str
) -> None:
    assert processed.test_client().get(path).text == text


def test_context_processors_run_without_a_request(processed: Insula) -> None:
    with processed.app_context():
        assert render_template_string("{{ own }}{{ b }}") == "application"


def test_table_of_processors_begins_with_what_every_template_gets(
    app: Insula,
) -> None:
    for target in (app, Blueprint("own", "own")):
        with app.test_request_context("/"):
            found = [
                processor() for processor in target.template_context_processors[None]
            ]
            assert found == [{"g": g._get_current_object(), "request": request}]
    app.template_context_processors[None].clear()
    with app.test_request_context("/"):
        context: dict[str, Any] = {}
        app.update_template_context(context)
        assert context == {}


def test_context_processor_may_be_async_and_give_functions(app: Insula) -> None:
    @app.context_processor
    async def names() -> dict[str, Any]:
        return {"double": lambda n: 2 * n, "path": request.path}

    app.add_url_rule(
        "/x", view_func=lambda: render_template_string("{{ double(2) }}{{ path }}")
    )
    assert app.test_client().get("/x").text == "4/x"


@pytest.mark.parametrize("source", ["string", "file", "object"])
def test_stream_keeps_the_context_of_its_request(
    app: Insula, write: Callable[..., Any], source: str
) -> None:
    text = "{{ request.path }} {{ g.x }} {{ v }}"
    write("s.html", text)

    @app.get("/s")
    def view() -> Any:
        g.x = 1
        if source == "string":
            return stream_template_string(text, v="<")
        if source == "object":
            return stream_template(app.jinja_env.get_template("s.html"), v="<")
        return stream_template("s.html", v="<")

    assert app.test_client().get("/s").text == "/s 1 &lt;"


def test_stream_renders_piece_by_piece(app: Insula) -> None:
    steps: list[int] = []

    def items() -> Any:
        for n in range(3):
            steps.append(n)
            yield n

    with app.test_request_context():
        pieces = stream_template_string(
            "{% for n in v %}{{ n }}{% endfor %}", v=items()
        )
        assert steps == []
        assert next(pieces) == "0"
        assert steps == [0]
        assert "".join(pieces) == "12"


@pytest.mark.parametrize("render", [render_template_string, stream_template_string])
def test_signal_tells_the_context_once_rendered(app: Insula, render: Any) -> None:
    seen: list[Any] = []

    def note(sender: Insula, template: Any, context: dict[str, Any]) -> None:
        seen.append((sender, context["v"]))

    with template_rendered.connected_to(note, app), app.test_request_context():
        assert "".join(render("{{ v }}", v=1)) == "1"
    assert seen == [(app, 1)]

"""`insula routes`: the table, and which rule answers."""

from __future__ import annotations

import json
from functools import cache, partial, wraps
from typing import TYPE_CHECKING, Any, cast

import pytest
from click.testing import CliRunner
from werkzeug.routing import BaseConverter, ValidationError

from insula import Blueprint, Insula
from insula.cli.routes import routes_command
from insula.cli.script_info import ScriptInfo
from insula.views import MethodView, View

if TYPE_CHECKING:
    from collections.abc import Callable

    from click.testing import Result

HERE = "test_routes.py"


class Item(MethodView):
    def get(self, n: int) -> str:
        return f"{n}"

    async def post(self, n: int) -> str:
        return f"{n}"


class Page(View):
    async def dispatch_request(self) -> str:
        return ""


class Refusing(BaseConverter):
    regex = "[a-z]+"

    def to_python(self, value: str) -> str:
        if value == "no":
            raise ValidationError("no is no word")
        return value


def decorated(view: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(view)
    def inner(**kwargs: Any) -> Any:
        return view(**kwargs)

    return inner


@cache
def make_app() -> Insula:
    app = Insula(__name__)
    app.url_map.converters["word"] = Refusing
    orders = Blueprint("orders", __name__, url_prefix="/orders")

    @app.get("/")
    def index() -> str:
        return ""

    @orders.get("/")
    def overview() -> str:
        return ""

    @orders.get("/new")
    @decorated
    def new() -> str:
        return ""

    @orders.get("/<int:number>")
    async def show(number: int) -> str:
        return str(number)

    @orders.get("/<name>")
    def named(name: str) -> str:
        return name

    @orders.post("/<name>")
    def change(name: str) -> str:
        return name

    app.register_blueprint(orders)
    app.add_url_rule("/item/<int(max=9):n>", view_func=Item.as_view("item"))
    app.add_url_rule("/page", view_func=Page.as_view("page"))
    app.add_url_rule("/part", "part", partial(named, name="x"))
    app.add_url_rule("/empty", "empty")
    app.add_url_rule("/words/<word:word>", "words", lambda word: word)
    app.add_url_rule("/list/", "list", index, defaults={"page": 1})
    app.add_url_rule("/list/<int:page>", "list")
    app.add_url_rule("/was/<int:n>", "was", redirect_to="/item/<n>")
    app.add_url_rule("/bad/<int:n>", "bad", redirect_to="/item/<int:n>")
    app.add_url_rule("/built", "built", index, build_only=True)
    app.add_websocket("/talk", "talk", show)
    return app


@pytest.fixture
def routes(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """Run the command on an application."""
    monkeypatch.delenv("COLUMNS", raising=False)

    def run(*args: str, app: Insula | None = None, **variables: str) -> Result:
        obj = ScriptInfo(create_app=lambda: app or make_app())
        return CliRunner().invoke(
            routes_command, args, obj=obj, env=variables, prog_name="insula routes"
        )

    return run


def rows(text: str) -> dict[str, list[str]]:
    """Return the lines of a table by the first word, as words."""
    return {line.split()[0]: line.split() for line in text.splitlines()[2:]}


def line_of(view: Callable[..., Any] | type) -> int:
    import inspect

    return inspect.getsourcelines(view)[1]


# -- the table -------------------------------------------------------------------------


def test_table_says_of_each_rule_what_answers_it(routes: Callable[..., Result]) -> None:
    found = rows(routes().output)
    head = " ".join(routes().output.split("\n")[0].split())
    assert head == "Endpoint Methods Rule Blueprint Kind Source"
    assert found["orders.new"][1:5] == ["GET", "/orders/new", "orders", "sync"]
    assert found["orders.show"][4] == "async"
    assert found["item"][1:5] == ["GET,", "POST", "/item/<int(max=9):n>", "mixed"]
    assert found["page"][3] == "async"
    assert found["talk"][3] == "websocket"
    assert found["empty"][3:] == ["no", "view"]
    assert found["static"][3:] == ["sync", "tests/cli/static/"]


def test_source_is_where_the_users_code_is(routes: Callable[..., Result]) -> None:
    found = {route["endpoint"]: route for route in json.loads(routes("--json").output)}
    app = make_app()
    new: Any = app.view_functions["orders.new"]
    for endpoint, line in {
        "orders.new": new.__wrapped__.__code__.co_firstlineno,
        "part": app.view_functions["orders.named"].__code__.co_firstlineno,
        "item": line_of(Item),
        "page": line_of(Page),
    }.items():
        assert found[endpoint]["file"].endswith(HERE)
        assert found[endpoint]["line"] == line
    assert found["empty"]["file"] is found["empty"]["line"] is None


def test_json_has_what_the_table_has(routes: Callable[..., Result]) -> None:
    found = {route["endpoint"]: route for route in json.loads(routes("--json").output)}
    assert found["orders.show"] | {"file": "", "line": 0} == {
        "endpoint": "orders.show",
        "methods": ["GET", "HEAD", "OPTIONS"],
        "domain": None,
        "rule": "/orders/<int:number>",
        "blueprint": "orders",
        "kind": "async",
        "file": "",
        "line": 0,
    }


@pytest.mark.parametrize(
    ("columns", "head"),
    [
        ("200", "Endpoint Methods Rule Blueprint Kind Source"),
        ("95", "Endpoint Methods Rule Kind Source"),
        ("85", "Endpoint Methods Rule Source"),
        ("70", "Endpoint Methods Rule Kind"),
        ("20", "Endpoint Methods Rule"),
    ],
)
def test_columns_that_have_no_room_are_left_out(
    routes: Callable[..., Result], columns: str, head: str
) -> None:
    assert routes(COLUMNS=columns).output.split("\n")[0].split() == head.split()
    verbose = routes("--verbose", COLUMNS=columns).output
    assert verbose.split("\n")[0].split()[-1] == "Source"


def test_words_choose_routes_by_endpoint_or_rule(
    routes: Callable[..., Result],
) -> None:
    assert set(rows(routes("NAMED", "/item").output)) == {"orders.named", "item"}
    done = routes("nowhere")
    assert (done.exit_code, done.output.count("\n")) == (1, 1)
    assert "No route has 'nowhere'" in done.output


def test_subdomains_and_hosts_are_a_column(routes: Callable[..., Result]) -> None:
    app = Insula(__name__, static_folder=None, subdomain_matching=True)
    app.add_url_rule("/", "a", subdomain="api")
    assert rows(routes(app=app).output)["a"][1:4] == ["GET", "api", "/"]


def test_source_that_is_imported_is_shown_from_where_that_is(
    routes: Callable[..., Result],
) -> None:
    app = Insula(__name__, static_folder=None)
    app.add_url_rule("/", "raises", cast("Any", pytest.raises))
    assert rows(routes(app=app).output)["raises"][-1].startswith("_pytest/raises.py:")


# -- which rule answers ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (
            ["/orders/new"],
            [
                "is answered by\n  orders.new ",
                "GET /orders/<name>\n    it fits, too, but fixed text ('new') goes",
                "POST /orders/<name>\n    it takes POST, not GET",
            ],
        ),
        (
            ["/orders/7?x=1"],
            [
                "is answered by\n  orders.show ",
                "number = 7",
                "<int:number> goes before <name> (by weight)",
            ],
        ),
        (["/orders/x", "--method", "post"], ["by\n  orders.change ", "name = 'x'"]),
        (["/", "--method", "OPTIONS"], ["OPTIONS is answered without the view"]),
        (["/", "--method", "HEAD"], ["HEAD is answered by GET's view"]),
        (["/"], ["is answered by\n  index ", "no other rule is of this path"]),
        (["/empty"], ["has no view: a request for it is an error"]),
        (["ws://localhost/talk"], ["is answered by\n  talk ", "WebSocket /talk"]),
        (["/talk", "--websocket"], ["is answered by\n  talk "]),
        (["/orders"], ["redirected to http://localhost/orders/ (308)", "strict_slash"]),
        (["https://a.b/orders"], ["is redirected to https://a.b/orders/ (308)"]),
        (["//orders//7"], ["to http://localhost/orders/7 (308)", "merge_slashes"]),
        (["/list/1"], ["to http://localhost/list/ (308)", "redirect_defaults"]),
        (["/was/3"], ["to http://localhost/item/3 (308)", "(redirect_to)"]),
    ],
)
def test_match_shows_the_rule_that_answers_and_why(
    routes: Callable[..., Result], args: list[str], says: list[str]
) -> None:
    done = routes("--match", *args)
    assert done.exit_code == 0, done.output
    for text in says:
        assert text in done.output


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (["/nowhere"], ["404 Not Found", "no rule begins like this path"]),
        (
            ["/pgae"],
            [
                "no rule begins like this path",
                "The nearest rules:\n  page",
                "'pgae' is not 'page'",
            ],
        ),
        (["/a%1b[31m%0ab"], ["GET /a%1B[31m%0Ab\n"]),
        (["/\udcff"], ["GET /\ufffd\n"]),
        (["/item/70"], ["404", "none is tried", "IntegerConverter refuses n='70'"]),
        (["/words/no"], ["404", "Refusing refuses word='no': no is no word"]),
        (["/item/x"], ["404", "The nearest rules", "'x' is no <int(max=9):n>"]),
        (["/item"], ["404", "the path ends before '<int(max=9):n>'"]),
        (["/orders/1/x"], ["404", "it ends before 'x' of the path"]),
        (["/page/"], ["404", "it does not end in a slash, as the path does"]),
        (["/built"], ["404", "(build_only)"]),
        (["/talk"], ["400 Bad Request", "it is for WebSockets"]),
        (["/page", "--websocket"], ["400", "it is for requests, not for WebSockets"]),
        (
            ["/orders/x", "--method", "DELETE"],
            [
                "405 Method Not Allowed",
                "allowed: GET, HEAD, OPTIONS, POST",
                "takes GET",
            ],
        ),
    ],
)
def test_match_shows_why_no_rule_answers(
    routes: Callable[..., Result], args: list[str], says: list[str]
) -> None:
    done = routes("--match", *args)
    assert done.exit_code == 1, done.output
    for text in says:
        assert text in done.output


def test_match_names_the_nearest_of_many_by_their_spelling(
    routes: Callable[..., Result],
) -> None:
    app = Insula("many")
    for n in range(30):
        app.add_url_rule(f"/items/number{n}", f"number{n}")
    done = routes("--match", "/items/nunber17", app=app)
    assert "The nearest rules:\n  number17" in done.output


def test_match_of_the_same_pattern_names_the_one_that_is_never_reached(
    routes: Callable[..., Result],
) -> None:
    app = Insula(__name__, static_folder=None)
    app.add_url_rule("/a/<x>", "first", lambda x: x)
    app.add_url_rule("/a/<y>", "second", lambda y: y)
    done = routes("--match", "/a/b", app=app)
    assert "is answered by\n  first " in done.output
    assert "registered later: for this it is never reached" in done.output


def test_match_goes_by_subdomain(routes: Callable[..., Result]) -> None:
    app = Insula(__name__, static_folder=None, subdomain_matching=True)
    app.config["SERVER_NAME"] = "a.test"
    for name in ("api", "<who>"):
        app.add_url_rule("/", name.strip("<>"), lambda who="": who, subdomain=name)
    app.add_url_rule("/only", "only", lambda: "", subdomain="api")
    done = routes("--match", "/", "--host", "api.a.test", app=app)
    assert "is answered by\n  api " in done.output
    assert "fixed text ('api') goes before <who>" in done.output
    done = routes("--match", "http://x.a.test/only", app=app)
    assert done.exit_code == 1
    assert "it is for subdomain 'api', not 'x'" in done.output


def test_match_goes_by_host(routes: Callable[..., Result]) -> None:
    app = Insula(__name__, static_folder=None, host_matching=True)
    app.add_url_rule("/", "a", lambda: "", host="a.test")
    app.add_url_rule("/", "b", lambda: "", host="b.test")
    assert "by\n  b " in routes("--match", "/", "--host", "b.test", app=app).output
    done = routes("--match", "/", "--host", "c.test", app=app)
    assert "it is for host 'a.test', not 'c.test'" in done.output


def test_match_of_a_host_that_is_not_trusted_says_so(
    routes: Callable[..., Result],
) -> None:
    app = Insula(__name__)
    app.config["TRUSTED_HOSTS"] = ["a.test"]
    done = routes("--match", "/", "--host", "b.test", app=app)
    assert done.exit_code == 1
    assert "400 Bad Request" in done.output
    assert "b.test" in done.output


def test_match_prints_json(routes: Callable[..., Result]) -> None:
    found = json.loads(routes("--match", "/orders/7", "--json").output)
    assert found["outcome"] == "answered"
    assert found["route"]["endpoint"] == "orders.show"
    assert found["args"] == {"number": "7"}
    assert [other["endpoint"] for other in found["others"]] == [
        "orders.named",
        "orders.change",
    ]
    found = json.loads(routes("--match", "/orders", "--json").output)
    assert (found["outcome"], found["status"]) == ("redirected", 308)
    found = json.loads(routes("--match", "/x", "--json").output)
    assert (found["outcome"], found["status"], found["route"]) == ("refused", 404, None)


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (["--method", "GET"], "--method goes with --match PATH"),
        (["--websocket"], "--websocket goes with --match PATH"),
        (["--match", "x"], "A path begins with a slash: --match /x"),
        (["--match", "/", "word"], "leave 'word' out"),
        (["--match", "/", "--websocket", "--method", "POST"], "leave --method out"),
        (["--match", "http://[::1/"], "'http://[::1/' is no URL (Invalid IPv6"),
        (["--match", "http://h:99999/"], "is no URL (Port out of range"),
        (["--match", "http://h:x/"], "mend it, or give the path alone."),
        (["--match", "/bad/1"], "Matching '/bad/1' raised KeyError"),
    ],
)
def test_wrong_use_is_one_line_and_exit_code_2(
    routes: Callable[..., Result], args: list[str], says: str
) -> None:
    done = routes(*args)
    assert done.exit_code == 2
    assert done.output.startswith("Error: ")
    assert done.output.count("\n") == 1
    assert says in done.output

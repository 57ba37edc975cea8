"""Views as classes, the test client, contexts by hand, subclasses, sessions, JSON."""

from __future__ import annotations

from typing import Any, ClassVar

from click.testing import Result
from typing_extensions import assert_type

from insula import Blueprint, Config, Insula, MethodView, Request, Response, View
from insula.sessions import SessionInterface, SessionMixin
from insula.testing import InsulaClient


class Hello(View):
    methods = ("GET",)
    init_every_request = False

    def dispatch_request(self, name: str) -> str:
        return f"hello {name}"


class Items(MethodView):
    decorators: ClassVar[list[Any]] = []

    def __init__(self, limit: int) -> None:
        self.limit = limit

    def get(self) -> dict[str, int]:
        return {"limit": self.limit}

    async def post(self) -> tuple[str, int]:
        return "made", 201


class MyRequest(Request):
    @property
    def token(self) -> str | None:
        return self.headers.get("X-Token")


class MyResponse(Response):
    default_mimetype = "text/plain"


class MyInsula(Insula):
    request_class = MyRequest
    response_class = MyResponse


class Sessions(SessionInterface):
    def open_session(self, app: Insula, request: Request) -> SessionMixin | None:
        return None

    def save_session(
        self, app: Insula, session: SessionMixin, response: Response
    ) -> None:
        pass


app = MyInsula(
    __name__, static_folder=None, template_folder="t", instance_relative_config=True
)
app.session_interface = Sessions()
app.add_url_rule("/hello/<name>", view_func=Hello.as_view("hello"))
app.add_url_rule("/items", view_func=Items.as_view("items", limit=3))
app.register_blueprint(Blueprint("b", __name__, cli_group=None), name="c")
app.secret_key = b"k"
app.config["TESTING"] = True
app.config.update(A=1)
app.config.from_object("settings")
assert_type(app.config, Config)
assert_type(app.json.dumps({}), str)
assert_type(app.json.loads("{}"), Any)


def with_client() -> None:
    client = app.test_client()
    assert_type(client, InsulaClient)
    with client:
        answer = client.get("/hello/x", query_string={"a": "1"}, headers={"X-A": "1"})
        assert_type(answer.status_code, int)
        assert_type(answer.text, str)
        assert_type(answer.get_data(), bytes)
        assert_type(answer.json, Any | None)
        assert_type(answer.request.path, str)
        client.post("/items", json={"a": 1}, follow_redirects=True)
        with client.session_transaction() as session:
            assert_type(session, SessionMixin)
            session["a"] = 1
    assert_type(app.test_cli_runner().invoke(args=["go"]), Result)


def with_contexts() -> None:
    with app.app_context() as ctx:
        ctx.g.user = "u"
    with app.test_request_context("/x", method="POST", json={}) as request_ctx:
        request_ctx.match_request()
        app.preprocess_request()
    Insula()  # type: ignore[call-arg]  # it needs the name of its module

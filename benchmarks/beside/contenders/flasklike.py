"""The application for Flask and Insula: one text, whichever of the two it imports."""

# the framework is chosen when it runs, so its decorators are Any.
# mypy: disable-error-code="untyped-decorator"
from __future__ import annotations

from contextvars import Context
from importlib import import_module
from pathlib import Path
from typing import Any

__all__ = ["make_apps", "makers", "micros"]

PAGE = "{{ name }}:{% for number in numbers %} {{ number }}{% endfor %}"


def make_apps(package: str, kind: str) -> dict[str, Any]:
    """Return the applications made of `package`'s class `kind`."""
    main = _make(package, kind)
    hooks = _make(package, kind)
    _add_hooks(import_module(package), hooks)
    # A server may ask whether there is an async view: of its own, then.
    loops = _make(package, kind)
    _add_async_view(loops)
    return {"main": main, "hooks": hooks, "async": loops}


def _make(package: str, kind: str) -> Any:
    framework: Any = import_module(package)
    here = Path(__file__).parent
    app = getattr(framework, kind)(
        __name__, static_folder=here / "static", template_folder=here / "templates"
    )
    app.secret_key = "bench"  # noqa: S105 - nothing here is secret
    _add_plain_views(framework, app)
    _add_views_with_state(framework, app)
    return app


def _add_plain_views(framework: Any, app: Any) -> None:
    """Add what every framework can do, and routes to build URLs for."""
    request = framework.request

    @app.get("/hello")
    def hello() -> str:
        return "Hello, World!"

    @app.get("/users/<int:user>/posts")
    def posts(user: int) -> Any:
        return {"user": user, "limit": request.args.get("limit", type=int)}

    @app.post("/echo")
    def echo() -> Any:
        return framework.jsonify(request.get_json())

    @app.post("/form")
    def form() -> str:
        return f"{request.form['name']} is {request.form['age']}"

    @app.get("/headers")
    def headers() -> Any:
        response = framework.make_response("ok")
        response.headers["X-Request-Id"] = request.headers["X-Request-Id"]
        response.headers["Cache-Control"] = "no-store"
        return response

    @app.get("/")
    def index() -> str:
        return "index"

    @app.get("/<a>/<b>/<c>/three")
    def three(a: str, b: str, c: str) -> str:
        return a + b + c


def _add_views_with_state(framework: Any, app: Any) -> None:
    """Add what reads and writes the request's own state."""
    request, session, g = framework.request, framework.session, framework.g

    @app.get("/reads")
    def reads() -> str:
        g.name = "Ada"
        for _ in range(20):
            request.method  # noqa: B018 - reading is the work
            g.name  # noqa: B018 - likewise
        return "Hello, World!"

    @app.get("/reads/none")
    def no_reads() -> str:
        g.name = "Ada"
        for _ in range(20):
            pass
        return "Hello, World!"

    @app.get("/session")
    def count() -> str:
        session["visits"] = session.get("visits", 0) + 1
        return f"{session['visits']} visits"

    @app.get("/template/<int:page>")
    def template(page: int) -> str:
        g.user = "Ada"
        return str(framework.render_template("page.html", page=page))

    @app.get("/string")
    def string() -> str:
        return str(
            framework.render_template_string(PAGE, name="Ada", numbers=[1, 2, 3])
        )


def _add_hooks(framework: Any, app: Any) -> None:
    request, g = framework.request, framework.g

    @app.before_request
    def know_user() -> None:
        g.user = request.headers["X-User"]

    @app.before_request
    def know_time() -> None:
        g.time = 12

    @app.after_request
    def sign(response: Any) -> Any:
        response.headers["X-Served-For"] = g.user
        return response

    @app.teardown_request
    def forget(_exc: BaseException | None) -> None:
        g.pop("time")

    @app.get("/hooked")
    def hooked() -> str:
        return f"{g.user} at {g.time}"


def micros(package: str, app: Any) -> tuple[Any, dict[str, Any]]:
    """Return a request context to enter, and the functions to time inside it."""
    framework: Any = import_module(package)
    names = {
        "request": framework.request,
        "g": framework.g,
        "url_for": framework.url_for,
    }
    return app.test_request_context("/hello"), names


def makers(package: str, kind: str, app: Any) -> dict[str, Any]:
    """Return functions that make one thing more to be kept in memory."""
    framework: Any = import_module(package)

    def idle_application() -> Any:
        made = getattr(framework, kind)(__name__)
        made.get("/")(lambda: "index")
        made.test_client().get("/")
        return made

    def request_in_flight() -> Any:
        environ = app.test_request_context("/hello").request.environ
        context, ctx = Context(), app.request_context(environ)
        context.run(ctx.push)
        return context, ctx

    return {
        "idle application": idle_application,
        "request in flight": request_in_flight,
    }


def _add_async_view(app: Any) -> None:
    @app.get("/async")
    async def in_turn() -> str:
        return "Hello, World!"

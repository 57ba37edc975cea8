"""The soak's routes: write the request's id everywhere, wait, answer what is read.

Rules of the file: each view pauses at random between writing and reading; what is read
goes into the answer as it is. Every route carries its id in the path, the query
(`id`), the header X-Soak-Id, the session and, where there is one, the body.

Theory. `GET`s and `POST`s of one client share its session, in which the last id, a
count and the flashes must be what that client saw last. Hooks count requests begun and
torn down in memory that all worker processes share, so that at the end both are equal;
a teardown that sees another request's `g` is counted, too.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from benchmarks.soaking import lasting
from benchmarks.soaking.pauses import apause, pause
from benchmarks.soaking.places import (
    CONTROLS,
    Islands,
    Tally,
    awrite,
    places,
    tally,
    write,
)
from jinja2 import DictLoader
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from insula import (
    Blueprint,
    ContextThreadPoolExecutor,
    Insula,
    abort,
    copy_current_request_context,
    current_app,
    g,
    jsonify,
    render_template,
    request,
    session,
    stream_with_context,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from werkzeug.wrappers import Response

__all__ = ["STREAM_STEPS", "create_app"]

STREAM_STEPS = 4
PAGE = (
    "{{ request.headers['X-Soak-Id'] }} {{ pause() }}{{ g.rid }} {{ session['rid'] }}"
    " {{ pause() }}{{ request.args['id'] }} {{ config['SESSION_COOKIE_NAME'] }}"
)

bp = Blueprint("soak", __name__)


def create_app(
    *,
    control: str = "",
    name: str = __name__,
    tally: Tally | None = None,
    is_async: bool = False,
) -> Insula:
    """Return the application of the soak.

    :param control: where a control has its data; empty for the islands.
    :param tally: what is counted, if another application counts it, too.
    :param is_async: have hooks and error handlers that are async, so that async views
        run on the loop of an ASGI server to their end.
    """
    app = Insula(name)
    app.secret_key = "soak"  # noqa: S105 - nothing here is secret
    app.config["SESSION_COOKIE_NAME"] = "soak_session"
    app.extensions["soak"] = CONTROLS.get(control, Islands)()
    app.extensions["soak.tally"] = tally or Tally()
    app.extensions["soak.pool"] = _Pool()
    app.extensions["soak.in_flight"] = set()
    app.logger.disabled = True  # requests fail on purpose, by the thousand
    kind = _as_coroutine if is_async else _as_it_is
    for register, function in (
        (app.before_request, _begin),
        (app.before_websocket, _begin),
        (app.after_request, _sign),
        (app.teardown_request, _end),
        (app.teardown_websocket, _end),
    ):
        register(kind(function))
    app.register_error_handler(HTTPException, kind(_show_error))
    app.register_error_handler(ValueError, kind(_show_value_error))
    app.jinja_loader = DictLoader({"page.txt": PAGE})
    app.add_template_global(pause)
    app.register_blueprint(bp)
    app.register_blueprint(lasting.bp)
    return app


def _as_it_is(function: Any) -> Any:
    return function


def _as_coroutine(function: Any) -> Any:
    """Return a coroutine function that calls `function` between two pauses."""

    async def call(*args: Any) -> Any:
        await apause()
        outcome = function(*args)
        await apause()
        return outcome

    return call


class _Pool:
    """A pool of threads for each process that asks: threads do not survive a fork."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._pool: ContextThreadPoolExecutor | None = None

    def get(self) -> ContextThreadPoolExecutor:
        with self._lock:
            if self._pool is None:
                self._pool = ContextThreadPoolExecutor(4)
            return self._pool


def _answer(rid: str, **more: Any) -> Response:
    before = write(rid)
    pause()
    return jsonify(id=rid, before=before, seen=places().read(), **more)


def _begin() -> None:
    tally().add("begun")
    current_app.extensions["soak.in_flight"].add(request.headers.get("X-Soak-Id"))
    g.left = places().left()
    g.begun_as = request.headers.get("X-Soak-Id")
    request.environ["soak.g"] = g._get_current_object()


def _sign(response: Response) -> Response:
    # What failed before its view has written nothing; then there is nothing to say.
    response.headers["X-Soak-App"] = current_app.name
    response.headers["X-Soak-Request"] = request.headers.get("X-Soak-Id", "")
    rid = places().own()
    if rid is not None:
        response.headers["X-Soak-G"] = rid
        response.set_cookie("soak_seen", rid)
    return response


def _end(_exc: BaseException | None) -> None:
    if request.environ.get("soak.g") is not g._get_current_object():
        return  # a copy of the request's context, or one within it
    tally().add("ended")
    current_app.extensions["soak.in_flight"].discard(request.headers.get("X-Soak-Id"))
    if g.get("begun_as") != request.headers.get("X-Soak-Id"):
        tally().add("crossed")


def _show_error(exc: HTTPException) -> tuple[Response, int]:
    pause()
    cause = getattr(exc, "original_exception", None)
    rid = request.headers.get("X-Soak-Id")
    answer = jsonify(id=rid, code=exc.code, text=str(cause or exc.description))
    if isinstance(exc, MethodNotAllowed):
        answer.allow.update(exc.valid_methods or ())
    return answer, exc.code or 500


def _show_value_error(exc: ValueError) -> tuple[Response, int]:
    pause()
    answer = jsonify(id=request.headers["X-Soak-Id"], text=str(exc), g=g.get("rid"))
    return answer, 422


@bp.post("/json/<rid>")
def echo_json(rid: str) -> Response:
    before = write(rid)
    body = request.get_json()["id"]
    pause()
    return jsonify(id=rid, before=before, seen=places().read(), body=body)


@bp.post("/form/<rid>")
def echo_form(rid: str) -> Response:
    return _answer(rid, body=request.form["id"])


@bp.post("/raw/<rid>")
def echo_raw(rid: str) -> Response:
    before = write(rid)
    body = request.get_data(as_text=True)
    return jsonify(id=rid, before=before, seen=places().read(), body=body)


@bp.get("/plain/<rid>")
def plain(rid: str) -> Response:
    return _answer(rid)


@bp.get("/template/<rid>")
def template(rid: str) -> Response:
    before = write(rid)
    page = render_template("page.txt")
    return jsonify(id=rid, before=before, seen=places().read(), page=page)


@bp.get("/async/<rid>")
async def in_turns(rid: str) -> Response:
    before = await awrite(rid)
    seen = []
    for _ in range(2):
        await apause()
        seen.append(places().read())
    first = seen.pop(0)
    return jsonify(id=rid, before=before, seen=seen[0], also=[first])


@bp.get("/carry/<rid>")
def carried(rid: str) -> Response:
    """Read on two other threads: one of a pool, with everything; one with a copy."""
    before = write(rid)

    def read() -> dict[str, Any]:
        pause()
        return places().read()

    @copy_current_request_context
    def name() -> None:
        pause()
        names.append(request.headers["X-Soak-Id"] + session["rid"])

    names: list[str] = []
    job = current_app.extensions["soak.pool"].get().submit(read)
    thread = threading.Thread(target=name)
    thread.start()
    pause()
    thread.join()
    also = [job.result(30)]
    return jsonify(id=rid, before=before, seen=places().read(), also=also, names=names)


@bp.get("/nested/<rid>")
def nested(rid: str) -> Response:
    """Push a request within the request; the outer one must come back."""
    before = write(rid)
    inner = f"inner-{rid}"
    app: Insula = current_app._get_current_object()  # type: ignore[attr-defined]  # the proxy's own
    headers = {"X-Soak-Id": inner}
    # A request within one of the same application shares its `g`, as in Flask 3.1.
    with app.app_context(), app.test_request_context("/plain/x", headers=headers):
        g.rid = inner
        pause()
        inside = [request.headers["X-Soak-Id"], g.rid, session.get("rid")]
    pause()
    return jsonify(id=rid, before=before, seen=places().read(), inside=inside)


@bp.get("/stream/<rid>")
def stream(rid: str) -> Response:
    before = write(rid)
    where = places()
    dumps = current_app.json.dumps

    def steps() -> Iterator[str]:
        yield dumps({"id": rid, "before": before}) + "\n"
        for number in range(STREAM_STEPS):
            pause()
            yield dumps({"step": number, "seen": where.read()}) + "\n"

    body = stream_with_context(steps())
    return current_app.response_class(body, mimetype="application/jsonl")


@bp.get("/fail/<kind>/<rid>")
def fail(kind: str, rid: str) -> Response:
    write(rid)
    pause()
    if kind == "value":
        raise ValueError(rid)
    if kind == "abort":
        abort(409, rid)
    raise LookupError(rid)


@bp.get("/tally")
def show_tally() -> Response:
    return jsonify(tally().read())

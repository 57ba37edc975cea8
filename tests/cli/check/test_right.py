"""`insula check`: what is right is not found."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.cli.check.shop import Check

# None of these is a mistake.
RIGHT = [
    """
    other = Insula("other")
    bp = Blueprint("bp", __name__)
    @bp.get("/a/<int:n>")
    def one(n): return url_for(".one", n=1) + url_for("bp.one", n=2)
    other.register_blueprint(bp)
    @app.get("/")
    def index(): return url_for("bp.one", _app=other, n=1)
    """,
    # A view of its own, a route more general than another, a redirect, defaults.
    """
    @app.get("/a")
    def one(): return "a"
    @app.get("/<path:rest>")
    def rest(rest): return rest
    @app.get("/<int:n>/")
    def two(n): return "b"
    @app.route("/list", defaults={"page": 1})
    @app.route("/list/<int:page>")
    def pages(page): return url_for("pages") + url_for("pages", page=2)
    @app.route("/list", methods=["POST"])
    def add(): return "c"
    """,
    # A second name for a URL.
    """
    @app.get("/")
    def one(): return url_for("index")
    app.add_url_rule("/", endpoint="index")
    """,
    # The name `session` of another thing.
    """
    app.secret_key = None
    def save(session): session.add(1)
    def load():
        session = {}
        return session
    """,
    # Sessions that need no key.
    """
    from insula.sessions import SessionInterface
    class Kept(SessionInterface):
        def open_session(self, app, request): return {}
        def save_session(self, app, session, response): pass
    app.secret_key = None
    app.session_interface = Kept()
    @app.get("/")
    def one(): return session.get("a", "")
    """,
    # Ends that always answer, or that cannot be told.
    """
    def refuse(): raise ValueError
    @app.get("/a")
    def one():
        if request.args:
            return "a"
        else:
            abort(404)
    @app.get("/b")
    def two():
        with open("x") as file:
            return file.read()
    @app.get("/c")
    def three():
        try:
            return "a"
        except ValueError:
            return "b"
    @app.get("/d")
    def four(): abort(404)
    @app.get("/e")
    def five(): refuse()
    @app.get("/f")
    def six():
        while True:
            if request.args:
                return "a"
    @app.get("/g")
    def seven():
        yield "a"
    """,
    # Decorators that answer, or hand over what the rule does not.
    """
    import functools
    def wrapped(view):
        @functools.wraps(view)
        def call(*args, **kwargs):
            view("user", *args, **kwargs)
            return "done"
        return call
    @app.get("/<int:n>")
    @wrapped
    def one(user, n): pass
    """,
    # Values that hooks add or take.
    """
    @app.url_value_preprocessor
    def take(endpoint, values): g.lang = values.pop("lang", "en")
    @app.url_defaults
    def add(endpoint, values): values.setdefault("lang", "en")
    @app.get("/<lang>/a")
    def one(): return url_for("one")
    """,
    # What is async throughout, and threads that are asked for.
    """
    @app.before_request
    async def first(): await asyncio.sleep(0)
    @app.get("/")
    async def one():
        await asyncio.to_thread(time.sleep, 0)
        def inside(): time.sleep(1)
        return await asyncio.to_thread(lambda: time.sleep(0)) or "a"
    @app.get("/b")
    def two():
        time.sleep(0)
        return "b"
    """,
    # Teardowns that look before.
    """
    @app.teardown_appcontext
    def done(error):
        db = g.pop("db", None)
        if "other" in g:
            g.other.close()
    """,
    # A lock, a cache, a name of the function's own.
    """
    import threading
    lock, cache, count = threading.Lock(), {}, 0
    @app.get("/<key>")
    def one(key):
        global count
        with lock:
            count += 1
        cache[key] = 1
        own = 0
        own += 1
        return "a"
    """,
    # Development only.
    """
    if __name__ == "__main__":
        app.run(debug=True)
    if os.environ.get("NO_SUCH_VARIABLE"):
        app.debug = True
    """,
    # Names that the code makes.
    """
    @app.get("/")
    def one():
        name = request.args.get("a", "one")
        return render_template([name, "b"]) + url_for(name) + url_for(".one")
    """,
]


@pytest.mark.parametrize("text", RIGHT)
def test_what_is_right_is_not_found(check: Check, text: str) -> None:
    assert check(text) == []

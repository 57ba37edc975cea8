"""`insula check`: each mistake is found, in its line and alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.cli.check.shop import KEY, ids

from insula.cli.check.findings import KINDS

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.check.shop import Check

# What is found, in the line that ends with "# <-" (or in none), and with which options.
MISTAKES: list[tuple[str, str, str]] = [
    (
        "endpoint-duplicate",
        """
        @app.get("/a")
        def one(): return "a"
        app.add_url_rule("/b", "one", lambda: "b")  # <-
        """,
        "",
    ),
    ("app-does-not-load", "import not_there_at_all  # <-", ""),
    ("endpoint-without-view", 'app.add_url_rule("/a", "a")', ""),
    (
        "rule-unreachable",
        """
        @app.get("/<int:n>")
        def one(n): return "a"
        @app.get("/<int:m>")  # <-
        def two(m): return "b"
        """,
        "",
    ),
    (
        "rule-unreachable",
        """
        @app.route("/a", methods=["GET", "POST"])
        def one(): return "a"
        @app.route("/a", methods=["POST", "PUT"])  # <-
        def two(): return "b"
        """,
        "",
    ),
    (
        "blueprint-unregistered",
        """
        bp = Blueprint("bp", __name__)  # <-
        @bp.get("/a")
        def one(): return "a"
        """,
        "",
    ),
    (
        "secret-key-missing",
        """
        app.secret_key = None
        @app.get("/")
        def one(): return session.get("a", "")  # <-
        """,
        "",
    ),
    (
        "secret-key-missing",
        """
        app.secret_key = None
        @app.post("/")
        def one():
            flash("said")  # <-
            return ""
        """,
        "",
    ),
    (
        "secret-key-weak",
        """
        app.config["SECRET_KEY"] = "dev"  # <-
        @app.get("/")
        def one(): return session.get("a", "")
        """,
        "",
    ),
    (
        "secret-key-in-code",
        f"""
        app.config.update(SECRET_KEY="{KEY}x")  # <-
        @app.get("/")
        def one(): return session.get("a", "")
        """,
        "",
    ),
    (
        "session-cookie-rejected",
        """
        app.config["SESSION_COOKIE_SAMESITE"] = "None"
        @app.get("/")
        def one(): return session.get("a", "")
        """,
        "",
    ),
    (
        "session-cookie-readable",
        """
        app.config["SESSION_COOKIE_HTTPONLY"] = False
        @app.get("/")
        def one(): return session.get("a", "")
        """,
        "",
    ),
    (
        "session-cookie-insecure",
        """
        app.config["SESSION_COOKIE_SAMESITE"] = "Lax"
        @app.get("/")
        def one(): return session.get("a", "")  # <-
        """,
        "--production",
    ),
    (
        "session-cookie-samesite",
        """
        app.config["SESSION_COOKIE_SECURE"] = True
        @app.get("/")
        def one(): return session.get("a", "")  # <-
        """,
        "--production",
    ),
    ("testing-in-production", 'app.config["TESTING"] = True', "--production"),
    ("debug-in-code", "app.debug = True  # <-", ""),
    ("debug-in-code", 'app.config["DEBUG"] = True  # <-', ""),
    (
        "debug-in-code",
        """
        if __name__ == "__main__":
            app.run(debug=True)  # <-
        """,
        "--production",
    ),
    ("server-name-malformed", 'app.config["SERVER_NAME"] = "http://a.org"', ""),
    (
        "template-missing",
        """
        @app.get("/")
        def one(): return render_template("gone.html")  # <-
        """,
        "",
    ),
    (
        "url-endpoint-unknown",
        """
        @app.get("/")
        def one(): return redirect(url_for("gone"))  # <-
        """,
        "",
    ),
    (
        "url-value-missing",
        """
        @app.get("/<int:n>")
        def one(n): return redirect(url_for("one", m=n))  # <-
        """,
        "",
    ),
    (
        "static-file-missing",
        """
        @app.get("/")
        def one(): return url_for("static", filename="gone.css")  # <-
        """,
        "",
    ),
    (
        "view-arguments",
        """
        @app.get("/<name>")  # <-
        def one(nam): return nam
        """,
        "",
    ),
    (
        "view-arguments",
        """
        class Page(MethodView):
            def get(self): return "a"  # <-
        app.add_url_rule("/<name>", view_func=Page.as_view("page"))
        """,
        "",
    ),
    (
        "view-returns-nothing",
        """
        @app.get("/")
        def one():  # <-
            print("a")
        """,
        "",
    ),
    (
        "view-may-return-nothing",
        """
        @app.route("/", methods=["GET", "POST"])
        def one():
            if request.method == "POST":  # <-
                return "a"
        """,
        "",
    ),
    (
        "hook-arguments",
        """
        @app.teardown_request  # <-
        def done(): pass
        """,
        "",
    ),
    (
        "hook-returns-nothing",
        """
        @app.after_request
        def done(response):  # <-
            response.headers["a"] = "b"
        """,
        "",
    ),
    (
        "teardown-raises",
        """
        @app.teardown_appcontext
        def done(error):
            g.db.close()  # <-
        """,
        "",
    ),
    (
        "blocking-in-async",
        """
        from time import sleep as nap
        async def helper():
            nap(1)  # <-
        """,
        "",
    ),
    (
        "sync-extension-in-async",
        """
        import sqlite3
        db = sqlite3.connect(":memory:", check_same_thread=False)
        db.close()
        @app.get("/")
        async def one(): return db.execute("select 1").fetchone()  # <-
        """,
        "",
    ),
    (
        "async-view-in-thread",
        """
        @app.get("/")
        async def one(): return "a"
        @app.before_request  # <-
        def first(): pass
        """,
        "",
    ),
    (
        "coroutine-not-awaited",
        """
        async def helper(): return 1
        @app.get("/")
        async def one():
            helper()  # <-
            return "a"
        """,
        "",
    ),
    (
        "state-shared",
        """
        count = 0
        @app.get("/")
        def one():
            global count
            count += 1  # <-
            return str(count)
        """,
        "",
    ),
    (
        "state-shared",
        """
        hits = {"a": 0}
        @app.get("/")
        def one():
            hits["a"] += 1  # <-
            return "a"
        """,
        "",
    ),
]


@pytest.mark.parametrize(("name", "text", "option"), MISTAKES)
def test_mistake_is_found_in_its_line_and_alone(
    check: Check, folder: Path, name: str, text: str, option: str
) -> None:
    found = check(text, *option.split())
    assert ids(found) == [name]
    (finding,) = found
    assert finding["level"] == KINDS[name][0]
    assert finding["what"]
    assert finding["mend"]
    lines = (folder / "shop.py").read_text().splitlines()
    marked = [n for n, line in enumerate(lines, 1) if line.endswith("# <-")]
    if marked:
        assert (finding["file"], finding["line"]) == ("shop.py", marked[0])

"""`insula check`: each mistake is found where it is, and what is right is not."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import pytest
from click.testing import CliRunner

from insula.cli import ScriptInfo
from insula.cli.check import check_command
from insula.cli.check.findings import KINDS
from insula.cli.new.names import ProjectName
from insula.cli.new.scaffold import make_minimal, make_project

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Check: TypeAlias = Callable[..., list[dict[str, Any]]]

ROOT = Path(__file__).parents[2]
KEY = "0123456789abcdef0123456789abcdef"

HEAD = f"""\
import asyncio, os, time
from insula import (
    Blueprint, Insula, abort, current_app, flash, g, redirect, render_template,
    request, session, url_for,
)
from insula.views import MethodView
app = Insula(__name__)
app.config["SECRET_KEY"] = os.environ.get("NO_SUCH_KEY", "") or "{KEY}"
"""

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

# None of these is a mistake.
RIGHT = [
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


def dedented(text: str) -> str:
    lines = text.strip("\n").splitlines()
    margin = min((len(x) - len(x.lstrip()) for x in lines if x.strip()), default=0)
    return "\n".join(line[margin:] for line in lines) + "\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Be in a folder of its own, and forget its modules afterwards."""
    for name in ("FLASK_DEBUG", "INSULA_DEBUG", "FLASK_APP", "INSULA_APP"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    yield tmp_path
    for name, module in list(sys.modules.items()):
        if str(getattr(module, "__file__", None)).startswith(str(tmp_path)):
            del sys.modules[name]


@pytest.fixture
def check(folder: Path) -> Check:
    """Check `shop.py`, made of the text, and return what was found."""

    def run(text: str, *words: str) -> list[dict[str, Any]]:
        (folder / "shop.py").write_text(HEAD + dedented(text))
        done = CliRunner().invoke(
            check_command, ["--json", *words], obj=ScriptInfo("shop")
        )
        found: list[dict[str, Any]] = json.loads(done.stdout)
        errors = [finding for finding in found if finding["level"] == "error"]
        assert done.exit_code == (1 if errors else 0), done.output
        return found

    return run


def ids(found: list[dict[str, Any]]) -> list[str]:
    return [finding["id"] for finding in found]


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


@pytest.mark.parametrize("text", RIGHT)
def test_what_is_right_is_not_found(check: Check, text: str) -> None:
    assert check(text) == []


def test_comment_silences_its_finding_and_no_other(check: Check) -> None:
    assert ids(check("app.debug = True  # insula: ignore[x]")) == ["debug-in-code"]
    assert not check("# insula: ignore[debug-in-code]\napp.debug = True")
    assert not check("app.debug = True  # insula: ignore[other, debug-in-code]")


TEMPLATE = """\
{% extends "base.html" %}
{% block a %}
%s
{% endblock %}
"""


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("template-syntax", "{% if a %}"),
        ("template-syntax", "{{ a|no_such_filter }}"),
        ("template-syntax", "{{ a + }}"),
        ("template-missing", '{% include "gone.html" %}'),
        ("template-missing", '{% from "gone.html" import a %}'),
        ("url-endpoint-unknown", "{{ url_for('gone') }}"),
        ("url-value-missing", "{{ url_for('item') }}"),
        ("static-file-missing", "{{ url_for('static', filename='gone.css') }}"),
    ],
)
def test_mistake_in_a_template_is_found(
    check: Check, folder: Path, name: str, line: str
) -> None:
    pages = folder / "templates"
    pages.mkdir()
    (pages / "base.html").write_text("{% block a %}{% endblock %}")
    (pages / "page.html").write_text(TEMPLATE.replace("%s", line))
    found = check('@app.get("/<int:n>")\ndef item(n): return "a"')
    assert ids(found) == [name]
    assert found[0]["file"] == os.path.join("templates", "page.html")  # noqa: PTH118 - text
    assert found[0]["line"] in {3, 4}
    silenced = f"{line}{{# insula: ignore[{name}] #}}"
    if name != "template-syntax":
        (pages / "page.html").write_text(TEMPLATE.replace("%s", silenced))
        assert not check('@app.get("/<int:n>")\ndef item(n): return "a"')


def test_template_that_is_right_is_not_found(check: Check, folder: Path) -> None:
    pages = folder / "templates"
    pages.mkdir()
    (folder / "static").mkdir()
    (folder / "static" / "a.css").write_text("")
    (pages / "base.html").write_text("{% block a %}{% endblock %}")
    lines = """
    {% include "gone.html" ignore missing %}
    {% include ["gone.html", "base.html"] %}
    {% include name %}
    {{ url_for(name) }}{{ url_for('item', **values) }}{{ url_for('item', n=1) }}
    {{ url_for('static', filename='a.css') }}{{ url_for('static', filename=name) }}
    """
    (pages / "page.html").write_text(TEMPLATE.replace("%s", lines))
    (pages / "logo.png").write_bytes(b"\x89{% not a template")
    assert not check('@app.get("/<int:n>")\ndef item(n): return "a"')


def test_debug_in_production_is_an_error(
    check: Check, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("INSULA_DEBUG", "1")
    assert ids(check("", "--production")) == ["debug-in-production"]
    assert not check("")


def test_ignore_option_leaves_findings_out(check: Check) -> None:
    text = 'app.debug = True\napp.add_url_rule("/a", "a")'
    assert len(check(text)) == 2
    assert ids(check(text, "--ignore", "debug-in-code")) == ["endpoint-without-view"]


def _invoke(folder: Path, text: str, *words: str) -> Any:
    (folder / "shop.py").write_text(HEAD + text)
    return CliRunner().invoke(check_command, [*words], obj=ScriptInfo("shop"))


def test_unknown_id_to_ignore_is_one_line(folder: Path) -> None:
    done = _invoke(folder, "", "--ignore", "gone")
    assert done.exit_code == 2
    assert "there is no 'gone'; --list shows all ids" in done.output
    assert len(done.output.splitlines()) == 1


def test_finding_is_one_line_in_a_pipe(folder: Path) -> None:
    done = _invoke(folder, "app.debug = True\n")
    line = HEAD.count("\n") + 1
    first, last = done.output.splitlines()
    assert first.startswith(f"shop.py:{line}: warning: Debug mode is turned on")
    assert first.endswith(
        "; leave it out and start with insula run --debug. [debug-in-code]"
    )
    assert last == "1 warning."
    assert done.exit_code == 0


def test_strict_counts_warnings(folder: Path) -> None:
    assert _invoke(folder, "app.debug = True\n", "--strict").exit_code == 1


def test_nothing_found_says_what_was_looked_at(folder: Path) -> None:
    done = _invoke(folder, "", "--strict")
    assert done.exit_code == 0
    assert done.output == "No mistakes found in 1 route, 0 templates and 1 module.\n"


def test_check_that_fails_does_not_hide_the_others(folder: Path) -> None:
    text = "app.debug = True\napp.template_context_processors = None\n"
    done = _invoke(folder, text)
    assert "Warning: the checks of hooks were not finished" in done.output
    assert "[debug-in-code]" in done.output


def test_list_shows_every_id() -> None:
    done = CliRunner().invoke(check_command, ["--list"])
    assert done.exit_code == 0
    assert [line.split()[0] for line in done.output.splitlines()] == list(KINDS)
    assert max(map(len, done.output.splitlines())) <= 80


def test_every_id_has_a_test() -> None:
    source = Path(__file__).read_text("utf-8")
    for name in KINDS:
        assert f'"{name}"' in source, name


def test_application_that_is_not_insulas_is_one_line(folder: Path) -> None:
    (folder / "wsgi.py").write_text("def app(environ, start_response): return []\n")
    done = CliRunner().invoke(check_command, [], obj=ScriptInfo("wsgi:app"))
    assert done.exit_code == 2
    assert len(done.output.splitlines()) == 1
    assert "is no application of Insula's" in done.output


def test_application_elsewhere_is_looked_at_with_its_modules(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "elsewhere").mkdir()
    (folder / "here").mkdir()
    (folder / "elsewhere" / "part.py").write_text("async def f():\n    input()\n")
    (folder / "elsewhere" / "shop.py").write_text(f"import part\n{HEAD}")
    monkeypatch.chdir(folder / "here")
    path = str(folder / "elsewhere" / "shop.py")
    done = CliRunner().invoke(check_command, [], obj=ScriptInfo(path))
    assert "part.py:2: warning: input has every request" in done.output


def test_new_project_has_no_mistakes(folder: Path) -> None:
    make_project(ProjectName("my-shop"), folder / "my-shop")
    os.chdir(folder / "my-shop")
    done = CliRunner().invoke(check_command, ["--strict"], obj=ScriptInfo())
    assert done.exit_code == 0, done.output
    assert "3 routes, 3 templates and 4 modules" in done.output


def test_minimal_project_has_no_mistakes(folder: Path) -> None:
    make_minimal(ProjectName("shop"), folder / "shop.py")
    done = CliRunner().invoke(check_command, ["--strict"], obj=ScriptInfo("shop"))
    assert done.exit_code == 0, done.output


def test_notes_have_no_mistakes(folder: Path) -> None:
    shutil.copytree(ROOT / "examples" / "notes" / "notes", folder / "notes")
    done = subprocess.run(
        [sys.executable, "-m", "insula", "--app", "notes", "check", "--strict"],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "No mistakes found in 22 routes, 12 templates" in done.stdout

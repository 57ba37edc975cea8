"""Many applications as one: who answers what, and what is kept apart."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from tests.servers.asgi_calls import get
from werkzeug.test import Client

from insula import DispatcherMiddleware, Insula, Mounts, request, session, websocket
from insula.servers import ServerOptions
from insula.servers.interface import choose_interface
from insula.servers.mounts.place import Place, host_of, without_port

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from starlette.requests import Request


def named(name: str) -> Callable[[dict[str, Any], Any], Iterable[bytes]]:
    def app(environ: dict[str, Any], start: Any) -> Iterable[bytes]:
        start("200 OK", [("Content-Type", "text/plain")])
        return [f"{name} {environ['SCRIPT_NAME']}|{environ['PATH_INFO']}".encode()]

    return app


def star() -> Starlette:
    async def where(request: Request) -> PlainTextResponse:
        return PlainTextResponse(f"star {request.scope['root_path']}")

    return Starlette(routes=[Route("/where", where, name="where")])


def ask(application: Any, host: str, path: str) -> str:
    return Client(application).get(path, headers={"Host": host}).text


def get_at(application: Any, host: str, path: str) -> str:
    async def sent(scope: Any, receive: Any, send: Any) -> None:
        headers = [(b"host", host.encode())]
        await application({**scope, "headers": headers}, receive, send)

    return get(sent, path).text


@pytest.fixture
def modules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Return a folder on the path; what is imported from it is forgotten."""
    before = set(sys.modules)
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("INSULA_DEBUG", raising=False)
    monkeypatch.delenv("FLASK_DEBUG", raising=False)
    yield tmp_path
    for name in set(sys.modules) - before:
        if str(tmp_path) in str(getattr(sys.modules[name], "__file__", "")):
            del sys.modules[name]


# -- places --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("/", ("", "")),
        ("/admin", ("", "/admin")),
        ("/admin/", ("", "/admin")),
        ("api.localhost", ("api.localhost", "")),
        ("API.Localhost./", ("api.localhost", "")),
        ("api.localhost/v2/", ("api.localhost", "/v2")),
        ("*.example.org/a/b", ("*.example.org", "/a/b")),
        ("api.*", ("api.*", "")),
        ("[::1]/x", ("[::1]", "/x")),
        ("münchen.example", ("xn--mnchen-3ya.example", "")),
    ],
)
def test_place_is_a_host_and_a_path(text: str, place: tuple[str, str]) -> None:
    found = Place.parse(text)
    assert (found.host, found.path) == place


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is no place for a mount"),
        ("http://api.localhost/", "is no place for a mount"),
        ("/a//b", "is no place for a mount"),
        ("/a/../b", "is no place for a mount"),
        ("/a?b", "is no place for a mount"),
        ("api.localhost:5000/v2", "names a port, .* Write 'api.localhost'"),
        ("a.*.b", "names no host"),
        ("admin page", "names no host"),
        ("-a.b", "names no host"),
    ],
)
def test_place_that_is_none_is_refused_with_what_to_write(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        Place.parse(text)


@pytest.mark.parametrize(
    ("host", "name"),
    [
        ("a.b:80", "a.b"),
        ("a.b", "a.b"),
        ("[::1]:5000", "[::1]"),
        ("[::1]", "[::1]"),
        ("a.b:", "a.b"),
    ],
)
def test_port_is_no_part_of_a_host(host: str, name: str) -> None:
    assert without_port(host) == name


def test_host_is_that_of_the_request_by_either_interface() -> None:
    assert host_of({"HTTP_HOST": "A.b.:80", "SERVER_NAME": "no"}) == "a.b"
    assert host_of({"SERVER_NAME": "srv"}) == "srv"
    scope = {"type": "http", "headers": [(b"x", b"y"), (b"host", b"A.b:80")]}
    assert host_of(scope) == "a.b"
    assert host_of({"type": "http", "headers": [], "server": ("srv", 80)}) == "srv"


# -- who answers ---------------------------------------------------------------------


@pytest.fixture
def site() -> Mounts:
    return Mounts(
        {
            "/": named("root"),
            "/admin": named("admin"),
            "/admin/deep": named("deep"),
            "api.example.org": named("api"),
            "api.example.org/v2": named("v2"),
            "*.example.org": named("any"),
            "*.eu.example.org": named("eu"),
            "status.*": named("status"),
            "files.example.org/up": named("up"),
        }
    )


@pytest.mark.parametrize(
    ("host", "path", "answer"),
    [
        ("localhost", "/", "root |/"),
        ("localhost:5000", "/admin", "admin /admin|"),
        ("localhost", "/admin/x", "admin /admin|/x"),
        ("localhost", "/adminx", "root |/adminx"),
        ("localhost", "/admin/deep/x", "deep /admin/deep|/x"),
        ("example.org", "/", "root |/"),
        ("API.example.org:80", "/x", "api |/x"),
        ("api.example.org", "/admin", "api |/admin"),
        ("api.example.org", "/v2/x", "v2 /v2|/x"),
        ("shop.example.org", "/", "any |/"),
        ("a.b.example.org", "/", "any |/"),
        ("a.eu.example.org", "/", "eu |/"),
        ("status.here.net", "/", "status |/"),
        ("status.example.org", "/", "any |/"),
        ("files.example.org", "/up/x", "up /up|/x"),
        ("files.example.org", "/other", "any |/other"),
    ],
)
def test_mounts_go_by_host_first_and_by_path_then(
    site: Mounts, host: str, path: str, answer: str
) -> None:
    assert ask(site, host, path) == answer
    assert get_at(site, host, path) == answer


def test_nested_mounts_are_found_by_both_hosts_and_paths() -> None:
    inner = Mounts({"/": named("in"), "/x": named("x"), "api.*/y": named("y")})
    outer = Mounts({"/": named("out"), "/in": inner, "a.localhost": inner})
    assert ask(outer, "localhost", "/in/x/1") == "x /in/x|/1"
    assert ask(outer, "localhost", "/in/1") == "in /in|/1"
    assert ask(outer, "api.localhost", "/in/y/1") == "y /in/y|/1"
    assert ask(outer, "localhost", "/in/y") == "in /in|/y"
    assert ask(outer, "a.localhost", "/x") == "x /x|"


def test_path_beyond_ascii_is_mounted_as_it_is_spelt() -> None:
    site = Mounts({"/käse": named("cheese")})
    assert ask(site, "x", "/käse/1").startswith("cheese ")


@pytest.mark.parametrize("debug", [False, True])
def test_where_nothing_is_mounted_the_answer_is_404(
    debug: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FLASK_DEBUG", str(int(debug)))
    monkeypatch.delenv("INSULA_DEBUG", raising=False)
    answer = Client(Mounts({"api.localhost/v2": named("a")})).get("/")
    assert answer.status_code == 404
    assert ("there is api.localhost/v2" in answer.text) is debug


def test_two_applications_at_one_place_are_refused() -> None:
    site = Mounts({"/a": named("one")})
    with pytest.raises(ValueError, match="'/a' is mounted twice, for app and for"):
        site.add_mount("/a/", named("two"))


def test_every_kind_of_application_is_served_by_either_interface() -> None:
    own, modern = Insula("own", static_folder=None), star()
    own.add_url_rule("/", "index", lambda: f"own {request.root_path}")
    site = Mounts(
        {
            "/own": own,
            "/star": modern,
            "/old": named("old"),
            "/d": DispatcherMiddleware(named("d"), {"/e": own}),
        }
    )
    for path, answer in {
        "/own/": "own /own",
        "/star/where": "star /star",
        "/old/1": "old /old|/1",
        "/d/e/": "own /d/e",
        "/d/f": "d /d|/f",
    }.items():
        assert Client(site).get(path).text == answer
        assert get(site, path).text == answer


def test_interface_is_what_a_mount_asks_for_and_the_banner_has_the_mounts() -> None:
    own = Insula("own", static_folder=None)
    site = Mounts({"/": own, "api.localhost": named("api")})
    choice = choose_interface(site, ServerOptions())
    assert choice.interface == "wsgi"
    assert choice.mounts == ("/              own", "api.localhost  app")

    @own.websocket("/ws")
    async def socket() -> None:
        await websocket.accept()

    assert str(choose_interface(site, ServerOptions())).startswith("ASGI (WebSocket")


def test_middleware_around_wsgi_app_holds_under_asgi_for_what_speaks_wsgi() -> None:
    site = Mounts({"/": named("old"), "/star": star()})
    inner = site.wsgi_app

    def around(environ: dict[str, Any], start: Any) -> Iterable[bytes]:
        environ["SCRIPT_NAME"] = "/seen"
        return inner(environ, start)

    site.wsgi_app = around  # type: ignore[assignment,method-assign]  # as middleware is
    assert get(site, "/").text == "old /seen|/"
    assert get(site, "/star/where").text == "star /star"


# -- what is kept apart --------------------------------------------------------------


def counter(name: str, **config: Any) -> Insula:
    app = Insula(name, static_folder=None)
    app.secret_key = f"the secret of {name}"
    app.config.update(config)

    @app.get("/")
    def index() -> str:
        session["n"] = session.get("n", 0) + 1
        return f"{name} {session['n']}"

    app.register_error_handler(404, lambda _: (f"{name} has no such page", 404))
    return app


def test_sessions_of_two_applications_on_one_host_live_beside_each_other() -> None:
    site = Mounts({"/": counter("a"), "/b": counter("b"), "/b/c.d": counter("c")})
    client = Client(site)
    for number in (1, 2):
        assert client.get("/").text == f"a {number}"
        assert client.get("/b/").text == f"b {number}"
        assert client.get("/b/c.d/").text == f"c {number}"
    names = {key[2] for key in client._cookies or ()}
    assert names == {"session", "session_b", "session_b.c%2Ed"}


def test_application_that_has_decided_on_its_cookie_keeps_it() -> None:
    shared = {"SESSION_COOKIE_PATH": "/"}
    one, two = counter("one", **shared), counter("two", **shared)
    two.secret_key = one.secret_key
    client = Client(Mounts({"/": one, "/two": two}))
    assert client.get("/").text == "one 1"
    assert client.get("/two/").text == "two 2"


def test_application_root_is_the_path_where_it_is_not_set() -> None:
    own, root = counter("own"), counter("root", APPLICATION_ROOT="/set")
    inner = Mounts({"/x": own})
    assert own.config["APPLICATION_ROOT"] == "/x"
    Mounts({"/in": inner, "/root": root})
    assert own.config["APPLICATION_ROOT"] == "/in/x"
    assert own.config["SESSION_COOKIE_NAME"] == "session_in.x"
    assert root.config["APPLICATION_ROOT"] == "/set"


def test_application_at_two_places_has_one_session() -> None:
    own = counter("own")
    client = Client(Mounts({"/a": own, "/b": own}))
    assert client.get("/a/").text == "own 1"
    assert client.get("/b/").text == "own 2"


def test_error_pages_are_each_applications_own() -> None:
    site = Mounts({"/": counter("a"), "/b": counter("b")})
    assert Client(site).get("/nope").text == "a has no such page"
    assert Client(site).get("/b/nope").text == "b has no such page"


# -- what cannot be loaded -----------------------------------------------------------


@pytest.mark.parametrize(
    "code", ["import nothing_of_that_name", "x = (", "raise SystemExit(3)", "1 / 0"]
)
def test_application_that_raises_at_import_takes_down_its_mount_alone(
    modules: Path, code: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (modules / "mt_broken.py").write_text(f"{code}\n")
    site = Mounts({"/": named("root"), "/broken": "mt_broken:app"})
    assert ask(site, "x", "/fine") == "root |/fine"
    answer = Client(site).get("/broken/page")
    assert answer.status_code == 503
    assert "mt_broken" not in answer.text
    assert get(site, "/broken/page").status == 503
    said = capsys.readouterr().err
    assert "The mount '/broken' is down: mt_broken:app could not be loaded" in said
    assert "mount.py" not in said
    assert next(iter(site.describe_mounts())) == "/        app"
    assert "(down: " in list(site.describe_mounts())[1]


def test_debug_mode_shows_why_a_mount_is_down(
    modules: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FLASK_DEBUG", "1")
    (modules / "mt_why.py").write_text("1 / 0\n")
    answer = Client(Mounts({"/why": "mt_why:app"})).get("/why")
    assert answer.status_code == 503
    assert answer.text.startswith("The mount '/why' is down: mt_why:app could not be")
    assert "ZeroDivisionError" in answer.text


def test_name_in_a_path_that_is_another_module_already_is_refused(
    modules: Path,
) -> None:
    for folder in ("one", "two"):
        (modules / folder).mkdir()
        (modules / folder / "mt_same.py").write_text("def app(e, s): return []\n")
    site = Mounts({"/1": "one/mt_same.py:app", "/2": "two/mt_same.py:app"})
    assert site.mounts[0].failure is None
    assert "cannot be imported as 'mt_same'" in str(site.mounts[1].failure)


# -- the file ------------------------------------------------------------------------


def test_file_of_mounts_is_read(modules: Path) -> None:
    (modules / "mt_shop.py").write_text(
        "from insula import Insula\n"
        "def create_app(name='shop'):\n"
        "    app = Insula(name, static_folder=None)\n"
        "    app.add_url_rule('/', 'index', lambda: name)\n"
        "    return app\n"
    )
    file = modules / "mounts.ini"
    file.write_text(
        "\ufeff# ours\n[shop]\nplace = /\n    www.localhost\napp = mt_shop\n"
        '[old]\nplace = /100%\napp = mt_shop:create_app("old")\n'
    )
    site = Mounts.from_file(file)
    assert [str(mount.place) for mount in site.mounts] == [
        "/",
        "www.localhost",
        "/100%",
    ]
    assert site.mounts[0].application is site.mounts[1].application
    assert ask(site, "x", "/100%25/") == "old"
    assert site.url_for("index", _app="old", _external=False) == "/100%25/"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "has no mounts; write a section for each"),
        ("place = /\n", r"line 1, 'place = /', is in no section; write one above"),
        ("[a]\nplace = /\nplace = /b\n", "'place' is there again in line 3; remove"),
        ("[a]\n?\n", r"cannot be read: .*; mend the line\."),
        ("[a]\nplace = /\n", r"'app' is missing in section \[a\]"),
        ("[a]\nplace = /\napp = x\nhost = b\n", r"'host' is not known in section"),
        ("[a]\n[a]\n", r"section \[a\] begins again in line 2; choose another"),
    ],
)
def test_file_that_is_not_understood_is_refused(
    tmp_path: Path, text: str, said: str
) -> None:
    (tmp_path / "m.ini").write_text(text)
    with pytest.raises(ValueError, match=said):
        Mounts.from_file(tmp_path / "m.ini")


def test_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"'.*m\.ini' cannot be read"):
        Mounts.from_file(tmp_path / "m.ini")

"""Mounts that are started, stopped and loaded anew, one without the others."""

from __future__ import annotations

import asyncio
import sys
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from tests.servers.asgi_calls import Call, get, run
from werkzeug.test import Client

from insula import Insula, Mounts, url_for
from insula.dispatch.lasting.lifespan import start_serving, stop_serving
from insula.servers.asgi.lifespan import Lifespan
from insula.servers.errors import ServerError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator
    from pathlib import Path

MAKE = """
from insula import Insula

def make(name, text):
    app = Insula(name, static_folder=None)
    app.add_url_rule("/", "index", lambda: str(text))
    app.before_serving(lambda: LOG.append(f"{name} starts"))
    app.after_serving(lambda: LOG.append(f"{name} stops"))
    return app

LOG = []
"""


class Project:
    """A folder of modules, each with a name that no other test has."""

    def __init__(self, folder: Path, tail: str) -> None:
        self.folder = folder
        self.tail = tail

    def write(self, name: str, text: str) -> str:
        """Write a module; a name before ``_`` alone gets the tail of this test."""
        path = self.folder / f"{name}{self.tail}.py"
        path.write_text(text.replace("@", self.tail))
        return str(path)

    def target(self, name: str) -> str:
        return f"{name}{self.tail}:app"


@pytest.fixture
def project(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> Iterator[Project]:
    before = set(sys.modules)
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    monkeypatch.chdir(tmp_path)
    found = Project(tmp_path, f"_{abs(hash(request.node.nodeid))}")
    found.write("make", MAKE)
    found.write("ours", "NAME = 'ours'\n")
    found.write("mine", "NAME = 'mine'\n")
    found.write(
        "one",
        "import make@, ours@\nfrom mine@ import NAME\napp = make@.make('one', NAME)\n",
    )
    found.write(
        "two",
        "import make@\ndef text():\n    import ours@\n    return ours@.NAME\n"
        "app = make@.make('two', text())\n",
    )
    yield found
    for name in set(sys.modules) - before:
        if name.endswith(found.tail):
            del sys.modules[name]


def log_of(project: Project) -> list[str]:
    log: list[str] = sys.modules[f"make{project.tail}"].LOG
    return log


def text_at(site: Any, path: str) -> str:
    return Client(site).get(path).text


# -- reloading -----------------------------------------------------------------------


def test_change_in_what_one_mount_imports_reloads_that_mount_alone(
    project: Project,
) -> None:
    site = Mounts({"/one": project.target("one"), "/two": project.target("two")})
    one, two = (mount.application for mount in site.mounts)
    assert site.reload_files([project.write("mine", "NAME = 'changed'\n")])
    assert text_at(site, "/one/") == "changed"
    assert site.mounts[0].application is not one
    assert site.mounts[1].application is two
    with two.test_request_context():
        assert url_for("index", _app="/one") == "/one/"


@pytest.mark.parametrize("name", ["ours", "make"])
def test_change_in_what_two_mounts_import_is_no_mounts_alone(
    project: Project, name: str
) -> None:
    site = Mounts({"/one": project.target("one"), "/two": project.target("two")})
    before = [mount.application for mount in site.mounts]
    assert not site.reload_files([project.write(name, MAKE)])
    mine = project.write("mine", "NAME = 'changed'\n")
    assert not site.reload_files([mine, project.write("ours", "")])
    assert [mount.application for mount in site.mounts] == before


def test_module_that_the_program_has_imported_is_no_mounts_alone(
    project: Project,
) -> None:
    __import__(f"mine{project.tail}")
    project.write("program", "import mine@\n")
    __import__(f"program{project.tail}")
    site = Mounts({"/one": project.target("one")})
    assert not site.reload_files([project.write("mine", "NAME = 'changed'\n")])


def test_module_that_was_there_before_is_no_mounts_alone(project: Project) -> None:
    project.write("mine", "NAME = 'mine'\nimport site@\n")
    path = project.write("site", "from insula import Mounts\nsite = Mounts()\n")
    name = f"site{project.tail}"
    site = __import__(name).site
    site.add_mount("/one", project.target("one"))
    assert not site.reload_files([path])
    assert site.reload_files([project.write("mine", "NAME = 'changed'\n")])
    assert sys.modules[name].site is site


@pytest.mark.parametrize(
    "line",
    [
        "from pack@ import part",
        "from pack@.part import X",
        "import pack@.part as part",
        "from importlib import import_module; import_module('pack@.part')",
        "from pack@.rel import part",
    ],
)
@pytest.mark.parametrize("shared", [False, True])
def test_every_form_of_import_is_seen(
    project: Project, line: str, shared: bool
) -> None:
    package = project.folder / f"pack{project.tail}"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "rel.py").write_text("from . import part\n")
    part = package / "part.py"
    part.write_text("X = 1\n")
    code = f"{line}\nimport pack@.part\nX = pack@.part.X\n"
    app = "import make@\napp = make@.make(__name__, X)\n"
    project.write("first", code + app)
    project.write("second", (line if shared else "") + "\nX = 0\n" + app)
    site = Mounts({"/1": project.target("first"), "/2": project.target("second")})
    part.write_text("X = 2\n")
    assert site.reload_files([str(part)]) is not shared
    assert text_at(site, "/1/") == ("1" if shared else "2")


def test_mount_that_cannot_be_loaded_again_is_down_until_it_is_mended(
    project: Project,
) -> None:
    site = Mounts({"/one": project.target("one"), "/two": project.target("two")})
    assert site.reload_files([project.write("mine", "NAME = (\n")])
    assert site.has_failed
    assert Client(site).get("/one/").status_code == 503
    assert text_at(site, "/two/") == "ours"
    assert site.reload_files([project.write("mine", "NAME = 'mended'\n")])
    assert text_at(site, "/one/") == "mended"
    assert not any("down" in line for line in site.describe_mounts())


def test_file_that_nobody_has_imported_reloads_nothing_while_all_mounts_are_up(
    project: Project,
) -> None:
    site = Mounts({"/one": project.target("one")})
    assert not site.reload_files([project.write("stray", "")])


def test_application_that_was_handed_over_is_not_reloaded(project: Project) -> None:
    __import__(f"one{project.tail}")
    app = sys.modules[f"one{project.tail}"].app
    site = Mounts({"/one": app})
    assert not site.reload_files([project.write("mine", "NAME = 'changed'\n")])


def test_reload_of_an_application_at_two_places_and_in_nested_mounts(
    project: Project,
) -> None:
    inner = Mounts({"/a": project.target("one"), "/b": project.target("one")})
    site = Mounts({"/in": inner, "/two": project.target("two")})
    assert inner.mounts[0].application is inner.mounts[1].application
    assert site.reload_files([project.write("mine", "NAME = 'changed'\n")])
    assert text_at(site, "/in/a/") == text_at(site, "/in/b/") == "changed"


# -- starting and stopping -----------------------------------------------------------


def test_reload_starts_the_new_application_before_it_stops_the_old(
    project: Project,
) -> None:
    site = Mounts({"/one": project.target("one"), "/two": project.target("two")})
    start_serving(site)
    assert site.reload_files([project.write("mine", "NAME = 'changed'\n")])
    assert log_of(project) == ["one starts", "two starts", "one starts", "one stops"]
    stop_serving(site)
    assert log_of(project)[4:] == ["two stops", "one stops"]


def test_reload_under_asgi_starts_and_stops_on_the_servers_loop(
    project: Project,
) -> None:
    site = Mounts({"/one": project.target("one"), "/two": project.target("two")})

    async def main() -> str:
        loop = asyncio.get_running_loop()
        life = Lifespan(site, loop)
        await life.start()
        path = project.write("mine", "NAME = 'changed'\n")
        assert await loop.run_in_executor(None, site.reload_files, [path])
        answer = await Call(site, "/one/").answer()
        await life.stop()
        text: str = answer.text
        return text

    assert run(main()) == "changed"
    assert log_of(project) == [
        "one starts",
        "two starts",
        "one starts",
        "one stops",
        "one stops",
        "two stops",
    ]


def failing(name: str) -> Insula:
    app = Insula(name, static_folder=None)
    app.add_url_rule("/", "index", lambda: name)

    @app.before_serving
    def no_database() -> None:
        raise OSError("no database")

    return app


def fine(name: str) -> Insula:
    app = Insula(name, static_folder=None)
    app.add_url_rule("/", "index", lambda: name)
    return app


def test_mount_that_cannot_be_started_is_down_alone_under_wsgi() -> None:
    site = Mounts({"/": fine("fine"), "/bad": failing("bad")})
    start_serving(site)
    assert text_at(site, "/") == "fine"
    assert Client(site).get("/bad/").status_code == 503
    stop_serving(site)


def test_mount_that_cannot_be_started_is_down_alone_under_asgi() -> None:
    site = Mounts({"/": fine("fine"), "/bad": failing("bad")})

    async def main() -> list[Any]:
        life = Lifespan(site, asyncio.get_running_loop())
        await life.start()
        found = [await Call(site, path).answer() for path in ("/", "/bad/")]
        await life.stop()
        return [answer.status for answer in found]

    assert run(main()) == [200, 503]


def test_server_does_not_start_where_no_mount_can() -> None:
    with pytest.raises(ServerError, match="No mount could be loaded; '/a' raised"):
        start_serving(Mounts({"/a": failing("a"), "/b": failing("b")}))

    async def main() -> None:
        site = Mounts({"/a": failing("a")})
        await Lifespan(site, asyncio.get_running_loop()).start()

    with pytest.raises(ServerError, match="No mount could be loaded; '/a' raised"):
        run(main())


def stateful(name: str) -> Starlette:
    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[dict[str, str]]:
        yield {"name": name}

    async def state(request: Any) -> PlainTextResponse:
        return PlainTextResponse(request.state.name)

    return Starlette(routes=[Route("/", state)], lifespan=lifespan)


def test_each_mounts_lifespan_has_a_state_of_its_own() -> None:
    site = Mounts({"/a": stateful("a"), "b.org": stateful("b"), "/c": fine("c")})

    async def main() -> list[str]:
        life = Lifespan(site, asyncio.get_running_loop())
        await life.start()
        found = [
            (await Call(site, "/a/").answer()).text,
            (await Call(at("b.org", site), "/").answer()).text,
        ]
        await life.stop()
        return found

    assert run(main()) == ["a", "b"]


def at(host: str, application: Any) -> Callable[..., Any]:
    async def sent(scope: Any, receive: Any, send: Any) -> None:
        headers = [(b"host", host.encode())]
        await application({**scope, "headers": headers}, receive, send)

    return sent


def test_websocket_to_a_mount_that_is_down_is_refused() -> None:
    site = Mounts({"/gone": "no_such_module_at_all:app"})

    async def main() -> list[str]:
        sent: list[str] = []

        async def receive() -> dict[str, str]:
            return {"type": "websocket.connect"}

        async def send(message: dict[str, Any]) -> None:
            sent.append(message["type"])

        scope = {"type": "websocket", "path": "/gone/ws", "headers": []}
        await site(scope, receive, send)
        return sent

    assert run(main()) == ["websocket.close"]
    assert get(site, "/gone/").status == 503

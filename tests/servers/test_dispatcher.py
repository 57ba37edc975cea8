from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from werkzeug.test import Client

from insula.servers import DispatcherMiddleware

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


def named(name: str) -> Callable[[dict[str, Any], Any], Iterable[bytes]]:
    def app(environ: dict[str, Any], start: Any) -> Iterable[bytes]:
        start("200 OK", [("Content-Type", "text/plain")])
        return [f"{name} {environ['SCRIPT_NAME']}|{environ['PATH_INFO']}".encode()]

    return app


@pytest.mark.parametrize(
    ("path", "answer"),
    [
        ("/", "root |/"),
        ("/sec", "sec /sec|"),
        ("/sec/", "sec /sec|/"),
        ("/sec/page", "sec /sec|/page"),
        ("/second", "root |/second"),
        ("/sec/deep", "deep /sec/deep|"),
        ("/sec/deep/x/y", "deep /sec/deep|/x/y"),
        ("/sec/deeper", "sec /sec|/deeper"),
        ("/other", "root |/other"),
    ],
)
def test_dispatcher_calls_the_longest_mount_on_a_segment_boundary(
    path: str, answer: str
) -> None:
    app = DispatcherMiddleware(
        named("root"), {"/sec": named("sec"), "/sec/deep": named("deep")}
    )
    assert Client(app).get(path).text == answer


def test_dispatcher_adds_to_the_script_name_it_was_called_with() -> None:
    inner = DispatcherMiddleware(named("root"), {"/b": named("b")})
    outer = DispatcherMiddleware(named("outer"), {"/a": inner})
    assert Client(outer).get("/a/b/c").text == "b /a/b|/c"


def test_dispatcher_without_mounts_calls_its_application() -> None:
    assert Client(DispatcherMiddleware(named("root"))).get("/x").text == "root |/x"


@pytest.mark.parametrize("mount", ["sec", "/sec/", "/", ""])
def test_dispatcher_refuses_a_mount_that_can_never_match(mount: str) -> None:
    with pytest.raises(ValueError, match="must begin with a slash and not end with"):
        DispatcherMiddleware(named("root"), {mount: named("sec")})

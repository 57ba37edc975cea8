"""Whatever is done to a response, it is sent as Werkzeug's is."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, TypeAlias

import werkzeug.wrappers
from hypothesis import example, given, settings
from hypothesis import strategies as st
from werkzeug.datastructures import Headers
from werkzeug.test import create_environ

from insula import Response

if TYPE_CHECKING:
    from collections.abc import Callable

Outcome: TypeAlias = tuple[Any, ...]


class Model(werkzeug.wrappers.Response):
    """Werkzeug's, with the one default that is meant to differ."""

    default_mimetype = "text/html"


# Messages name the class.
Model.__name__ = "Response"

# Each makes a new body, so that no generator is shared.
BODIES: dict[str, Callable[[], Any]] = {
    "none": lambda: None,
    "text": lambda: "größe",
    "empty": lambda: "",
    "bytes": lambda: b"bytes",
    "array": lambda: bytearray(b"array"),
    "list": lambda: ["a", b"b"],
    "byte list": lambda: [b"a", b"b"],
    "no list": list,
    "tuple": lambda: ("a", "b"),
    "generator": lambda: (piece for piece in ["a", b"b"]),
    "subclass of str": lambda: type("S", (str,), {})("sub"),
    "subclass of bytes": lambda: type("B", (bytes,), {})(b"sub"),
}
HEADERS: list[Callable[[], Any]] = [
    lambda: None,
    dict,
    lambda: {"X-A": "1", "content-type": "text/x; a=b"},
    lambda: {"X-A": ["1", "2"]},
    lambda: [("X-A", "1"), ("x-a", "2"), ("Content-Length", "99")],
    lambda: Headers([("Location", "/ä b"), ("Content-Location", "/ö")]),
    lambda: [("Last-Modified", "Thu, 01 Jan 1970 00:00:00 GMT"), ("Allow", "GET")],
]
STATUS = [None, 0, 100, 200, 201, 204, 205, 299, 304, 404, "200", "404 Own", "777"]
STATUS += ["Own words", "", 999]

made = st.fixed_dictionaries(
    {
        "response": st.sampled_from(sorted(BODIES)),
        "status": st.sampled_from(STATUS),
        "headers": st.integers(0, len(HEADERS) - 1),
        "mimetype": st.sampled_from(
            [None, "text/plain", "application/json", "a/b", ""]
        ),
        "content_type": st.sampled_from([None, None, "text/x; charset=latin-1"]),
        "direct_passthrough": st.booleans(),
    }
)


def conditional(response: Any) -> None:
    response.add_etag()
    # Without one it is given the second in which this is done.
    response.headers.setdefault("Date", "Sat, 21 Nov 2026 12:00:00 GMT")
    environ = create_environ("/", headers={"Range": "bytes=0-1"})
    response.make_conditional(environ, accept_ranges=True, complete_length=5)


def by_name(name: str, value: Any) -> Callable[[Any], None]:
    def change(response: Any) -> None:
        setattr(response, name, value)

    return change


CHANGES: dict[str, Callable[[Any], Any]] = {
    "read data": lambda r: r.data,
    "read headers": lambda r: list(r.headers),
    "read status": lambda r: (r.status, r.status_code),
    "read type": lambda r: (r.mimetype, r.mimetype_params, r.content_type),
    "read length": lambda r: (r.content_length, r.calculate_content_length()),
    "read kind": lambda r: (r.is_streamed, r.is_sequence),
    "read response": lambda r: type(r.response),
    "read json": lambda r: r.get_json(silent=True),
    "repr": repr,
    "set data": by_name("data", "new text"),
    "set_data": lambda r: r.set_data(b"new bytes"),
    "set response": lambda r: setattr(r, "response", ["re", "placed"]),
    "set generator": lambda r: setattr(r, "response", (x for x in [b"1", "2"])),
    "append": lambda r: r.response.append(b"more"),
    "replace first": lambda r: r.response.__setitem__(0, "first"),
    "stream": lambda r: r.stream.write("written"),
    "status": by_name("status", "418 Own"),
    "status number": by_name("status", 404),
    "status_code": by_name("status_code", 404),
    "bodyless": by_name("status_code", 204),
    "not modified": by_name("status", "304 NOT MODIFIED"),
    "mimetype": by_name("mimetype", "text/css"),
    "content_type": by_name("content_type", "text/own"),
    "content_length": by_name("content_length", 3),
    "location": by_name("location", "/ü"),
    "add": lambda r: r.headers.add("X-B", "1"),
    "set": lambda r: r.headers.set("X-B", "2"),
    "remove length": lambda r: r.headers.remove("content-length"),
    "clear": lambda r: r.headers.clear(),
    "set headers": lambda r: setattr(r, "headers", Headers([("X-New", "1")])),
    "vary": lambda r: r.vary.add("Cookie"),
    "cache": lambda r: setattr(r.cache_control, "max_age", 3),
    "cookie": lambda r: r.set_cookie("a", "1", httponly=True),
    "no cookie": lambda r: r.delete_cookie("a"),
    "etag": lambda r: r.add_etag(),
    "conditional": conditional,
    "freeze": lambda r: r.freeze(),
    "sequence": lambda r: r.make_sequence(),
    "passthrough": by_name("direct_passthrough", True),
    "no length": by_name("automatically_set_content_length", False),
    "on close": lambda r: bool(r.call_on_close(list)),
}


def outcome(function: Callable[[], Any]) -> Outcome:
    try:
        return "value", function()
    except Exception as exc:
        return "raised", type(exc), str(exc)


def sent(response: Any, method: str) -> Outcome:
    answer: list[Any] = []

    def start_response(status: str, headers: Any, exc_info: Any = None) -> Any:
        answer[:] = [status, list(headers)]

    environ = create_environ("/", method=method)
    body = response(environ, start_response)
    # Werkzeug sends a bytearray as it is.
    pieces = [bytes(p) if isinstance(p, bytearray) else p for p in body]
    if hasattr(body, "close"):
        body.close()
    if not all(isinstance(piece, bytes) for piece in pieces):
        return answer[0], answer[1], pieces
    return answer[0], answer[1], b"".join(pieces)


def life(
    cls: type[Any], arguments: dict[str, Any], changes: list[str], method: str
) -> list[Outcome]:
    arguments = dict(arguments)
    arguments["response"] = BODIES[arguments["response"]]()
    arguments["headers"] = HEADERS[arguments["headers"]]()
    box: list[Any] = []
    outcomes = [outcome(lambda: box.append(cls(**arguments)))]
    if not box:
        return outcomes
    response = box[0]
    outcomes += [outcome(partial(CHANGES[c], response)) for c in changes]
    # A body of a list can be sent again, and must not have changed.
    outcomes += [outcome(lambda: sent(response, method)) for _ in range(2)]
    return outcomes


PLAIN = {
    "response": "bytes",
    "status": None,
    "headers": 0,
    "mimetype": None,
    "content_type": None,
    "direct_passthrough": False,
}


@settings(deadline=None, max_examples=600)
@given(
    made,
    st.lists(st.sampled_from(sorted(CHANGES)), max_size=4),
    st.sampled_from(["GET", "GET", "GET", "HEAD", "POST"]),
)
@example(PLAIN, [], "GET")
@example(PLAIN, [], "HEAD")
@example(PLAIN, ["read headers"], "GET")
@example(PLAIN, ["append"], "GET")
@example(PLAIN, ["set headers"], "GET")
@example(PLAIN, ["clear"], "GET")
@example(PLAIN, ["remove length", "no length"], "GET")
@example(PLAIN, ["location"], "GET")
@example(PLAIN, ["bodyless"], "GET")
@example(PLAIN, ["bodyless", "status"], "GET")
@example(PLAIN, ["not modified"], "GET")
@example({**PLAIN, "mimetype": ""}, [], "GET")
@example({**PLAIN, "status": 204}, ["status_code"], "GET")
@example({**PLAIN, "headers": 4}, [], "GET")
def test_response_made_and_changed_anyhow_is_sent_as_werkzeugs(
    arguments: dict[str, Any], changes: list[str], method: str
) -> None:
    ours = life(Response, arguments, changes, method)
    assert ours == life(Model, arguments, changes, method)

"""A body on an event loop: awaited, or read as in any other view where it has come."""

from __future__ import annotations

import asyncio
import copy
import io
import json
import pickle
from typing import TYPE_CHECKING, Any

import pytest
from tests.dispatch.asgi_server import ask

from insula import Insula, request

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

JSON = ("content-type", "application/json")
FORM = ("content-type", "application/x-www-form-urlencoded")
MULTIPART = ("content-type", "multipart/form-data; boundary=b")


def post(
    view: Callable[[], Awaitable[Any]],
    body: bytes | list[bytes],
    *headers: tuple[str, str],
    **config: Any,
) -> Any:
    """Return what an async view makes of a body; one in pieces has still to come."""
    app = Insula(__name__)
    app.testing = True
    app.config.update(config)
    seen: list[Any] = []

    async def index() -> str:
        seen.append(await view())
        return ""

    app.add_url_rule("/", "index", index, methods=["POST"])
    answer = asyncio.run(ask(app, "/", "POST", headers, body=body))
    return seen[0] if seen else answer.status


def parts(size: int = 3) -> bytes:
    return (
        b'--b\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n'
        b'--b\r\nContent-Disposition: form-data; name="f"; filename="x.bin"\r\n\r\n'
        + b"z" * size
        + b"\r\n--b--\r\n"
    )


# -- there already ---------------------------------------------------------------------


@pytest.mark.parametrize("document", [{"a": [1]}, [{}], "text", 7, 0.5], ids=repr)
def test_copies_of_a_document_are_of_the_plain_class(document: Any) -> None:
    async def view() -> Any:
        found = request.get_json()
        return [
            copy.deepcopy(found),
            copy.copy(found),
            pickle.loads(pickle.dumps(found)),  # noqa: S301 - it is our own
        ]

    for found in post(view, json.dumps(document).encode(), JSON):
        assert found == document
        assert type(found) is type(document)


def test_body_that_has_come_is_read_with_and_without_await() -> None:
    async def view() -> Any:
        return [
            request.get_data() == await request.get_data() == b"text",
            request.get_data(as_text=True) == await request.get_data(as_text=True),
            await request.data == b"text",
            isinstance(request.get_data(), bytes),
        ]

    assert post(view, b"text") == [True] * 4


DOCUMENTS = ['{"a": 1}', "[1]", '"text"', "3", "2.5", "true", "false", "null"]


@pytest.mark.parametrize("text", DOCUMENTS)
@pytest.mark.parametrize("in_pieces", [False, True])
def test_document_is_the_same_with_and_without_await(
    text: str, in_pieces: bool
) -> None:
    async def view() -> Any:
        awaited = await request.get_json()
        return awaited, request.get_json(), await request.json

    body = text.encode()
    awaited, read, of_property = post(view, [body] if in_pieces else body, JSON)

    assert awaited == read == of_property == json.loads(text)
    assert isinstance(read, type(json.loads(text)))
    assert (awaited is None) is (text == "null")


def test_document_that_is_none_is_none_without_await() -> None:
    async def view() -> Any:
        read = request.get_json(silent=True)
        return read is None, await request.get_json(silent=True) is None

    assert post(view, b"no JSON", JSON) == (True, True)


def test_document_that_is_written_to_is_so_for_who_reads_it_later() -> None:
    async def view() -> Any:
        request.get_json()["b"] = 2
        return await request.get_json(), request.get_json()

    assert post(view, b'{"a": 1}', JSON) == ({"a": 1, "b": 2}, {"a": 1, "b": 2})


def test_document_can_be_awaited_indirectly() -> None:
    async def view() -> Any:
        return await asyncio.gather(
            asyncio.wait_for(request.get_json(), 5), _value(request.form)
        )

    found = post(view, b'{"a": 1}', JSON)
    assert found[0] == {"a": 1}


async def _value(awaitable: Any) -> Any:
    return await awaitable


@pytest.mark.parametrize(
    ("body", "header"), [(b"a=1", FORM), (parts(), MULTIPART), (b"", FORM)]
)
def test_form_and_files_are_read_with_and_without_await(
    body: bytes, header: tuple[str, str]
) -> None:
    async def view() -> Any:
        form = await request.form
        again = await request.form
        files = await request.files
        return form is again is request.form, form.to_dict(), list(files)

    same, fields, files = post(view, body, header)

    assert same
    assert fields == ({"a": "1"} if body else {})
    assert files == (["f"] if header is MULTIPART else [])


# -- still to come ---------------------------------------------------------------------

READS: dict[str, Callable[[], Any]] = {
    "get_data()": lambda: len(request.get_data()),
    "get_data() as text": lambda: request.get_data(as_text=True) + "",
    "get_json()": lambda: request.get_json()["a"],
    "form": lambda: request.form["a"],
    "files": lambda: "f" in request.files,
    "data": lambda: bytes(request.data),
    "values": lambda: request.values["a"],
    "stream": lambda: request.stream.read(9),
}


@pytest.mark.parametrize("read", READS)
def test_body_to_come_read_without_await_is_an_error_that_says_so(read: str) -> None:
    async def view() -> Any:
        with pytest.raises(RuntimeError) as caught:
            READS[read]()
        await request.get_data()
        return str(caught.value)

    header = FORM if read in {"form", "values"} else JSON
    message = post(view, [b'{"a"', b": 1}"], header)

    assert "would stop the event loop for everybody" in message
    assert "`await request." in message


def test_body_to_come_says_what_it_is_when_it_is_shown() -> None:
    async def view() -> Any:
        return repr(request.form), await request.form

    shown, form = post(view, [b"a=", b"1"], FORM)
    assert shown == "<request.form, to be awaited>"
    assert form == form.__class__([("a", "1")])


def test_multipart_body_to_come_is_streamed_to_disk() -> None:
    size = 3 << 20
    body = parts(size)

    async def view() -> Any:
        files = await request.files
        stream: Any = files["f"].stream
        kind = type(stream).__name__, stream._rolled
        form = await request.form
        return kind, len(files["f"].read()), form["a"]

    pieces = [body[at : at + 65536] for at in range(0, len(body), 65536)]

    kind, length, field = post(view, pieces, MULTIPART)
    assert kind == ("SpooledTemporaryFile", True)
    assert (length, field) == (size, "1")


def test_stream_reads_a_body_that_has_come_and_one_to_come() -> None:
    async def view() -> Any:
        return b"".join([chunk async for chunk in request.stream])

    assert post(view, b"one piece") == b"one piece"
    assert post(view, [b"two ", b"pieces"]) == b"two pieces"


# -- limits ----------------------------------------------------------------------------


@pytest.mark.parametrize("body", [b"abcdef", [b"abc", b"def"]])
@pytest.mark.parametrize("how", ["data", "stream", "form"])
def test_body_beyond_the_limit_is_413(body: Any, how: str) -> None:
    async def view() -> Any:
        if how == "data":
            return await request.get_data()
        if how == "form":
            return await request.form
        return [chunk async for chunk in request.stream]

    assert post(view, body, FORM, MAX_CONTENT_LENGTH=4) == 413


@pytest.mark.parametrize("size", [3, 4])
def test_body_without_a_length_up_to_the_limit_is_read(size: int) -> None:
    async def view() -> Any:
        return await request.get_data()

    found = post(view, [b"abcd"[:size], b""], FORM, MAX_CONTENT_LENGTH=4)
    assert found == b"abcd"[:size]


def test_views_of_threads_get_plain_values() -> None:
    app = Insula(__name__)

    @app.route("/", methods=["POST"])
    def index() -> str:
        return type(request.get_data()).__name__ + type(request.get_json()).__name__

    answer = asyncio.run(ask(app, "/", "POST", [JSON], body=b"{}"))

    assert answer.text == "bytesdict"


def test_await_works_the_same_under_wsgi() -> None:
    app = Insula(__name__)

    @app.route("/", methods=["POST"])
    async def index() -> dict[str, Any]:
        chunks = [chunk.decode() async for chunk in request.stream]
        return {"form": await request.form, "n": len(await request.files), "c": chunks}

    client = app.test_client()
    upload = {"a": "1", "f": (io.BytesIO(b"x"), "x.txt")}

    assert client.post("/", data=b"text").json == {"form": {}, "n": 0, "c": ["text"]}
    assert client.post("/", data=upload, content_type=MULTIPART[1]).status_code == 200

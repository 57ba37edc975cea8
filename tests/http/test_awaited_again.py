"""A body on an event loop that is read twice, or handed to what runs awaitables."""

from __future__ import annotations

import asyncio
import json
import pickle
from collections.abc import Hashable
from typing import TYPE_CHECKING, Any

import pytest
from tests.dispatch.asgi_server import Client, scope_for

from insula import Insula, request
from insula.dispatch.loops.ahead import AHEAD

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"
LONG = 100_000


def post(
    view: Callable[[], Awaitable[Any]], kind: str, body: bytes, *, ends: bool
) -> Any:
    """Return what a view makes of a body.

    :param ends: the message that says that it has ended comes with the last of it; else
        it comes when the view is done, and the view is not to wait for it. A body that
        is received before the view is called ends in any case.
    """
    app = Insula(__name__)
    app.testing = True
    seen: list[Any] = []

    fields = [("content-type", kind), ("content-length", str(len(body)))]
    more = not ends and len(body) > AHEAD

    async def main() -> None:
        client = Client(app, scope_for("/", "POST", fields))

        async def index() -> str:
            seen.append(await view())
            if more:
                client.put(b"")
            return ""

        app.add_url_rule("/", "index", index, methods=["POST"])
        client.put(body, more=more)
        await client.run()

    asyncio.run(main())
    return seen[0]


def test_long_body_of_a_known_length_is_to_be_awaited() -> None:
    async def view() -> Any:
        with pytest.raises(RuntimeError):
            len(request.get_data())
        return len(await request.get_data())

    assert post(view, "text/plain", b"x" * LONG, ends=False) == LONG


# -- read again ------------------------------------------------------------------------


async def _data_then_data() -> Any:
    first = await request.get_data()
    return first, request.get_data()


async def _data_then_property() -> Any:
    first = await request.get_data()
    return first, request.data


async def _data_then_text() -> Any:
    first = await request.get_data()
    return first.decode(), request.get_data(as_text=True)


async def _data_then_document() -> Any:
    first = await request.get_data()
    return json.loads(first), request.get_json()


async def _document_then_data() -> Any:
    first = await request.get_json()
    return first, json.loads(request.get_data())


async def _document_then_property() -> Any:
    first = await request.get_json()
    return first["a"], request.json["a"]


@pytest.mark.parametrize("ends", [False, True])
@pytest.mark.parametrize(
    "view",
    [
        _data_then_data,
        _data_then_property,
        _data_then_text,
        _data_then_document,
        _document_then_data,
        _document_then_property,
    ],
)
def test_body_that_was_awaited_is_read_again_without_await(
    view: Callable[[], Awaitable[Any]], ends: bool
) -> None:
    body = json.dumps({"a": "x" * LONG}).encode()

    first, again = post(view, JSON, body, ends=ends)

    assert first
    assert first == again


async def _form_then_form() -> Any:
    form = await request.form
    return form, request.form


async def _form_then_values() -> Any:
    return await request.form, request.values


async def _data_then_form() -> Any:
    await request.get_data()
    return request.form, {"a": "x" * LONG}


async def _form_then_files() -> Any:
    await request.form
    return [1, *request.files], [1]


@pytest.mark.parametrize("ends", [False, True])
@pytest.mark.parametrize(
    "view", [_form_then_form, _form_then_values, _data_then_form, _form_then_files]
)
def test_form_that_was_awaited_is_read_again_without_await(
    view: Callable[[], Awaitable[Any]], ends: bool
) -> None:
    first, again = post(view, FORM, b"a=" + b"x" * LONG, ends=ends)

    assert first
    assert dict(first) == dict(again) if isinstance(first, dict) else first == again


@pytest.mark.parametrize("ends", [False, True])
def test_document_that_was_awaited_is_the_same_object_for_all(ends: bool) -> None:
    async def view() -> Any:
        first = await request.get_json()
        first["b"] = 2
        return request.get_json() is first, await request.get_json() is first

    body = json.dumps({"a": "x" * LONG}).encode()
    assert post(view, JSON, body, ends=ends) == (True, True)


# -- handed on -------------------------------------------------------------------------

SIZES = pytest.mark.parametrize("size", [1, LONG])


@SIZES
@pytest.mark.parametrize("document", [{"a": "x"}, ["x"]])
def test_document_can_be_gathered(document: Any, size: int) -> None:
    async def view() -> Any:
        return await asyncio.gather(
            request.get_json(), asyncio.sleep(0, 7), request.get_json()
        )

    body = json.dumps(document).encode() + b" " * size
    assert post(view, JSON, body, ends=False) == [document, 7, document]


@SIZES
def test_data_and_form_can_be_gathered(size: int) -> None:
    async def view() -> Any:
        return await asyncio.gather(request.get_data(), request.form, request.files)

    data, form, files = post(view, FORM, b"a=" + b"x" * size, ends=False)
    assert len(data) == size + 2
    assert (len(form["a"]), len(files)) == (size, 0)


@SIZES
def test_documents_can_be_taken_as_they_are_completed(size: int) -> None:
    async def view() -> Any:
        return [await each for each in asyncio.as_completed([request.get_json()])]

    body = b'{"a": 1}' + b" " * size
    assert post(view, JSON, body, ends=False) == [{"a": 1}]


@SIZES
@pytest.mark.parametrize("how", ["wait_for", "ensure_future", "wrapped in a coroutine"])
def test_document_can_be_handed_to_what_awaits(how: str, size: int) -> None:
    async def value() -> Any:
        return await request.get_json()

    async def view() -> Any:
        if how == "wait_for":
            return await asyncio.wait_for(request.get_json(), 5)
        if how == "ensure_future":
            return await asyncio.ensure_future(request.get_json())
        return await asyncio.get_running_loop().create_task(value())

    body = b'{"a": 1}' + b" " * size
    assert post(view, JSON, body, ends=False) == {"a": 1}


@pytest.mark.parametrize("text", [b"{}", b"[]"])
def test_document_is_as_unhashable_as_any(text: bytes) -> None:
    async def view() -> Any:
        with pytest.raises(TypeError) as caught:
            hash(request.get_json())
        with pytest.raises(TypeError):
            {request.get_json()}
        return str(caught.value)

    name = "dict" if text == b"{}" else "list"
    assert post(view, JSON, text, ends=True) == f"unhashable type: {name!r}"


def test_body_to_come_is_a_key_like_any_object() -> None:
    async def view() -> Any:
        one, other = request.get_json(), request.get_json()
        return isinstance(one, Hashable), len({one, one, other}), await one

    body = b'{"a": 1}' + b" " * LONG
    assert post(view, JSON, body, ends=False) == (True, 2, {"a": 1})


def test_document_is_pickled_as_what_it_is_equal_to() -> None:
    async def view() -> Any:
        return pickle.loads(pickle.dumps(request.get_json()))  # noqa: S301 - our own

    assert post(view, JSON, b'{"a": [1]}', ends=True) == {"a": [1]}

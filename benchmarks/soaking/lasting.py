"""The soak's routes for what lasts, or runs in several tasks at once.

Groups of tasks, streams and events of both kinds, background tasks, WebSockets, views
that are cancelled; each as `app` has it for plain requests: write the id everywhere,
give way, answer what is read.

What nobody would hear of, since its client has left or has its answer already, checks
itself, and counts `crossed` when it reads anything but its own.
"""

from __future__ import annotations

import asyncio
import random
from typing import TYPE_CHECKING, Any

from benchmarks.soaking.pauses import apause, pause
from benchmarks.soaking.places import awrite, places, tally, write

from insula import (
    Blueprint,
    current_app,
    g,
    jsonify,
    request,
    send_events,
    session,
    stream_with_context,
    websocket,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from werkzeug.wrappers import Response

    from insula import Insula

__all__ = ["STEPS", "bp"]

STEPS = 4
LONGEST_WAIT = 30.0  # seconds; its client leaves long before

bp = Blueprint("lasting", __name__)


def _is_own(rid: str) -> bool:
    return {*places().read().values()} == {rid}


def _check_alone(rid: str) -> None:
    """Count it where what is read is another's, as there is nobody to be told."""
    if not _is_own(rid):
        tally().add("crossed")


def _app() -> Insula:
    app: Insula = current_app._get_current_object()  # type: ignore[attr-defined]  # the proxy's own
    return app


# -- several tasks, several threads ----------------------------------------------------


@bp.get("/gather/<rid>")
async def gather(rid: str) -> Response:
    """Read in tasks of its own, which write for themselves, and in a worker thread."""
    before = await awrite(rid)
    names = ("local", "var")

    async def child(number: int) -> dict[str, Any]:
        await apause()
        seen = places().read()
        for name in names:
            places().write(name, f"{rid} of child {number}")
            await apause()
            mine = places().read()[name]
            if mine != f"{rid} of child {number}":
                return {"child": mine}
        return seen

    def aside() -> dict[str, Any]:
        pause()
        return places().read()

    also = [*await asyncio.gather(*map(child, range(3)), asyncio.to_thread(aside))]
    await apause()
    return jsonify(id=rid, before=before, seen=places().read(), also=also)


@bp.get("/hop/<rid>")
def hop(rid: str) -> Response:
    """Go from a thread to the loop, from there to another thread, and come back."""
    before = write(rid)

    def aside() -> dict[str, Any]:
        pause()
        return places().read()

    async def there() -> list[dict[str, Any]]:
        await apause()
        return [places().read(), await asyncio.to_thread(aside)]

    also: list[dict[str, Any]] = _app().ensure_sync(there)()
    pause()
    return jsonify(id=rid, before=before, seen=places().read(), also=also)


@bp.get("/background/<rid>")
async def background(rid: str) -> Response:
    """Begin work of both kinds; wait for one of each, and leave one of each behind."""
    before = await awrite(rid)

    async def on_the_loop() -> dict[str, Any]:
        await apause()
        g.theirs = rid
        await apause()
        return places().read()

    def on_a_thread() -> dict[str, Any]:
        pause()
        g.theirs = rid
        pause()
        return places().read()

    async def behind() -> None:
        for _ in range(STEPS):
            await apause()
            _check_alone(rid)
        tally().add("behind")

    def behind_on_a_thread() -> None:
        for _ in range(STEPS):
            pause()
            _check_alone(rid)
        tally().add("behind")

    add = _app().add_background_task
    waited = [add(on_the_loop), add(on_a_thread)]
    add(behind)
    add(behind_on_a_thread)
    also = [await task for task in waited]
    if "theirs" in g:
        tally().add("crossed")
    return jsonify(id=rid, before=before, seen=places().read(), also=also)


@bp.get("/wait/<rid>")
async def wait(rid: str) -> str:
    """Wait for longer than its client does; be cancelled."""
    tally().add("waiting")
    has_written = False
    try:
        await awrite(rid)
        has_written = True
        await asyncio.gather(asyncio.sleep(LONGEST_WAIT), asyncio.sleep(LONGEST_WAIT))
    finally:
        tally().add("left")
        if has_written:
            _check_alone(rid)
    return rid


# -- streams and events ----------------------------------------------------------------


@bp.get("/astream/<rid>")
async def stream(rid: str) -> Response:
    before = await awrite(rid)
    dumps = current_app.json.dumps

    async def steps() -> AsyncIterator[str]:
        yield dumps({"id": rid, "before": before}) + "\n"
        for number in range(STEPS):
            await apause()
            yield dumps({"step": number, "seen": places().read()}) + "\n"

    body = stream_with_context(steps())
    return current_app.response_class(body, mimetype="application/jsonl")


@bp.get("/events/<rid>")
def events(rid: str) -> Response:
    before = write(rid)

    def steps() -> Iterator[dict[str, Any]]:
        yield {"id": rid, "before": before}
        for number in range(STEPS):
            pause()
            yield {"step": number, "seen": places().read()}

    return send_events(steps())


@bp.get("/aevents/<rid>")
async def aevents(rid: str) -> Response:
    before = await awrite(rid)

    async def steps() -> AsyncIterator[dict[str, Any]]:
        yield {"id": rid, "before": before}
        for number in range(STEPS):
            await apause()
            yield {"step": number, "seen": places().read()}

    return send_events(steps())


# -- WebSockets ------------------------------------------------------------------------


def _found() -> dict[str, Any]:
    """Return what a WebSocket finds when it begins; nothing of it is written."""
    return {
        "id": request.headers["X-Soak-Id"],
        "left": g.pop("left"),
        "previous": session.get("rid"),
        "count": session.get("count", 0),
        "who": session.get("who"),
        "header": websocket.headers.get("X-Soak-Id"),
        "query": websocket.args.get("id"),
    }


def _take(message: str | bytes) -> str:
    """Return a message's id; fail, if it asks for that."""
    rid = str(message)
    if rid == "fail":
        raise ValueError(rid)
    return rid


@bp.websocket("/asocket/<rid>")
async def asocket(rid: str) -> None:
    places().take()
    await websocket.accept()
    await websocket.send_json(_found())
    async for message in websocket:
        if message == "bye":
            return
        mid = _take(message)
        names = places().names
        for name in random.sample(names, len(names)):
            places().write(name, mid)
            await apause()
        await apause()
        await websocket.send_json({"id": mid, "seen": places().read(), "ws": rid})


@bp.websocket("/socket/<rid>")
def socket(rid: str) -> None:
    places().take()
    websocket.accept()
    websocket.send_json(_found())
    for message in websocket:
        if message == "bye":
            return
        mid = _take(message)
        names = places().names
        for name in random.sample(names, len(names)):
            places().write(name, mid)
            pause()
        pause()
        websocket.send_json({"id": mid, "seen": places().read(), "ws": rid})

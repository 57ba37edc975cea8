"""What clients do with the routes of `lasting`: as `tasks`, for what lasts.

Rules of the file: as of `tasks`. A message of a WebSocket has an id and is counted like
a request.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from benchmarks.soaking.lasting import STEPS

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.soaking.client import Client

__all__ = ["LASTING", "ON_A_LOOP"]

LONGEST_STAY = 0.01  # seconds
MOST_MESSAGES = 40


def gather(client: Client) -> None:
    rid = client.next_id()
    found = client.check(rid, client.send("GET", "gather", rid))
    client.expect(rid, "children", len(found.get("also", ())), 4)


def hop(client: Client) -> None:
    rid = client.next_id()
    found = client.check(rid, client.send("GET", "hop", rid))
    client.expect(rid, "hops", len(found.get("also", ())), 2)


def background(client: Client) -> None:
    rid = client.next_id()
    found = client.check(rid, client.send("GET", "background", rid))
    client.expect(rid, "background tasks", len(found.get("also", ())), 2)


def events(client: Client) -> None:
    rid = client.next_id()
    answer = client.send("GET", client.random.choice(("events", "aevents")), rid)
    client.expect(rid, "status", answer.status, 200)
    found: list[dict[str, Any]] = [
        json.loads(line.removeprefix("data: "))
        for line in answer.text.splitlines()
        if line.startswith("data: ")
    ]
    client.expect(rid, "events", len(found), STEPS + 1)
    if not found:
        return
    client.expect(rid, "id", found[0].get("id"), rid)
    client.check_before(rid, found[0].get("before"))
    for number, event in enumerate(found[1:]):
        client.expect(rid, "step", event.get("step"), number)
        client.check_seen(rid, event.get("seen"))


def leave_view(client: Client) -> None:
    """Leave while a view waits; its answer, and its cookie, reach nobody."""
    rid = client.next_id()
    delay = client.random.random() * LONGEST_STAY
    client.wire.ask_and_leave(client.target("wait", rid), client.headers(rid), delay)


def websocket(client: Client) -> None:
    """Talk; then close in order, be closed, have it fail, or just go."""
    rid = client.next_id()
    kind = client.random.choice(("asocket", "asocket", "asocket", "socket"))
    wire = client.wire
    answer = wire.connect(client.target(kind, rid), client.headers(rid))
    client.expect(rid, "status", answer.status, 101)
    if answer.status != 101:
        wire.close()
        return
    found = json.loads(str(wire.hear()))
    expected: dict[str, Any] = {
        "id": rid,
        "left": {},
        "previous": client.previous,
        "count": client.count,
        "who": client.name if client.count else None,
        "header": rid,
        "query": rid,
    }
    client.expect(rid, "found by the WebSocket", found, expected)
    for _ in range(client.random.randint(0, MOST_MESSAGES)):
        _exchange(client, rid)
    end = client.random.choice(("hang up", "bye", "fail", "leave", "leave amid"))
    if end == "hang up":
        wire.hang_up()
    elif end in {"bye", "fail"}:
        wire.say(end)
        code = wire.hear()
        client.expect(rid, "code", code, 1000 if end == "bye" else 1011)
    elif end == "leave amid":
        wire.say(client.next_id())
    wire.close()


def _exchange(client: Client, rid: str) -> None:
    """Send a message and compare the answer."""
    message = client.next_id()
    client.wire.say(message)
    found = json.loads(str(client.wire.hear()))
    client.expect(message, "WebSocket", (found["ws"], found["id"]), (rid, message))
    seen = found["seen"]
    handshake = {name: seen.pop(name, None) for name in ("header", "query", "path")}
    client.expect(message, "handshake", {*handshake.values()}, {rid})
    client.check_seen(message, seen | dict.fromkeys(handshake, message))


LASTING: dict[Callable[[Client], None], float] = {
    gather: 4,
    hop: 4,
    background: 3,
    events: 4,
}
ON_A_LOOP: dict[Callable[[Client], None], float] = {websocket: 5, leave_view: 4}
"""Those that need ASGI."""

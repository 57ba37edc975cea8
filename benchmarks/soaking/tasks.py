"""What clients do: a task sends one request, or a few, and compares the answers.

Rules of the file: a task is a function of the client; its weight in `TASKS` says how
often it is chosen; it counts its requests with `next_id`.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from benchmarks.soaking.broken import BROKEN, BROKEN_ON_THE_WIRE
from benchmarks.soaking.lasting_tasks import LASTING, ON_A_LOOP
from benchmarks.soaking.notes_user import use_notes

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.soaking.client import Client

__all__ = ["tasks_for"]

STREAM_STEPS = 4


def plain(client: Client) -> None:
    rid = client.next_id()
    client.check(rid, client.send("GET", "plain", rid))


def post(client: Client) -> None:
    rid = client.next_id()
    kind, body = client.random.choice(
        (
            ("json", ("application/json", json.dumps({"id": rid}).encode())),
            ("form", ("application/x-www-form-urlencoded", f"id={rid}".encode())),
            ("raw", ("application/octet-stream", rid.encode())),
        )
    )
    found = client.check(rid, client.send("POST", kind, rid, body))
    client.expect(rid, f"{kind} body", found.get("body"), rid)


def template(client: Client) -> None:
    rid = client.next_id()
    found = client.check(rid, client.send("GET", "template", rid))
    page = f"{rid} {rid} {rid} {rid} soak_session"
    client.expect(rid, "page", found.get("page"), page)


def asynchronous(client: Client) -> None:
    rid = client.next_id()
    client.check(rid, client.send("GET", "async", rid))


def carried(client: Client) -> None:
    rid = client.next_id()
    found = client.check(rid, client.send("GET", "carry", rid))
    client.expect(rid, "names", found.get("names"), [rid + rid])


def nested(client: Client) -> None:
    rid = client.next_id()
    found = client.check(rid, client.send("GET", "nested", rid))
    inside = [f"inner-{rid}", f"inner-{rid}", None]
    client.expect(rid, "inner request", found.get("inside"), inside)


def stream(client: Client) -> None:
    rid = client.next_id()
    answer = client.send("GET", client.random.choice(client.streams), rid)
    client.expect(rid, "status", answer.status, 200)
    lines = [json.loads(line) for line in answer.body.splitlines()]
    client.expect(rid, "lines", len(lines), STREAM_STEPS + 1)
    if not lines:
        return
    client.expect(rid, "id", lines[0].get("id"), rid)
    client.check_before(rid, lines[0].get("before"))
    for number, line in enumerate(lines[1:]):
        client.expect(rid, "step", line.get("step"), number)
        client.check_seen(rid, line.get("seen"))


def leave(client: Client) -> None:
    """Leave in the middle of a stream: after its head, or after its first chunks."""
    rid = client.next_id()
    wire = client.wire
    kind = client.random.choice(client.streams)
    answer = wire.open(client.target(kind, rid), client.headers(rid))
    client.check_headers(rid, answer)
    if answer.headers.get("transfer-encoding") != "chunked":
        client.expect(rid, "stream", answer.headers, "a stream")
        wire.close()
        return
    for number in range(client.random.randint(0, STREAM_STEPS - 1)):
        line: dict[str, Any] = json.loads(wire.read_chunk())
        if number:
            client.check_seen(rid, line.get("seen"))
        else:
            client.expect(rid, "id", line.get("id"), rid)
    wire.close()
    wire.cookies.update(answer.cookies)
    client.wrote(rid)


def fail(client: Client) -> None:
    rid = client.next_id()
    kind, status = client.random.choice(
        (("value", 422), ("abort", 409), ("other", 500))
    )
    answer = client.send("GET", f"fail/{kind}", rid)
    client.wrote(rid)
    found = client.document(rid, answer, status)
    client.expect(rid, "text", found.get("text"), rid)


def broken(client: Client) -> None:
    client.random.choice(BROKEN)(client)


def broken_wire(client: Client) -> None:
    client.random.choice(BROKEN_ON_THE_WIRE)(client)


TASKS: dict[Callable[[Client], None], float] = {
    plain: 16,
    post: 30,
    template: 8,
    asynchronous: 8,
    carried: 4,
    nested: 6,
    stream: 8,
    leave: 4,
    fail: 8,
    broken: 5,
    **LASTING,
}
ON_A_SOCKET: dict[Callable[[Client], None], float] = {broken_wire: 3, use_notes: 0.7}


def tasks_for(form: str) -> dict[Callable[[Client], None], float]:
    """Return the tasks, with their weights, of the clients of a form of the soak."""
    found = dict(TASKS)
    if not form.startswith("mixed"):
        found |= ON_A_SOCKET
    if form in {"tasks", "mixed on a loop"}:
        found |= ON_A_LOOP
    return found

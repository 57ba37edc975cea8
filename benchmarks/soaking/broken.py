"""Requests that are wrong: refused, each in its own way, and nobody else is hurt."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.soaking.wire import Connection

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.soaking.client import Client

__all__ = ["BROKEN", "BROKEN_ON_THE_WIRE"]

JSON = "application/json"


def _connection(client: Client) -> Connection:
    """Return the client's connection, to be opened anew."""
    assert isinstance(client.wire, Connection)
    client.wire.close()
    return client.wire


def not_http(client: Client) -> None:
    """Send what is no request: refused with 400, or without a word."""
    rid = client.next_id()
    wire = _connection(client)
    wire.send(b"GET /soak/plain/" + rid.encode() + b" WHAT/0\r\n\r\n")
    found = wire.until_closed()
    if found:
        client.expect(rid, "refusal", found[:12], b"HTTP/1.1 400")


def too_large(client: Client) -> None:
    """Send a head that is too large for a careful server."""
    if not client.is_careful:
        return
    rid = client.next_id()
    wire = _connection(client)
    headers = client.headers(rid) | {f"X-{n}": "x" for n in range(150)}
    wire.send(wire.encode("GET", client.target("plain", rid), headers))
    answer = wire.read_head()
    # gevent's server refuses it with the plainer word.
    client.expect(rid, "refused", answer.status in {400, 431}, True)
    wire.close()


def cut_off(client: Client) -> None:
    """Announce a body, send a part of it and leave."""
    rid = client.next_id()
    wire = _connection(client)
    headers = client.headers(rid) | {"Content-Type": JSON, "Content-Length": "100"}
    target = client.target("json", rid)
    # The jar stays as it is: the answer, and its cookie, reach nobody.
    wire.send(wire.encode("POST", target, headers) + b'{"id":')
    wire.close()


def bad_json(client: Client) -> None:
    """Send what is not JSON, as JSON."""
    rid = client.next_id()
    answer = client.send("POST", "json", rid, (JSON, b'{"id": ' + rid.encode()))
    client.wrote(rid)
    client.document(rid, answer, 400)


def forged_cookie(client: Client) -> None:
    """Send another session's text under this one's signature: it must read empty."""
    rid = client.next_id()
    jar = client.wire.cookies
    kept = dict(jar)
    if "soak_session" not in jar:
        return
    jar["soak_session"] = "x" + jar["soak_session"][1:]
    answer = client.send("GET", "plain", rid)
    found = client.document(rid, answer, 200)
    client.check_seen(rid, found.get("seen"))
    before = found.get("before", {})
    client.expect(rid, "forged session", before.get("previous"), None)
    client.expect(rid, "forged session's count", before.get("count"), 0)
    client.expect(rid, "forged session's flashes", before.get("flashes"), [])
    jar.clear()
    jar.update(kept)


def unknown(client: Client) -> None:
    """Ask for what is not there."""
    rid = client.next_id()
    client.document(rid, client.send("GET", "nothing", rid), 404)


def wrong_method(client: Client) -> None:
    """Ask for a page in a way that it does not offer."""
    rid = client.next_id()
    answer = client.send("DELETE", "plain", rid)
    client.document(rid, answer, 405)
    allowed = {*answer.headers.get("allow", "").split(", ")}
    client.expect(rid, "Allow", allowed, {"GET", "HEAD", "OPTIONS"})


BROKEN: list[Callable[[Client], None]] = [
    bad_json,
    forged_cookie,
    unknown,
    wrong_method,
]
BROKEN_ON_THE_WIRE: list[Callable[[Client], None]] = [not_http, too_large, cut_off]
"""Those that need a real socket."""

"""Requests that are wrong: refused, each in its own way, and nobody else is hurt."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.soaking.client import Client

__all__ = ["BROKEN"]

JSON = "application/json"


def not_http(client: Client) -> None:
    """Send what is no request: refused with 400, or without a word."""
    rid = client.next_id()
    client.wire.close()
    client.wire.send(b"GET /soak/plain/" + rid.encode() + b" WHAT/0\r\n\r\n")
    found = client.wire.until_closed()
    if found:
        client.expect(rid, "refusal", found[:12], b"HTTP/1.1 400")


def too_large(client: Client) -> None:
    """Send a head that is too large for any server."""
    rid = client.next_id()
    client.wire.close()
    headers = client.headers(rid) | {f"X-{n}": "x" for n in range(150)}
    client.wire.send(client.wire.encode("GET", f"/soak/plain/{rid}", headers))
    answer = client.wire.read_head()
    client.expect(rid, "status", answer.status, 431)
    client.wire.close()


def cut_off(client: Client) -> None:
    """Announce a body, send a part of it and leave."""
    rid = client.next_id()
    wire = client.wire
    headers = client.headers(rid) | {"Content-Type": JSON, "Content-Length": "100"}
    target = f"/soak/json/{rid}?id={rid}"
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
    not_http,
    too_large,
    cut_off,
    bad_json,
    forged_cookie,
    unknown,
    wrong_method,
]

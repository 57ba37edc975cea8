"""One client of the soak: what it remembers, and how answers are compared with it.

Rules of the file: whatever an answer should say, the client knows beforehand; anything
else counts as a mismatch and is described, the first few of each client by example.

Theory. A client sends one request after the other, so its session is a model of three
values: the last id, a count, the flash waiting. Each answer of a route that touches the
session must show that model, and then the model moves on.
"""

from __future__ import annotations

import json
import random
from dataclasses import dataclass, field
from typing import Any

from benchmarks.soaking.wire import Answer, Connection, Wire

__all__ = ["Client", "Findings"]

_EXAMPLES = 5
_SPLIT_SHARE = 0.05


@dataclass(slots=True)
class Findings:
    """What went wrong, in numbers and by example."""

    mismatches: int = 0
    errors: int = 0
    examples: list[str] = field(default_factory=list)
    kinds: dict[str, int] = field(default_factory=dict)

    def mismatch(self, text: str) -> None:
        """Note an answer that is not this request's own."""
        self.mismatches += 1
        self._note(text)

    def error(self, text: str) -> None:
        """Note an exchange that failed."""
        self.errors += 1
        self._note(text)

    def add(self, other: Findings) -> None:
        """Add what another has found."""
        self.mismatches += other.mismatches
        self.errors += other.errors
        self.examples += other.examples
        for kind, number in other.kinds.items():
            self.kinds[kind] = self.kinds.get(kind, 0) + number

    def _note(self, text: str) -> None:
        if len(self.examples) < _EXAMPLES:
            self.examples.append(text[:500])


class Client:
    """Someone with a connection, a session and a memory."""

    def __init__(self, port: int, name: str, seed: int) -> None:
        self.name = name
        self.random = random.Random(seed)
        self.wire: Wire = Connection(port)
        self.app_name = "benchmarks.soaking.app"
        self.mount = "/soak"
        self.is_careful = True  # the server is: it limits what a head may hold
        self.streams = ("stream", "astream")
        self.findings = Findings()
        self.requests = 0
        self.seen = 0
        self.kept_notes: set[int] = set()
        self.lost()

    def lost(self) -> None:
        """Begin anew with an empty session, after an exchange that failed."""
        self.wire.cookies.pop("soak_session", None)
        self.wire.cookies.pop("notes_session", None)
        self.previous: str | None = None
        self.count = 0
        self.flashes: list[str] = []

    def next_id(self) -> str:
        """Return an id that no other request has."""
        self.requests += 1
        return f"{self.name}.{self.requests}"

    def target(self, path: str, rid: str) -> str:
        """Return the target of a request to a route of the soak."""
        return f"{self.mount}/{path}/{rid}?id={rid}"

    def headers(self, rid: str) -> dict[str, str]:
        """Return the headers that say who asks, and with which request."""
        return {"X-Soak-Id": rid, "X-Soak-Who": self.name}

    def send(
        self,
        method: str,
        path: str,
        rid: str,
        body: tuple[str, bytes] | None = None,
    ) -> Answer:
        """Send a request to a route of the soak; check what all of its answers say."""
        headers = self.headers(rid)
        data = None
        if body is not None:
            headers["Content-Type"], data = body
        split = self.random.random() < _SPLIT_SHARE and self.random.randint(1, 60)
        target = self.target(path, rid)
        answer = self.wire.request(method, target, headers, data, split=int(split))
        self.check_headers(rid, answer)
        return answer

    def check_headers(self, rid: str, answer: Answer) -> None:
        """Compare what hooks wrote: whose request it was, and whose `g`."""
        headers = answer.headers
        self.expect(rid, "X-Soak-Request", headers.get("x-soak-request"), rid)
        if "x-soak-app" in headers:
            self.expect(rid, "X-Soak-App", headers["x-soak-app"], self.app_name)
        if "x-soak-g" in headers:
            self.expect(rid, "X-Soak-G", headers["x-soak-g"], rid)
            self.expect(rid, "cookie", answer.cookies.get("soak_seen"), rid)

    def check(self, rid: str, answer: Answer, status: int = 200) -> dict[str, Any]:
        """Compare status, id and what was read; return the whole document."""
        found = self.document(rid, answer, status)
        self.check_before(rid, found.get("before"))
        self.check_seen(rid, found.get("seen"))
        for seen in found.get("also", ()):
            self.check_seen(rid, seen)
        return found

    def document(self, rid: str, answer: Answer, status: int) -> dict[str, Any]:
        """Compare status and id; return the JSON object of the answer."""
        self.expect(rid, "status", answer.status, status)
        try:
            found = json.loads(answer.body)
        except ValueError:
            found = None
        if not isinstance(found, dict):
            self.findings.mismatch(f"{rid}: not an object: {answer.body[:200]!r}")
            return {}
        self.expect(rid, "id", found.get("id"), rid)
        return found

    def check_before(self, rid: str, before: Any) -> None:
        """Compare what the request found with what this client's last one left."""
        expected: dict[str, Any] = {
            "left": {},
            "previous": self.previous,
            "count": self.count,
            "who": self.name if self.count else None,
            "flashes": self.flashes,
        }
        self.expect(rid, "found at its start", before, expected)
        self.wrote(rid)

    def wrote(self, rid: str) -> None:
        """Remember that a request has written to the session."""
        self.previous = rid
        self.count += 1
        self.flashes = [f"flash of {rid}"]

    def check_seen(self, rid: str, seen: Any) -> None:
        """Compare what the request read back from each of its places."""
        self.seen += 1
        if not isinstance(seen, dict) or len(seen) != 8 or {*seen.values()} != {rid}:
            self.findings.mismatch(f"{rid}: read back {seen!r}")

    def expect(self, rid: str, what: str, found: Any, expected: Any) -> None:
        """Note a mismatch unless both are equal."""
        if found != expected:
            text = f"{rid}: {what} is {found!r}, expected {expected!r}"
            self.findings.mismatch(text)

"""Someone who uses the demo: registers, writes notes, reads them, logs out and in.

Rules of the file: every text a person writes begins with the person's own name, so a
page that shows anybody else's is seen at once.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlencode

if TYPE_CHECKING:
    from benchmarks.soaking.client import Client
    from benchmarks.soaking.wire import Answer

__all__ = ["use_notes"]

FORM = "application/x-www-form-urlencoded"
PASSWORD = "correct horse"  # noqa: S105 - everybody's, in a database that is removed
TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')
WRITTEN = re.compile(r"note-of-([\w-]+)-is-([\w.-]+)")
FLASH = re.compile(r'<li class="flash \w+">([^<]*)</li>')


def use_notes(client: Client) -> None:
    """Log in, write a note, find it on every page it belongs to, delete it, log out."""
    visit = _Visit(client)
    if client.wire.cookies.get("notes_known"):
        visit.send("/login", "/login", name=client.name, password=PASSWORD)
        visit.sees(f"Welcome back, {client.name}.")
    else:
        fields = {"name": client.name, "password": PASSWORD, "repeat": PASSWORD}
        visit.send("/register", "/register", **fields)
        visit.sees(f"Welcome, {client.name}! Your account is ready.")
        client.wire.cookies["notes_known"] = "1"
    title = f"note-of-{client.name}-is-{client.requests}"
    where = visit.send("/notes/new", "/notes/new", title=title, body=f"{title} body")
    visit.sees("Note saved.")
    page = visit.open(where)
    visit.expect("title", page.count(f"<h1>{title}</h1>"), 1)
    visit.expect("body", page.count(f"{title} body"), 1)
    page = visit.open("/")
    visit.expect("listed", title in page, True)
    # All ids but the client's own are somebody else's note (403), or nobody's (404).
    number = int(where.rpartition("/")[2])
    for other in (number - 1, number + 1):
        allowed = (200,) if other in client.kept_notes else (403, 404)
        visit.open(f"/notes/{other}", *allowed)
    if client.random.random() < 0.9:
        visit.send(f"{where}/delete", f"{where}/delete")
        visit.sees(f"“{title}” is deleted.")
    else:
        client.kept_notes.add(number)
    visit.send("/", "/logout")
    visit.sees("You are logged out.")


class _Visit:
    """The pages that a client opens, one after the other."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.rid = client.name

    def expect(self, what: str, found: object, expected: object) -> None:
        self.client.expect(self.rid, f"notes: {what}", found, expected)

    def open(self, path: str, *statuses: int) -> str:
        """Open a page; nothing on it may be another person's."""
        self.rid = self.client.next_id()
        answer = self.client.wire.request("GET", path)
        if answer.status not in (statuses or (200,)):
            self.expect(f"status of {path}", answer.status, statuses or 200)
        return self._own(answer)

    def send(self, form: str, path: str, **fields: str) -> str:
        """Fill in a form of a page and send it; return where that leads."""
        found = TOKEN.search(self.open(form))
        if found is None:
            self.expect(f"form on {form}", None, "a form")
            return "/notes/0"
        self.rid = self.client.next_id()
        body = urlencode(fields | {"csrf_token": found[1]}).encode()
        headers = {"Content-Type": FORM}
        answer = self.client.wire.request("POST", path, headers, body)
        self.expect(f"status of POST {path}", answer.status, 302)
        return answer.headers.get("location", "/notes/0")

    def sees(self, flash: str) -> None:
        """Compare the flashes of the next page with the one that must be there."""
        self.expect("flashes", FLASH.findall(self.open("/")), [flash])

    def _own(self, answer: Answer) -> str:
        page = answer.text
        writers = {name for name, _ in WRITTEN.findall(page)}
        if writers - {self.client.name}:
            self.expect("writers on the page", writers, {self.client.name})
        return page

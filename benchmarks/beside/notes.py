"""The demo application's own page under load: session, database, template, hooks.

A user registers and writes notes, once; then `wrk` opens the list of them as that user.
What two servers show such a user is the same page, but for the token of the session and
the moments at which the notes were written.
"""

from __future__ import annotations

import re
import sys
from urllib.parse import urlencode

from benchmarks.beside.works import Reply, Work
from benchmarks.soaking.wire import Connection

__all__ = ["NOTES", "PAGE", "WORK", "comparable", "log_in", "objection"]

NOTES = 5
PAGE = "/"
WORK = Work("notes", "the demo's list of notes", PAGE, "")
PASSWORD = "correct horse"  # noqa: S105 - of a user who is gone with the folder
TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')
MOMENT = re.compile(r"<time [^>]*>[^<]*</time>")


def log_in(port: int) -> str:
    """Make a user with notes; return the Cookie header of the user's browser."""
    browser = Connection(port)
    _send(browser, "/register", name="ada", password=PASSWORD, repeat=PASSWORD)
    for number in range(NOTES):
        title = f"Note {number}"
        _send(browser, "/notes/new", title=title, body=f"{title}: some words. " * 10)
    browser.request("GET", PAGE)  # the flashes are shown, and gone
    browser.request("GET", PAGE)
    browser.close()
    return "; ".join(f"{name}={value}" for name, value in browser.cookies.items())


def comparable(reply: Reply) -> Reply:
    """Return of the list of notes what is the same for such a user of any server."""
    page = TOKEN.sub('name="csrf_token" value=""', reply.body.decode(errors="replace"))
    page = MOMENT.sub("<time></time>", page)
    headers = dict(reply.headers)
    headers.pop("content-length", None)  # that of moments in words, too
    if "set-cookie" in headers:
        headers["set-cookie"] = re.sub("=[^;]*", "=", headers["set-cookie"])
    return Reply(reply.status, headers, page.encode())


def objection(reply: Reply) -> str | None:
    """Return what is wrong with the list of notes, or None."""
    kind = reply.headers.get("content-type", "").partition(";")[0]
    if (reply.status, kind) != (200, "text/html"):
        return f"status {reply.status}, content type {kind!r}; expected a page"
    for number in range(NOTES):
        if f"Note {number}</a>".encode() not in reply.body:
            return f"the page does not list 'Note {number}'"
    return None


def _send(browser: Connection, path: str, **fields: str) -> None:
    """Fill in the form on a page, and send it."""
    page = browser.request("GET", path)
    found = TOKEN.search(page.text)
    if found is None:
        sys.exit(f"The demo's {path} has no form: status {page.status}, {page.text}")
    body = urlencode(fields | {"csrf_token": found[1]}).encode()
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = browser.request("POST", path, headers, body)
    if answer.status != 302:
        sys.exit(f"The demo's {path} answers {answer.status}, not 302: {answer.text}")

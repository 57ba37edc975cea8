"""The demo application's own page under load: session, database, template, hooks.

A user registers and writes notes, once; then `wrk` opens the list of them as that user.
"""

from __future__ import annotations

import re
from urllib.parse import urlencode

from benchmarks.soaking.wire import Connection

__all__ = ["NOTES", "PAGE", "log_in"]

NOTES = 5
PAGE = "/"
PASSWORD = "correct horse"  # noqa: S105 - of a user who is gone with the folder
TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


def log_in(port: int) -> str:
    """Make a user with notes; return the Cookie header of the user's browser."""
    browser = Connection(port)
    _send(browser, "/register", name="ada", password=PASSWORD, repeat=PASSWORD)
    for number in range(NOTES):
        title = f"Note {number}"
        _send(browser, "/notes/new", title=title, body=f"{title}: some words. " * 10)
    page = browser.request("GET", PAGE).text  # the flashes are shown, and gone
    assert all(f"Note {number}</a>" in page for number in range(NOTES)), page
    browser.request("GET", PAGE)
    browser.close()
    return "; ".join(f"{name}={value}" for name, value in browser.cookies.items())


def _send(browser: Connection, path: str, **fields: str) -> None:
    """Fill in the form on a page, and send it."""
    found = TOKEN.search(browser.request("GET", path).text)
    assert found is not None, path
    body = urlencode(fields | {"csrf_token": found[1]}).encode()
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = browser.request("POST", path, headers, body)
    assert answer.status == 302, (path, answer.status)

"""Response headers that tell browsers what these pages may do.

No page needs a script, so none may run: should markup of a user ever get through the
templates' escaping, it would still do nothing.
"""

from __future__ import annotations

from insula import Insula, Response, g

__all__ = ["init_app"]

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}


def init_app(app: Insula) -> None:
    """Add the headers to every response."""
    app.after_request(_add_headers)


def _add_headers(response: Response) -> Response:
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if g.get("user") is not None:
        # What one user saw must not come out of a cache for the next.
        response.headers["Cache-Control"] = "no-store"
    return response

"""A guard against forged requests: each form carries the token of its session.

A page of another site can make a browser send a form with the user's cookie, but it
cannot read the token. The session is signed, so the token needs no storage of its own.
"""

from __future__ import annotations

import secrets

from markupsafe import Markup

from insula import Insula, abort, request, session

__all__ = ["check_token", "csrf_field", "csrf_token", "init_app"]

KEY = "csrf_token"
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


def init_app(app: Insula) -> None:
    """Check every form, and let templates write the token into them."""
    app.before_request(_protect_forms)
    app.add_template_global(csrf_field)


def csrf_token() -> str:
    """Return the token of the current session; make one if it has none."""
    if KEY not in session:
        session[KEY] = secrets.token_urlsafe(24)
    token: str = session[KEY]
    return token


def csrf_field() -> Markup:
    """Return the field of a form that carries the token."""
    # Nothing in the token needs escaping.
    return Markup(f'<input type="hidden" name="csrf_token" value="{csrf_token()}">')  # noqa: S704 - see above


def check_token(given: str | None) -> None:
    """End an unsafe request with 400 unless it brought the token of its session."""
    if request.method in SAFE_METHODS:
        return
    expected = session.get(KEY, "")
    if not expected or not secrets.compare_digest(
        expected.encode(), (given or "").encode()
    ):
        abort(400, "This form is no longer valid. Go back, reload the page, try again.")


def _protect_forms() -> None:
    # The API knows who calls by other means too, and checks for itself. Without an
    # endpoint no view will run, and the answer is 404 or 405.
    if request.method in SAFE_METHODS or request.endpoint is None:
        return
    if request.blueprint != "api":
        check_token(request.form.get("csrf_token"))

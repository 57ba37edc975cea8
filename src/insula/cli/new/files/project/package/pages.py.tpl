"""The pages: what a person sees."""

from __future__ import annotations

from typing import TYPE_CHECKING

from insula import (
    Blueprint,
    flash,
    redirect,
    render_template,
    request,
    session,
    url_for,
)

if TYPE_CHECKING:
    from werkzeug.wrappers import Response

__all__ = ["bp"]

LONGEST_NAME = 80

bp = Blueprint("pages", __name__)


@bp.get("/")
def index() -> str:
    """Show the first page; it greets who has left a name."""
    return render_template("index.html", name=session.get("name"))


@bp.post("/name")
def remember() -> Response:
    """Keep the name that was sent, and show the first page again."""
    name = request.form.get("name", "").strip()[:LONGEST_NAME]
    if name:
        session["name"] = name
    else:
        flash("Tell me your name first.")
    return redirect(url_for("pages.index"))

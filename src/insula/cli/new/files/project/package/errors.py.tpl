"""One page for all errors."""

from __future__ import annotations

from typing import TYPE_CHECKING

from insula import render_template
from werkzeug.exceptions import HTTPException

if TYPE_CHECKING:
    from insula import Insula

__all__ = ["init_app"]


def init_app(app: Insula) -> None:
    """Show the page for whatever goes wrong, errors of the code (500) included."""
    app.register_error_handler(HTTPException, show)


def show(error: HTTPException) -> tuple[str, int]:
    """Return the page for an error."""
    return render_template("error.html", error=error), error.code or 500

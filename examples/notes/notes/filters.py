"""What templates may use: filters, and the user in every context."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from insula import Insula, g
from notes.models import now

if TYPE_CHECKING:
    from datetime import datetime

__all__ = ["ago", "init_app", "moment"]

UNITS = (("day", 86_400), ("hour", 3_600), ("minute", 60))
DAYS_IN_WORDS = 7


def init_app(app: Insula) -> None:
    """Hand the filters and the user to all templates."""
    app.add_template_filter(ago)
    app.add_template_filter(moment)
    app.context_processor(_common_values)


def ago(moment: datetime, *, today: datetime | None = None) -> str:
    """Say how long ago a moment was; after a week, its date.

    >>> from datetime import timedelta
    >>> ago(now() - timedelta(minutes=5))
    '5 minutes ago'
    """
    today = today or now()
    seconds = (today - moment).total_seconds()
    if seconds >= DAYS_IN_WORDS * 86_400:
        year = f" {moment:%Y}" if moment.year != today.year else ""
        return f"{moment.day} {moment:%B}{year}"
    for unit, length in UNITS:
        number = int(seconds // length)
        if number >= 1:
            return f"{number} {unit}{'s' if number > 1 else ''} ago"
    return "just now"


def moment(value: datetime) -> Markup:
    """Return the HTML of a moment: how long ago, and when it was for who points at it.

    >>> print(moment(now()))
    <time datetime="...T...+00:00" title="... UTC">just now</time>
    """
    element = (
        f'<time datetime="{value.isoformat()}" title="{str(value)[:16]} UTC">'
        f"{ago(value)}</time>"
    )
    return Markup(element)  # noqa: S704 - dates and words of ours


def _common_values() -> dict[str, Any]:
    return {"user": g.get("user")}

"""Flash messages: kept in the session until they are shown once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from insula._core.signals import message_flashed

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["flash", "get_flashed_messages"]

_KEY = "_flashes"


def flash(ctx: Any, message: str, category: str) -> None:
    """Keep ``message`` for the next request that shows messages."""
    # NOTE: stored by assignment, so that every kind of session notices the change.
    session = ctx.session
    flashes = session.get(_KEY, [])
    flashes.append((category, message))
    session[_KEY] = flashes
    if message_flashed.receivers:
        message_flashed.send(
            ctx.app,
            _async_wrapper=ctx.app.ensure_sync,
            message=message,
            category=category,
        )


def get_flashed_messages(
    ctx: Any, *, with_categories: bool, category_filter: Iterable[str]
) -> list[str] | list[tuple[str, str]]:
    """Take the messages out of the session; again in the same request, the same."""
    flashes = ctx.flashes
    if flashes is None:
        session = ctx.session
        flashes = ctx.flashes = session.pop(_KEY) if _KEY in session else []
    if category_filter:
        wanted = set(category_filter)
        flashes = [item for item in flashes if item[0] in wanted]
    if with_categories:
        return list(flashes)
    return [message for _, message in flashes]

"""The application under ASGI: one object, and the server's call tells which.

Which of its two kinds a server takes the application for, its call tells (``__call__``
of `pipeline`). How a request is answered stands in `exchange` and, for the simplest, in
`short_task`; these are imported, and asyncio with them, when the first one comes.

Sources: the ASGI specification 3.0; PEP 3333.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from insula.dispatch.decisions import function_of
from insula.dispatch.short import ShortWay

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from insula._core.protocols import ASGIReceive, ASGIScope, ASGISend
    from insula.dispatch.loops.apart import Pushed

__all__ = ["AsgiWay"]

_TYPES = ("http", "websocket", "lifespan")


class AsgiWay(ShortWay):
    """Be called by ASGI servers, too."""

    @staticmethod
    def _pushed_apart(ctx: Any) -> Pushed:
        """Return what makes ``ctx`` current for an ``async with`` block."""
        from insula.dispatch.loops.apart import Pushed

        return Pushed(ctx)

    async def asgi_app(
        self, scope: ASGIScope, receive: ASGIReceive, send: ASGISend
    ) -> None:
        """Answer one scope; wrap this attribute to add ASGI middleware.

        :raises ValueError: if the scope is of a type that there is no answer to.
        """
        kind = scope["type"]
        answer = _answers.get(kind)
        if answer is None:
            answer = _answers[kind] = _find_answer(kind)
        if self._http_answer is None and kind == "http":
            revision = self._revision
            own = function_of(self.asgi_app) is AsgiWay.asgi_app
            self._decide("_http_answer", own and answer, revision)
        await answer(self, scope, receive, send)


# What answers each type of scope, once one has come.
_answers: dict[str, Callable[..., Coroutine[Any, Any, None]]] = {}


def _find_answer(kind: str) -> Callable[..., Coroutine[Any, Any, None]]:
    if kind == "http":
        from insula.dispatch.asgi.short_task import answer_http

        return answer_http
    if kind == "websocket":
        from insula.dispatch.sockets.websockets import answer_websocket

        return answer_websocket
    if kind == "lifespan":
        from insula.dispatch.lasting.lifespan import lifespan

        return lifespan
    raise ValueError(
        f"The server called with a scope of type {kind!r}; an application answers"
        f" {', '.join(map(repr, _TYPES))}. Configure the server to leave it out."
    )

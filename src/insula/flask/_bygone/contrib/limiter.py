"""Old ``werkzeug.contrib.limiter``: no more than so many bytes of a request's body."""

from __future__ import annotations

from typing import TYPE_CHECKING

from werkzeug.wsgi import LimitedStream

if TYPE_CHECKING:
    from collections.abc import Iterable

    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

__all__ = ["StreamLimitMiddleware"]


class StreamLimitMiddleware:
    """Cut the body off."""

    def __init__(
        self, app: WSGIApplication, maximum_size: int = 1024 * 1024 * 10
    ) -> None:
        self.app = app
        self.maximum_size = maximum_size

    def __call__(
        self, environ: WSGIEnvironment, start_response: StartResponse
    ) -> Iterable[bytes]:
        said = environ.get("CONTENT_LENGTH") or "0"
        size = int(said) if said.isdecimal() else 0
        limit = min(self.maximum_size, size)
        environ["wsgi.input"] = LimitedStream(environ["wsgi.input"], limit)
        return self.app(environ, start_response)

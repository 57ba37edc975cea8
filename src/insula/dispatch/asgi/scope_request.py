"""A request under ASGI whose environ is made when somebody asks for it.

It is a :class:`~insula.http.request.Request` in all respects. A view that reads no more
than its arguments, the query or the body never needs an environ.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

from insula._core.lazy import lazy
from insula.dispatch.asgi.async_streams import AsyncBody
from insula.dispatch.asgi.outgoing import FileBlocks
from insula.http.awaited import awaitable
from insula.http.body import UNPARSED
from insula.http.request import Request
from insula.http.response import ASYNC_BODY_KEY
from insula.http.scope import environ_of

if TYPE_CHECKING:
    from insula._core.protocols import ASGIScope, WSGIEnvironment

__all__ = ["ScopeRequest"]


class ScopeRequest(Request):
    """A request that was made of a scope, and of the whole of its body."""

    _scope: ASGIScope
    _body: bytes
    # Its content type, as it was sent.
    _sent_type: bytes | None
    # Whether there is an environ.
    _has_environ = False

    def _body_to_come(self, _name: str) -> None:
        """Return ``None``: it has come."""

    def get_json(
        self, force: bool = False, silent: bool = False, cache: bool = True
    ) -> Any:
        """Parse the body as JSON."""
        if (
            cache
            and self._sent_type == b"application/json"
            and self._cached_json is UNPARSED
            and not self._has_environ
            and self._reads_plainly
            and self.max_content_length is None
        ):
            try:
                found = awaitable(self.json_module.loads(self._body))
            except (ValueError, RecursionError):
                pass  # what then is to be said is for the usual way
            else:
                if isinstance(found, (dict, list)):
                    self._cached_json = (found, found)
                    return found
        return super().get_json(force, silent, cache)

    if not TYPE_CHECKING:

        @lazy
        def environ(self) -> WSGIEnvironment:
            """Make the environ of the scope."""
            environ: dict[str, Any] = environ_of(self._scope, io.BytesIO(self._body))
            environ["wsgi.file_wrapper"] = FileBlocks
            environ[ASYNC_BODY_KEY] = AsyncBody
            environ["werkzeug.request"] = self
            self._has_environ = True
            return environ


ScopeRequest.__name__ = ScopeRequest.__qualname__ = "Request"

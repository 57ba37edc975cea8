"""The shapes that lower floors need of what lives above them.

The application class stands on the highest floors but one; a context only needs
to know what it calls on it. These protocols say just that.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable
    from types import TracebackType

    ExcInfo = tuple[type[BaseException], BaseException, TracebackType]
    OptExcInfo = ExcInfo | tuple[None, None, None]

    ASGIScope = dict[str, Any]
    ASGIReceive = Callable[[], Awaitable[dict[str, Any]]]
    ASGISend = Callable[[dict[str, Any]], Awaitable[None]]

__all__ = ["AppProtocol", "StartResponse", "WSGIApplication", "WSGIEnvironment"]

WSGIEnvironment = dict[str, Any]


class StartResponse(Protocol):
    """The callable that a WSGI server hands to an application (PEP 3333)."""

    def __call__(
        self,
        status: str,
        headers: list[tuple[str, str]],
        exc_info: OptExcInfo | None = None,
        /,
    ) -> Callable[[bytes], object]:
        """Begin the response."""
        ...


class WSGIApplication(Protocol):
    """A WSGI application (PEP 3333)."""

    def __call__(
        self, environ: WSGIEnvironment, start_response: StartResponse, /
    ) -> Iterable[bytes]:
        """Answer one request."""
        ...


class AppProtocol(Protocol):
    """What contexts and the HTTP floor call on an application."""

    config: Any
    json: Any
    request_class: Any
    response_class: Any
    session_interface: Any
    app_ctx_globals_class: Any
    blueprints: dict[str, Any]

    @property
    def name(self) -> str:
        """What the application is called."""
        ...

    @property
    def debug(self) -> bool:
        """Whether debug mode is on."""
        ...

    def create_url_adapter(self, request: Any) -> Any:
        """Return the URL adapter for a request, or for none."""
        ...

    def app_context(self) -> Any:
        """Return a new application context."""
        ...

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """Return a callable that runs ``func`` to its end."""
        ...

    def do_teardown_request(self, exc: BaseException | None) -> None:
        """Call the teardown functions of a request."""
        ...

    def do_teardown_appcontext(self, exc: BaseException | None) -> None:
        """Call the teardown functions of an application context."""
        ...

    _opens_session_lazily: bool | None
    _makes_app_context: bool | None

    def _decide_app_context(self) -> bool: ...

    def _open_session_early(self, ctx: Any) -> None: ...

    def _open_session(self, ctx: Any) -> Any: ...

    def _match_request(self, ctx: Any) -> None: ...

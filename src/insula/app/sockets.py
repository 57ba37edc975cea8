"""What an application and a blueprint share for WebSockets: views, and their hooks.

The tables are plain dictionaries, as those for requests are.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from insula.app.registrar import Registrar, setupmethod

if TYPE_CHECKING:
    from collections.abc import Callable

    from insula.app.typevars import AfterSocketT, BeforeT, SocketT, TeardownT

__all__ = ["Sockets"]


class Sockets(Registrar):
    """Register WebSockets."""

    __slots__ = (
        "after_websocket_funcs",
        "before_websocket_funcs",
        "teardown_websocket_funcs",
        "websocket_endpoints",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.before_websocket_funcs: dict[str | None, list[Any]] = defaultdict(list)
        self.after_websocket_funcs: dict[str | None, list[Any]] = defaultdict(list)
        self.teardown_websocket_funcs: dict[str | None, list[Any]] = defaultdict(list)
        #: Whose views talk to a WebSocket. No HTTP request is dispatched to them.
        self.websocket_endpoints: set[str] = set()

    @setupmethod
    def websocket(self, rule: str, **options: Any) -> Callable[[SocketT], SocketT]:
        """Register the decorated view for WebSockets; see :meth:`add_websocket`."""

        def decorator(f: SocketT) -> SocketT:
            endpoint = options.pop("endpoint", None)
            self.add_websocket(rule, endpoint, f, **options)
            return f

        return decorator

    @setupmethod
    def add_websocket(
        self,
        rule: str,
        endpoint: str | None = None,
        view_func: Callable[..., Any] | None = None,
        **options: Any,
    ) -> None:
        """Register a rule for WebSockets and, where given, its view.

        :param endpoint: the name to build URLs by; the view's name by default.
        :param options: of :class:`werkzeug.routing.Rule`.
        """
        if "methods" in options:
            raise TypeError(
                f"The WebSocket {rule!r} has no methods: a handshake is a GET. Leave"
                f" methods={options['methods']!r} out; for requests there is route()."
            )
        self._add_websocket(rule, endpoint, view_func, options)

    def _add_websocket(
        self,
        rule: str,
        endpoint: str | None,
        view_func: Callable[..., Any] | None,
        options: dict[str, Any],
    ) -> None:
        raise NotImplementedError(f"{type(self).__name__} must define this.")

    @setupmethod
    def before_websocket(self, f: BeforeT) -> BeforeT:
        """Call ``f()`` before each WebSocket's view.

        What it returns, if not None, is the HTTP response that refuses the handshake.
        """
        self.before_websocket_funcs.setdefault(None, []).append(f)
        return f

    @setupmethod
    def after_websocket(self, f: AfterSocketT) -> AfterSocketT:
        """Call ``f(response)`` after each WebSocket's view.

        ``response`` is what refuses the handshake, ``None`` if nothing does; what
        ``f`` returns, if not None, takes its place.
        """
        self.after_websocket_funcs.setdefault(None, []).append(f)
        return f

    @setupmethod
    def teardown_websocket(self, f: TeardownT) -> TeardownT:
        """Call ``f(exc)`` when a WebSocket has come to its end, whatever happened."""
        self.teardown_websocket_funcs.setdefault(None, []).append(f)
        return f

"""Which rule answers a request.

The compiled router (:mod:`insula.routing`) answers when nothing stands between the
environ and the map: the application's own ``create_url_adapter``, a map of its own
kind, no host or subdomain matching, no list of trusted hosts. Otherwise, and for
whatever the router cannot express (redirects, for one), Werkzeug's adapter does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from werkzeug.exceptions import HTTPException, MethodNotAllowed, NotFound
from werkzeug.routing import WebsocketMismatch
from werkzeug.wsgi import get_host

from insula.context.lifetime import UNSET
from insula.dispatch.decisions import Decisions, function_of
from insula.routing import FALLBACK, NOT_FOUND, NotAllowed, Router, RuleMap

if TYPE_CHECKING:
    from collections.abc import Callable

    from werkzeug.routing import Map, MapAdapter

    from insula.context import RequestContext

__all__ = ["Matching"]

_HOSTS_MAX = 1024


class Matching(Decisions):
    """Find the rule that answers a request."""

    config: Any
    url_map: Map
    subdomain_matching: bool
    websocket_endpoints: set[str]
    create_url_adapter: Callable[..., MapAdapter | None]

    def _init_matching(self) -> None:
        # Host fields that Werkzeug has found well-formed, as WSGI has them and as ASGI
        # does; bounded.
        self._known_hosts: set[str | bytes] = set()

    def _match_request(self, ctx: RequestContext) -> None:
        request = ctx._request
        environ = request.environ
        router: Any = self._router
        if router is None:
            revision = self._revision
            router = self._decide_router()
            self._decide("_router", router, revision)
        if (
            router
            and "HTTP_UPGRADE" not in environ
            and (
                environ.get("HTTP_HOST") in self._known_hosts
                or self._host_is_known(environ)
            )
            and self.config["TRUSTED_HOSTS"] is None
            and ctx._url_adapter is UNSET
            and (path := environ.get("PATH_INFO")) is not None
        ):
            match = router.match(
                path if path.isascii() else request.path, request.method
            )
            if type(match) is tuple:
                request.url_rule, request.view_args = match
                return
            self._settle(ctx, match)
        else:
            self._settle(ctx, FALLBACK)

    def _match_websocket(self, request: Any) -> Any:
        """Return what the router finds for a handshake."""
        environ = request.environ
        if self._router is None:
            revision = self._revision
            self._decide("_router", self._decide_router(), revision)
        router: Any = self._router
        if (
            not router
            or self.config["TRUSTED_HOSTS"] is not None
            or not (
                environ.get("HTTP_HOST") in self._known_hosts
                or self._host_is_known(environ)
            )
        ):
            return FALLBACK
        return router.match(request.path, request.method, websocket=True)

    def _settle(self, ctx: RequestContext, match: Any) -> None:
        """Note what the router found if it is no rule; ask the map where it cannot."""
        request = ctx._request
        if match is NOT_FOUND:
            request.routing_exception = NotFound()
            return
        if isinstance(match, NotAllowed):
            methods = list(match.valid_methods)
            request.routing_exception = MethodNotAllowed(methods)
            return
        adapter = ctx.url_adapter
        if adapter is None:
            return
        try:
            request.url_rule, request.view_args = adapter.match(return_rule=True)
        except HTTPException as exc:
            # NOTE: a redirect comes with an exception of the search, whose traceback
            # refers to the frames here and they to the request.
            exc.__context__ = None
            request.routing_exception = exc
            return
        if (
            request.url_rule.websocket
            and not ctx._is_socket
            and request.url_rule.endpoint in self.websocket_endpoints
        ):
            # Of an HTTP request that looks like a handshake (a server that speaks no
            # WebSocket hands those on).
            request.url_rule = request.view_args = None
            request.routing_exception = WebsocketMismatch()

    def _decide_router(self) -> Router | bool:
        url_map = self.url_map
        if (
            isinstance(url_map, RuleMap)
            and not self.subdomain_matching
            and self._own_url_adapter()
        ):
            return Router(url_map)
        return False

    def _own_url_adapter(self) -> bool:
        method = function_of(self.create_url_adapter)
        return getattr(method, "__module__", "").startswith("insula.")

    def _host_is_known(self, environ: dict[str, Any]) -> bool:
        # Werkzeug checks the characters of the host whenever it binds a map; what
        # it found good once is good.
        try:
            # Which of the two refuses a bad host goes by Werkzeug's version.
            self.url_map.bind(get_host(environ))
        except HTTPException:
            return False
        host = environ.get("HTTP_HOST")
        known = self._known_hosts
        if host is not None and host.isascii() and len(known) < _HOSTS_MAX:
            known.add(host)
            known.add(host.encode())
        return True

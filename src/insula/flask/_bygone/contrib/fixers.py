"""Old ``werkzeug.contrib.fixers``: middlewares that mend an environ.

Sources: RFC 7239 §7.4; what proxies send as ``X-Forwarded-…``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from werkzeug.datastructures import Headers
from werkzeug.middleware import proxy_fix

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

__all__ = [
    "CGIRootFix",
    "HeaderRewriterFix",
    "InternetExplorerFix",
    "LighttpdCGIRootFix",
    "PathInfoFromRequestUriFix",
    "ProxyFix",
]


class ProxyFix(proxy_fix.ProxyFix):
    """Believe what proxies say; ``ProxyFix(app)`` believes one, of three headers.

    :param num_proxies: of how many proxies address, scheme and host are believed. The
        counts of today's class, ``x_for`` and the others, may be given in its place.
    """

    def __init__(
        self, app: WSGIApplication, num_proxies: int | None = None, **counts: int
    ) -> None:
        count = 1 if num_proxies is None else num_proxies
        # NOTE: as many of the host as of the address; once the header was taken whole.
        counts = {"x_for": count, "x_proto": count, "x_host": count, **counts}
        super().__init__(app, **counts)

    @property
    def num_proxies(self) -> int:
        """Of how many proxies the address is believed."""
        return self.x_for

    @num_proxies.setter
    def num_proxies(self, value: int) -> None:
        self.x_for = value

    def get_remote_addr(self, forwarded_for: list[str]) -> str | None:
        """Return the client's address of the list in the header."""
        if self.x_for <= 0 or len(forwarded_for) < self.x_for:
            return None
        return forwarded_for[-self.x_for]


class CGIRootFix:
    """Set the script's name, for servers that say it wrong."""

    def __init__(self, app: WSGIApplication, app_root: str = "/") -> None:
        self.app = app
        self.app_root = app_root.strip("/")

    def __call__(
        self, environ: WSGIEnvironment, start_response: StartResponse
    ) -> Iterable[bytes]:
        environ["SCRIPT_NAME"] = self.app_root
        return self.app(environ, start_response)


class LighttpdCGIRootFix(CGIRootFix):
    """The same; the script's name that was is part of the path."""

    def __call__(
        self, environ: WSGIEnvironment, start_response: StartResponse
    ) -> Iterable[bytes]:
        environ["PATH_INFO"] = environ.get("SCRIPT_NAME", "") + environ.get(
            "PATH_INFO", ""
        )
        return super().__call__(environ, start_response)


class PathInfoFromRequestUriFix:
    """Take the path from the request's URI, where a server has decoded it badly."""

    def __init__(self, app: WSGIApplication) -> None:
        self.app = app

    def __call__(
        self, environ: WSGIEnvironment, start_response: StartResponse
    ) -> Iterable[bytes]:
        for name in ("REQUEST_URL", "REQUEST_URI", "UNENCODED_URL"):
            if name not in environ:
                continue
            path = unquote(urlsplit(environ[name]).path, "latin-1")
            script = unquote(environ.get("SCRIPT_NAME", ""), "latin-1")
            if path.startswith(script):
                environ["PATH_INFO"] = path[len(script) :]
                break
        return self.app(environ, start_response)


class HeaderRewriterFix:
    """Take headers from each response, and add others."""

    def __init__(
        self,
        app: WSGIApplication,
        remove_headers: Iterable[str] | None = None,
        add_headers: Iterable[tuple[str, str]] | None = None,
    ) -> None:
        self.app = app
        self.remove_headers = {name.lower() for name in remove_headers or ()}
        self.add_headers = list(add_headers or ())

    def __call__(
        self, environ: WSGIEnvironment, start_response: StartResponse
    ) -> Iterable[bytes]:
        def start(status: str, headers: Any, exc_info: Any = None) -> Any:
            kept = [
                (name, value)
                for name, value in headers
                if name.lower() not in self.remove_headers
            ]
            return start_response(status, kept + self.add_headers, exc_info)

        return self.app(environ, start)


class InternetExplorerFix:
    """Mend downloads and ``Vary`` for the browser that could do neither."""

    def __init__(
        self, app: WSGIApplication, fix_vary: bool = True, fix_attach: bool = True
    ) -> None:
        self.app = app
        self.fix_vary = fix_vary
        self.fix_attach = fix_attach

    def fix_headers(self, headers: Headers) -> None:
        """Mend the headers of one response."""
        if self.fix_vary:
            kind = headers.get("content-type", "").partition(";")[0].strip()
            if kind not in {"text/html", "text/plain", "text/sgml"}:
                headers.pop("vary", None)
        if self.fix_attach and "attachment" in headers.get("content-disposition", ""):
            for name in ("pragma", "cache-control"):
                if "no-cache" in headers.get(name, ""):
                    headers.pop(name, None)

    def __call__(
        self, environ: WSGIEnvironment, start_response: StartResponse
    ) -> Iterable[bytes]:
        if "MSIE" not in environ.get("HTTP_USER_AGENT", ""):
            return self.app(environ, start_response)

        def start(status: str, headers: Any, exc_info: Any = None) -> Any:
            mended = Headers(headers)
            self.fix_headers(mended)
            go: Callable[..., Any] = start_response
            return go(status, mended.to_wsgi_list(), exc_info)

        return self.app(environ, start)

"""Many applications under one: each below a path of its own, by WSGI and by ASGI.

Rules of the file: the longest mount wins; a mount matches whole segments only; an
application sees its mount (SCRIPT_NAME, ``root_path``) and the rest of the path, so
that what it builds (`url_for`) is right; the mounts may be changed while serving.

Theory. `Dispatcher` hands requests on, `DispatcherMiddleware` (and ``Mounts``, in the
package ``mounts``) says to whom. The interface by which the server calls is the one by
which an application is called that speaks it. Any other is adapted (`adapters`): a WSGI
application runs on a worker thread, an ASGI one on the process's event loop.

Where ``wsgi_app`` was replaced on the object (a debugger, other middleware of WSGI),
requests to what speaks WSGI go through the replacement under ASGI, too.

Under ASGI ``path`` includes ``root_path``. Some servers leave it out; it is put in, so
that what is mounted sees what the specification says.

Sources: PEP 3333 (SCRIPT_NAME, PATH_INFO); the ASGI specification, HTTP 2.5
(``root_path``); RFC 3986 §3.3 (segments).
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import quote

from insula.servers.adapters import TwoSided, as_asgi, two_sided

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from insula._core.protocols import (
        ASGIReceive,
        ASGIScope,
        ASGISend,
        StartResponse,
        WSGIEnvironment,
    )

    Application = Callable[..., Any]

__all__ = ["Dispatcher", "DispatcherMiddleware", "distinct", "longest"]

T = TypeVar("T")


class Dispatcher(TwoSided):
    """Calls one of many applications; a subclass says which."""

    def __init__(self) -> None:
        # By the identity of an application, what it was found to be.
        self._known: dict[int, tuple[Application, Any]] = {}
        self._states: dict[int, dict[str, Any]] = {}

    def applications(self) -> dict[str, Application]:
        """Return all applications, by where they are; "" is everywhere else."""
        raise NotImplementedError

    def find(
        self, path: str, text_of: Callable[[str], str], request: Mapping[str, Any]
    ) -> tuple[Application, int]:
        """Return the application for a path, and the length of its mount in it.

        :param text_of: returns what a part of the path spells.
        :param request: the environ, or the scope.
        """
        raise NotImplementedError

    def wsgi_app(
        self, environ: WSGIEnvironment, start_response: StartResponse
    ) -> Iterable[bytes]:
        """Hand the request to the application that is mounted there."""
        path: str = environ.get("PATH_INFO", "")
        app, end = self.find(path, _text_of, environ)
        if end:
            environ["SCRIPT_NAME"] = environ.get("SCRIPT_NAME", "") + path[:end]
            environ["PATH_INFO"] = path[end:]
        body: Iterable[bytes] = self._two_sided(app)(environ, start_response)
        return body

    async def asgi_app(
        self, scope: ASGIScope, receive: ASGIReceive, send: ASGISend
    ) -> None:
        """Hand the scope to the application that is mounted there."""
        if scope["type"] == "lifespan":
            await self._share_lifespan(receive, send)
            return
        app, inner = self._enter(scope)
        target = self._two_sided(app)
        if scope["type"] == "http" and getattr(target, "native", "") != "asgi":
            replaced = vars(self).get("wsgi_app")
            if replaced is not None:
                await as_asgi(replaced)(scope, receive, send)
                return
        state = self._states.get(id(target))
        if state is not None:
            inner = {**inner, "state": dict(state)}
        await target(inner, receive, send)

    async def _share_lifespan(self, receive: ASGIReceive, send: ASGISend) -> None:
        from insula.servers.lifespans import share_lifespan

        await share_lifespan(self._parts(), self._states, receive, send)

    def _start_serving(self) -> None:
        """Start all that is mounted, under WSGI; none, if one cannot be."""
        from insula.dispatch.lasting.lifespan import start_serving, stop_serving

        begun: list[Any] = []
        try:
            for part in distinct(self._parts().values()):
                start_serving(part)
                begun.append(part)
        except BaseException:
            for part in reversed(begun):
                with suppress(Exception):  # each error has been logged
                    stop_serving(part)
            raise

    def _stop_serving(self) -> None:
        from insula.dispatch.lasting.lifespan import stop_serving

        first: Exception | None = None
        for part in reversed(distinct(self._parts().values())):
            try:
                stop_serving(part)
            except Exception as exc:  # noqa: BLE001 - the others are to be stopped, too
                first = first or exc
        if first is not None:
            try:
                raise first
            finally:
                first = None

    def _enter(self, scope: ASGIScope) -> tuple[Application, ASGIScope]:
        path: str = scope.get("path", "")
        root: str = (scope.get("root_path") or "").rstrip("/")
        if root and (path == root or path.startswith(f"{root}/")):
            path = path[len(root) :]
        app, end = self.find(path, str, scope)
        if not end:
            return app, scope
        inner = {**scope, "root_path": root + path[:end], "path": root + path}
        raw = scope.get("raw_path")
        prefix = quote(root).encode("ascii")
        if raw and not raw.startswith(prefix):
            inner["raw_path"] = prefix + raw
        return app, inner

    def _two_sided(self, app: Application) -> Any:
        known = self._known.get(id(app))
        if known is None or known[0] is not app:
            mounted = {id(each) for each in self.applications().values()}
            if len(self._known) >= len(mounted):
                self._known = {k: v for k, v in self._known.items() if k in mounted}
            known = self._known[id(app)] = (app, two_sided(app))
        return known[1]

    def _parts(self) -> dict[str, Any]:
        """Return all applications, by what they are called in messages."""
        return {
            f"the application at {place!r}" if place else "the application": (
                self._two_sided(app)
            )
            for place, app in self.applications().items()
        }


class DispatcherMiddleware(Dispatcher):
    """Calls the application mounted at the path, or the one it was made with.

    It speaks both interfaces, whichever those that it calls speak::

        application = DispatcherMiddleware(app, {"/api": starlette, "/old": flask})
    """

    def __init__(
        self, app: Application, mounts: Mapping[str, Application] | None = None
    ) -> None:
        super().__init__()
        self.app = app
        self.mounts: dict[str, Application] = dict(mounts or {})
        for mount in self.mounts:
            if not mount.startswith("/") or mount.endswith("/"):
                raise ValueError(
                    f"Mount {mount!r} must begin with a slash and not end with one,"
                    " as '/admin' does."
                )

    def applications(self) -> dict[str, Application]:
        """Return the mounts, and under "" the application it was made with."""
        return {"": self.app, **self.mounts}

    def find(
        self,
        path: str,
        text_of: Callable[[str], str],
        request: Mapping[str, Any],  # noqa: ARG002 - the path decides alone
    ) -> tuple[Application, int]:
        """Return the application of the longest mount that fits, and its length."""
        found, end = longest(self.mounts, path, text_of)
        return (self.app, 0) if found is None else (found, end)


def longest(
    mounts: Mapping[str, T], path: str, text_of: Callable[[str], str]
) -> tuple[T | None, int]:
    """Return what is mounted at the longest beginning of a path, and its length."""
    end = len(path)
    while end > 0:
        found = mounts.get(text_of(path[:end]))
        if found is not None:
            return found, end
        end = path.rfind("/", 0, end)
    return None, 0


def distinct(parts: Iterable[Any]) -> list[Any]:
    """Return each object once, in order."""
    return list({id(part): part for part in parts}.values())


def _text_of(path: str) -> str:
    """Return what a path of a WSGI environ spells: its characters are bytes."""
    if path.isascii():
        return path
    return path.encode("latin-1", "replace").decode("utf-8", "replace")

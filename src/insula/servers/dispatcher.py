"""Many applications under one: each below a path of its own.

Rules of the file: the longest mount wins; a mount matches whole segments only; an
application sees its mount in SCRIPT_NAME and the rest in PATH_INFO, so that what it
builds (`url_for`) is right; the mounts may be changed while serving.

Sources: PEP 3333 (SCRIPT_NAME, PATH_INFO), RFC 3986 §3.3 (segments).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    Application = Callable[[dict[str, Any], Any], Iterable[bytes]]

__all__ = ["DispatcherMiddleware"]


class DispatcherMiddleware:
    """Calls the application mounted at the path, or the one it was made with."""

    def __init__(
        self, app: Application, mounts: Mapping[str, Application] | None = None
    ) -> None:
        self.app = app
        self.mounts: dict[str, Application] = dict(mounts or {})
        for mount in self.mounts:
            if not mount.startswith("/") or mount.endswith("/"):
                raise ValueError(
                    f"Mount {mount!r} must begin with a slash and not end with one,"
                    " as '/admin' does."
                )

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """Hand the request to the application of the longest mount that fits."""
        path: str = environ.get("PATH_INFO", "")
        mounts = self.mounts
        end = len(path)
        while end > 0:
            app = mounts.get(path[:end])
            if app is not None:
                environ["SCRIPT_NAME"] = environ.get("SCRIPT_NAME", "") + path[:end]
                environ["PATH_INFO"] = path[end:]
                return app(environ, start_response)
            end = path.rfind("/", 0, end)
        return self.app(environ, start_response)

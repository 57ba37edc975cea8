"""One request of the benchmark, asked of Insula as a server asks."""

from __future__ import annotations

import io
import sys
from typing import TYPE_CHECKING, Any

from benchmarks.beside.contenders import insula_app

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.beside.works import Work

__all__ = ["Asking", "environ_of"]

WARM = 4


def environ_of(work: Work, primed: dict[str, str]) -> dict[str, Any]:
    """Return the environ of a request, with the header fields ``primed``."""
    environ: dict[str, Any] = {
        "REQUEST_METHOD": work.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": work.path,
        "QUERY_STRING": work.query,
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "HTTP_HOST": "localhost",
        "wsgi.url_scheme": "http",
        "wsgi.errors": sys.stderr,
        "wsgi.input": io.BytesIO(work.body),
    }
    for name, value in (work.headers | primed).items():
        environ[f"HTTP_{name.upper().replace('-', '_')}"] = value
    if work.body:
        environ["CONTENT_LENGTH"] = str(len(work.body))
        environ["CONTENT_TYPE"] = work.content_type
    return environ


class Asking:
    """One work, its application warm, asked as a server asks."""

    def __init__(self, work: Work) -> None:
        self.work = work
        self.app: Any = insula_app.APPS[work.app]
        self.primed: dict[str, str] = {}
        self.status = ""
        for _ in range(WARM):
            self.answer(environ_of(work, {}))
        fields = {name.lower(): value for name, value in self.fields}
        if work.primed == "cookie":
            self.primed = {"Cookie": fields["set-cookie"].partition(";")[0]}
        elif work.primed == "etag":
            self.primed = {"If-None-Match": fields["etag"]}
        for _ in range(WARM):
            self.answer(self.environ())
        if not self.status.startswith(str(work.status)):
            raise RuntimeError(f"{work.name} was answered with {self.status}")

    def environ(self) -> dict[str, Any]:
        """Return an environ for one request."""
        return environ_of(self.work, self.primed)

    def start_response(self, status: str, headers: Any, _: Any = None) -> Any:
        """Keep what is answered."""
        self.status = status
        self.fields = headers

    def answer(self, environ: dict[str, Any]) -> None:
        """Take one request to its end."""
        body = self.app(environ, self.start_response)
        for _ in body:
            pass
        close: Callable[[], None] | None = getattr(body, "close", None)
        if close is not None:
            close()

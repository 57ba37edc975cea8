"""Times one contender, in a process and an environment of its own.

Rules of the file: standard library and the contender only; the same code around each
of them; the garbage collector stays on, as in production, and is run before a block of
calls so that none pays for another's garbage.

Theory. The parent writes one JSON object per line and reads one back. A call is what a
server does: a fresh environ, the application, its chunks, `close`. What that costs by
itself is the same for everybody, and part of each figure.
"""

from __future__ import annotations

import gc
import io
import json
import platform
import sys
import threading
import tracemalloc
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from time import perf_counter
from timeit import Timer
from typing import TYPE_CHECKING, Any

from benchmarks.beside.works import MICROS, WORKS, Reply, Work

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["main"]

_PACKAGES = ("insula", "flask", "falcon", "bottle", "werkzeug", "jinja2")
_NO_BODY = io.BytesIO()


class Bench:
    """The contender, and its works made ready to be called."""

    def __init__(self, name: str) -> None:
        self._module: Any = import_module(f"benchmarks.beside.contenders.{name}_app")
        mine = [work for work in WORKS if name in work.contenders]
        self._works = {work.name: work for work in mine}
        self._environs = {work.name: self._environ(work) for work in mine}

    def _environ(self, work: Work) -> dict[str, Any]:
        environ: dict[str, Any] = {
            "REQUEST_METHOD": work.method,
            "SCRIPT_NAME": "",
            "PATH_INFO": work.path,
            "QUERY_STRING": work.query,
            "SERVER_NAME": "127.0.0.1",
            "SERVER_PORT": "8000",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "REMOTE_ADDR": "127.0.0.1",
            "HTTP_HOST": "localhost:8000",
            "HTTP_USER_AGENT": "benchmark",
            "HTTP_ACCEPT": "*/*",
            "HTTP_ACCEPT_ENCODING": "gzip, deflate",
            "wsgi.url_scheme": "http",
            "wsgi.version": (1, 0),
            "wsgi.errors": sys.stderr,
            "wsgi.input": _NO_BODY,
            "wsgi.multithread": True,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
        }
        for header, value in work.headers.items():
            environ["HTTP_" + header.upper().replace("-", "_")] = value
        if work.body:
            environ["CONTENT_LENGTH"] = str(len(work.body))
            environ["CONTENT_TYPE"] = work.content_type
        if work.primed:
            first = self._reply(work, environ)
            # One that sent none will answer wrongly, which is for the check to say.
            if work.primed == "cookie":
                cookie = first.headers.get("set-cookie", "")
                environ["HTTP_COOKIE"] = cookie.partition(";")[0]
            else:
                environ["HTTP_IF_NONE_MATCH"] = first.headers.get("etag", "")
        return environ

    def _reply(self, work: Work, environ: dict[str, Any]) -> Reply:
        """Call once, and return all of the answer."""
        head: list[Any] = []

        def start_response(status: str, headers: Any, _exc_info: Any = None) -> None:
            head[:] = [status, headers]

        app = self._module.APPS[work.app]
        environ = environ | {"wsgi.input": io.BytesIO(work.body)}
        result = app(environ, start_response)
        body = b"".join(result)
        if hasattr(result, "close"):
            result.close()
        status, headers = head
        return Reply.of(int(status[:3]), headers, body)

    def answer(self, name: str) -> dict[str, Any]:
        """Return the contender's answer, to be checked."""
        return self._reply(self._works[name], self._environs[name]).as_json()

    def time(self, name: str, seconds: float) -> float:
        """Return the seconds of one call, the mean of about `seconds` of calls."""
        work = self._works[name]
        call = _caller(self._module.APPS[work.app], self._environs[name], work.body)
        number = max(10, int(seconds / max(call(20), 1e-7)))
        gc.collect()
        return call(number)

    def micro(self, name: str, seconds: float) -> float:
        """Return the seconds of one expression inside a request."""
        context, names = self._module.MICROS
        plain = threading.local()
        plain.name = "Ada"
        code = next(micro.code for micro in MICROS if micro.name == name)
        with context:
            names["g"].name = "Ada"
            timer = Timer(code, globals=names | {"plain": plain})
            number = max(100, int(seconds / (timer.timeit(100) / 100)))
            gc.collect()
            return timer.timeit(number) / number

    def memory(self, name: str, number: int) -> float:
        """Return the bytes that one thing more of a kind keeps."""
        make = self._module.MAKERS[name]
        kept = [make() for _ in range(3)]  # what is made once for all
        gc.collect()
        tracemalloc.start()
        before, _ = tracemalloc.get_traced_memory()
        kept += [make() for _ in range(number)]
        gc.collect()
        after, _ = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return (after - before) / number


def _caller(app: Any, base: dict[str, Any], body: bytes) -> Callable[[int], float]:
    """Return a function that calls `app` so many times; it returns seconds per call."""

    def start_response(_status: str, _headers: Any, _exc_info: Any = None) -> None:
        pass

    def call(number: int) -> float:
        start = perf_counter()
        for _ in range(number):
            environ = base.copy()
            if body:
                environ["wsgi.input"] = io.BytesIO(body)
            result = app(environ, start_response)
            for _chunk in result:
                pass
            close = getattr(result, "close", None)
            if close is not None:
                close()
        return (perf_counter() - start) / number

    return call


def versions() -> dict[str, str]:
    """Return what is installed here."""
    found = {
        "python": f"{platform.python_implementation()} {platform.python_version()}"
    }
    for package in _PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    if "falcon" in found:
        found["falcon"] += _falcon_kind()
    return found


def _falcon_kind() -> str:
    """Return how much of Falcon is compiled: all, what it keeps apart, or nothing."""
    kind = ""
    for module in ("falcon.cyutil.uri", "falcon.request"):
        try:
            file = str(import_module(module).__file__)
        except ImportError:
            continue
        if not file.endswith(".py"):
            kind = " (compiled)" if module == "falcon.request" else " (compiled parts)"
    return kind or " (pure Python)"


def main() -> None:
    """Answer the parent until it closes the pipe."""
    answers = sys.stdout
    sys.stdout = sys.stderr  # whatever else is printed must not get between
    bench = Bench(sys.argv[1])
    for line in sys.stdin:
        asked = json.loads(line)
        what = asked.pop("do")
        if what == "versions":
            answer: Any = versions()
        else:
            answer = getattr(bench, what)(**asked)
        print(json.dumps(answer), file=answers, flush=True)


if __name__ == "__main__":
    main()

"""What every contender is asked by ASGI, and what Insula aims at.

Rules of the file: nothing here imports a framework; the targets are ratios of rates,
Insula's requests per second to the peer's.
"""

from __future__ import annotations

from dataclasses import replace

from benchmarks.beside.works import DOCUMENT, Work
from benchmarks.beside.works import WORKS as WSGI_WORKS

__all__ = ["CONTENDERS", "DOCUMENT", "SERVED", "WORKS"]

_PEERS = ("starlette", "blacksheep", "quart", "falcon")
CONTENDERS = ("insula", *_PEERS, "bare")
SERVED = tuple(name for name in CONTENDERS if name != "falcon")
"""Those that are compared over sockets."""
_FASTEST = {"starlette": 1.0, "blacksheep": 1.0, "quart": 4.0}
_KNOWN = {work.name: work for work in WSGI_WORKS}


def _async(name: str, *more: str) -> Work:
    work = _KNOWN[name]
    return replace(
        work,
        title=f"{work.title}, async",
        contenders=("insula", *_PEERS, *more),
        targets=_FASTEST,
    )


WORKS = [
    _async("hello", "bare"),
    _async("params"),
    _async("json", "bare"),
    # BlackSheep would call it on the loop, where it stops all others; Falcon refuses.
    Work(
        "sync",
        "hello, a synchronous view in a thread",
        "/sync",
        "Hello, World!",
        contenders=("insula", "starlette", "quart"),
        targets={"quart": 2.0},
    ),
]

"""Where a request of the soak keeps its data: islands, or what a control has instead.

Rules of the file: all kinds of places have the same methods; nothing here
compares, the client does.

Theory. `Islands` holds the id of a request in each thing that promises to be the
request's own: `g`, the session, a user's `Local`, `LocalStack` and ContextVar, and the
`request` proxy itself. `Globals` does what a careless program does, and keeps all of
them in one object of the process: with several threads the requests cross, and a soak
that does not notice is worth nothing. `ThreadLocals` keeps them in a `threading.local`,
which is right while a request has a thread to itself, and wrong with tasks and with
greenlets that gevent has not patched.
"""

from __future__ import annotations

import random
import threading
from contextvars import ContextVar
from multiprocessing import get_context
from typing import TYPE_CHECKING, Any, Protocol

from benchmarks.soaking.pauses import apause, pause

from insula import current_app, flash, g, get_flashed_messages, request, session
from insula.local import Local, LocalStack

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = [
    "CONTROLS",
    "Globals",
    "Islands",
    "Places",
    "Tally",
    "ThreadLocals",
    "awrite",
    "places",
    "tally",
    "write",
]

_NAMES = ("g", "local", "stack", "var", "session")

local = Local()
stack: LocalStack[str] = LocalStack()
var: ContextVar[str | None] = ContextVar("soak", default=None)


class Tally:
    """Numbers that all processes of the server share."""

    names = ("begun", "ended", "crossed", "behind", "waiting", "left")

    def __init__(self) -> None:
        context = get_context("fork")
        self._numbers = {name: context.Value("q", 0) for name in self.names}

    def add(self, name: str) -> None:
        """Count one more."""
        number = self._numbers[name]
        with number.get_lock():
            number.value += 1

    def read(self) -> dict[str, int]:
        """Return all numbers."""
        return {name: number.value for name, number in self._numbers.items()}


def places() -> Places:
    """Return the places of the current application."""
    found: Places = current_app.extensions["soak"]
    return found


def tally() -> Tally:
    """Return the tally of the current application."""
    found: Tally = current_app.extensions["soak.tally"]
    return found


def write(rid: str) -> dict[str, Any]:
    """Write the id to every place; return what was there before."""
    before = _found()
    for _ in _write_in_steps(rid, before["count"]):
        pause()
    return before


async def awrite(rid: str) -> dict[str, Any]:
    """Do as `write` does, and let other tasks run in between."""
    before = _found()
    for _ in _write_in_steps(rid, before["count"]):
        await apause()
    return before


def _found() -> dict[str, Any]:
    return {
        "left": g.pop("left"),
        "previous": session.get("rid"),
        "count": session.get("count", 0),
        "who": session.get("who"),
        "flashes": get_flashed_messages(),
    }


def _write_in_steps(rid: str, count: int) -> Iterator[None]:
    where = places()
    where.take()
    for name in random.sample(where.names, len(where.names)):
        where.write(name, rid)
        yield
    session["rid"] = rid
    session["count"] = count + 1
    session["who"] = request.headers["X-Soak-Who"]
    yield
    flash(f"flash of {rid}")


class Places(Protocol):
    """Something to write a request's id to, piece by piece, and to read it from."""

    names: tuple[str, ...]

    def write(self, name: str, rid: str) -> None:
        """Keep the id in the place of that name."""

    def take(self) -> None:
        """Remember the current request, if this kind of place has to."""

    def read(self) -> dict[str, Any]:
        """Return what every place says now."""

    def own(self) -> str | None:
        """Return what `g` says now; None before the view has written."""

    def left(self) -> dict[str, Any]:
        """Return what an earlier request has left behind; it should be nothing."""


class Islands:
    """The places that Insula isolates."""

    names = _NAMES

    def write(self, name: str, rid: str) -> None:
        if name == "g":
            g.rid = rid
        elif name == "local":
            local.rid = rid
        elif name == "stack":
            stack.push(rid)
        elif name == "var":
            var.set(rid)
        else:
            session["rid"] = rid

    def take(self) -> None:
        """Do nothing: the proxy finds the request."""

    def read(self) -> dict[str, Any]:
        return {
            "g": g.get("rid"),
            "local": getattr(local, "rid", None),
            "stack": stack.top,
            "var": var.get(),
            "session": session.get("rid"),
            "header": request.headers.get("X-Soak-Id"),
            "query": request.args.get("id"),
            "path": (request.view_args or {}).get("rid"),
        }

    def own(self) -> str | None:
        rid: str | None = g.get("rid")
        return rid

    def left(self) -> dict[str, Any]:
        found = {
            "g": g.get("rid"),
            "local": getattr(local, "rid", None),
            "stack": stack.top,
            "var": var.get(),
        }
        return {name: value for name, value in found.items() if value is not None}


class Globals:
    """The control: one object for everybody."""

    names = _NAMES

    def __init__(self) -> None:
        self._kept: dict[str, str | None] = {}
        self._request: Any = None

    def write(self, name: str, rid: str) -> None:
        self._kept[name] = rid

    def take(self) -> None:
        """Remember the request for all the code of the process."""
        self._request = request._get_current_object()  # type: ignore[attr-defined]  # the proxy's own

    def read(self) -> dict[str, Any]:
        current = self._request
        return {name: self._kept.get(name) for name in _NAMES} | {
            "header": current.headers.get("X-Soak-Id"),
            "query": current.args.get("id"),
            "path": (current.view_args or {}).get("rid"),
        }

    def own(self) -> str | None:
        return self._kept.get("g")

    def left(self) -> dict[str, Any]:
        return {}


class ThreadLocals(Globals):
    """The control for tasks: one object for everybody on a thread."""

    def __init__(self) -> None:
        self._here = threading.local()

    @property
    def _kept(self) -> dict[str, str | None]:  # type: ignore[override]  # read alike
        kept: dict[str, str | None] = self._here.__dict__.setdefault("kept", {})
        return kept

    @property
    def _request(self) -> Any:
        return self._here.__dict__.get("request")

    @_request.setter
    def _request(self, value: Any) -> None:
        self._here.request = value


CONTROLS: dict[str, type[Globals]] = {"globals": Globals, "threadlocal": ThreadLocals}

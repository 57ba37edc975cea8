"""Where a request of the soak keeps its data: islands, or plain globals as a control.

Rules of the file: both kinds of places have the same methods; nothing here
compares, the client does.

Theory. `Islands` holds the id of a request in each thing that promises to be the
request's own: `g`, the session, a user's `Local`, `LocalStack` and ContextVar, and the
`request` proxy itself. `Globals` does what a careless program does, and keeps all of
them in one object of the process: with several threads the requests cross, and a soak
that does not notice is worth nothing.
"""

from __future__ import annotations

from contextvars import ContextVar
from typing import Any, Protocol

from insula import g, request, session
from insula.local import Local, LocalStack

__all__ = ["Globals", "Islands", "Places"]

_NAMES = ("g", "local", "stack", "var", "session")

local = Local()
stack: LocalStack[str] = LocalStack()
var: ContextVar[str | None] = ContextVar("soak", default=None)


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

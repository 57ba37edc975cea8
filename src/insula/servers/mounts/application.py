"""`Mounts`: many applications as one, for any server.

Rules of the file: the mounts decide by host, then by path (`place`); what is mounted is
called as by `DispatcherMiddleware`, whose ground this stands on; a mount that is down
is answered for by itself, and what no mount answers is a 404.

Theory. A mount that was given by name is loaded here, at once, whatever its code
raises. ``reload_file`` loads one anew where its modules are its own (`modules`).
"""

from __future__ import annotations

import importlib
import linecache
import threading
from typing import TYPE_CHECKING, Any

from insula.app.environment import get_debug_flag
from insula.servers.dispatcher import Dispatcher, distinct
from insula.servers.mounts.file import read_mounts, taken_twice
from insula.servers.mounts.lives import AsgiLives, WsgiLives, live, start_all
from insula.servers.mounts.modules import Modules, drop_modules
from insula.servers.mounts.mount import Mount
from insula.servers.mounts.place import Place, Table, host_of
from insula.servers.mounts.urls import build_url, leaves, own_leaves
from insula.servers.terminal import say

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterable, Mapping

    from insula._core.protocols import (
        ASGIReceive,
        ASGISend,
        StartResponse,
        WSGIEnvironment,
    )
    from insula.servers.mounts.urls import Leaf

    Application = Callable[..., Any]

__all__ = ["Mounts"]


class Mounts(Dispatcher):
    """Applications mounted by path, by host and by subdomain; itself an application.

    ::

        application = Mounts({
            "/": shop,
            "/admin": "admin:create_app()",
            "api.localhost": api,
            "*.example.org": tenants,
        })

    :param mounts: place to application: any that speaks WSGI or ASGI, another `Mounts`,
        or its name, which is imported now. What importing it raises takes down that
        mount alone.
    """

    def __init__(self, mounts: Mapping[str, Application | str] | None = None) -> None:
        super().__init__()
        self._table: Table[Mount] = Table()
        self._mounts: list[Mount] = []
        #: The `Mounts` that these are mounted in, with the path there; or ``None``.
        self.above: tuple[Mounts, str] | None = None
        #: Whether what a mount is down for is said when it is mounted.
        self.reports = True
        # NOTE: one object, for what is called is known by its identity.
        self._else = self._nothing
        self._lives: WsgiLives | AsgiLives | None = None
        self._reloading = threading.Lock()
        for place, application in (mounts or {}).items():
            self.add_mount(place, application)

    def __repr__(self) -> str:
        return f"<Mounts {', '.join(str(mount.place) for mount in self._mounts)}>"

    @classmethod
    def from_file(cls, path: str | os.PathLike[str]) -> Mounts:
        """Return the mounts of a configuration file.

        :raises ValueError: if it is none.
        """
        mounts = cls()
        for place, application, name in read_mounts(path):
            mounts.add_mount(place, application, name=name)
        return mounts

    @property
    def root(self) -> Mounts:
        """The outermost of the `Mounts` that these are mounted in."""
        return self if self.above is None else self.above[0].root

    @property
    def mounts(self) -> tuple[Mount, ...]:
        """What is mounted, in the order in which it was."""
        return tuple(self._mounts)

    def add_mount(
        self, place: str, application: Application | str, *, name: str = ""
    ) -> Mount:
        """Mount an application, or the one of that name.

        :param place: a path, a host or both: ``/admin``, ``api.localhost/v2``.
        :param name: what ``url_for(..., _app=name)`` calls it; its place, too.
        :raises ValueError: for a place that is none, or is taken.
        """
        where = Place.parse(place)
        taken = self._table.get(where)
        if taken is not None:
            raise taken_twice(where, taken.called, application)
        mount = Mount(where, application, name)
        if mount.target is not None:
            mount.application = self._loaded_before(mount) or mount.load()
            if self.reports:
                mount.report()
        self._mounts.append(mount)
        self._table[where] = mount
        self._settle(mount)
        return mount

    def applications(self) -> dict[str, Application]:
        """Return the applications, by their places."""
        return {str(mount.place): mount.application for mount in self._mounts}

    def find(
        self, path: str, text_of: Callable[[str], str], request: Mapping[str, Any]
    ) -> tuple[Application, int]:
        """Return the application that answers a request."""
        host = host_of(request) if self._table.has_hosts else ""
        mount, end = self._table.find(host, path, text_of)
        if mount is None:
            return self._else, 0
        return mount.application, end

    def find_mount(
        self, host: str, path: str, text_of: Callable[[str], str] = str
    ) -> tuple[Mount | None, int]:
        """Return the mount that answers a host's path, and its length in the path."""
        return self._table.find(host, path, text_of)

    def url_for(
        self,
        endpoint: str,
        *,
        _app: Application | str,
        _anchor: str | None = None,
        _method: str | None = None,
        _scheme: str | None = None,
        _external: bool | None = None,
        **values: Any,
    ) -> str:
        """Build the URL of an endpoint of a mounted application; see ``url_for``.

        :param _app: the application, or the name or place of its mount.
        """
        from insula.app.urls import with_anchor

        asked = {"method": _method, "scheme": _scheme, "external": _external}
        url = build_url(self, endpoint, values, _app, **asked)  # type: ignore[arg-type]  # each its own
        return with_anchor(url, _anchor)

    def describe_mounts(self) -> Iterable[str]:
        """Return a line for each mount: its place, what is there, and if it is down."""
        width = max((len(str(mount.place)) for mount in self._mounts), default=0)
        for mount in self._mounts:
            line = f"{mount.place!s:<{width}}  {mount.called}"
            exc = mount.failure
            yield line if exc is None else f"{line} (down: {type(exc).__name__})"

    # -- loading ---------------------------------------------------------------------

    def _loaded_before(self, mount: Mount) -> Any:
        """Return what another mount has loaded by the same name."""
        for other in self._mounts:
            if other.target == mount.target and other.failure is None:
                mount.loaded_like(other)
                return other.application
        return None

    def _settle(self, mount: Mount) -> None:
        """Tell an application, and those within it, where they are."""
        if isinstance(mount.application, Mounts):
            mount.application.above = (self, mount.place.path)
        root, prefix = self, ""
        while root.above is not None:
            root, path = root.above
            prefix = path + prefix
        for leaf in leaves(self, path=prefix):
            leaf.mount.settle(leaf.owner, leaf.application, leaf.path)

    def part_of(self, mount: Mount) -> Any:
        """Return the application of a mount as it is called."""
        return self._two_sided(mount.application)

    def _nothing(
        self, environ: WSGIEnvironment, start_response: StartResponse
    ) -> Iterable[bytes]:
        """Answer where nothing is mounted."""
        from werkzeug.exceptions import NotFound

        known = ", ".join(str(mount.place) for mount in self._mounts)
        host = host_of(environ)
        said = f"Nothing is mounted here, at {host}; there is {known}."
        found: Iterable[bytes] = NotFound(said if get_debug_flag() else None)(
            environ, start_response
        )
        return found

    # -- serving ---------------------------------------------------------------------

    async def _share_lifespan(self, receive: ASGIReceive, send: ASGISend) -> None:
        self._lives = lives = AsgiLives(self._states)
        try:
            await live(self, lives, receive, send)
        finally:
            self._lives = None

    def _start_serving(self) -> None:
        lives = WsgiLives()
        start_all(self, lives)
        self._lives = lives

    def _stop_serving(self) -> None:
        self._lives = None
        super()._stop_serving()

    @property
    def has_failed(self) -> bool:
        """Whether a mount is down, here or in what is mounted."""
        return any(
            mount.failure is not None or getattr(mount.application, "has_failed", False)
            for mount in self._mounts
        )

    def reload_files(self, paths: Iterable[str]) -> bool:
        """Reload the mounts that changed files are of; tell whether that was possible.

        It is where each file is a module that one mount alone imports. A file that is
        no module yet may mend the mounts that are down. Otherwise nothing is reloaded.
        """
        with self._reloading:
            modules = Modules()
            named = [each for each in own_leaves(self) if each.mount.target]
            alone: dict[str | None, set[str]] = {}
            for mount in (leaf.mount for leaf in named):
                if mount.target not in alone:
                    rest = [e.mount for e in named if e.mount.target != mount.target]
                    roots = [other.roots for other in rest]
                    found_alone = modules.alone(mount.roots, roots)
                    alone[mount.target] = found_alone - mount.before
            down = {leaf.mount.target for leaf in named if leaf.mount.failure}
            found: set[str | None] = set()
            for changed in map(modules.of_file, paths):
                owners = {target for target in alone if changed <= alone[target]}
                owners = owners if changed else down
                if not owners:
                    return False
                found |= owners
            for target in found:
                drop_modules(alone[target])
                _reload([leaf for leaf in named if leaf.mount.target == target])
        return bool(found)


def _reload(same: list[Leaf]) -> None:
    """Load an application anew, and put it wherever it is mounted."""
    importlib.invalidate_caches()
    linecache.checkcache()
    mount = same[0].mount
    old = mount.application
    application = mount.load()
    owners = distinct(leaf.owner for leaf in same)
    serving = [
        (owner, owner._lives, owner._two_sided(old))
        for owner in owners
        if owner._lives is not None
    ]
    try:
        for owner, lives, _ in serving:
            lives.start(owner._two_sided(application))
    except Exception as exc:  # noqa: BLE001 - shown by the mount
        application = mount.failed(exc, "started")
    for leaf in same:
        leaf.mount.loaded_like(mount)
        leaf.mount.replace(leaf.owner, application)
    mount.report()
    if mount.failure is None:
        places = " and ".join(repr(str(leaf.mount.place)) for leaf in same)
        say(f" * Reloaded the mount {places}", fg="cyan")
    for _, lives, part in serving:
        lives.stop(part)

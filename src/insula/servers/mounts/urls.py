"""URLs from one mount to another: ``url_for(endpoint, _app=other)``.

Rules of the file: nothing is asked of the other application but its map of rules and
its functions for URLs; a URL leads where it says: it is relative only if this host's
path is answered by that mount, and where no host is known, none is guessed; of a mount
that is down it is the mount's own, so that a page that links there is none the worse.

Theory. What is mounted forms a tree (`Mounts` may be mounted in `Mounts`, and
dispatchers), whose leaves are the applications. During a request the place of the
current leaf is known, so what its SCRIPT_NAME has in front of it is the prefix that a
proxy or another dispatcher has put before all of them.

Sources: PEP 3333 (SCRIPT_NAME, "URL Reconstruction"); `werkzeug.routing.Map.bind`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from insula.context.stacks import get_request_node
from insula.servers.dispatcher import DispatcherMiddleware
from insula.servers.mounts.failed import FailedMount
from insula.servers.mounts.place import without_port

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Leaf", "build_url", "leaves", "own_leaves"]


@dataclass(frozen=True, slots=True)
class Leaf:
    """An application, and where it is within the whole tree."""

    application: Any
    host: str
    path: str
    name: str
    place: str
    owner: Any
    """The `Mounts` that it is one of."""
    mount: Any

    @property
    def is_exact(self) -> bool:
        """Whether it is on one host."""
        return bool(self.host) and "*" not in self.host


@dataclass(frozen=True, slots=True)
class _Here:
    """Where the current request is."""

    prefix: str
    host: str
    scheme: str


def leaves(mounts: Any, host: str = "", path: str = "") -> Iterator[Leaf]:
    """Yield what is mounted, and what is mounted in that."""
    for mount in mounts.mounts:
        own_host = mount.place.host or host
        own_path = path + mount.place.path
        app = mount.application
        yield Leaf(app, own_host, own_path, mount.name, str(mount.place), mounts, mount)
        if hasattr(app, "mounts") and hasattr(app, "add_mount"):
            yield from leaves(app, own_host, own_path)
        elif isinstance(app, DispatcherMiddleware):
            for place, each in app.applications().items():
                inner = own_path + place
                yield Leaf(each, own_host, inner, "", place, mounts, mount)


def own_leaves(mounts: Any) -> Iterator[Leaf]:
    """Yield the leaves that are mounts themselves, not within a dispatcher."""
    for leaf in leaves(mounts):
        if leaf.application is leaf.mount.application:
            yield leaf


def build_url(
    mounts: Any,
    endpoint: str,
    values: dict[str, Any],
    other: Any,
    *,
    method: str | None,
    scheme: str | None,
    external: bool | None,
) -> str:
    """Return the URL of an endpoint of another application, without an anchor.

    :param mounts: those that the caller is mounted in, or any of the tree.
    :param other: an application, or a mount's name or place.
    """
    if scheme is not None:
        if external is False:
            raise ValueError(
                f"_scheme={scheme!r} needs a URL that has a scheme; leave"
                " _external=False out."
            )
        external = True
    root = mounts.root
    every = list(leaves(root))
    named = _named(every, mounts, other)
    here = _here(every)
    leaf, host = named[0], None
    if here is not None:
        for leaf in named:
            if _leads_to(root, here, leaf):
                host = here.host
                break
        else:
            leaf = named[0]
    config = getattr(leaf.application, "config", None)
    config = config if isinstance(config, dict) else {}
    if external is None:
        external = host is None
    if host is None:
        host = _other_host(leaf, config, here, external=external)
    if scheme is None:
        scheme = here.scheme if here else config.get("PREFERRED_URL_SCHEME", "http")
    base = (here.prefix if here else "") + leaf.path
    return _build(
        leaf.application, endpoint, values, method, (scheme, host, base, external)
    )


def _named(every: list[Leaf], mounts: Any, other: Any) -> list[Leaf]:
    """Return where the application is that is meant, the nearest first."""
    if not isinstance(other, str):
        found = [leaf for leaf in every if leaf.application is other]
    else:
        found = [leaf for leaf in every if leaf.name and leaf.name == other]
        found = found or [leaf for leaf in every if leaf.place == other]
        found.sort(key=lambda leaf: leaf.owner is not mounts)
        # Those of one name are one application at several places.
        found = [leaf for leaf in found if leaf.application is found[0].application]
    if found:
        return found
    known = ", ".join(repr(leaf.name or leaf.place) for leaf in every)
    raise LookupError(
        f"_app={other!r} is not mounted; pass an application that is, or the name of a"
        f" mount: {known}."
    )


def _here(every: list[Leaf]) -> _Here | None:
    ctx = get_request_node()[0]
    if ctx is None:
        return None
    request = ctx.request
    script = request.environ.get("SCRIPT_NAME", "").rstrip("/")
    # PEP 3333: its characters are bytes.
    script = script.encode("latin-1", "replace").decode("utf-8", "replace")
    paths = [
        leaf.path
        for leaf in every
        if leaf.application is ctx.app and script.endswith(leaf.path)
    ]
    end = max(map(len, paths), default=len(script))
    return _Here(script[: len(script) - end], request.host, request.scheme)


def _leads_to(root: Any, here: _Here, leaf: Leaf) -> bool:
    """Return whether the leaf answers its path on the current host."""
    mounts, path = root, f"{leaf.path}/"
    host = without_port(here.host).lower()
    while True:
        mount, end = mounts.find_mount(host, path, str)
        if mount is leaf.mount:
            return True
        if mount is None or not hasattr(mount.application, "find_mount"):
            return False
        mounts, path = mount.application, path[end:]


def _other_host(
    leaf: Leaf, config: dict[str, Any], here: _Here | None, *, external: bool
) -> str:
    if not external:
        return here.host if here else "localhost"  # which is left out of the URL
    name: str | None = config.get("SERVER_NAME")
    if name is not None:
        return name
    if leaf.is_exact:
        port = here.host[len(without_port(here.host)) :] if here else ""
        return leaf.host + port
    reason = "which is no single host" if leaf.host else "which names no host"
    instead = f"and {here.host!r} is another's" if here else "and there is no request"
    raise RuntimeError(
        f"Unable to build a URL with a host: the application is mounted at"
        f" {leaf.place!r}, {reason}, {instead}. Set SERVER_NAME in its configuration."
    )


def _build(
    app: Any,
    endpoint: str,
    values: dict[str, Any],
    method: str | None,
    where: tuple[str, str, str, bool],
) -> str:
    scheme, host, base, external = where
    url_map = getattr(app, "url_map", None)
    if isinstance(app, FailedMount):
        return _placed(f"{quote(base)}/", where)
    if url_map is None:
        return _of_starlette(app, endpoint, values, where)
    from werkzeug.routing import BuildError

    adapter = url_map.bind(host, script_name=quote(base) or "/", url_scheme=scheme)
    app.inject_url_defaults(endpoint, values)
    try:
        url: str = adapter.build(endpoint, values, method, force_external=external)
    except BuildError as error:
        url = app.handle_url_build_error(error, endpoint, values)
    return url


def _of_starlette(
    app: Any, endpoint: str, values: dict[str, Any], where: tuple[str, str, str, bool]
) -> str:
    base = where[2]
    build = getattr(app, "url_path_for", None)
    if build is None:
        raise TypeError(
            f"A {type(app).__name__} has no endpoints to build a URL of; write its path"
            f" below {base or '/'!r}."
        )
    path = f"{quote(base)}{build(endpoint, **values)}"
    return _placed(path, where)


def _placed(path: str, where: tuple[str, str, str, bool]) -> str:
    scheme, host, _, external = where
    return f"{scheme}://{host}{path}" if external else path

"""The adapter that builds URLs by the ways of a map.

It is a ``werkzeug.routing.MapAdapter`` in full. Only :meth:`UrlAdapter.build` is its
own, for what nearly every URL is; the rest, errors included, it leaves to Werkzeug's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from werkzeug.routing import Map, MapAdapter

from insula.routing.rule_map import RuleMap

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["UrlAdapter", "bind_usual", "with_ways"]

_build = MapAdapter.build
_partial_build = MapAdapter._partial_build
_bind_to_environ = Map.bind_to_environ

_PASSED = frozenset({"build", "_partial_build", "map"})


def bind_usual(
    url_map: Any, environ: dict[str, Any], host: str, subdomain: str
) -> MapAdapter | None:
    """Bind ``url_map`` to a usual request as its ``bind_to_environ`` would.

    None for a request that is not usual: one to change the protocol, or of other texts
    than ASCII; and for a map that has a method of its own for this.

    PERF: it makes 5 µs for an adapter 3, by not asking for the host again.

    :param host: of the request, as Werkzeug's ``get_host`` gives it.
    """
    if getattr(url_map.bind_to_environ, "__func__", None) is not _bind_to_environ:
        return None
    path = environ.get("PATH_INFO")
    mount = environ.get("SCRIPT_NAME")
    query = environ.get("QUERY_STRING")
    if (
        "HTTP_UPGRADE" in environ
        or path is None
        or mount is None
        or query is None
        or not (path.isascii() and mount.isascii() and query.isascii())
    ):
        return None
    return Map.bind(
        url_map,
        host.lower(),
        mount,
        subdomain,
        environ["wsgi.url_scheme"],
        environ["REQUEST_METHOD"],
        path,
        query_args=query,
    )


def with_ways(adapter: MapAdapter) -> MapAdapter:
    """Let ``adapter`` build URLs by the ways of its map, if nobody has a say in it.

    An adapter of another class, or whose class has been given another function in the
    place of one that :class:`UrlAdapter` goes past, stays what it is.
    """
    if (
        type(adapter) is MapAdapter
        and isinstance(adapter.map, RuleMap)
        and MapAdapter.build is _build
        and MapAdapter._partial_build is _partial_build
    ):
        adapter.__class__ = UrlAdapter
    return adapter


class UrlAdapter(MapAdapter):
    """Build URLs for what the map was bound to."""

    map: RuleMap

    def __setattr__(self, name: str, value: object) -> None:
        if name in _PASSED:
            # Here, and in `url_for`, nothing would notice that it was replaced.
            self.__class__ = MapAdapter  # type: ignore[assignment]  # its base
        object.__setattr__(self, name, value)

    def build(
        self,
        endpoint: Any,
        values: Mapping[str, Any] | None = None,
        method: str | None = None,
        force_external: bool = False,
        append_unknown: bool = True,
        url_scheme: str | None = None,
    ) -> str:
        """Build a URL; see ``werkzeug.routing.MapAdapter.build``.

        :raises werkzeug.routing.BuildError: if no rule of ``endpoint`` has all that it
            needs.
        """
        if type(values) is not dict or not append_unknown:
            return _build(
                self,
                endpoint,
                values,
                method,
                force_external,
                append_unknown,
                url_scheme,
            )
        way = self.map.ways.get(endpoint)
        if way is None:
            way = self.map.find_way(endpoint)
        asked = self.default_method if method is None else method
        while way:
            if way.others is not None or method is not None:
                methods = way.rule.methods
                if methods is not None and asked not in methods:
                    way = way.others
                    continue
            size = way.size
            if len(values) != size:
                path = way.fill(values)
            else:
                path = (way.join(values) or way.fill(values)) if size else way.path
            if path is None:
                way = way.others
                continue
            if force_external or way.domain != self.subdomain:
                return self._with_host(way.domain, path, url_scheme)
            return f"{self.script_name.rstrip('/')}{path}"
        return _build(self, endpoint, values, method, force_external, True, url_scheme)

    def _with_host(self, domain: str, path: str, url_scheme: str | None) -> str:
        scheme = self.url_scheme if url_scheme is None else url_scheme
        if scheme:
            scheme = "https:" if scheme in {"https", "wss"} else "http:"
        return f"{scheme or ''}//{self.get_host(domain)}{self.script_name[:-1]}{path}"

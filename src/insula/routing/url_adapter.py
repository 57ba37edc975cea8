"""The adapter that builds URLs by the ways of a map.

It is a ``werkzeug.routing.MapAdapter`` in full. Only :meth:`UrlAdapter.build` is its
own, for what nearly every URL is; the rest, errors included, it leaves to Werkzeug's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from werkzeug.routing import MapAdapter

from insula.routing.rule_map import RuleMap

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["UrlAdapter", "with_ways"]

_build = MapAdapter.build
_partial_build = MapAdapter._partial_build

_PASSED = frozenset({"build", "_partial_build", "map"})


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

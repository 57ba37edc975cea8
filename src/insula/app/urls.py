"""Building URLs, and binding the map of rules to a request."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import quote

import werkzeug.utils
from werkzeug.routing import BuildError
from werkzeug.wsgi import get_host

from insula._core.naming import in_module
from insula.context import RequestContext
from insula.context.stacks import app_stack, get_request_node
from insula.routing import UrlAdapter, bind_usual, with_ways

if TYPE_CHECKING:
    from werkzeug.routing import MapAdapter

    from insula.http import Request
    from insula.routing import Way

__all__ = ["Urls", "url_across", "with_anchor"]

# Under which key of its `extensions` a mounted application finds its mounts.
_MOUNTS = "insula.mounts"

_NO_ADAPTER = """\
Unable to build a URL for {endpoint!r} outside of a request without 'SERVER_NAME'.

Set SERVER_NAME in the configuration, and where they differ from the defaults
APPLICATION_ROOT and PREFERRED_URL_SCHEME; or build the URL during a request."""


# Those of RFC 3986 §3.5, and "%" for what is quoted already.
_SAFE_IN_ANCHORS = "%!#$&'()*+,/:;=?@"


def with_anchor(url: str, anchor: str | None) -> str:
    """Return a URL with an anchor, if there is one."""
    if anchor is None:
        return url
    return f"{url}#{quote(anchor, safe=_SAFE_IN_ANCHORS)}"


def url_across(app: Any, other: Any, endpoint: str, asked: dict[str, Any]) -> str:
    """Build the URL of an endpoint of another application.

    :param app: the one that asks, or ``None``.
    :param other: an application, or the name of a mount.
    :param asked: the other arguments of ``url_for``.
    :raises RuntimeError: if neither is mounted.
    """
    other = getattr(other, "_get_current_object", lambda: other)()
    if other is app:
        own: str = app.url_for(endpoint, **asked)
        return own
    for each in (app, other):
        extensions = getattr(each, "extensions", None)
        found = extensions.get(_MOUNTS) if isinstance(extensions, dict) else None
        if found is not None:
            across: str = found[0].url_for(endpoint, _app=other, **asked)
            return across
    raise RuntimeError(
        f"Unable to build a URL of _app={other!r}: nothing is mounted with"
        f" {'this application' if app is None else repr(app)}. Mount both in one"
        " insula.Mounts, or run both with 'insula run --mount'."
    )


def _bind(
    url_map: Any, environ: Any, server_name: str | None, subdomain: str | None
) -> Any:
    return url_map.bind_to_environ(
        environ, server_name=server_name, subdomain=subdomain
    )


class Urls:
    """Build URLs for the application's endpoints."""

    config: Any
    url_map: Any
    subdomain_matching: bool
    url_build_error_handlers: list[Any]
    url_default_functions: dict[str | None, list[Any]]

    def create_url_adapter(self, request: Request | None) -> MapAdapter | None:
        """Bind the map to a request, or for none to ``SERVER_NAME`` if that is set.

        :raises werkzeug.exceptions.SecurityError: if the host is not trusted.
        """
        config = self.config
        adapter: MapAdapter
        if request is None:
            if config["SERVER_NAME"] is None:
                return None
            adapter = self.url_map.bind(
                config["SERVER_NAME"],
                script_name=config["APPLICATION_ROOT"],
                url_scheme=config["PREFERRED_URL_SCHEME"],
            )
            return with_ways(adapter)
        if config["TRUSTED_HOSTS"] is not None:
            request.trusted_hosts = config["TRUSTED_HOSTS"]
        environ = request.environ
        request.host = host = get_host(environ, request.trusted_hosts)
        server_name = None if self.url_map.host_matching else config["SERVER_NAME"]
        subdomain = None
        if not self.url_map.host_matching and not self.subdomain_matching:
            subdomain = self.url_map.default_subdomain or ""
            if server_name is None:
                usual = bind_usual(self.url_map, environ, host, subdomain)
                if usual is not None:
                    return with_ways(usual)
        # NOTE: Werkzeug warns of a wrong SERVER_NAME in the name of whoever calls it.
        adapter = in_module(_bind, "app")(self.url_map, environ, server_name, subdomain)
        return with_ways(adapter)

    def url_for(
        self,
        /,
        endpoint: str,
        *,
        _anchor: str | None = None,
        _method: str | None = None,
        _scheme: str | None = None,
        _external: bool | None = None,
        **values: Any,
    ) -> str:
        """Build the URL of an endpoint.

        :param endpoint: during a request, ``.name`` is one of the same blueprint.
        :param _anchor: appended after ``#``.
        :param _method: which method's rule to use, if it matters.
        :param _scheme: the URL's scheme, for an external one.
        :param _external: with scheme and host; the default outside of requests.
        :param values: the rule's variable parts; the rest becomes the query. ``_app``
            is another application that is mounted with this one (by
            :class:`insula.Mounts`), or the name of its mount; the URL is external
            where that is another host.
        :raises RuntimeError: outside of a request without ``SERVER_NAME``.
        :raises ValueError: for a scheme of a URL that is not external.
        """
        return self._url_for(endpoint, values, _anchor, _method, _scheme, _external)

    # PERF: one function, for every URL of every page passes through it.
    def _url_for(  # noqa: C901, PLR0912  # the reason is above
        self,
        endpoint: str,
        values: dict[str, Any],
        anchor: str | None,
        method: str | None,
        scheme: str | None,
        external: bool | None,
    ) -> str:
        ctx = get_request_node()[0]
        way: Way | Literal[False] | None = None
        if ctx is not None and ctx.app is self:
            adapter = ctx._url_adapter
            if type(adapter) is UrlAdapter and type(ctx) is RequestContext:
                way = adapter.map.ways.get(endpoint)
            else:
                adapter = ctx.url_adapter
            if way is None and endpoint[:1] == ".":
                blueprint = ctx._request.blueprint
                endpoint = (
                    endpoint[1:] if blueprint is None else f"{blueprint}{endpoint}"
                )
            is_whole = scheme is not None if external is None else external
        else:
            adapter = self._adapter_outside_of_requests()
            is_whole = True if external is None else external
        if adapter is None:
            if "_app" in values:
                return self._url_across(
                    endpoint, values, anchor, method, scheme, external
                )
            raise RuntimeError(_NO_ADAPTER.format(endpoint=endpoint))
        if scheme is not None and not is_whole:
            raise ValueError(
                f"_scheme={scheme!r} needs a URL that has a scheme; leave"
                " _external=False out."
            )
        self.inject_url_defaults(endpoint, values)
        url: str | None = None
        # PERF: `adapter.build` would do the same; without it, 0.1 µs of 0.7.
        if (
            way
            and way.others is None
            and not is_whole
            and method is None
            and len(values) == way.size
            and way.domain == adapter.subdomain
        ):
            url = way.join(values) if values else way.path
            if url is not None and adapter.script_name != "/":
                url = adapter.script_name.rstrip("/") + url
        if url is None:
            # PERF: here, where a name too many has led, it costs the others nothing.
            if "_app" in values:
                return self._url_across(
                    endpoint, values, anchor, method, scheme, external
                )
            try:
                url = adapter.build(
                    endpoint, values, method, bool(is_whole), url_scheme=scheme
                )
            except BuildError as error:
                asked = {"_method": method, "_scheme": scheme, "_external": is_whole}
                values |= {**asked, "_anchor": anchor}
                return self.handle_url_build_error(error, endpoint, values)
        return url if anchor is None else with_anchor(url, anchor)

    def _url_across(
        self,
        endpoint: str,
        values: dict[str, Any],
        anchor: str | None,
        method: str | None,
        scheme: str | None,
        external: bool | None,
    ) -> str:
        """Build the URL of an endpoint of the application ``_app``."""
        other = values.pop("_app")
        if other is None or other is self:
            return self._url_for(endpoint, values, anchor, method, scheme, external)
        asked = {"_method": method, "_scheme": scheme, "_external": external}
        return url_across(self, other, endpoint, {**asked, "_anchor": anchor, **values})

    def _adapter_outside_of_requests(self) -> MapAdapter | None:
        app_ctx = app_stack.top
        adapter: MapAdapter | None
        if app_ctx is not None and app_ctx.app is self:
            adapter = app_ctx.url_adapter
        else:
            adapter = self.create_url_adapter(None)
        return adapter

    def inject_url_defaults(self, endpoint: str, values: dict[str, Any]) -> None:
        """Let the ``url_defaults`` functions add to the values of a URL."""
        functions = self.url_default_functions
        if not functions or "_app" in values:
            return
        scopes: list[str | None] = [None]
        path, _, _ = endpoint.rpartition(".")
        if path:
            parts = path.split(".")
            scopes += [".".join(parts[: n + 1]) for n in range(len(parts))]
        for scope in scopes:
            for function in functions.get(scope, ()):
                function(endpoint, values)

    def handle_url_build_error(
        self, error: BuildError, endpoint: str, values: dict[str, Any]
    ) -> str:
        """Ask the ``url_build_error_handlers`` for a URL; raise if none has one."""
        for handler in self.url_build_error_handlers:
            try:
                url: str | None = handler(error, endpoint, values)
            except BuildError as exc:
                # Raised further below, outside of the other's handling.
                error = exc
            else:
                if url is not None:
                    return url
        raise error

    def redirect(self, location: str, code: int = 302) -> Any:
        """Return a redirect; what the function ``redirect`` calls."""
        return werkzeug.utils.redirect(
            location,
            code=code,
            Response=self.response_class,  # type: ignore[attr-defined]  # of the application
        )

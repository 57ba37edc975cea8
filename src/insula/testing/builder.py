"""Make a request of parameters, with the application's configuration as defaults."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import werkzeug.test

if TYPE_CHECKING:
    from insula._core.protocols import AppProtocol

__all__ = ["EnvironBuilder"]


class EnvironBuilder(werkzeug.test.EnvironBuilder):
    """Werkzeug's builder, which knows where the application is mounted.

    :param path: the path, or a whole URL.
    :param base_url: where the application is served; by default made of
        ``SERVER_NAME``, ``APPLICATION_ROOT`` and ``PREFERRED_URL_SCHEME``.
    :param subdomain: prepended to ``SERVER_NAME``.
    :param url_scheme: in place of ``PREFERRED_URL_SCHEME``.
    """

    def __init__(
        self,
        app: AppProtocol,
        path: str = "/",
        base_url: str | None = None,
        subdomain: str | None = None,
        url_scheme: str | None = None,
        *args: Any,
        **kwargs: Any,
    ) -> None:
        if base_url is not None and (subdomain or url_scheme):
            raise AssertionError(
                "base_url says host and scheme already; leave 'subdomain' and"
                " 'url_scheme' out, or base_url."
            )
        if base_url is None:
            host = app.config["SERVER_NAME"] or "localhost"
            if subdomain:
                host = f"{subdomain}.{host}"
            url = urlsplit(path)
            scheme = url_scheme or url.scheme or app.config["PREFERRED_URL_SCHEME"]
            root = app.config["APPLICATION_ROOT"].lstrip("/")
            base_url = f"{scheme}://{url.netloc or host}/{root}"
            path = url.path
            if url.query:
                path = f"{path}?{url.query}"
        self.app = app
        super().__init__(path, base_url, *args, **kwargs)

    def json_dumps(self, obj: Any, **kwargs: Any) -> str:
        """Serialize ``obj`` as the application does."""
        text: str = self.app.json.dumps(obj, **kwargs)
        return text

"""``flask.testing.make_test_environ_builder``."""

from __future__ import annotations

from typing import Any

from insula.testing import EnvironBuilder

__all__ = ["make_test_environ_builder"]


def make_test_environ_builder(
    app: Any,
    path: str = "/",
    base_url: str | None = None,
    subdomain: str | None = None,
    url_scheme: str | None = None,
    *args: Any,
    **kwargs: Any,
) -> EnvironBuilder:
    """Return a builder of the environ of a request."""
    return EnvironBuilder(app, path, base_url, subdomain, url_scheme, *args, **kwargs)

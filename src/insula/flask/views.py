"""Class-based views."""

from __future__ import annotations

from insula.proxies import current_app, request
from insula.views import MethodView, View, http_method_funcs

__all__ = ["MethodView", "View", "current_app", "http_method_funcs", "request"]

"""Class-based views."""

from __future__ import annotations

from insula.flask._typevars import F
from insula.proxies import current_app, request
from insula.views import MethodView, View, http_method_funcs

__all__ = ["F", "MethodView", "View", "current_app", "http_method_funcs", "request"]

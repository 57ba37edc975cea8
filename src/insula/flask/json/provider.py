"""What turns objects into JSON and back."""

from __future__ import annotations

from werkzeug.http import http_date

from insula.json.provider import DefaultJSONProvider, JSONProvider, _default

__all__ = ["DefaultJSONProvider", "JSONProvider", "_default", "http_date"]

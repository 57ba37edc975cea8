"""JSON the way of the application."""

from __future__ import annotations

import json as _json

from insula.flask.json import provider, tag
from insula.json import dump, dumps, jsonify, load, loads
from insula.json.provider import _default
from insula.proxies import current_app

__all__ = [
    "_default",
    "_json",
    "current_app",
    "dump",
    "dumps",
    "jsonify",
    "load",
    "loads",
    "provider",
    "tag",
]

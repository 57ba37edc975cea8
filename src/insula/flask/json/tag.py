"""Tagged JSON, which keeps types."""

from __future__ import annotations

from markupsafe import Markup
from werkzeug.http import http_date, parse_date

from insula.json import dumps, loads
from insula.json.tag import (
    JSONTag,
    PassDict,
    PassList,
    TagBytes,
    TagDateTime,
    TagDict,
    TaggedJSONSerializer,
    TagMarkup,
    TagTuple,
    TagUUID,
)

__all__ = [
    "JSONTag",
    "Markup",
    "PassDict",
    "PassList",
    "TagBytes",
    "TagDateTime",
    "TagDict",
    "TagMarkup",
    "TagTuple",
    "TagUUID",
    "TaggedJSONSerializer",
    "dumps",
    "http_date",
    "loads",
    "parse_date",
]

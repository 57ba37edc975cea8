"""``flask.exceptions``: errors of HTTP whose text is JSON, of Flask 0.9."""

from __future__ import annotations

import json
from typing import Any

from werkzeug.exceptions import BadRequest, HTTPException

__all__ = ["BadRequest", "HTTPException", "JSONBadRequest", "JSONHTTPException"]


class JSONHTTPException(HTTPException):
    """An error that is answered in JSON."""

    def get_body(self, environ: Any = None, scope: Any = None) -> str:  # noqa: ARG002 - of the interface
        """Return the document."""
        return json.dumps({"description": self.description})

    def get_headers(self, environ: Any = None, scope: Any = None) -> Any:  # noqa: ARG002 - of the interface
        """Return the fields."""
        return [("Content-Type", "application/json")]


class JSONBadRequest(JSONHTTPException, BadRequest):
    """400, for a document that is not what was expected."""

    description = "The browser (or proxy) sent a request that cannot be understood."

"""Request and response."""

from __future__ import annotations

from werkzeug.exceptions import BadRequest, HTTPException
from werkzeug.wrappers import Request as RequestBase
from werkzeug.wrappers import Response as ResponseBase

import insula.flask.json as json  # noqa: PLR0402 - see the rules of insula.flask._modules
from insula.http import Request, Response
from insula.http.blueprint_path import split_blueprint_path as _split_blueprint_path
from insula.proxies import current_app

__all__ = [
    "BadRequest",
    "HTTPException",
    "Request",
    "RequestBase",
    "Response",
    "ResponseBase",
    "_split_blueprint_path",
    "current_app",
    "json",
]

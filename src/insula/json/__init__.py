"""JSON the application's way: these functions go through ``current_app.json``.

Outside of an application context the standard library's encoder is used, with the
same defaults for the types that :mod:`insula.json.provider` knows.
"""

from __future__ import annotations

import json as _json
from typing import IO, TYPE_CHECKING, Any

from insula.context.current import current_app
from insula.context.stacks import get_app_node
from insula.json.provider import _default

if TYPE_CHECKING:
    from werkzeug.wrappers import Response

__all__ = ["dump", "dumps", "jsonify", "load", "loads"]


def _app() -> Any:
    # PERF: through the proxy it would be asked for twice.
    ctx = get_app_node()[0]
    return None if ctx is None else ctx._live_app


def dumps(obj: Any, **kwargs: Any) -> str:
    """Serialize ``obj`` to a string."""
    app = _app()
    if app is not None:
        result: str = app.json.dumps(obj, **kwargs)
        return result
    kwargs.setdefault("default", _default)
    return _json.dumps(obj, **kwargs)


def dump(obj: Any, fp: IO[str], **kwargs: Any) -> None:
    """Serialize ``obj`` into the text file ``fp``."""
    app = _app()
    if app is not None:
        app.json.dump(obj, fp, **kwargs)
        return
    kwargs.setdefault("default", _default)
    _json.dump(obj, fp, **kwargs)


def loads(s: str | bytes, **kwargs: Any) -> Any:
    """Parse a JSON document."""
    app = _app()
    if app is not None:
        return app.json.loads(s, **kwargs)
    return _json.loads(s, **kwargs)


def load(fp: IO[Any], **kwargs: Any) -> Any:
    """Parse the JSON document in the file ``fp``."""
    app = _app()
    if app is not None:
        return app.json.load(fp, **kwargs)
    return _json.load(fp, **kwargs)


def jsonify(*args: Any, **kwargs: Any) -> Response:
    """Return a response with the arguments as JSON.

    One positional argument is the document itself, several are a list, keyword
    arguments an object; none at all is ``null``.

    :raises RuntimeError: outside of an application context.
    """
    response: Response = current_app.json.response(*args, **kwargs)
    return response

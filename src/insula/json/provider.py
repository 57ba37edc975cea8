"""What turns objects into JSON and back, replaceable per application."""

from __future__ import annotations

import dataclasses
import json
import uuid
import weakref
from datetime import date
from typing import IO, TYPE_CHECKING, Any

from werkzeug.http import http_date

from insula.json.encoders import Encoders

if TYPE_CHECKING:
    from collections.abc import Callable

    from werkzeug.wrappers import Response

    from insula._core.protocols import AppProtocol

__all__ = ["DefaultJSONProvider", "JSONProvider"]


class JSONProvider:
    """The interface: subclasses give :meth:`dumps` and :meth:`loads`.

    :param app: the application it works for.
    """

    def __init__(self, app: AppProtocol) -> None:
        # NOTE: weak, so that an application that is dropped goes at once.
        self._app: Any = weakref.proxy(app)
        self._get_app: Any = weakref.ref(app)  # PERF: reads through a proxy are slow

    def dumps(self, obj: Any, **kwargs: Any) -> str:
        """Serialize ``obj`` to a string."""
        raise NotImplementedError(f"{type(self).__name__} must define dumps().")

    def dump(self, obj: Any, fp: IO[str], **kwargs: Any) -> None:
        """Serialize ``obj`` into the text file ``fp``."""
        fp.write(self.dumps(obj, **kwargs))

    def loads(self, s: str | bytes, **kwargs: Any) -> Any:
        """Parse a JSON document."""
        raise NotImplementedError(f"{type(self).__name__} must define loads().")

    def load(self, fp: IO[Any], **kwargs: Any) -> Any:
        """Parse the JSON document in the file ``fp``."""
        return self.loads(fp.read(), **kwargs)

    def _prepare_response_obj(
        self, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> Any:
        if not kwargs:
            return args[0] if len(args) == 1 else args or None
        if args:
            raise TypeError(
                "A JSON response takes either args or kwargs, and here are both: the"
                f" document {args!r} and the members of an object {kwargs!r}."
            )
        return kwargs

    def response(self, *args: Any, **kwargs: Any) -> Response:
        """Return a response whose body is the arguments as JSON."""
        obj = self._prepare_response_obj(args, kwargs)
        response: Response = self._app.response_class(
            self.dumps(obj), mimetype="application/json"
        )
        return response


def _default(o: Any) -> Any:
    if isinstance(o, date):
        return http_date(o)
    # Few documents come to here, and fewer starts.
    from decimal import Decimal

    if isinstance(o, (Decimal, uuid.UUID)):
        return str(o)
    if dataclasses.is_dataclass(o) and not isinstance(o, type):
        return dataclasses.asdict(o)
    if hasattr(o, "__html__"):
        return str(o.__html__())
    name = type(o).__name__
    if hasattr(type(o), "__await__"):
        raise TypeError(
            f"Object of type {name} is not JSON serializable: {o!r}. Its value is still"
            " to come; `await` it first."
        )
    raise TypeError(
        f"Object of type {name} is not JSON serializable; convert it"
        " first, or give the application a json.default that knows it."
    )


_COMPACT = (",", ":")
_parse = json.JSONDecoder().raw_decode


def _decode(document: Any) -> str:
    # A JSON text begins with two ASCII characters (RFC 4627, section 3): in UTF-16 and
    # UTF-32 one of its first two bytes is zero.
    if type(document) is not bytes or 0 in document[:2]:
        raise ValueError
    return document.decode()


class DefaultJSONProvider(JSONProvider):
    """The standard library's :mod:`json`, with a few types more.

    Dates become HTTP dates, :class:`~decimal.Decimal` and :class:`~uuid.UUID` strings,
    dataclasses objects, and what has an ``__html__`` method its markup.
    """

    default: Callable[[Any], Any] = staticmethod(_default)
    ensure_ascii = True
    sort_keys = True
    #: ``None``: compact unless the application is in debug mode.
    compact: bool | None = None
    mimetype = "application/json"

    def __init__(self, app: AppProtocol) -> None:
        super().__init__(app)
        self._encoders = Encoders()

    def dumps(self, obj: Any, **kwargs: Any) -> str:
        """Serialize ``obj`` to a string; keywords as for :func:`json.dumps`."""
        if not kwargs or (len(kwargs) == 1 and "separators" in kwargs):
            text = self._encoders.encode(
                obj,
                self.default,
                self.ensure_ascii,
                self.sort_keys,
                kwargs.get("separators"),
            )
            if text is not None:
                return text
        kwargs.setdefault("default", self.default)
        kwargs.setdefault("ensure_ascii", self.ensure_ascii)
        kwargs.setdefault("sort_keys", self.sort_keys)
        return json.dumps(obj, **kwargs)

    def loads(self, s: str | bytes, **kwargs: Any) -> Any:
        """Parse a JSON document; keyword arguments as for :func:`json.loads`."""
        if not kwargs:
            try:
                text = s if type(s) is str else _decode(s)
                found, end = _parse(text)
                if end == len(text) or not text[end:].strip(" \t\n\r"):
                    return found
            except ValueError:
                pass  # and so it is for `json.loads` to say
        return json.loads(s, **kwargs)

    def response(self, *args: Any, **kwargs: Any) -> Response:
        """Return a response whose body is the arguments as JSON, and a newline."""
        if len(args) == 1 and not kwargs:
            obj = args[0]
        else:
            obj = self._prepare_response_obj(args, kwargs)
        app = self._get_app()
        response: Response = app.response_class(
            self._document(obj, app), mimetype=self.mimetype
        )
        return response

    def _document(self, obj: Any, app: Any) -> str:
        """Return what :meth:`response` sends for ``obj`` and the application."""
        compact = self.compact
        if not ((not app.debug) if compact is None else compact):
            return f"{self.dumps(obj, indent=2)}\n"
        text = None
        if getattr(self.dumps, "__func__", None) is _dumps:
            text = self._encoders.encode(
                obj, self.default, self.ensure_ascii, self.sort_keys, _COMPACT
            )
        return f"{self.dumps(obj, separators=_COMPACT) if text is None else text}\n"


_dumps = DefaultJSONProvider.dumps

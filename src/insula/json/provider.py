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
    raise TypeError(
        f"Object of type {type(o).__name__} is not JSON serializable; convert it"
        " first, or give the application a json.default that knows it."
    )


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

    _encoders: Encoders | None = None

    def dumps(self, obj: Any, **kwargs: Any) -> str:
        """Serialize ``obj`` to a string; keywords as for :func:`json.dumps`."""
        if not kwargs or (len(kwargs) == 1 and "separators" in kwargs):
            encoders = self._encoders
            if encoders is None:
                encoders = self._encoders = Encoders()
            text = encoders.encode(
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
        return json.loads(s, **kwargs)

    def response(self, *args: Any, **kwargs: Any) -> Response:
        """Return a response whose body is the arguments as JSON, and a newline."""
        obj = self._prepare_response_obj(args, kwargs)
        options: dict[str, Any] = {}
        if (self.compact is None and self._app.debug) or self.compact is False:
            options["indent"] = 2
        else:
            options["separators"] = (",", ":")
        response: Response = self._app.response_class(
            f"{self.dumps(obj, **options)}\n", mimetype=self.mimetype
        )
        return response

"""Old ``werkzeug.contrib.wrappers``: more for the class of requests.

What told how bytes are decoded (``DynamicCharsetRequestMixin``) is not here: Werkzeug
decodes UTF-8 alone, and a mixin that says otherwise would not be true.
"""

from __future__ import annotations

import json
from typing import Any

from werkzeug.exceptions import BadRequest
from werkzeug.utils import cached_property

__all__ = [
    "JSONRequestMixin",
    "MergeStream",
    "ProtobufRequestMixin",
    "ReverseSlashBehaviorRequestMixin",
    "RoutingArgsRequestMixin",
]


class JSONRequestMixin:
    """Reads the body as JSON."""

    headers: Any
    get_data: Any

    @cached_property
    def json(self) -> Any:
        """Return the body, if its type is JSON's."""
        if "json" not in self.headers.get("content-type", ""):
            raise BadRequest("Not a JSON request")
        try:
            return json.loads(self.get_data())
        except ValueError:
            raise BadRequest("Unable to read JSON request") from None


class ProtobufRequestMixin:
    """Reads the body as a message of protocol buffers."""

    headers: Any
    get_data: Any
    protobuf_check_initialization = True

    def parse_protobuf(self, proto_type: Any) -> Any:
        """Return the message."""
        if "protobuf" not in self.headers.get("content-type", ""):
            raise BadRequest("Not a Protobuf request")
        message = proto_type()
        try:
            message.ParseFromString(self.get_data())
        except Exception:  # noqa: BLE001 - the errors are of a package that may be any
            raise BadRequest("Unable to parse Protobuf request") from None
        if self.protobuf_check_initialization and not message.IsInitialized():
            raise BadRequest("Partial Protobuf request")
        return message


class RoutingArgsRequestMixin:
    """Keeps the arguments of routing in the environ."""

    environ: Any
    shallow: bool

    @property
    def routing_args(self) -> tuple[Any, ...]:
        """The arguments by place."""
        return tuple(self.environ.get("wsgiorg.routing_args", ((), {}))[0])

    @routing_args.setter
    def routing_args(self, value: Any) -> None:
        self.environ["wsgiorg.routing_args"] = (value, self.routing_vars)

    @property
    def routing_vars(self) -> dict[str, Any]:
        """The arguments by name."""
        found = self.environ.get("wsgiorg.routing_args")
        if found is None:
            found = self.environ["wsgiorg.routing_args"] = ((), {})
        values: dict[str, Any] = found[1]
        return values

    @routing_vars.setter
    def routing_vars(self, value: Any) -> None:
        self.environ["wsgiorg.routing_args"] = (self.routing_args, value)


class ReverseSlashBehaviorRequestMixin:
    """The slash is at the end of the script's root, not at the start of the path."""

    environ: Any

    @cached_property
    def path(self) -> str:
        """Return the path, without the slash at its start."""
        text: str = self.environ.get("PATH_INFO") or ""
        return text.encode("latin-1").decode(errors="replace").lstrip("/")

    @cached_property
    def script_root(self) -> str:
        """Return the script's root, with a slash at its end."""
        text: str = self.environ.get("SCRIPT_NAME") or ""
        return text.encode("latin-1").decode(errors="replace").rstrip("/") + "/"


class MergeStream:
    """Writes to all of some streams (``werkzeug.contrib.profiler``)."""

    def __init__(self, *streams: Any) -> None:
        if not streams:
            raise TypeError("MergeStream() takes one stream or more; hand one in.")
        self.streams = streams

    def write(self, data: Any) -> None:
        """Write to each."""
        for stream in self.streams:
            stream.write(data)

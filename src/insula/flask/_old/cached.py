"""``flask.helpers.locked_cached_property``."""

from __future__ import annotations

from threading import RLock
from typing import Any

from werkzeug.utils import cached_property

__all__ = ["locked_cached_property"]


class locked_cached_property(cached_property[Any]):  # noqa: N801 - its name
    """A cached property that one thread alone computes."""

    def __init__(
        self, fget: Any, name: str | None = None, doc: str | None = None
    ) -> None:
        super().__init__(fget, name=name, doc=doc)
        self.lock = RLock()

    def __get__(self, obj: Any, type: Any = None) -> Any:
        if obj is None:
            return self
        with self.lock:
            return super().__get__(obj, type=type)

    def __set__(self, obj: object, value: Any) -> None:
        with self.lock:
            super().__set__(obj, value)

    def __delete__(self, obj: object) -> None:
        with self.lock:
            super().__delete__(obj)

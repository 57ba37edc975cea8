"""The Jinja environment of an application."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jinja2 import Environment as JinjaEnvironment
from jinja2.utils import LRUCache

if TYPE_CHECKING:
    from jinja2 import Template

    from insula._core.protocols import AppProtocol

__all__ = ["Environment"]

_CODES_KEPT = 200
_LONGEST = 10_000  # characters
_from_string = JinjaEnvironment.from_string


class Environment(JinjaEnvironment):
    """A Jinja environment that knows its application and the blueprints' folders."""

    def __init__(self, app: AppProtocol, **options: Any) -> None:
        if "loader" not in options:
            options["loader"] = app.create_global_jinja_loader()  # type: ignore[attr-defined]  # of the application class
        super().__init__(**options)
        self.app = app
        self._codes: Any = LRUCache(_CODES_KEPT)

    def of_source(self, source: str) -> Template:
        """Return a template made of ``source``; the code of the last ones is kept.

        What :meth:`from_string` would do anew, the compiling, is left out where nobody
        has a say in it. As with templates from files, a filter that is replaced later
        does not change what was a constant when the source was compiled.
        """
        # NOTE: an overlay has this environment's attributes, and options of its own.
        if (
            type(source) is not str
            or len(source) > _LONGEST
            or self.cache is None
            or self.overlayed
            or self.extensions
            or getattr(self.from_string, "__func__", None) is not _from_string
        ):
            return self.from_string(source)
        key = (source, self.autoescape)
        code = self._codes.get(key)
        if code is None:
            code = self._codes[key] = self.compile(source)
        return self.template_class.from_code(self, code, self.make_globals(None), None)

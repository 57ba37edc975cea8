"""The Jinja environment of an application."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jinja2 import Environment as JinjaEnvironment
from jinja2.utils import LRUCache

if TYPE_CHECKING:
    from jinja2 import Template

    from insula._core.protocols import AppProtocol

__all__ = ["Environment"]

_SOURCES_KEPT = 200


class Environment(JinjaEnvironment):
    """A Jinja environment that knows its application and the blueprints' folders."""

    def __init__(self, app: AppProtocol, **options: Any) -> None:
        if "loader" not in options:
            options["loader"] = app.create_global_jinja_loader()  # type: ignore[attr-defined]  # of the application class
        super().__init__(**options)
        self.app = app
        self._of_sources: Any = LRUCache(_SOURCES_KEPT)

    def of_source(self, source: str) -> Template:
        """Return the template of ``source``; the last few hundred are kept compiled.

        As with templates from files, what is changed in the environment after that
        counts where it is looked up when rendering (globals, filters), not where it
        was compiled in.
        """
        # NOTE: an overlay has this environment's attributes, and options of its own.
        if type(source) is not str or self.overlayed:
            return self.from_string(source)
        template: Template | None = self._of_sources.get(source)
        if template is None:
            template = self.from_string(source)
            self._of_sources[source] = template
        return template

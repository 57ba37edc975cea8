"""The Jinja environment of an application."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jinja2 import Environment as JinjaEnvironment

if TYPE_CHECKING:
    from insula._core.protocols import AppProtocol

__all__ = ["Environment"]


class Environment(JinjaEnvironment):
    """A Jinja environment that knows its application and the blueprints' folders."""

    def __init__(self, app: AppProtocol, **options: Any) -> None:
        if "loader" not in options:
            options["loader"] = app.create_global_jinja_loader()  # type: ignore[attr-defined]  # of the application class
        super().__init__(**options)
        self.app = app

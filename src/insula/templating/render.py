"""Render templates with an application's context, signals included."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from insula._core.signals import before_render_template, template_rendered

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jinja2 import Template

__all__ = ["render", "stream"]


def render(app: Any, template: Template, context: dict[str, Any]) -> str:
    """Return the rendered text; ``context`` is completed in place."""
    app.update_template_context(context)
    _send(before_render_template, app, template, context)
    text = template.render(context)
    _send(template_rendered, app, template, context)
    return text


def stream(app: Any, template: Template, context: dict[str, Any]) -> Iterator[str]:
    """Return the rendered text piece by piece."""
    app.update_template_context(context)
    _send(before_render_template, app, template, context)

    def generate() -> Iterator[str]:
        yield from template.generate(context)
        _send(template_rendered, app, template, context)

    return generate()


def _send(signal: Any, app: Any, template: Template, context: dict[str, Any]) -> None:
    if signal.receivers:
        signal.send(
            app, _async_wrapper=app.ensure_sync, template=template, context=context
        )

"""Say in the log where a template was looked for (``EXPLAIN_TEMPLATE_LOADING``)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from insula._core.naming import documentation

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jinja2 import BaseLoader

__all__ = ["explain_template_loading_attempts"]


def _describe(loader: BaseLoader) -> Iterator[str]:
    yield f"class: {type(loader).__module__}.{type(loader).__name__}"
    for key, value in sorted(vars(loader).items()):
        if key.startswith("_"):
            continue
        if isinstance(value, (tuple, list)):
            if all(isinstance(item, str) for item in value):
                yield f"{key}:"
                yield from (f"  - {item}" for item in value)
        elif isinstance(value, (str, int, float, bool)):
            yield f"{key}: {value!r}"


def explain_template_loading_attempts(
    app: Any,
    template: str,
    attempts: list[tuple[BaseLoader, Any, Any]],
    blueprint: str | None = None,
) -> None:
    """Log each loader that was asked for ``template`` and what it answered.

    :param attempts: of each loader itself, the app or blueprint it belongs to, and the
        source triple that it gave, or ``None``.
    :param blueprint: the blueprint of the request, for the hint.
    """
    lines = [f"Locating template {template!r}:"]
    found = 0
    for number, (loader, owner, source) in enumerate(attempts, 1):
        if owner is app:
            whose = f"application {app.import_name!r}"
        else:
            whose = f"blueprint {owner.name!r} ({owner.import_name})"
        lines.append(f"{number: 5d}: trying loader of {whose}")
        lines.extend(f"       {line}" for line in _describe(loader))
        if source is None:
            lines.append("       -> no match")
        else:
            found += 1
            lines.append(f"       -> found ({source[1] or '<string>'!r})")

    if found == 0:
        lines.append("Error: the template could not be found.")
    elif found > 1:
        lines.append("Warning: multiple loaders returned a match for the template.")
    if found != 1 and blueprint is not None:
        lines.append(
            f"  The template was looked up from an endpoint that belongs to the"
            f" blueprint {blueprint!r}."
        )
        lines.append("  Is it in that blueprint's template_folder?")
        if documentation() is not None:
            lines.append(f"  See {documentation()}/blueprints/#templates")
    app.logger.info("\n".join(lines))

"""Jinja, bound to an application: environment, loader, rendering.

Jinja is imported with the first template: an application may have none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from insula.templating.render import render, stream

if TYPE_CHECKING:
    from insula.templating.environment import Environment
    from insula.templating.loader import DispatchingJinjaLoader

__all__ = ["DispatchingJinjaLoader", "Environment", "render", "stream"]

_HOMES = {
    "DispatchingJinjaLoader": "insula.templating.loader",
    "Environment": "insula.templating.environment",
}


def __getattr__(name: str) -> Any:
    from insula._core.loading import load

    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = globals()[name] = load(home, name)
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})

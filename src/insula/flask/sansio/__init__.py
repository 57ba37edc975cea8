"""The parts that Flask keeps apart from I/O."""

from __future__ import annotations

from typing import Any

__all__ = []

_MODULES = frozenset({"app", "blueprints", "scaffold"})


def __getattr__(name: str) -> Any:
    from insula._core.loading import load

    if name in _MODULES:
        return load(f"insula.flask.sansio.{name}")
    raise AttributeError(f"module 'flask.sansio' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *_MODULES})

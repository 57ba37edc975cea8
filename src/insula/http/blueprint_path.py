"""The names along a nested blueprint's dotted path."""

from __future__ import annotations

from functools import lru_cache

__all__ = ["split_blueprint_path"]


@lru_cache(maxsize=1024)
def _split(name: str) -> tuple[str, ...]:
    names = [name]
    while "." in name:
        name = name.rpartition(".")[0]
        names.append(name)
    return tuple(names)


def split_blueprint_path(name: str) -> list[str]:
    """Return ``name`` and the names it is nested in, the innermost first.

    ``"a.b.c"`` gives ``["a.b.c", "a.b", "a"]``.
    """
    return list(_split(name))

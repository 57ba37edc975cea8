"""Change a module of others as soon as it has been run: by its finder and its loader.

Source: PEP 451.
"""

from __future__ import annotations

import sys
from importlib.abc import Loader
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from importlib.abc import MetaPathFinder
    from importlib.machinery import ModuleSpec
    from types import ModuleType

    Amend = Callable[[ModuleType], object]

__all__ = ["find_to_amend"]


def find_to_amend(
    name: str,
    asking: MetaPathFinder,
    path: Sequence[str] | None,
    target: ModuleType | None,
    amend: Amend,
) -> ModuleSpec | None:
    """Find a module as the finders after ``asking`` do; ``amend`` is called with it."""
    finders = sys.meta_path[sys.meta_path.index(asking) + 1 :]
    for finder in finders:
        if not hasattr(finder, "find_spec"):
            continue
        spec = finder.find_spec(name, path, target)
        if spec is not None:
            if hasattr(spec.loader, "exec_module"):
                spec.loader = _Amending(spec.loader, amend)
            return spec
    return None


class _Amending(Loader):
    """Load a module as another loader does, and amend it."""

    def __init__(self, loader: Any, amend: Amend) -> None:
        self._loader = loader
        self._amend = amend

    def __getattr__(self, name: str) -> Any:
        # What else there is of the loader: its sources, its files.
        return getattr(self._loader, name)

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        made: ModuleType | None = self._loader.create_module(spec)
        return made

    def exec_module(self, module: ModuleType) -> None:
        if module.__spec__ is not None:
            module.__spec__.loader = self._loader
        module.__loader__ = self._loader
        self._loader.exec_module(module)
        self._amend(module)

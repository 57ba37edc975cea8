"""Bring the old names back: where an import looks for a module, and in the module.

Theory of operation
-------------------
A finder, first on ``sys.meta_path``. Of a module that is there today and had more
names, it takes the loader that another finder has found, and once the module has been
run gives it a module's ``__getattr__`` (PEP 562) for the names, and hands it to its
*amendment* where a class or a function is to have more; a module that has been imported
before is handled at once. In the place of a module that is gone there is an empty one
with the same ``__getattr__``, if no other finder has one.

Each read of a name gives the warning and is answered anew; nothing is stored, so that
each place that uses it is told.

Sources: the Python language reference, section 5; PEP 451; PEP 562.
"""

from __future__ import annotations

import sys
from importlib import import_module
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from typing import TYPE_CHECKING, Any

from insula.flask._amending import find_to_amend
from insula.flask._bygone.rows import AMENDED, GONE, rows_by_module
from insula.flask._bygone.telling import is_forbidden, tell

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import ModuleType

    from insula.flask._legacy import OldName

__all__ = ["is_in_place", "put_in_place", "value_of"]


def value_of(row: OldName) -> Any:
    """Return what stands in for a name."""
    module, _, name = row.home.partition(":")
    value: Any = import_module(module)
    for part in filter(None, name.split(".")):
        value = getattr(value, part)
    return value


def message_of(row: OldName) -> str:
    """Return what is said of a name: when it went, and what to write today."""
    return (
        f"'{row.name}' is an old name, removed in {row.removed} and here because of"
        f" legacy=True. Today: {row.instead}."
    )


def _give_names(module: ModuleType, rows: dict[str, OldName]) -> None:
    names = vars(module)
    if getattr(names.get("__getattr__"), "_is_bygone", False):
        return
    own: Callable[[str], Any] | None = names.get("__getattr__")

    def __getattr__(name: str) -> Any:  # noqa: N807 - PEP 562
        row = rows.get(name)
        # PEP 562's own look for submodules; the statement itself asks again.
        is_look = sys._getframe(1).f_globals.get("__name__") == "importlib._bootstrap"
        if row is not None and (is_look or tell(message_of(row))):
            return value_of(row)
        if own is not None:
            return own(name)
        raise AttributeError(
            f"module {module.__name__!r} has no attribute {name!r}",
            name=name,
            obj=module,
        )

    vars(__getattr__)["_is_bygone"] = True
    names["__getattr__"] = __getattr__


def _amend(module: ModuleType) -> None:
    """Make a module what it was: the names first, then classes and functions."""
    name = module.__name__
    rows = rows_by_module().get(name)
    if rows is not None:
        _give_names(module, rows)
    if name in AMENDED:
        amendment: Callable[[ModuleType], None] = getattr(
            import_module(f"insula.flask._bygone.{AMENDED[name]}"),
            "amend_" + name.replace(".", "_"),
        )
        amendment(module)


class _Empty(Loader):
    """Load a module that is gone: it has names only as they are asked for."""

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:  # noqa: ARG002
        return None

    def exec_module(self, module: ModuleType) -> None:
        module.__doc__ = f"The old names of {module.__name__}."
        _give_names(module, rows_by_module().get(module.__name__, {}))


class _Finder(MetaPathFinder):
    def __init__(self) -> None:
        # Before it is asked for anything: what is imported for this, too.
        self._known = {*rows_by_module(), *AMENDED, *GONE}

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None,
        target: ModuleType | None = None,
    ) -> ModuleSpec | None:
        if fullname not in self._known:
            return None
        spec = find_to_amend(fullname, self, path, target, _amend)
        if spec is not None:
            return spec
        if fullname not in GONE or is_forbidden(f"'{fullname}' is an old name"):
            return None
        return ModuleSpec(fullname, _Empty(), is_package=GONE[fullname])


def is_in_place() -> bool:
    """Tell whether the old names are there."""
    return any(isinstance(finder, _Finder) for finder in sys.meta_path)


def put_in_place() -> None:
    """Bring the old names back; a second time does nothing."""
    if is_in_place():
        return
    sys.meta_path.insert(0, _Finder())
    for name in {*rows_by_module(), *AMENDED}:
        module = sys.modules.get(name)
        if module is not None:
            _amend(module)

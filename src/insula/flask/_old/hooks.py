"""The hook of a module: what is asked for a name that the module has not.

It goes into the module (PEP 562) when that is put in Flask's place, around the
``__getattr__`` that the module may have.
"""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING, Any

from insula._core.loading import load

if TYPE_CHECKING:
    from types import ModuleType

__all__ = ["home_of", "hook"]


# What puts more in place before the first name of a module is handed out.
_ON_FIRST_USE = {"flask.cli": ("insula.flask._old.commands",)}


def home_of(path: str) -> Any:
    """Return the object at ``module:name``, or the module at ``module``."""
    module, _, name = path.partition(":")
    found = load(module)
    return attrgetter(name)(found) if name else found


def hook(module: ModuleType, name: str) -> None:
    """Have the old names of Flask's module ``name`` in ``module``."""
    names = vars(module)
    own = names.get("__getattr__")
    if getattr(own, "__module__", None) == __name__:
        return

    late = [*_ON_FIRST_USE.get(name, ())]

    def __getattr__(attribute: str) -> Any:  # noqa: N807 - the module's
        # NOTE: dunder names are asked for by the import system and by many tools.
        is_plain = not attribute.startswith("__")
        while late and is_plain:
            load(late[-1], "attach")()
            late.clear()
        try:
            if own is not None:
                return own(attribute)
            raise _missing(name, attribute)
        except AttributeError:
            row = _row(f"{name}.{attribute}") if is_plain else None
            if row is None:
                raise
        return _told(row, name, attribute)

    names["__getattr__"] = __getattr__


def _row(name: str) -> Any:
    # Late, as few programs ask for what is not there.
    from insula.flask._old.telling import rows

    return rows().get(name)


def _told(row: Any, module: str, attribute: str) -> Any:
    from insula.flask._old.telling import is_looked_for, tell

    try:
        if not is_looked_for():
            tell(row.name)
    except DeprecationWarning as exc:
        raise _missing(module, attribute) from exc
    return home_of(row.home)


def _missing(module: str, attribute: str) -> AttributeError:
    return AttributeError(f"module {module!r} has no attribute {attribute!r}")

"""The names that a shell starts with: the application's own, and what it has made.

Theory. No library is imported here. A *model* is a class that a library has mapped to
a database: SQLAlchemy, and what is built on it, leaves a ``__mapper__`` on it, others a
``_meta`` with the table's options. An *extension* is an object with an ``init_app``,
as all of Flask's have. Both are looked for in the modules that are the application's:
those of its package, and those below its folder that are not installed packages.

What a shell context processor gives a name to goes before.
"""

from __future__ import annotations

import inspect
import os
import sys
import sysconfig
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

__all__ = ["find_names"]


def find_names(app: Any) -> dict[str, Any]:
    """Return the application's models and extensions by name, sorted."""
    models: dict[str, Any] = {}
    extensions: dict[str, Any] = {}
    for module in _modules_of(app):
        for name, value in list(vars(module).items()):
            if isinstance(value, type):
                # By the module that defines it; others only import it.
                if value.__module__ == module.__name__ and _is_model(value):
                    models.setdefault(value.__name__, value)
            elif not name.startswith("_") and _is_extension(app, value):
                extensions.setdefault(name, value)
    return dict(sorted(extensions.items())) | dict(sorted(models.items()))


def _is_model(cls: type) -> bool:
    # NOTE: an abstract base has neither, or no table of its own.
    if inspect.getattr_static(cls, "__mapper__", None) is not None:
        return "__mapper__" in vars(cls)
    meta = vars(cls).get("_meta")
    return meta is not None and not getattr(meta, "abstract", False)


def _is_extension(app: Any, value: Any) -> bool:
    if value is app or inspect.ismodule(value):
        return False
    if inspect.getattr_static(type(value), "init_app", None) is not None:
        return True
    return any(value is known for known in app.extensions.values())


def _modules_of(app: Any) -> Iterator[ModuleType]:
    installed = tuple(
        sysconfig.get_path(name) + os.sep for name in ("stdlib", "purelib", "platlib")
    )
    package = app.import_name.partition(".")[0]
    folder = os.path.join(os.path.realpath(app.root_path), "")  # noqa: PTH118 - as str
    for name, module in sorted(sys.modules.items()):
        file = getattr(module, "__file__", None)
        if not isinstance(file, str):
            continue
        is_below = file.startswith(folder) and not file.startswith(installed)
        if is_below or name.partition(".")[0] == package:
            yield module

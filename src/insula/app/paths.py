"""Where an application's files are, found from the name of its module."""

from __future__ import annotations

import os
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

__all__ = ["find_package", "get_root_path"]


def get_root_path(import_name: str) -> str:
    """Return the folder of a module or package, the current one if it has none."""
    module = sys.modules.get(import_name)
    if module is not None and getattr(module, "__file__", None) is not None:
        return os.path.dirname(os.path.abspath(str(module.__file__)))  # noqa: PTH100, PTH120 - str in, str out; Path.resolve would follow links
    try:
        spec = find_spec(import_name)
    except (ImportError, ValueError):
        spec = None
    if spec is None or spec.loader is None:
        return str(Path.cwd())
    get_filename: Any = getattr(spec.loader, "get_filename", None)
    if get_filename is not None:
        path = get_filename(import_name)
    else:
        __import__(import_name)
        path = getattr(sys.modules[import_name], "__file__", None)
        if path is None:
            raise RuntimeError(
                f"No root path can be found for {import_name!r}: it is a namespace"
                " package or comes from an import hook that gives no file names. Pass"
                " root_path= explicitly."
            )
    return os.path.dirname(os.path.abspath(str(path)))  # noqa: PTH100, PTH120 - as above


def _package_path(import_name: str) -> str:
    root_name = import_name.partition(".")[0]
    try:
        spec = find_spec(root_name)
    except (ImportError, ValueError):
        spec = None
    if spec is None:
        return str(Path.cwd())
    if spec.submodule_search_locations is not None:
        if spec.origin is None or spec.origin == "namespace":
            return _namespace_path(import_name, spec.submodule_search_locations)
        return str(Path(spec.origin).parent.parent)
    if spec.origin is None:
        return str(Path.cwd())
    return str(Path(spec.origin).parent)


def _namespace_path(import_name: str, locations: Any) -> str:
    package_spec = find_spec(import_name)
    if package_spec is not None and package_spec.submodule_search_locations:
        found = Path(next(iter(package_spec.submodule_search_locations)))
        for location in locations:
            if found.is_relative_to(location):
                return str(Path(location).parent)
    return str(Path(next(iter(locations))).parent)


def find_package(import_name: str) -> tuple[str | None, str]:
    """Return the prefix that a package is installed in (or ``None``), and its folder.

    The folder is the one that would be on ``sys.path`` for it to be imported.
    """
    package_path = _package_path(import_name)
    prefix = Path(sys.prefix).absolute()
    folder = Path(package_path)
    if folder.absolute().is_relative_to(prefix):
        return str(prefix), package_path
    parent, name = folder.parent, folder.name
    if name.lower() != "site-packages":
        return None, package_path
    if parent.name.lower() == "lib":  # PREFIX/lib/site-packages
        return str(parent.parent), package_path
    if parent.parent.name.lower() == "lib":  # PREFIX/lib/pythonX.Y/site-packages
        return str(parent.parent.parent), package_path
    return str(parent), package_path

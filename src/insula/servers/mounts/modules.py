"""Which modules are a mount's alone, so that it can be loaded anew without the others.

Rules of the file: where it cannot be told, the answer is "not alone"; installed
packages, the standard library and Insula are never loaded anew; nothing is patched.

Theory. What a module imports is read from its source (every ``import``, wherever it
stands, and ``import_module`` of a literal), and what is reachable so from a mount's
module belongs to the mount, together with what came in while it was loaded, by whatever
means. A module is the mount's *alone* if no other mount reaches it, nor any module
that belongs to none (the program), and if it was not there before. To drop all
those that are alone, and to import the first again, makes a second set of classes and
functions that nobody else holds the first of.

What this cannot see: a module imported by a name that is made at run time, by another
mount, after this one had loaded it. That mount keeps the old one until it is reloaded.

Sources: Python's language reference, "The import system" (``sys.modules``, binding of
submodules in their packages) and "The import statement".
"""

from __future__ import annotations

import ast
import os
import sys
import sysconfig
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["Modules", "drop_modules"]

_OWN = "insula"
_INSTALLED = (f"{os.sep}site-packages{os.sep}", f"{os.sep}dist-packages{os.sep}")


class Modules:
    """The project's modules that are imported now, and what each imports."""

    def __init__(self) -> None:
        self._files = dict(_project_files())
        self._imports: dict[str, frozenset[str]] = {}

    def of_file(self, path: str) -> set[str]:
        """Return the names of the modules that were read from a file."""
        return {name for name, file in self._files.items() if file == path}

    def alone(self, roots: Iterable[str], others: Iterable[Iterable[str]]) -> set[str]:
        """Return what is reached from the roots, and from nowhere else.

        :param others: the roots of every other mount.
        """
        own = self._reached(roots)
        rest = self._reached(name for each in others for name in each)
        strangers = self._files.keys() - own - rest
        return own - rest - self._reached(strangers)

    def _reached(self, names: Iterable[str]) -> set[str]:
        reached: set[str] = set()
        waiting = [name for name in names if name in self._files]
        while waiting:
            name = waiting.pop()
            if name not in reached:
                reached.add(name)
                waiting.extend(self._imported_by(name) - reached)
        return reached

    def _imported_by(self, name: str) -> frozenset[str]:
        found = self._imports.get(name)
        if found is None:
            every = _with_packages(_imports_of(name, self._files[name]))
            found = frozenset(each for each in every if each in self._files)
            self._imports[name] = found
        return found


def drop_modules(names: Iterable[str]) -> None:
    """Forget modules, so that the next import of each runs it again."""
    for name in names:
        module = sys.modules.pop(name, None)
        package, _, own = name.rpartition(".")
        # NOTE: `from package import module` looks here first.
        parent = vars(sys.modules.get(package, sys)) if package else {}
        if module is not None and parent.get(own) is module:
            del parent[own]


def _project_files() -> Iterator[tuple[str, str]]:
    standard = sysconfig.get_path("stdlib") + os.sep
    for name, module in list(sys.modules.items()):
        file = getattr(module, "__file__", None)
        if (
            isinstance(file, str)
            and not file.startswith(standard)
            and not any(part in file for part in _INSTALLED)
            and name.partition(".")[0] != _OWN
            and name != "__main__"
        ):
            yield name, file
    # NOTE: last, for it may be one of Insula's own, which imports no project.
    main = sys.modules.get("__main__")
    file = getattr(main, "__file__", None)
    if isinstance(file, str) and not _is_own(main):
        yield "__main__", file


def _is_own(main: Any) -> bool:
    spec = getattr(main, "__spec__", None)
    return spec is not None and spec.name.partition(".")[0] == _OWN


def _imports_of(name: str, file: str) -> Iterator[str]:
    """Yield what a module imports, as dotted names; some may be no modules."""
    try:
        tree = ast.parse(Path(file).read_bytes())
    except (OSError, SyntaxError, ValueError):
        tree = ast.Module([], [])  # being mended, or not Python
    package = name if Path(file).stem == "__init__" else name.rpartition(".")[0]
    yield name
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = _base(package, node)
            yield base
            yield from (f"{base}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Call):
            yield from _imported_by_call(package, node)


def _base(package: str, node: ast.ImportFrom) -> str:
    if not node.level:
        return node.module or ""
    parts = package.split(".")
    parts = parts[: len(parts) - node.level + 1]
    return ".".join([*parts, *([node.module] if node.module else [])])


def _imported_by_call(package: str, node: ast.Call) -> Iterator[str]:
    called = node.func
    name = called.attr if isinstance(called, ast.Attribute) else ""
    name = called.id if isinstance(called, ast.Name) else name
    if name in {"import_module", "__import__"} and node.args:
        first = node.args[0]
        if isinstance(first, ast.Constant) and isinstance(first.value, str):
            text = first.value
            yield f"{package}{text}" if text.startswith(".") else text


def _with_packages(names: Iterable[str]) -> Iterator[str]:
    """Yield each name, and the packages around it, which are imported first."""
    for name in names:
        found = name
        while found:
            yield found
            found = found.rpartition(".")[0]

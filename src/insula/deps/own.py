"""Which modules are the project's own.

Theory. A module is looked for as Python would: in the folders that are on the path.
What those are is not known from outside, so there are two kinds. *Sure* ones go before
what is installed: the project's folder, its ``src``, the folder of the top package of
the importing file, and the folder of a file that is in no package. *Likely* ones come
after: every other such folder (another test's, a script's). So ``scripts/redis.py``
does not hide the distribution redis from the application, and ``import helpers`` in a
test finds the ``helpers.py`` beside another.

A folder without ``__init__.py`` is a namespace to which any distribution may add, so it
counts only for what it has.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

__all__ = ["OwnModules", "import_root"]


def import_root(path: Path) -> Path:
    """Return the folder from which a file is imported: above its top package."""
    folder = path.parent
    while _is_package(folder) and folder.parent != folder:
        folder = folder.parent
    return folder


def _is_package(folder: Path) -> bool:
    return any((folder / f"__init__{end}").is_file() for end in (".py", ".pyi"))


class OwnModules:
    """The modules of one project.

    :param root: its folder; if that is a package, the folder above is meant.
    :param files: its sources.
    """

    def __init__(self, root: Path, files: Iterable[Path]) -> None:
        folder = root if root.is_dir() else root.parent
        top = import_root(folder / "__init__.py")
        self._sure = [top, folder, folder / "src", folder / "lib"]
        self._likely = list(dict.fromkeys(import_root(path) for path in files))
        self._known: dict[tuple[Path, str], bool] = {}

    def has(self, name: str, importer: Path) -> bool:
        """Return whether a dotted name is surely the project's."""
        folder = import_root(importer)
        if (folder, name) not in self._known:
            found = any(_has(each, name) for each in (*self._sure, folder))
            self._known[folder, name] = found
        return self._known[folder, name]

    def may_have(self, name: str, importer: Path) -> bool:
        """Return whether it is, where nothing installed has that name."""
        # Beside the importing file: a program in a package that is run by its path.
        beside = (*self._likely, importer.parent)
        return any(
            _has(folder, name) or _is_namespace(folder / name.partition(".")[0])
            for folder in (*self._sure, *beside)
        )


def _has(folder: Path, name: str) -> bool:
    """Return whether a folder has a module, or the package that it would be in."""
    for part in name.split("."):
        if _is_module(folder, part):
            return True
        folder /= part
        if _is_package(folder):
            return True
        if not folder.is_dir():
            return False
    # A namespace: its own if there is something in it, and nothing of anybody's else.
    return False


def _is_module(folder: Path, name: str) -> bool:
    if any((folder / f"{name}{end}").is_file() for end in (".py", ".pyi", ".pyx")):
        return True
    return any(folder.glob(f"{name}.*.so")) or any(folder.glob(f"{name}.*.pyd"))


def _is_namespace(folder: Path) -> bool:
    return folder.is_dir() and any(folder.rglob("*.py"))

"""What is installed: which distribution a module comes from, and its version.

Theory. A distribution lists its files. The tops of their paths are the modules that can
be imported, and where several have the same top (namespace packages: ``google``,
``azure``, ``zope``) the one that has the longest part of an imported name is it. An
editable installation lists a ``.pth`` file, or a finder beside it, in place of files:
the folders are read from there. Nothing is imported.

Sources: the "Recording installed projects" and "Direct URL data structure"
specifications of packaging.python.org; setuptools' development mode (its finder's
``MAPPING``); :mod:`site` (``.pth`` files).
"""

from __future__ import annotations

import ast
import csv
import importlib.metadata
import json
import re
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit
from urllib.request import url2pathname

from insula.deps.requirement import canonical, parse

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from insula.deps.requirement import Requirement

__all__ = ["Distribution", "Environment"]

_MODULE_SUFFIXES = (".py", ".so", ".pyd", ".pyc")
_EXTRA = re.compile(r"""\bextra\s*==\s*["']([^"']+)["']""")
# What else stands beside the package in a project's folder.
_NOT_PACKAGES_TEXT = """
test tests docs doc examples benchmarks build dist setup conftest
"""
_NOT_PACKAGES = frozenset(_NOT_PACKAGES_TEXT.split())


class Distribution:
    """One installed distribution.

    :param found: what :mod:`importlib.metadata` found.
    """

    def __init__(self, found: importlib.metadata.Distribution, name: str) -> None:
        self._found = found
        self.name = name
        self.key = canonical(name)

    @cached_property
    def version(self) -> str:
        """The version that is installed."""
        metadata = self._found.metadata
        return str(metadata["Version"] or "") if "Version" in metadata else ""

    @cached_property
    def requires(self) -> list[Requirement]:
        """What it requires, its extras' included."""
        found = (parse(text) for text in self._found.requires or ())
        return [requirement for requirement in found if requirement is not None]

    def required_by_extras(self, extras: Sequence[str]) -> Iterator[Requirement]:
        """Yield what these extras require."""
        wanted = {canonical(extra) for extra in extras}
        for requirement in self.requires:
            named = {canonical(e) for e in _EXTRA.findall(requirement.marker)}
            if named & wanted:
                yield requirement

    @cached_property
    def _direct_url(self) -> dict[str, Any]:
        try:
            found = json.loads(self._found.read_text("direct_url.json") or "{}")
        except ValueError:
            found = {}
        return found if isinstance(found, dict) else {}

    @property
    def vcs_url(self) -> str | None:
        """The URL with the commit that was installed, if it came from a repository."""
        vcs, url = self._direct_url.get("vcs_info"), self._direct_url.get("url")
        if not isinstance(vcs, dict) or not url:
            return None
        below = self._direct_url.get("subdirectory")
        end = f"#subdirectory={below}" if below else ""
        return f"{vcs.get('vcs')}+{url}@{vcs.get('commit_id')}{end}"

    @cached_property
    def editable_folder(self) -> Path | None:
        """The folder of the project, if it is installed from there and editable."""
        about = self._direct_url.get("dir_info")
        if isinstance(about, dict) and about.get("editable"):
            url = urlsplit(str(self._direct_url.get("url")))
            return Path(url2pathname(unquote(url.path)))
        location = self._location
        if self._info_name.endswith(".egg-info") and location is not None:
            # `setup.py develop`: its metadata stands in the project.
            if any((location / f).exists() for f in ("setup.py", "pyproject.toml")):
                return location
            if any((location.parent / f).exists() for f in ("setup.py",)):
                return location.parent
        return None

    @cached_property
    def _info(self) -> Path | None:
        path = getattr(self._found, "_path", None)
        return path if isinstance(path, Path) else None

    @property
    def _info_name(self) -> str:
        return self._info.name if self._info is not None else ""

    @property
    def _location(self) -> Path | None:
        return self._info.parent if self._info is not None else None

    @cached_property
    def modules(self) -> frozenset[str]:
        """The dotted names of its modules and packages, not of namespaces."""
        files = list(self._files())
        found = set(_dotted(files))
        for folder in self._editable_paths(files):
            found |= _modules_below(folder)
        if not found:
            tops = (self._found.read_text("top_level.txt") or "").split()
            found = {top.replace("/", ".") for top in tops}
        shared = (self._found.read_text("namespace_packages.txt") or "").split()
        return frozenset(found.difference(shared))

    @cached_property
    def tops(self) -> frozenset[str]:
        """The first parts of the names of its modules."""
        return frozenset(module.partition(".")[0] for module in self.modules)

    def depth(self, name: str) -> int:
        """Return how many parts of a dotted name are a module of its own."""
        parts = name.split(".")
        for length in range(len(parts), 0, -1):
            module = ".".join(parts[:length])
            if module in self.modules and not self._is_shared(module):
                return length
        return 0

    def _is_shared(self, module: str) -> bool:
        """Return whether a package only extends its path (pkgutil, pkg_resources)."""
        if self._location is None:
            return False
        path = self._location.joinpath(*module.split("."), "__init__.py")
        try:
            text = path.read_text("utf-8", "replace")
        except OSError:
            return False
        return ("extend_path" in text or "declare_namespace" in text) and (
            "__path__" in text or "__name__" in text
        )

    def _files(self) -> Iterator[str]:
        record = self._found.read_text("RECORD")
        if record:
            for row in csv.reader(record.splitlines()):
                if row:
                    yield row[0]
            return
        listed = self._found.read_text("installed-files.txt")
        if listed and self._info_name:
            for line in listed.splitlines():
                # They are relative to the folder of the metadata.
                yield line.removeprefix("../").replace("\\", "/")

    def _editable_paths(self, files: Sequence[str]) -> Iterator[Path]:
        location = self._location
        if location is None:
            return
        for file in files:
            path = location / file
            if file.endswith(".pth") and "/" not in file:
                yield from _folders_in_pth(path)
            elif file.startswith("__editable__") and file.endswith("_finder.py"):
                yield from _mapped_by_finder(path)
        if not files and self.editable_folder is not None:
            yield location


def _folders_in_pth(path: Path) -> Iterator[Path]:
    try:
        lines = path.read_text("utf-8", "replace").splitlines()
    except OSError:
        return
    for line in lines:
        if line.strip() and not line.startswith(("#", "import ", "import\t")):
            folder = path.parent / line.strip()
            if folder.is_dir():
                yield folder


def _mapped_by_finder(path: Path) -> Iterator[Path]:
    """Yield the packages that setuptools' finder knows, read and not run."""
    try:
        tree = ast.parse(path.read_bytes())
    except (OSError, SyntaxError, ValueError):
        return
    for node in tree.body:
        if isinstance(node, ast.AnnAssign):
            names, value = [node.target], node.value
        elif isinstance(node, ast.Assign):
            names, value = node.targets, node.value  # type: ignore[assignment]  # exprs
        else:
            continue
        if any(isinstance(n, ast.Name) and n.id == "MAPPING" for n in names):
            try:
                mapping = ast.literal_eval(value) if value is not None else {}
            except ValueError:
                return
            yield from (Path(text) for text in mapping.values())


def _dotted(files: Sequence[str]) -> Iterator[str]:
    for file in files:
        *folders, last = file.replace("\\", "/").split("/")
        stem, _, rest = last.partition(".")
        if f".{rest.rpartition('.')[2]}" not in _MODULE_SUFFIXES:
            continue
        parts = folders if stem == "__init__" else [*folders, stem]
        if not parts or "__pycache__" in parts or parts[0].startswith("__editable__"):
            continue
        if all(part.isidentifier() for part in parts):
            yield ".".join(parts)


def _modules_below(folder: Path) -> set[str]:
    """Return the modules in a folder that is on the path, or those of one package."""
    found = set()
    package = (folder / "__init__.py").exists() or folder.suffix == ".py"
    base = folder.parent if package else folder
    if folder.suffix == ".py" or not folder.is_dir():
        return {folder.stem} if folder.with_suffix(".py").exists() else set()
    for path in folder.rglob("*.py"):
        parts = [*path.relative_to(base).parts[:-1]]
        if path.name != "__init__.py":
            parts.append(path.stem)
        if not parts or not all(part.isidentifier() for part in parts):
            continue
        if package or parts[0] not in _NOT_PACKAGES:
            found.add(".".join(parts))
    return found


class Environment:
    """The distributions that one Python has.

    :param path: its ``sys.path``; None for that of this process.
    """

    def __init__(self, path: Sequence[str] | None = None) -> None:
        self._path = None if path is None else list(path)

    @cached_property
    def distributions(self) -> dict[str, Distribution]:
        """The distributions by name; the first on the path hides others."""
        if self._path is None:
            found = importlib.metadata.distributions()
        else:
            found = importlib.metadata.distributions(path=self._path)
        by_key: dict[str, Distribution] = {}
        for one in found:
            # One that was removed by hand, or half, has no metadata.
            known = one.metadata is not None and "Name" in one.metadata
            name = one.metadata["Name"] if known else ""
            if name:
                by_key.setdefault(canonical(name), Distribution(one, name))
        return by_key

    @cached_property
    def _by_top(self) -> dict[str, list[Distribution]]:
        found: dict[str, list[Distribution]] = {}
        for distribution in self.distributions.values():
            for top in distribution.tops:
                found.setdefault(top, []).append(distribution)
        return found

    def get(self, name: str) -> Distribution | None:
        """Return a distribution by its name, however it is spelled."""
        return self.distributions.get(canonical(name))

    def providing(self, name: str) -> list[Distribution]:
        """Return the distributions that have a dotted name, best first.

        More than one is returned if they have it in the same way.
        """
        candidates = self._by_top.get(name.partition(".")[0], [])
        depths = [(one.depth(name), one) for one in candidates]
        best = max((depth for depth, _ in depths), default=0)
        if best == 0:
            # Nobody else has a module below this name: it is no namespace to anybody.
            alone = len(candidates) == 1 and "." not in name
            return candidates if alone else []
        return [one for depth, one in depths if depth == best]

    def sharing(self, top: str) -> list[Distribution]:
        """Return the distributions that have modules below a name."""
        return self._by_top.get(top, [])

"""The sources of a project: which files there are, and their trees.

Rules:

* A folder is entered once, whatever links lead to it; environments (``pyvenv.cfg``) and
  folders of tools and builds are not entered.
* A file that cannot be read or parsed is a problem with its place; others go on.
* Nothing is imported or run.

Sources: PEP 263 (encodings of sources), nbformat 4 (notebooks).
"""

from __future__ import annotations

import ast
import codecs
import io
import os
import re
import tokenize
import warnings
from dataclasses import dataclass, field
from fnmatch import fnmatch
from pathlib import Path
from typing import TYPE_CHECKING

from insula.deps.imports import Import, imports_of
from insula.deps.notebooks import cells_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

__all__ = [
    "Problem",
    "Source",
    "encoding_of",
    "find_files",
    "is_dev",
    "is_source",
    "parse",
    "read_source",
    "with_plain_ends",
]

_SUFFIXES = (".py", ".pyw", ".pyi", ".ipynb")
# With an ``__init__.py``, one of them is a package of the project.
_SKIPPED_TEXT = """
__pycache__ __pypackages__ node_modules site-packages dist-packages dist
bower_components venv virtualenv build eggs htmlcov instance
"""
_SKIPPED = frozenset(_SKIPPED_TEXT.split())
_DEV_FOLDERS_TEXT = """
test tests testsuite doc docs bench benchmark benchmarks example examples
"""
_DEV_FOLDERS = frozenset(_DEV_FOLDERS_TEXT.split())
_DEV_FILES = ("test_*.py", "*_test.py", "conftest.py", "noxfile.py", "fabfile.py")
_DEV_AT_ROOT = ("setup.py", "tests.py", "test.py")
_CODING = re.compile(rb"[ \t\f]*#.*?coding[:=]")
_IGNORED = re.compile(r"#.*\bdeps:\s*ignore\b")
# A SyntaxError is also what an unknown encoding (PEP 263) is, a ValueError a null byte.
_UNREADABLE = (SyntaxError, OSError, ValueError, RecursionError, MemoryError)


@dataclass(frozen=True, slots=True)
class Problem:
    """What keeps a file from being read.

    :param line: in the file, or in the notebook's cell; 0 where there is none.
    """

    path: Path
    line: int
    message: str
    cell: int = 0
    dev: bool = False


@dataclass(slots=True)
class Source:
    """What one file imports.

    :param dev: a test, or another file that only developers run.
    :param imports: each with the number of its notebook cell, or 0.
    """

    path: Path
    dev: bool
    imports: list[tuple[int, Import]] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def is_source(path: Path) -> bool:
    """Return whether a file is a Python source, by its name or its first line."""
    if path.suffix or path.name.startswith("."):
        return path.suffix.lower() in _SUFFIXES
    try:
        with path.open("rb") as file:
            first = file.readline(200)
    except OSError:
        return False
    return first.startswith(b"#!") and b"python" in first


def find_files(
    root: Path,
    ignore: Sequence[str] = (),
    *,
    follow_links: bool = True,
    wanted: Callable[[Path], bool] = is_source,
) -> Iterator[Path]:
    """Yield the sources below a folder, or the one file that is named.

    :param ignore: names, paths below the folder, or patterns of either.
    :param wanted: which files, if not the sources.
    """
    if not root.is_dir():
        yield root
        return
    entered = {parent.resolve() for parent in (root, *root.resolve().parents)}
    pending = [root]
    while pending:
        folder = pending.pop()
        try:
            entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
        except OSError:
            continue
        folders = []
        for entry in entries:
            path = Path(entry.path)
            if _is_ignored(path, root, ignore):
                continue
            if entry.is_symlink() and not follow_links:
                continue
            if entry.is_dir():
                real = path.resolve()
                if real not in entered and not _is_skipped(path):
                    entered.add(real)
                    folders.append(path)
            elif entry.is_file() and wanted(path):
                yield path
        pending += reversed(folders)


def _is_ignored(path: Path, root: Path, ignore: Sequence[str]) -> bool:
    below = path.relative_to(root).as_posix()
    return any(
        fnmatch(path.name, pattern) or fnmatch(below, pattern)
        for pattern in (text.strip("/").removeprefix("./") for text in ignore)
    )


def _is_skipped(folder: Path) -> bool:
    name = folder.name
    if name.startswith(".") or name.endswith(".egg-info"):
        return True
    if name in _SKIPPED:
        return not (folder / "__init__.py").exists()
    return (folder / "pyvenv.cfg").exists() or (folder / "conda-meta").is_dir()


def is_dev(path: Path, root: Path) -> bool:
    """Return whether a file is a test, or another that only developers run."""
    below = path.relative_to(root) if path != root else Path(path.name)
    if any(fnmatch(path.name, pattern) for pattern in _DEV_FILES):
        return True
    if len(below.parts) == 1 and path.name in _DEV_AT_ROOT:
        return True
    folder = root
    for part in below.parts[:-1]:
        folder /= part
        in_package = (folder.parent / "__init__.py").exists()
        if part in _DEV_FOLDERS and (not in_package or part in {"test", "tests"}):
            return True
    return False


def read_source(path: Path, root: Path, encoding: str | None = None) -> Source:
    """Return what a file imports.

    :param encoding: of files that do not say theirs; UTF-8, if none is given.
    """
    source = Source(path, dev=is_dev(path, root))
    try:
        data = path.read_bytes()
        if path.suffix.lower() == ".ipynb":
            _read_notebook(source, data)
        else:
            text = _decode(data, encoding)
            found = imports_of(parse(text), typing_only=path.suffix == ".pyi")
            source.imports = [(0, one) for one in _not_ignored(found, text)]
    except _UNREADABLE as exc:
        _add_problem(source, exc)
    return source


def _not_ignored(imports: list[Import], text: str) -> list[Import]:
    if "deps:" not in text:
        return imports
    lines = text.split("\n")
    return [one for one in imports if not _IGNORED.search(lines[one.line - 1])]


def _add_problem(source: Source, exc: Exception, cell: int = 0) -> None:
    line = 0
    if isinstance(exc, SyntaxError):
        line = exc.lineno or 0
        what = f"is no Python: {exc.msg}"
    elif isinstance(exc, UnicodeDecodeError):
        line = exc.object[: exc.start].count(b"\n") + 1
        byte = f"byte 0x{exc.object[exc.start]:02x}"
        what = f"cannot be decoded: {byte} is not {exc.encoding}; see --encoding"
    elif isinstance(exc, OSError):
        what = f"cannot be read: {exc.strerror}"
    else:
        what = f"cannot be read: {exc}"
    source.problems.append(Problem(source.path, line, what, cell, source.dev))


def encoding_of(data: bytes, default: str | None = None) -> str:
    """Return the encoding of a source: what it says, else the default, else UTF-8.

    :raises SyntaxError: it says one that is not known.
    """
    says = data.startswith(codecs.BOM_UTF8) or any(
        _CODING.match(line) for line in data.split(b"\n", 2)[:2]
    )
    if says:
        return tokenize.detect_encoding(io.BytesIO(data).readline)[0]
    return default or "utf-8"


def with_plain_ends(text: str) -> str:
    """Return a text whose lines end as the tokenizer has them.

    A form feed is no end of a line, a carriage return is.
    """
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _decode(data: bytes, encoding: str | None) -> str:
    return with_plain_ends(data.decode(encoding_of(data, encoding)))


def parse(text: str) -> ast.Module:
    """Return the tree of a source.

    :raises SyntaxError: it is no Python.
    """
    with warnings.catch_warnings():
        # What a source warns of is its authors' business.
        warnings.simplefilter("ignore")
        return ast.parse(text)


def _read_notebook(source: Source, data: bytes) -> None:
    for number, text in cells_of(data):
        try:
            found = _not_ignored(imports_of(parse(text)), text)
        except _UNREADABLE as exc:
            _add_problem(source, exc, number)
        else:
            source.imports += [(number, one) for one in found]

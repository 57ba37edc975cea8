"""Write a project: all of it, or nothing.

Theory. The files are templates in the folder ``files``: ``@word@`` stands for a value,
``.tpl`` keeps tools from taking them for code. They are written into a folder aside,
which then gets the project's name, so that there is never half a project, nor a mixture
of two; into a folder that is there, and empty, they are moved when all are written.
Nothing that exists is overwritten.
"""

from __future__ import annotations

import errno
import re
import secrets
import shutil
import tempfile
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from insula.cli.new.names import ProjectName

__all__ = ["ProjectExistsError", "make_minimal", "make_project"]

_FILES = Path(__file__).with_name("files")
_SUFFIX = ".tpl"
_WORD = re.compile(r"@(\w+)@")
# Under their own names these would hide files of this repository, or be hidden in it.
_DOTTED = {"gitignore": ".gitignore", "dockerignore": ".dockerignore"}
_OWN = "own"
_INSTANCE = "instance"


class ProjectExistsError(Exception):
    """There is something at the place already."""

    def __init__(self, place: Path) -> None:
        what = "a folder that is not empty" if place.is_dir() else "a file"
        super().__init__(
            f"{str(place)!r} is {what}, and nothing is overwritten. Choose another"
            " name, or move it away."
        )


def make_project(name: ProjectName, folder: Path) -> list[Path]:
    """Make the project in ``folder``; return its files, relative to it.

    :raises ProjectExistsError: if there is more than an empty folder.
    :raises OSError: if it cannot be written.
    """
    # An empty folder stays the same one: it may be where the user's shell is.
    empty = folder.is_dir() and not any(folder.iterdir())
    if not empty and (folder.exists() or folder.is_symlink()):
        raise ProjectExistsError(folder)
    aside = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        made = list(_write_all(name, aside))
        if empty:
            for path in aside.iterdir():
                path.rename(folder / path.name)
            aside.rmdir()
        else:
            # mkdtemp makes a folder for its owner alone.
            aside.chmod(_usual_mode(aside))
            aside.rename(folder)
    except OSError as exc:
        shutil.rmtree(aside, ignore_errors=True)
        if exc.errno in {errno.EEXIST, errno.ENOTEMPTY, errno.ENOTDIR}:
            raise ProjectExistsError(folder) from None
        raise
    return sorted(made)


def make_minimal(name: ProjectName, file: Path) -> None:
    """Make the one file.

    :raises ProjectExistsError: if there is one.
    """
    text = (_FILES / "minimal" / f"app.py{_SUFFIX}").read_text("utf-8")
    try:
        with file.open("x", encoding="utf-8") as opened:
            opened.write(_filled(text, name))
    except FileExistsError:
        raise ProjectExistsError(file) from None


def _write_all(name: ProjectName, folder: Path) -> Iterator[Path]:
    root = _FILES / "project"
    for source in sorted(root.rglob(f"*{_SUFFIX}")):
        parts = source.relative_to(root).with_suffix("").parts
        folders = {"package": name.package, _OWN: _INSTANCE}
        path = Path(
            *(folders.get(part, part) for part in parts[:-1]),
            _DOTTED.get(parts[-1], parts[-1]),
        )
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(_filled(source.read_text("utf-8"), name), "utf-8")
        if parts[0] == _OWN:
            target.chmod(0o600)
            target.parent.chmod(0o700)
        yield path


def _filled(text: str, name: ProjectName) -> str:
    values = {
        "name": name.given,
        "package": name.package,
        "PREFIX": name.prefix,
        "secret": secrets.token_hex(32),
        # What is after '+' is of one computer, and no index has it.
        "version": version("insula").partition("+")[0],
    }
    return _WORD.sub(lambda found: values[found[1]], text)


def _usual_mode(folder: Path) -> int:
    """Return the mode that the system gives to new folders."""
    probe = folder / ".mode"
    probe.mkdir()
    mode = probe.stat().st_mode & 0o777
    probe.rmdir()
    return mode

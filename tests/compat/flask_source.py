"""Flask's source distribution, and the Werkzeug that it was made with."""

from __future__ import annotations

import re
import tarfile
from functools import partial
from typing import TYPE_CHECKING

from tests.suites.sources import CACHES, SuiteError, archive, download

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["CACHE", "WANTED", "flask_archive", "locked_werkzeug"]

CACHE = CACHES / "flask-suite"
WANTED = "flask==3.1.*"


def flask_archive() -> Path:
    """Return the archive of the newest Flask whose interface is stood in for."""
    return archive(CACHE / "sdist", fetch=partial(download, wanted=WANTED))


def locked_werkzeug(path: Path) -> str:
    """Return the Werkzeug that the lock file in the archive names."""
    name = f"{path.name.removesuffix('.tar.gz')}/uv.lock"
    with tarfile.open(path) as tar:
        member = tar.extractfile(name)
        lock = b"" if member is None else member.read()
    found = re.search(rb'name = "werkzeug"\r?\nversion = "([^"]+)"', lock)
    if found is None:
        raise SuiteError(f"{path}: {name} names no Werkzeug; pass --werkzeug VERSION.")
    return found[1].decode()

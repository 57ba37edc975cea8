"""Which Werkzeug the lock file in an archive of Flask names."""

from __future__ import annotations

import io
import tarfile
from typing import TYPE_CHECKING

import pytest
from tests.compat.flask_source import locked_werkzeug
from tests.suites.sources import SuiteError

if TYPE_CHECKING:
    from pathlib import Path


def packed(place: Path, lock: str) -> Path:
    path = place / "flask-3.1.9.tar.gz"
    with tarfile.open(path, "w:gz") as tar:
        info = tarfile.TarInfo("flask-3.1.9/uv.lock")
        info.size = len(lock)
        tar.addfile(info, io.BytesIO(lock.encode()))
    return path


def test_locked_werkzeug_is_that_of_the_lock_file(tmp_path: Path) -> None:
    lock = '[[package]]\nname = "werkzeug"\nversion = "3.1.5"\n'

    assert locked_werkzeug(packed(tmp_path, lock)) == "3.1.5"


def test_locked_werkzeug_not_in_the_lock_file_is_asked_for(tmp_path: Path) -> None:
    with pytest.raises(SuiteError, match=r"names no Werkzeug; pass --werkzeug"):
        locked_werkzeug(packed(tmp_path, ""))

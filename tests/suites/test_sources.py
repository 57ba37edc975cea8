"""Source distributions: no archive that has been changed, and no old copy, is used."""

from __future__ import annotations

import io
import os
import tarfile
from typing import TYPE_CHECKING

import pytest
from tests.suites.sources import (
    KEPT_FOR,
    SuiteError,
    archive,
    unpacked,
    version_of,
)

if TYPE_CHECKING:
    from pathlib import Path

FILES = {
    "tests/test_basic.py": "def test(): pass\n",
    "uv.lock": '[[package]]\nname = "werkzeug"\nversion = "3.1.5"\n',
}


class Registry:
    """Something to fetch from, that counts."""

    def __init__(self) -> None:
        self.asked = 0
        self.files = dict(FILES)
        self.is_up = True

    def __call__(self, place: Path) -> None:
        self.asked += 1
        if not self.is_up:
            raise SuiteError("down")
        with tarfile.open(place / "Some-Name-3.1.9.tar.gz", "w:gz") as tar:
            for name, text in self.files.items():
                info = tarfile.TarInfo(f"Some-Name-3.1.9/{name}")
                info.size = len(text)
                tar.addfile(info, io.BytesIO(text.encode()))


@pytest.fixture
def registry() -> Registry:
    return Registry()


def read(packed: Path) -> dict[str, str]:
    with unpacked(packed) as folder:
        return {name: (folder / name).read_text() for name in FILES}


def test_archive_is_fetched_once_and_names_its_version(
    tmp_path: Path, registry: Registry
) -> None:
    first = archive(tmp_path, fetch=registry)

    assert archive(tmp_path, fetch=registry) == first
    assert registry.asked == 1
    assert version_of(first) == "3.1.9"
    assert read(first) == FILES


def test_archive_that_was_changed_is_fetched_again(
    tmp_path: Path, registry: Registry
) -> None:
    first = archive(tmp_path, fetch=registry)
    with tarfile.open(first, "w:gz"):
        pass

    assert read(archive(tmp_path, fetch=registry)) == FILES
    assert registry.asked == 2


def test_archive_that_was_changed_is_not_used_when_none_can_be_fetched(
    tmp_path: Path, registry: Registry
) -> None:
    first = archive(tmp_path, fetch=registry)
    first.write_bytes(first.read_bytes()[:-1])
    registry.is_up = False

    with pytest.raises(SuiteError, match="down"):
        archive(tmp_path, fetch=registry)


def test_archive_without_a_record_is_fetched_again(
    tmp_path: Path, registry: Registry
) -> None:
    first = archive(tmp_path, fetch=registry)
    (record,) = tmp_path.glob("*.sha256")
    record.unlink()

    assert archive(tmp_path, fetch=registry) == first
    assert registry.asked == 2


def test_archive_that_is_old_is_fetched_again_and_used_if_that_fails(
    tmp_path: Path, registry: Registry
) -> None:
    first = archive(tmp_path, fetch=registry)
    old = first.stat().st_mtime - KEPT_FOR - 1
    os.utime(first, (old, old))
    registry.is_up = False

    assert archive(tmp_path, fetch=registry) == first
    assert registry.asked == 2
    registry.is_up = True
    archive(tmp_path, fetch=registry)
    archive(tmp_path, fetch=registry)
    assert registry.asked == 3


def test_unpacked_copy_is_new_each_time_and_gone_afterwards(
    tmp_path: Path, registry: Registry
) -> None:
    packed = archive(tmp_path, fetch=registry)
    with unpacked(packed) as folder:
        (folder / "tests" / "test_basic.py").unlink()
        (folder / "uv.lock").write_text("patched")

    assert not folder.exists()
    assert read(packed) == FILES

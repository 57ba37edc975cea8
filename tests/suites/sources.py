"""Source distributions from the registry: fetched once, unpacked anew for every use.

Rules: an archive is used only while its SHA-256 is the one written down beside it when
it was fetched; else it is fetched again. What has been unpacked serves one run and goes
with it, so that nothing a run, or a hand, has changed there is ever run again.
"""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import sys
import tarfile
import time
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = [
    "CACHES",
    "KEPT_FOR",
    "SuiteError",
    "archive",
    "digest",
    "download",
    "unpacked",
    "version_of",
]

CACHES = Path(__file__).resolve().parents[2] / ".cache"
KEPT_FOR = 7 * 24 * 3600  # seconds until a newer release is looked for


class SuiteError(Exception):
    """A suite could not be run; the text says why."""


def download(place: Path, wanted: str) -> None:
    """Fetch the newest source distribution that is wanted into a folder.

    :param wanted: a name and, it may be, the releases that are meant, as for pip.
    """
    name = re.split(r"[^\w.-]", wanted, maxsplit=1)[0]
    command = [sys.executable, "-m", "pip", "download", "-q", "--no-deps"]
    command += ["--no-binary", name, "-d", str(place), wanted]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SuiteError(f"The sources of {wanted} cannot be fetched:\n{done.stderr}")


def digest(path: Path) -> str:
    """Return the SHA-256 of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _record(path: Path) -> Path:
    return path.with_name(f"{path.name}.sha256")


def _is_whole(path: Path) -> bool:
    record = _record(path)
    return record.is_file() and record.read_text(encoding="utf-8") == digest(path)


def archive(place: Path, *, fetch: Callable[[Path], None]) -> Path:
    """Return the archive, fetched if there is none, it is old or has been changed.

    :param place: the folder of the archives of one project.
    :param fetch: puts an archive into the folder that it is given.
    :raises SuiteError: if none can be fetched and none is here.
    """
    place.mkdir(parents=True, exist_ok=True)
    whole = [path for path in place.glob("*.tar.gz") if _is_whole(path)]
    newest = max(whole, key=lambda path: path.stat().st_mtime, default=None)
    if newest and time.time() - newest.stat().st_mtime < KEPT_FOR:
        return newest
    with TemporaryDirectory(dir=place) as fresh:
        try:
            fetch(Path(fresh))
        except SuiteError:
            if newest is None:
                raise
            return newest
        (got,) = Path(fresh).glob("*.tar.gz")
        os.utime(got)
        record = _record(got)
        record.write_text(digest(got), encoding="utf-8")
        # NOTE: a reader between the two sees that they do not fit, and fetches.
        got.replace(place / got.name)
        record.replace(place / record.name)
        return place / got.name


def version_of(path: Path) -> str:
    """Return the version that the name of an archive says."""
    return path.name.removesuffix(".tar.gz").rpartition("-")[2]


@contextmanager
def unpacked(path: Path) -> Iterator[Path]:
    """Unpack an archive into a new folder, which is removed at the end."""
    with TemporaryDirectory(prefix="suite-") as fresh:
        with tarfile.open(path) as tar:
            tar.extractall(fresh, filter="data")
        yield Path(fresh) / path.name.removesuffix(".tar.gz")

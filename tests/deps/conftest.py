"""Projects and installed distributions, written into folders."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from insula.deps import Environment

if TYPE_CHECKING:
    from pathlib import Path


class Site:
    """A folder in which distributions are installed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()

    @property
    def environment(self) -> Environment:
        return Environment([str(self.folder)])

    def add(
        self,
        name: str,
        files: str = "",
        version: str = "1.0",
        requires: tuple[str, ...] = (),
        url: dict[str, Any] | None = None,
        texts: dict[str, str] | None = None,
    ) -> None:
        """Install a distribution with these files, empty but for ``texts``."""
        info = self.folder / f"{name.replace('-', '_')}-{version}.dist-info"
        info.mkdir()
        lines = ["Metadata-Version: 2.1", f"Name: {name}", f"Version: {version}"]
        lines += [f"Requires-Dist: {one}" for one in requires]
        (info / "METADATA").write_text("\n".join(lines) + "\n", "utf-8")
        written = dict.fromkeys(files.split(), "") | (texts or {})
        for path, text in written.items():
            (self.folder / path).parent.mkdir(parents=True, exist_ok=True)
            (self.folder / path).write_text(text, "utf-8")
        if url is not None:
            (info / "direct_url.json").write_text(json.dumps(url), "utf-8")
        record = "".join(f"{path},,\n" for path in (*written, f"{info.name}/METADATA"))
        (info / "RECORD").write_text(record, "utf-8")


@pytest.fixture
def site(tmp_path: Path) -> Site:
    """Return an empty folder for distributions."""
    return Site(tmp_path / "site")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Return an empty folder for a project."""
    folder = tmp_path / "project"
    folder.mkdir()
    return folder

"""Projects, written into folders, and what is read of a source."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

import pytest

from insula.deps import Environment
from insula.migrate import Report, examine

if TYPE_CHECKING:
    from pathlib import Path


class Project:
    """A folder with a project, in an environment of its own."""

    def __init__(self, folder: Path, site: Path) -> None:
        self.folder = folder
        self.site = site
        folder.mkdir()
        site.mkdir()

    def write(self, path: str, text: str | bytes) -> Path:
        """Write a file; text without its common indentation."""
        file = self.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        data = text if isinstance(text, bytes) else textwrap.dedent(text).encode()
        file.write_bytes(data)
        return file

    def install(self, name: str, module: str, requires: str = "") -> None:
        """Install a distribution with one module."""
        info = self.site / f"{module}-1.0.dist-info"
        info.mkdir()
        needs = f"Requires-Dist: {requires}\n" if requires else ""
        text = f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n{needs}"
        (info / "METADATA").write_text(text)
        (info / "RECORD").write_text(f"{module}.py,,\n")

    def examine(self, *exclude: str) -> Report:
        """Read the project."""
        environment = Environment([str(self.site)])
        return examine(self.folder, exclude=exclude, environment=environment)

    def found(self, *kinds: str) -> list[tuple[str, int, str]]:
        """Return file, line and name of what is found."""
        return [
            (one.path.relative_to(self.folder).as_posix(), one.line, one.name)
            for one in self.examine().findings
            if not kinds or one.kind in kinds
        ]


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """Return an empty project."""
    return Project(tmp_path / "project", tmp_path / "site")

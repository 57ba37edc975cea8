"""An application without static files, and a folder with some."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from insula import Insula

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def app() -> Insula:
    app = Insula("shop", static_folder=None)
    app.secret_key = "key"
    return app


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Make a root path with static files and templates."""
    (tmp_path / "static").mkdir()
    (tmp_path / "static" / "a.txt").write_text("0123456789")
    (tmp_path / "static" / "style.css").write_text("body {}")
    (tmp_path / "secret.txt").write_text("secret")
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "page.html").write_text("{{ name }}")
    return tmp_path

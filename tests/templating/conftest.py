"""An application whose templates a test writes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from insula import Insula

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture
def app(tmp_path: Path) -> Insula:
    app = Insula("island", root_path=str(tmp_path))
    app.config.update(SECRET_KEY="key", TESTING=True)
    return app


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """Write a template, into the application's folder or the named one."""

    def write(name: str, source: str, folder: str = "templates") -> Path:
        path = tmp_path / folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(source, encoding="utf-8")
        return path

    return write

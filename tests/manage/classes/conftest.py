"""Projects with commands, imported as a user's are."""

from __future__ import annotations

import importlib
import sys
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


@pytest.fixture(autouse=True)
def plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have no wish about colours, and no application."""
    for name in ("NO_COLOR", "FORCE_COLOR", "INSULA_APP", "FLASK_APP", "FLASK_DEBUG"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "80")


@pytest.fixture
def project(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., Any]]:
    """Write files, import a module of them, return its ``app``.

    What is the path of a file is a keyword with ``__`` for a slash.
    """
    before = set(sys.modules)
    paths, folder = list(sys.path), tmp_path / "project"

    def make(module: str, **files: str) -> Any:
        for name, text in files.items():
            path = name.replace("____init__", "/@").replace("__", "/")
            file = folder / f"{path.replace('@', '__init__')}.py"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
        monkeypatch.chdir(folder)
        sys.path.insert(0, str(folder))
        importlib.invalidate_caches()
        return importlib.import_module(module).app

    yield make
    sys.path[:] = paths
    tops = {file.stem for file in folder.iterdir()} if folder.exists() else set()
    for name in set(sys.modules) - before:
        if name.partition(".")[0] in tops:
            del sys.modules[name]

"""An application, and a way to run a line of a script's manager."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from insula import Insula

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass
class Ran:
    """What a line has led to."""

    code: Any
    out: str
    err: str


@pytest.fixture
def app() -> Insula:
    """Return an application with one rule."""
    made = Insula("shop", static_folder=None)
    made.add_url_rule("/", "index", lambda: "welcome")
    return made


@pytest.fixture
def run(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., Ran]:
    """Return a function that runs a manager as ``python manage.py WORDS``."""
    monkeypatch.setenv("COLUMNS", "80")

    def run_line(manager: Any, *words: str, **options: Any) -> Ran:
        monkeypatch.setattr("sys.argv", ["./manage.py", *words])
        with pytest.raises(SystemExit) as ended:
            manager.run(**options)
        return Ran(ended.value.code, *capsys.readouterr())

    return run_line

from __future__ import annotations

import subprocess
import sys
from importlib import import_module
from typing import TYPE_CHECKING

import pytest

from insula._core import late
from insula._core.late import Late

if TYPE_CHECKING:
    from pathlib import Path

NAMES = sorted(set(late.__all__) - {"Late"})


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Name a module that no one has imported."""
    (tmp_path / "island_late.py").write_text("def add(a, *, b):\n    return a + b\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "island_late", raising=False)
    return "island_late"


def test_reference_imports_its_module_when_it_is_called(module: str) -> None:
    reference = Late(f"{module}:add")
    assert module not in sys.modules
    assert reference(1, b=2) == 3
    assert module in sys.modules


def test_reference_resolves_once(module: str, monkeypatch: pytest.MonkeyPatch) -> None:
    reference = Late(f"{module}:add")
    found = reference.resolve()
    monkeypatch.delattr(import_module(module), "add")
    assert reference.resolve() is found


def test_reference_shows_its_target() -> None:
    assert repr(Late("shop:app")) == "Late('shop:app')"


@pytest.mark.parametrize(
    ("target", "error"),
    [("no_such_island:x", ModuleNotFoundError), ("json:no_such_name", AttributeError)],
)
def test_reference_to_nothing_fails_when_used_not_when_made(
    target: str, error: type[Exception]
) -> None:
    reference = Late(target)
    with pytest.raises(error, match="no_such"):
        reference()


@pytest.mark.parametrize("name", NAMES)
def test_each_reference_of_the_house_resolves(name: str) -> None:
    reference = getattr(late, name)
    module, attribute = reference.target.split(":")
    assert reference.resolve() is getattr(import_module(module), attribute)


def test_every_reference_is_exported() -> None:
    found = [n for n, value in vars(late).items() if isinstance(value, Late)]
    assert sorted(found) == NAMES


def test_import_of_the_references_loads_no_target() -> None:
    program = (
        "import sys, insula._core.late as late\n"
        "targets = {r.target.split(':')[0] for r in vars(late).values()"
        " if isinstance(r, late.Late)}\n"
        "print(targets & set(sys.modules), len(targets) > 3)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout == "set() True\n"

"""Installed packages, as their authors left them, held against their own metadata.

Each is copied into a project of a shape: what it imports has to be what it declares.
"""

from __future__ import annotations

import shutil
from importlib import metadata
from pathlib import Path

import pytest

from insula.deps import Environment, Need, analyse, pythons_of
from insula.deps.requirement import canonical

ROOT = Path(__file__).parents[2]


def declared(name: str) -> dict[str, list[str]]:
    """Return the distributions that one requires, with the markers."""
    distribution = Environment().get(name)
    assert distribution is not None
    found: dict[str, list[str]] = {}
    for one in distribution.requires:
        found.setdefault(one.key, []).append(one.marker.replace("'", '"'))
    return found


def copy(name: str, folder: Path) -> None:
    """Copy the sources of a distribution."""
    for file in metadata.files(name) or ():
        if file.suffix == ".py" and ".." not in file.parts:
            path = folder / file
            path.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(str(file.locate()), path)


@pytest.mark.parametrize(
    ("name", "layout", "in_part"),
    [
        # A package; one with workers for what its extras bring; one module beside
        # others; a namespace (`zope`).
        ("jinja2", "", set()),
        ("hypercorn", "src", {"trio"}),
        ("wsproto", "src", set()),
        ("zope.event", "", set()),
    ],
)
def test_imports_of_a_package_are_what_its_metadata_declares(
    tmp_path: Path, name: str, layout: str, in_part: set[str]
) -> None:
    copy(name, tmp_path / layout)
    environment = Environment()
    pythons = pythons_of(metadata.metadata(name)["Requires-Python"])
    says = declared(name)
    analysis = analyse(tmp_path, environment, pythons=pythons, declared=says)
    found = {
        key: used.marker
        for key, used in analysis.used.items()
        if used.need is Need.REQUIRED and not used.dev and key != canonical(name)
    }
    runtime = {
        key
        for key, markers in says.items()
        if environment.get(key) and any("extra" not in one for one in markers)
    }
    assert set(found) - in_part == runtime
    assert in_part <= set(says)
    for key, marker in found.items():
        if key in runtime:
            assert marker in says[key]
    assert [one for one in analysis.unresolved if not one.occurrence.dev] == []


def test_imports_of_the_notes_are_known_one_by_one() -> None:
    analysis = analyse(ROOT / "examples" / "notes", Environment())
    runtime = {key for key, used in analysis.used.items() if not used.dev}
    dev = {key for key, used in analysis.used.items() if used.dev}
    assert runtime == {"click", "insula", "markupsafe", "sqlalchemy", "werkzeug"}
    assert dev == {"pytest"}
    assert (analysis.unresolved, analysis.problems) == ([], [])


def test_imports_of_insula_itself_are_what_it_declares() -> None:
    environment = Environment()
    says = declared("insula")
    analysis = analyse(ROOT / "src", environment, declared=says)
    required = {
        key for key, used in analysis.used.items() if used.need is Need.REQUIRED
    }
    runtime = {key for key, ms in says.items() if any("extra" not in one for one in ms)}
    # Granian is caught with a message of ours, so it counts as optional.
    assert runtime - required == {"granian"}
    assert runtime <= set(analysis.used)
    assert required <= set(says)

"""Everything public of the real Flask is in Insula, the same or wider, or listed.

The real Flask is installed by its name, from the package registry, into an environment
of this test's own, with the same versions of the packages that both stand on. A program
run by that environment's interpreter writes down what ``flask`` offers, another run of
it the same for ``insula.flask``; where they differ is listed, with the reason, in
``docs/differences.md``.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import venv
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
from tests.compat.surface.compare import Comparison, Difference, listed, narrowed

ROOT = Path(__file__).resolve().parents[2]
DUMP = Path(__file__).with_name("surface") / "dump.py"
PAGE = ROOT / "docs" / "differences.md"
FLASK = "flask>=3.1,<3.2"
SHARED = ("werkzeug", "jinja2", "click", "itsdangerous", "blinker", "markupsafe")


def flask_interpreter() -> Path:
    """Return an interpreter that has the real Flask; install it the first time."""
    wanted = [FLASK, *(f"{name}=={version(name)}" for name in SHARED)]
    number = f"{sys.version_info.major}.{sys.version_info.minor}"
    home = ROOT / ".cache" / "surface" / number
    python = home / ("Scripts" if os.name == "nt" else "bin") / "python"
    ready = home / "ready"
    if not ready.exists() or ready.read_text().split("\n") != wanted:
        venv.create(home, with_pip=True, clear=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", *wanted], check=True)
        ready.write_text("\n".join(wanted))
    return python


def dumped(python: Path, *arguments: str, modules: str = "") -> dict[str, Any]:
    done = subprocess.run(
        [python, DUMP, *arguments],
        input=modules,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@pytest.fixture(scope="module")
def real() -> dict[str, Any]:
    return dumped(flask_interpreter())


@pytest.fixture(scope="module")
def comparison(real: dict[str, Any]) -> Comparison:
    modules = " ".join(real["modules"])
    return Comparison(real, dumped(Path(sys.executable), "insula", modules=modules))


@pytest.mark.timeout(600)  # the first run installs Flask
def test_surface_differs_from_flasks_exactly_where_the_page_says(
    comparison: Comparison,
) -> None:
    found = comparison.differences()
    page = listed(PAGE)

    unlisted = [str(each) for each in found if each not in page]
    stale = [f"{each.name}: {each.what}" for each in page if each not in found]
    assert not unlisted, "mend Insula, or list in docs/differences.md: " + "\n".join(
        unlisted
    )
    assert not stale, "no longer different: " + "\n".join(stale)


@pytest.mark.timeout(600)
def test_surface_compares_every_module_class_and_config_key(
    comparison: Comparison, real: dict[str, Any]
) -> None:
    comparison.differences()

    assert len(real["modules"]) >= 23
    assert len(real["instances"]["config"]) >= 29
    assert comparison.compared > 1700


def test_page_gives_a_reason_for_each_difference_and_is_short() -> None:
    page = listed(PAGE)

    assert all(len(why) > 20 for why in page.values())
    assert len(page) <= 20


def parameters(*given: str) -> list[dict[str, Any]]:
    """Write parameters as the dump does: ``name kind [default]``."""
    found = []
    for each in given:
        name, kind, *default = each.split()
        found.append(
            {"name": name, "kind": kind, **dict.fromkeys(["default"], default)}
        )
        if not default:
            del found[-1]["default"]
    return found


BOTH, NAMED, PLACED = "POSITIONAL_OR_KEYWORD", "KEYWORD_ONLY", "POSITIONAL_ONLY"


@pytest.mark.parametrize(
    ("real_one", "ours", "what"),
    [
        ([f"a {BOTH}"], [f"a {BOTH}", f"b {NAMED} 1"], None),
        ([f"a {BOTH}"], [f"a {BOTH}", "rest VAR_KEYWORD"], None),
        ([f"a {NAMED}"], [f"a {BOTH}"], None),
        ([f"a {PLACED}"], [f"x {BOTH}"], None),
        ([f"a {BOTH}"], [f"a {BOTH} 1"], None),
        ([f"a {BOTH}"], [f"b {BOTH}"], "signature"),
        ([f"a {BOTH}"], [f"a {PLACED}"], "signature"),
        ([f"a {BOTH}"], [f"a {NAMED}"], "signature"),
        ([f"a {BOTH}"], [f"a {BOTH}", f"b {BOTH}"], "signature"),
        ([f"a {BOTH}", f"b {BOTH}"], [f"b {BOTH}", f"a {BOTH}"], "signature"),
        ([f"a {BOTH} 1"], [f"a {BOTH}"], "signature"),
        ([f"a {BOTH} 1"], [f"a {BOTH} 2"], "value"),
        (["rest VAR_KEYWORD"], [], "signature"),
        (["rest VAR_POSITIONAL"], ["rest VAR_KEYWORD"], "signature"),
    ],
)
def test_signature_is_narrower_when_a_call_would_fail(
    real_one: list[str], ours: list[str], what: str | None
) -> None:
    found = narrowed(parameters(*real_one), parameters(*ours))

    assert (found and found[0]) == what


@pytest.mark.parametrize(
    ("change", "name", "what"),
    [
        (lambda ours: ours["modules"].pop("flask.ctx"), "flask.ctx", "missing"),
        (
            lambda ours: ours["modules"]["flask"].pop("url_for"),
            "flask.url_for",
            "missing",
        ),
        (
            lambda ours: ours["instances"]["config"].update(DEBUG="True"),
            "config: DEBUG",
            "value",
        ),
        (
            lambda ours: ours["classes"]["flask.app.Flask"].pop("run"),
            "flask.app.Flask.run",
            "missing",
        ),
        (
            lambda ours: ours["classes"]["flask.sansio.app.App"]["debug"].update(
                settable=False
            ),
            "flask.sansio.app.App.debug",
            "readonly",
        ),
    ],
)
def test_comparison_finds_what_was_taken_from_a_copy(
    real: dict[str, Any], change: Any, name: str, what: str
) -> None:
    copy = json.loads(json.dumps(real))
    change(copy)

    assert Difference(name, what) in Comparison(real, copy).differences()


def test_comparison_of_the_real_flask_with_itself_finds_nothing(
    real: dict[str, Any],
) -> None:
    assert Comparison(real, real).differences() == []

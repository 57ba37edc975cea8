"""What the pages say is tried: examples run, links lead somewhere, commands exist."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import pytest

from insula.cli import main
from insula.cli.main import _LATE

if TYPE_CHECKING:
    from insula import Insula

ROOT = Path(__file__).parents[2]
PAGES = sorted(
    [
        *ROOT.glob("*.md"),
        *ROOT.glob("docs/**/*.md"),
        *ROOT.glob("examples/**/README.md"),
    ]
)
_BLOCK = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)
_SESSION = re.compile(r"^```console\n.*?^```", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")
_PATH = re.compile(
    r"(?<![\w./-])(?:src|tests|examples|benchmarks|docs)/[\w./-]*\w(?:\.\w+)?"
)


def _name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def _blocks() -> list[Any]:
    return [
        pytest.param(block, id=f"{_name(page)}:{number}")
        for page in PAGES
        for number, block in enumerate(_BLOCK.findall(page.read_text("utf-8")))
    ]


def test_pages_are_found() -> None:
    names = {_name(page) for page in PAGES}
    assert {"README.md", "docs/isolation.md", "docs/design.md"} <= names
    assert len(_blocks()) >= 5


@pytest.mark.parametrize("block", _blocks())
def test_example_runs(block: str) -> None:
    exec(compile(block, "example", "exec"), {"__name__": "example"})  # noqa: S102 - ours


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_links_lead_to_files(page: Path) -> None:
    text = page.read_text("utf-8")
    targets = [link for link in _LINK.findall(text) if "://" not in link]
    missing = [link for link in targets if not (page.parent / link).exists()]
    assert missing == []


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_paths_that_are_named_exist(page: Path) -> None:
    # In a session they are paths of the reader's folder.
    found = set(_PATH.findall(_SESSION.sub("", page.read_text("utf-8"))))
    missing = [
        path
        for path in found
        if not (ROOT / path).exists()
        and not (page.parent / path).exists()
        and "NAME" not in path
    ]
    assert missing == []


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_make_targets_exist(page: Path) -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    targets = set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))
    named = re.findall(
        r"(?:^ {4}|`)make ([a-z-]+)", page.read_text("utf-8"), re.MULTILINE
    )
    assert set(named) - targets == set()


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_options_of_the_command_exist(page: Path) -> None:
    known = {option for param in main.params for option in param.opts}
    context = click.Context(main)
    for name in {*main.commands, *_LATE}:
        command = main.get_command(context, name)
        assert command is not None
        for param in command.params:
            known.update(param.opts, param.secondary_opts)
    used: set[str] = set()
    for line in page.read_text("utf-8").splitlines():
        if (match := re.search(r"(?:^ {4}|`)insula (.*?)(?:`|#|$)", line)) is not None:
            used.update(re.findall(r"(?<!\S)--[a-z-]+", match[1]))
    assert used - known - {"--help"} == set()


def _readme_app() -> Insula:
    block = _BLOCK.findall((ROOT / "README.md").read_text("utf-8"))[0]
    namespace: dict[str, Any] = {"__name__": "app"}
    exec(compile(block, "app.py", "exec"), namespace)  # noqa: S102 - ours
    app: Insula = namespace["app"]
    return app


def test_readme_application_answers_as_its_code_says() -> None:
    client = _readme_app().test_client()
    assert client.get("/shop/greet/2").json == ["Hello, stranger!"] * 2
    answer = client.post("/login", data={"user": "Ada"})
    assert (answer.status_code, answer.json) == (201, {"user": "Ada"})
    assert client.get("/shop/greet/1").json == ["Hello, Ada!"]


def test_readme_application_has_about_twenty_lines() -> None:
    block = _BLOCK.findall((ROOT / "README.md").read_text("utf-8"))[0]
    assert len([line for line in block.splitlines() if line.strip()]) <= 20


def test_readme_application_is_found_by_the_command(tmp_path: Path) -> None:
    block = _BLOCK.findall((ROOT / "README.md").read_text("utf-8"))[0]
    (tmp_path / "app.py").write_text(block, "utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "insula", "routes"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "/shop/greet/<int:times>" in done.stdout


def test_readme_names_the_two_commands() -> None:
    text = (ROOT / "README.md").read_text("utf-8")
    assert "    make demo" in text
    assert "    make test" in text

"""`insula new`: what it makes runs, passes its tests and every check, at once."""

from __future__ import annotations

import os
import re
import signal
import stat
import subprocess
import sys
import urllib.request
from fnmatch import fnmatch
from pathlib import Path

import pytest
from click.testing import CliRunner

from insula.cli.new import new_command
from insula.cli.new.names import NameRefusedError, ProjectName
from insula.cli.new.scaffold import ProjectExistsError, make_minimal, make_project

ROOT = Path(__file__).parents[2]
_LIMIT = 100.0  # seconds


def _environment() -> dict[str, str]:
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("INSULA_", "FLASK_", "PYTEST_", "COV_"))
    }


def _run(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", *words],
        cwd=folder,
        env=_environment(),
        capture_output=True,
        text=True,
        check=False,
        timeout=_LIMIT,
    )


def _answer_of(folder: Path, *words: str) -> str:
    """Return the first page of what `insula run` serves."""
    with subprocess.Popen(
        [sys.executable, "-m", "insula", *words, "run", "--port", "0"],
        cwd=folder,
        env=_environment(),
        stderr=subprocess.PIPE,
        text=True,
    ) as server:
        try:
            assert server.stderr is not None
            banner = server.stderr.readline()
            found = re.search(r"http://\S+", banner)
            assert found, banner + server.stderr.read()
            with urllib.request.urlopen(found[0], timeout=20) as response:
                page: str = response.read().decode()
        finally:
            server.send_signal(signal.SIGTERM)
            server.communicate(timeout=_LIMIT)
        assert server.returncode == 0
    return page


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a project, by the command."""
    place = tmp_path_factory.mktemp("made") / "my-shop"
    done = CliRunner().invoke(new_command, [str(place)])
    assert done.exit_code == 0, done.output
    return place


def test_new_project_passes_its_own_tests(project: Path) -> None:
    done = _run(project, "pytest", "-q", "-p", "no:cacheprovider")
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"^[1-9]\d* passed", done.stdout, re.MULTILINE)


@pytest.mark.parametrize("words", [["check"], ["format", "--check"]])
def test_new_project_passes_ruff(project: Path, words: list[str]) -> None:
    done = _run(project, "ruff", *words, "--no-cache", ".")
    assert done.returncode == 0, done.stdout + done.stderr


def test_new_project_is_typed(project: Path) -> None:
    done = _run(project, "mypy", "--strict", "--no-incremental", "my_shop", "wsgi.py")
    assert done.returncode == 0, done.stdout + done.stderr


def test_new_project_is_served(project: Path) -> None:
    page = _answer_of(project)
    assert "<h1>Hello!</h1>" in page
    assert "my-shop" in page


def test_new_project_has_no_placeholders_left(tmp_path: Path) -> None:
    made = make_project(ProjectName("my-shop"), tmp_path / "my-shop")
    texts = {path: (tmp_path / "my-shop" / path).read_text("utf-8") for path in made}
    names = set(map(str, texts))
    assert {"Dockerfile", "README.md", ".gitignore", "my_shop/pages.py"} <= names
    for path, text in texts.items():
        assert not re.search(r"@\w+@", text), path
        assert path.suffix != ".tpl"


def test_templates_are_not_among_what_git_and_wheels_leave_out() -> None:
    patterns = (ROOT / ".gitignore").read_text("utf-8").split()
    templates = list((ROOT / "src/insula/cli/new/files").rglob("*.tpl"))
    assert len(templates) > 10
    for path in templates:
        for part in path.relative_to(ROOT).parts:
            left_out = [p for p in patterns if fnmatch(part, p.rstrip("/"))]
            assert not left_out, path


def test_readme_of_new_project_names_the_two_commands(project: Path) -> None:
    readme = (project / "README.md").read_text("utf-8")
    assert "    insula run --debug" in readme
    assert "    python -m pytest" in readme


def test_key_of_new_project_is_its_own_and_nobody_elses_to_read(
    tmp_path: Path,
) -> None:
    keys = set()
    for name in ("one", "two"):
        make_project(ProjectName(name), tmp_path / name)
        config = tmp_path / name / "instance" / "config.py"
        assert stat.S_IMODE(config.stat().st_mode) == 0o600
        keys.add(config.read_text("utf-8"))
    assert len(keys) == 2


@pytest.mark.parametrize("words", [["check"], ["format", "--check"]])
def test_minimal_file_passes_ruff(tmp_path: Path, words: list[str]) -> None:
    make_minimal(ProjectName("shop"), tmp_path / "shop.py")
    done = _run(tmp_path, "ruff", *words, "--isolated", "--no-cache", ".")
    assert done.returncode == 0, done.stdout + done.stderr


def test_minimal_file_is_served(tmp_path: Path) -> None:
    done = CliRunner().invoke(new_command, ["--minimal", str(tmp_path / "my-shop")])
    assert done.exit_code == 0, done.output
    assert [path.name for path in tmp_path.iterdir()] == ["my_shop.py"]
    assert "Hello!" in _answer_of(tmp_path, "--app", "my_shop")


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("1shop", "a letter first"),
        ("my shop", "letters and digits"),
        ("my--shop", "letters and digits"),
        ("shöp", "letters and digits"),
        ("s" * 31, "up to 30"),
        ("class", "a word of Python's"),
        ("Match", "a word of Python's"),
        ("json", "a module of Python's"),
        ("tests", "the project has a 'tests' already"),
        ("jinja2", "a module 'jinja2' is installed here"),
    ],
)
def test_name_that_would_not_run_is_refused(name: str, why: str) -> None:
    with pytest.raises(NameRefusedError, match=re.escape(why)):
        ProjectName.checked(name)


def test_refused_name_is_one_line_and_writes_nothing(tmp_path: Path) -> None:
    done = CliRunner().invoke(new_command, [str(tmp_path / "json")])
    assert done.exit_code == 2
    assert done.output.startswith("Error: 'json' cannot be the name of a project")
    assert len(done.output.splitlines()) == 1
    assert not list(tmp_path.iterdir())


def test_folder_that_is_not_empty_is_not_touched(tmp_path: Path) -> None:
    kept = tmp_path / "shop" / "kept.txt"
    kept.parent.mkdir()
    kept.write_text("mine")
    done = CliRunner().invoke(new_command, [str(kept.parent)])
    assert done.exit_code == 2
    assert "is a folder that is not empty" in done.output
    assert list(tmp_path.rglob("*")) == [kept.parent, kept]


def test_empty_folder_becomes_the_project_and_stays_the_same_folder(
    tmp_path: Path,
) -> None:
    (tmp_path / "shop").mkdir()
    before = (tmp_path / "shop").stat().st_ino
    make_project(ProjectName("shop"), tmp_path / "shop")
    assert (tmp_path / "shop" / "wsgi.py").is_file()
    assert (tmp_path / "shop").stat().st_ino == before
    assert [path.name for path in tmp_path.iterdir()] == ["shop"]


def test_current_folder_becomes_the_project_if_it_is_empty(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "shop").mkdir()
    monkeypatch.chdir(tmp_path / "shop")
    done = CliRunner().invoke(new_command, ["."])
    assert done.output.startswith("Made the project 'shop' in the current folder:")
    assert "cd " not in done.output
    assert Path("shop/__init__.py").is_file()
    assert CliRunner().invoke(new_command, ["."]).exit_code == 2


def test_reader_that_leaves_is_not_taken_for_a_file_that_cannot_be_written(
    tmp_path: Path,
) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [sys.executable, "-m", "insula", "new", "shop"],
        cwd=tmp_path,
        env=_environment(),
        stdout=writing,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
        timeout=_LIMIT,
    )
    os.close(writing)
    assert not done.stderr
    assert (tmp_path / "shop" / "wsgi.py").is_file()


def test_new_project_declares_what_it_imports(project: Path) -> None:
    done = _run(project, "insula", "deps", "--check")
    assert done.returncode == 0, done.stdout + done.stderr


def test_file_of_the_name_is_not_overwritten(tmp_path: Path) -> None:
    file = tmp_path / "shop.py"
    file.write_text("mine")
    with pytest.raises(ProjectExistsError, match="nothing is overwritten"):
        make_minimal(ProjectName("shop"), file)
    file.rename(tmp_path / "shop")
    with pytest.raises(ProjectExistsError, match="is a file"):
        make_project(ProjectName("shop"), tmp_path / "shop")
    assert (tmp_path / "shop").read_text() == "mine"


def test_folder_that_is_missing_is_one_line(tmp_path: Path) -> None:
    done = CliRunner().invoke(new_command, [str(tmp_path / "nowhere" / "shop")])
    assert done.exit_code == 2
    assert done.output.startswith("Error: There is no folder")


def test_project_that_cannot_be_written_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*args: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_text", full)
    done = CliRunner().invoke(new_command, [str(tmp_path / "shop")])
    assert done.exit_code == 1
    assert "No space left on device" in done.output
    assert not list(tmp_path.iterdir())

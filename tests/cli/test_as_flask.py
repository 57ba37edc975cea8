"""The command `insula as-flask`: what it starts, and with which environment.

What the stand-in is to the program that is started is tests/compat/test_stand_in.py's.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import zipfile
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

ARGUMENTS = "import json, sys\nprint(json.dumps(sys.argv))\n"
VARIABLES = "import json, os; print(json.dumps(dict(os.environ)))"


def run(
    *command: str | Path, cwd: Path, **variables: str
) -> subprocess.CompletedProcess[str]:
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("PYTHONPATH", "FLASK_", "INSULA_"))
    }
    return subprocess.run(
        [str(word) for word in command],
        cwd=cwd,
        env={**kept, **variables},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def as_flask(
    *args: str, cwd: Path, **variables: str
) -> subprocess.CompletedProcess[str]:
    return run(sys.executable, "-m", "insula", "as-flask", *args, cwd=cwd, **variables)


def executable(path: Path, text: str) -> Path:
    path.write_text(text)
    path.chmod(0o755)
    return path


@pytest.mark.parametrize("how", [["program.py"], ["-m", "program"]], ids=str)
def test_as_flask_reads_no_file_of_variables(tmp_path: Path, how: list[str]) -> None:
    (tmp_path / ".env").write_text("DATABASE_URL=somewhere\n")
    (tmp_path / ".flaskenv").write_text("FLASK_DEBUG=1\n")
    (tmp_path / "program.py").write_text(VARIABLES)
    plain = json.loads(run(sys.executable, *how, cwd=tmp_path, A="1").stdout)

    ours = json.loads(as_flask(*how, cwd=tmp_path, A="1").stdout)

    added = {name for name in ours if ours[name] != plain.get(name)}
    assert added <= {"PYTHONPATH", "PATH", "_INSULA_PYTHON"}
    assert plain.keys() <= ours.keys()
    assert ours["PATH"].endswith(plain["PATH"])


def test_file_of_variables_that_the_program_is_given_holds(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("FROM_ENV=usual\n")
    (tmp_path / "my.env").write_text("FROM_ENV=custom\n")
    (tmp_path / "app.py").write_text(
        "import os\nfrom flask import Flask\napp = Flask('shop')\n"
        "app.cli.command('show')(lambda: print(os.environ['FROM_ENV']))\n"
    )
    done = as_flask("flask", "-e", "my.env", "show", cwd=tmp_path)
    assert (done.stdout, done.stderr) == ("custom\n", "")


def test_empty_entries_of_pythonpath_stay(tmp_path: Path) -> None:
    code = "import os; print(os.environ['PYTHONPATH'].split(os.pathsep)[1:])"
    given = f"a{os.pathsep}"
    done = as_flask("python", "-c", code, cwd=tmp_path, PYTHONPATH=given)
    assert done.stdout == "['a', '']\n"


@pytest.mark.parametrize("option", ["--debug", "--app=x"])
def test_option_before_as_flask_is_refused(tmp_path: Path, option: str) -> None:
    done = run(
        *(sys.executable, "-m", "insula", option, "as-flask", "python", "-c", "1"),
        cwd=tmp_path,
    )
    assert done.returncode == 2
    assert "as-flask is the first word after the command's own name" in done.stderr


@pytest.mark.parametrize(
    "args",
    [
        ["-m", "module", "-m", "not slow", "-q"],
        ["-m", "module", "--help"],
        ["-m", "module", "--", "x"],
        ["-mmodule", "-m", "x"],
        ["-m", "module"],
    ],
    ids=" ".join,
)
def test_all_that_follows_a_module_is_the_modules(
    tmp_path: Path, args: list[str]
) -> None:
    (tmp_path / "module.py").write_text(ARGUMENTS)
    plain = run(sys.executable, *args, cwd=tmp_path)
    done = as_flask(*args, cwd=tmp_path)
    assert (done.stdout, done.stderr) == (plain.stdout, "")


@pytest.mark.parametrize(
    "args", [["--help"], ["-m", "x"], ["--", "x"], ["-x"]], ids=str
)
def test_all_that_follows_a_script_is_the_scripts(
    tmp_path: Path, args: list[str]
) -> None:
    (tmp_path / "script.py").write_text(ARGUMENTS)
    done = as_flask("script.py", *args, cwd=tmp_path)
    assert json.loads(done.stdout) == ["script.py", *args]


def test_option_m_without_a_module_says_so(tmp_path: Path) -> None:
    done = as_flask("-m", cwd=tmp_path)
    assert (done.returncode, "requires an argument" in done.stderr) == (2, True)


def test_help_sets_the_examples_one_below_the_other(tmp_path: Path) -> None:
    done = as_flask("--help", cwd=tmp_path)
    lines = [line.strip() for line in done.stdout.splitlines()]
    assert lines[0].startswith("Usage: python -m insula as-flask [OPTIONS] [PROGRAM]")
    assert "insula as-flask app.py" in lines
    assert "insula as-flask -m mypackage" in lines
    assert "insula as-flask pytest tests" in lines
    assert "-m MODULE" in done.stdout
    assert "\\" not in done.stdout
    assert "\b" not in done.stdout


def test_help_of_insula_lists_as_flask(tmp_path: Path) -> None:
    done = run(sys.executable, "-m", "insula", "--help", cwd=tmp_path)
    line = r"^  as-flask +Run a program with Insula in the place of Flask\.$"
    assert re.search(line, done.stdout, re.MULTILINE)


def test_command_goes_before_a_folder_of_its_name(tmp_path: Path) -> None:
    (tmp_path / "pytest").mkdir()
    (tmp_path / "pytest" / "__main__.py").write_text("print('the folder')")
    done = as_flask("pytest", "--version", cwd=tmp_path)
    assert done.stdout == f"pytest {pytest.__version__}\n"
    done = as_flask("./pytest", "--version", cwd=tmp_path)
    assert done.stdout == "the folder\n"


def test_folder_that_is_no_command_is_run_by_python(tmp_path: Path) -> None:
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "__main__.py").write_text(ARGUMENTS)
    assert as_flask("shop", "x", cwd=tmp_path).stdout == '["shop", "x"]\n'


@pytest.mark.parametrize("name", ["z.pyz", "./z.pyz", "archive"])
def test_archive_is_run_by_python(tmp_path: Path, name: str) -> None:
    with zipfile.ZipFile(tmp_path / name, "w") as archive:
        archive.writestr("__main__.py", ARGUMENTS)
    done = as_flask(name, "x", cwd=tmp_path)
    assert (done.stdout, done.stderr) == (json.dumps([name, "x"]) + "\n", "")


@pytest.mark.parametrize("name", ["./script.py", "./noext", "noext", "sub/../noext"])
def test_script_is_named_to_itself_as_it_was_named(tmp_path: Path, name: str) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / name).write_text(ARGUMENTS)
    done = as_flask(name, "x", cwd=tmp_path)
    assert (done.stdout, done.stderr) == (json.dumps([name, "x"]) + "\n", "")


@pytest.mark.parametrize("name", ["./run.sh", "run.sh"])
def test_executable_of_the_folder_runs_by_itself(tmp_path: Path, name: str) -> None:
    python = sys.executable
    shell = f'#!/bin/sh\necho "$1"; {python} -c "import flask; print(flask.__name__)"\n'
    executable(tmp_path / "run.sh", shell)
    done = as_flask(name, "one", cwd=tmp_path)
    assert (done.stdout, done.stderr) == ("one\ninsula.flask\n", "")


def test_command_in_python_is_run_by_this_python(tmp_path: Path) -> None:
    executable(tmp_path / "tool", f"#!/usr/bin/env python9\n{ARGUMENTS}")
    path = f"{tmp_path}{os.pathsep}{os.environ['PATH']}"
    (tmp_path / "elsewhere").mkdir()
    done = as_flask("tool", "x", cwd=tmp_path / "elsewhere", PATH=path)
    assert json.loads(done.stdout) == [str(tmp_path / "tool"), "x"]


@pytest.mark.parametrize(
    ("name", "text", "mode"),
    [("./run.sh", "#!/bin/sh\n", 0o644), ("./text", "neither", 0o755)],
)
def test_what_cannot_be_run_is_one_error_and_no_traceback(
    tmp_path: Path, name: str, text: str, mode: int
) -> None:
    (tmp_path / name).write_text(text)
    (tmp_path / name).chmod(mode)
    done = as_flask(name, cwd=tmp_path)
    assert done.returncode == 1
    assert done.stderr.startswith(f"Error: {name!r} cannot be run: ")
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize("name", ["not-there", "./not-there", "not-there.py"])
def test_what_is_not_there_is_named(tmp_path: Path, name: str) -> None:
    done = as_flask(name, cwd=tmp_path)
    assert done.returncode == 2
    assert f"There is no script or command {name!r}" in done.stderr


def test_command_flask_is_there_for_what_the_program_starts(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text("from flask import Flask\napp = Flask('shop')\n")
    done = as_flask(
        "sh",
        "-c",
        'flask --version && flask "$0"',
        "routes",
        cwd=tmp_path,
        PATH="/usr/bin:/bin",
    )
    assert "Flask 3.1." in done.stdout
    assert "/static/<path:filename>" in done.stdout
    assert done.stderr == ""


LEGACY = "from werkzeug.contrib.cache import SimpleCache\nprint(SimpleCache.__name__)\n"


@pytest.mark.parametrize(
    "how", [["--legacy", "program.py"], ["--legacy", "-m", "program", "--legacy"]]
)
def test_as_flask_legacy_brings_old_names_back(tmp_path: Path, how: list[str]) -> None:
    (tmp_path / "program.py").write_text(f"{ARGUMENTS}{LEGACY}")

    done = as_flask(*how, cwd=tmp_path)

    argv, name = done.stdout.splitlines()
    assert json.loads(argv)[1:] == how[3:]
    assert name == "SimpleCache", done.stderr


def test_as_flask_reads_the_variable_for_legacy(tmp_path: Path) -> None:
    (tmp_path / "program.py").write_text(LEGACY)

    done = as_flask("program.py", cwd=tmp_path, INSULA_LEGACY="1")

    assert done.stdout == "SimpleCache\n"


@pytest.mark.parametrize(
    ("source", "module"),
    [
        ("from werkzeug.contrib.cache import SimpleCache", "werkzeug.contrib"),
        ("from werkzeug.urls import url_quote", "werkzeug.urls"),
        ("from collections import Mapping", "collections"),
    ],
)
@pytest.mark.parametrize("how", [["python", "app.py"], ["flask", "routes"]], ids=str)
def test_as_flask_names_legacy_where_an_old_name_is_missed(
    tmp_path: Path, source: str, module: str, how: list[str]
) -> None:
    (tmp_path / "app.py").write_text(f"{source}\n")

    done = as_flask(*how, cwd=tmp_path)

    assert done.returncode != 0
    assert done.stderr.rstrip().splitlines()[-1] == (
        f"{module} had this before; `insula as-flask --legacy …` (or INSULA_LEGACY=1)"
        " brings such names back."
    )


def test_as_flask_names_no_legacy_for_another_missing_name(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text("from werkzeug.urls import url_squote\n")

    done = as_flask("app.py", cwd=tmp_path)

    assert "ImportError" in done.stderr
    assert "--legacy" not in done.stderr


def test_prompt_of_a_program_shows_errors_as_without(tmp_path: Path) -> None:
    (tmp_path / "prompt.py").write_text(
        "import code\n"
        "lines = iter(['1 / 0'])\n"
        "def read(prompt):\n"
        "    for line in lines:\n"
        "        return line\n"
        "    raise EOFError\n"
        "code.interact('', read, exitmsg='')\n"
    )
    plain = run(sys.executable, "prompt.py", cwd=tmp_path)
    ours = as_flask("prompt.py", cwd=tmp_path)
    assert "ZeroDivisionError" in plain.stderr
    assert ours.stderr == plain.stderr

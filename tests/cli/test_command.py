"""The command `insula`: which application it finds, and what it says if none."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import pytest

from insula.cli import ScriptInfo

if TYPE_CHECKING:
    from collections.abc import Callable

    from insula import Insula

    Run: TypeAlias = Callable[..., subprocess.CompletedProcess[str]]


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("one", "one"),
        ("one:app", "one"),
        ("one.py", "one"),
        ("./one.py:app", "one"),
        ("other", "site"),
        ("two:b", "b"),
        ("factory", "made"),
        ("factory:create_app", "made"),
        ("factory:create_app()", "made"),
        ("factory:create_app('x', upper=True)", "X"),
    ],
)
def test_application_is_found_by_each_form_of_its_name(
    insula: Run, name: str, found: str
) -> None:
    done = insula("--app", name, "hello", "you")
    assert (done.stdout, done.returncode) == (f"Hello you from {found}\n", 0)


@pytest.mark.parametrize("variable", ["INSULA_APP", "FLASK_APP"])
def test_application_is_found_by_a_variable(insula: Run, variable: str) -> None:
    assert insula("hello", **{variable: "one"}).stdout == "Hello world from one\n"


@pytest.mark.parametrize("file", ["app.py", "wsgi.py"])
def test_application_is_found_in_the_usual_files(
    insula: Run, folder: Path, file: str
) -> None:
    (folder / "one.py").rename(folder / file)
    assert insula("hello").stdout == "Hello world from one\n"


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (["--app", "nowhere", "run"], "there is no such module"),
        (["--app", "nothing", "run"], "no application or factory in module 'nothing'"),
        (["--app", "two", "run"], "There are 2 applications in module 'two'"),
        (["--app", "one:missing", "run"], "There is no 'missing' in module 'one'"),
        (["--app", "one:1 +", "run"], "neither the name of an application"),
        (["--app", "factory:create_app(x)", "run"], "must be literals"),
        (["--app", "factory:create_app(1, 2, 3)", "run"], "could not be called"),
        (["--app", "broken", "run"], "SyntaxError"),
        (["--app", "missing", "run"], "No module named 'not_there_at_all'"),
        (["--app", "missing", "routes"], "missing.py, line 1"),
        (["--app", "raising", "run"], "ValueError: no database"),
        (["run"], "Could not locate an application"),
        (["--app", "one", "run", "--port", "x"], "'x' is not a valid integer"),
        (["--app", "one", "run", "--bogus"], "No such option '--bogus'"),
        (["--app", "one", "run", "--port", "99999"], "Port 99999"),
        (["--app", "one", "run", "--threads", "-1"], "threads=-1"),
        (["--app", "one", "run", "--processes", "0"], "processes=0"),
        (["--app", "one", "run", "--cert", "no.pem"], "there is no file 'no.pem'"),
        (["--app", "one", "run", "--key", "one.py"], "--key goes with --cert"),
        (["--app", "one", "routes", "--sort", "x"], "'x' is not one of"),
        (["--app", "wordy", "routes"], "ValueError: no database at all (/"),
        (["--app", "leaving", "routes"], "SystemExit: 3 (/"),
        (["--app", "leaving", "run"], "leaving.py, line 1)"),
        (["--app", "one", "routes", "--debug"], "insula --debug … routes."),
        (["routes", "--app", "one"], "--app stands before the command: "),
        (["--app", "missing", "hello"], "No such command 'hello' without an app"),
    ],
)
def test_failure_to_start_is_one_line_and_an_exit_code(
    insula: Run, args: list[str], says: str
) -> None:
    done = insula(*args)
    assert done.returncode in {1, 2}
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1
    assert done.stderr.startswith("Error: ")
    assert says in done.stderr


def test_port_in_use_is_one_line(insula: Run) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        done = insula("--app", "one", "run", "--port", port)
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
    assert f"Port {port} on 127.0.0.1 is in use" in done.stderr


def test_debug_shows_the_traceback_of_a_failure(insula: Run) -> None:
    done = insula("--app", "raising", "--debug", "routes")
    assert done.returncode != 0
    assert "Traceback" in done.stderr
    assert "ValueError: no database" in done.stderr


@pytest.mark.parametrize(
    ("name", "text", "first", "last"),
    [
        (
            "broken_name",
            "def create_app():\n    return qzxqzx\n",
            ["Traceback (most recent call last):", ", line 2, in create_app"],
            "NameError: name 'qzxqzx' is not defined",
        ),
        (
            "broken_import",
            "import json, nowhere_at_all\n",
            ["Traceback (most recent call last):", ", line 1, in <module>"],
            "ModuleNotFoundError: No module named 'nowhere_at_all'",
        ),
        (
            "broken_syntax",
            "app = (\n",
            ['broken_syntax.py", line 1', "app = ("],
            "SyntaxError: '(' was never closed",
        ),
    ],
)
def test_traceback_begins_in_the_code_of_the_application(
    insula: Run, folder: Path, name: str, text: str, first: list[str], last: str
) -> None:
    (folder / f"{name}.py").write_text(text)
    done = insula("--app", name, "--debug", "routes")
    lines = done.stderr.splitlines()
    assert [line.endswith(end) for line, end in zip(lines, first, strict=False)] == [
        True,
        True,
    ]
    assert lines[-1] == last
    assert done.returncode == 1
    assert done.stderr in insula("--app", name, "--debug", "--help").stderr


def test_error_of_a_command_has_its_whole_traceback(insula: Run, folder: Path) -> None:
    (folder / "app.py").write_text(
        "from base import make\n"
        "app = make('one')\n"
        "@app.cli.command()\n"
        "def fails():\n"
        "    raise ValueError('no')\n"
    )
    done = insula("--debug", "fails")
    assert "in main" in done.stderr
    assert done.stderr.endswith("    raise ValueError('no')\nValueError: no\n")


def test_help_lists_the_commands_of_the_application(insula: Run) -> None:
    done = insula("--app", "one", "--help")
    assert done.returncode == 0
    for name in ("run", "routes", "shell", "hello", "shop", "sell-None"):
        assert f"  {name}" in done.stdout


def test_help_knows_the_application_of_the_usual_file(
    insula: Run, folder: Path
) -> None:
    (folder / ".env").write_text("INSULA_APP=one\n")
    assert "  hello" in insula("--help").stdout
    assert "  hello" in insula().stdout + insula().stderr


def test_help_is_shown_though_the_application_fails(insula: Run) -> None:
    done = insula("--app", "raising", "--help")
    assert done.returncode == 0
    assert "  routes" in done.stdout
    assert "ValueError: no database" in done.stderr


def test_unknown_command_says_so_and_why_the_application_was_not_asked(
    insula: Run,
) -> None:
    done = insula("--app", "missing", "hello")
    assert done.returncode == 2
    assert "No such command 'hello'" in done.stderr
    assert "not_there_at_all" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_own_command_that_is_misspelt_is_known_without_an_application(
    insula: Run,
) -> None:
    done = insula("routs")
    assert done.returncode == 2
    assert done.stderr.startswith(
        "Error: No such command 'routs' (did you mean 'routes'?) without an"
        " application: Could not locate an application:"
    )


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["--bogus"], "No such option '--bogus'. (see 'python -m insula --help')"),
        (["--app"], "Option '--app' requires an argument."),
        (
            ["--env-file", "gone", "routes"],
            "File 'gone' does not exist. (see 'python -m insula --help')",
        ),
    ],
)
def test_wrong_option_before_the_command_is_one_line(
    insula: Run, args: list[str], said: str
) -> None:
    done = insula(*args)
    assert done.returncode == 2
    (line,) = done.stderr.splitlines()
    assert line.startswith("Error: ")
    assert line.endswith(said)


def test_folder_that_is_gone_is_one_line(tmp_path: Path) -> None:
    program = (
        # Some versions of Python cannot even import in such a folder.
        "import os, sys; from insula.cli.main import main;"
        " os.rmdir(os.getcwd()); sys.argv = ['insula', 'routes']; main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 2
    assert done.stderr == (
        "Error: The current folder does not exist any more; change to one that does.\n"
    )


@pytest.mark.parametrize("command", ["routes", "config", "check"])
def test_what_an_application_prints_is_not_in_the_json(
    insula: Run, folder: Path, command: str
) -> None:
    (folder / "chatty.py").write_text("print('hello')\nfrom one import app\n")
    done = insula("--app", "chatty", command, "--json")
    json.loads(done.stdout)
    assert done.stderr == "hello\n"


@pytest.mark.parametrize(
    ("args", "out"),
    [
        (["bare"], "context: True\n"),  # for the callbacks of its parameters
        (["shop", "sell-shop"], "sold\n"),
        (["sell-None"], "sold\n"),
    ],
)
def test_commands_of_application_and_blueprints_run(
    insula: Run, args: list[str], out: str
) -> None:
    assert insula("--app", "one", *args).stdout == out


def test_routes_are_a_sorted_table(insula: Run) -> None:
    done = insula("--app", "one", "routes", COLUMNS="40")
    assert [line.split() for line in done.stdout.splitlines()][2:] == [
        ["index", "GET", "/", "sync"],
        ["item", "GET,", "PUT", "/item/<int:n>", "sync"],
    ]
    done = insula("--app", "one", "routes", "--all-methods", "--sort", "rule")
    assert "GET, HEAD, OPTIONS, PUT" in done.stdout


def test_shell_has_the_application_in_its_context(insula: Run, folder: Path) -> None:
    script = folder / "commands.txt"
    script.write_text("print('name:', app.name, g is not None)\n")
    with script.open() as stdin:
        import os
        import subprocess
        import sys

        done = subprocess.run(
            [sys.executable, "-m", "insula", "--app", "one", "shell"],
            cwd=folder,
            env={**os.environ, "PYTHONSTARTUP": ""},
            stdin=stdin,
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.returncode == 0
    assert "name: one True" in done.stdout


def test_files_of_variables_are_read_in_their_order(insula: Run, folder: Path) -> None:
    (folder / ".flaskenv").write_text("INSULA_APP=two:a\nNAME_FROM=flaskenv\n")
    assert insula("hello").stdout == "Hello world from a\n"
    (folder / ".env").write_text("INSULA_APP=two:b\n")
    assert insula("hello").stdout == "Hello world from b\n"
    (folder / "mine.env").write_text("INSULA_APP=one\n")
    assert insula("--env-file", "mine.env", "hello").stdout == "Hello world from one\n"
    # What the environment says itself, no file changes; --app stands above all.
    assert insula("hello", INSULA_APP="other").stdout == "Hello world from site\n"
    assert insula("--app", "factory", "hello").stdout == "Hello world from made\n"
    done = insula("hello", FLASK_SKIP_DOTENV="1")
    assert done.returncode != 0


def test_application_asked_for_by_a_program_raises_its_own_error() -> None:
    def create_app() -> Insula:
        raise KeyError("DATABASE_URL")

    with pytest.raises(KeyError, match="DATABASE_URL"):
        ScriptInfo(create_app=create_app).load_app()


def test_error_while_loading_names_the_line_of_the_application(
    insula: Run, folder: Path
) -> None:
    (folder / "bad.py").write_text("import json\n\ncfg = json.loads('{bad')\n")
    done = insula("--app", "bad", "routes")
    assert "bad.py, line 3)" in done.stderr
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize("command", ["routes", "config", "shell", "nothing"])
def test_command_about_one_application_says_that_mounts_are_none(
    insula: Run, folder: Path, command: str
) -> None:
    text = "from insula import Insula, Mounts\nmounts = Mounts({'/': Insula('a')})\n"
    (folder / "many.py").write_text(text)
    done = insula("--app", "many:mounts", command)
    assert done.returncode == 2
    assert "This command is about one application" in done.stderr
    assert "is a Mounts; name one with --app MODULE:NAME." in done.stderr
    assert "Traceback" not in done.stderr
    assert insula("--app", "many:mounts", "--help").returncode == 0


def test_command_about_one_application_says_which_ones_are_mounted(
    insula: Run, folder: Path
) -> None:
    (folder / "many.py").write_text(
        "from insula import Mounts\n"
        "inner = Mounts({'/': 'factory:create_app(1)'})\n"
        "mounts = Mounts({'/': 'one:app', '/b': 'one:app', '/in': inner})\n"
    )
    done = insula("--app", "many:mounts", "config")
    assert done.stderr.endswith(
        "is a Mounts; name one with --app one:app or 'factory:create_app(1)'.\n"
    )


@pytest.mark.parametrize("command", ["routes", "config", "check", "shell"])
def test_mount_is_an_option_of_run(insula: Run, command: str) -> None:
    done = insula(command, "--mount", "/=one:app")
    assert done.stderr == (
        "Error: --mount is of 'insula run', and this command about one application;"
        f" name that with --app MODULE:NAME before {command}. (see 'python -m insula"
        f" {command} --help')\n"
    )
    assert done.returncode == 2


def _without_room(
    folder: Path, *args: str, **variables: str
) -> subprocess.CompletedProcess[str]:
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        return subprocess.run(
            [sys.executable, "-m", "insula", "--app", "app", *args],
            cwd=folder,
            env={**os.environ, **variables},
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
            timeout=60,
        )


@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize(
    "args",
    [
        ("--help",),
        ("--version",),
        ("routes",),
        ("routes", "--json"),
        ("routes", "--match", "/hello"),
        ("config",),
        ("check",),
        ("deps", "--print"),
        ("completion", "bash"),
        ("said",),
    ],
)
def test_output_that_takes_nothing_is_one_line_and_an_exit_code(
    folder: Path, args: tuple[str, ...], unbuffered: str
) -> None:
    (folder / "app.py").write_text(
        "import click\n"
        "from base import make\n"
        "app = make('one')\n"
        "@app.cli.command()\n"
        "def said():\n"
        "    click.echo('said')\n"
    )
    (folder / "requirements.txt").write_text("click\n")
    done = _without_room(folder, *args, PYTHONUNBUFFERED=unbuffered)
    *_, last = done.stderr.splitlines()
    assert last == "Error: The output cannot be written: No space left on device."
    assert "Traceback" not in done.stderr
    assert done.returncode == 1


def test_output_that_fails_at_the_end_is_one_line_and_an_exit_code(
    folder: Path,
) -> None:
    (folder / "app.py").write_text(
        "from base import make\n"
        "app = make('one')\n"
        "@app.cli.command()\n"
        "def said():\n"
        "    print('said')\n"
    )
    done = _without_room(folder, "said", PYTHONUNBUFFERED="")
    assert done.stderr == (
        "Error: The output cannot be written: No space left on device.\n"
    )
    assert done.returncode == 1


def test_full_disk_that_is_not_the_output_is_an_error_of_the_command(
    insula: Run, folder: Path
) -> None:
    (folder / "app.py").write_text(
        "from base import make\n"
        "app = make('one')\n"
        "@app.cli.command()\n"
        "def export():\n"
        "    with open('/dev/full', 'w') as file:\n"
        "        file.write('x')\n"
    )
    done = insula("export")
    assert "OSError" in done.stderr
    assert "line 5" in done.stderr
    assert done.returncode == 1

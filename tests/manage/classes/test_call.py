from __future__ import annotations

import io
import re
import sys
from datetime import date
from typing import TYPE_CHECKING, Any

import click
import pytest
from click.testing import CliRunner

from insula import Insula, current_app
from insula.manage import (
    BaseCommand,
    CommandError,
    call_command,
    execute_from_command_line,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from insula.manage import CommandParser

APP = "from insula import Insula\napp = Insula(__name__)\n"
TELL = """
from insula import current_app
from insula.manage import BaseCommand, CommandError
class Command(BaseCommand):
    help = "Tell it. And more."
    def add_arguments(self, parser):
        parser.add_argument("--fail", type=int)
    def handle(self, *args, fail, **options):
        if fail:
            raise CommandError("It failed.", returncode=fail)
        return f"from {current_app.name}"
"""


class Given(BaseCommand):
    """Return what it was given, but for what every command has."""

    stealth_options = ("hidden",)

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("first")
        parser.add_argument("rest", nargs="*", type=int)
        parser.add_argument("--loud-voice", "-l", action="store_true", dest="shout")
        parser.add_argument("--since", type=date.fromisoformat)
        parser.add_argument("--kind", choices=("a", "b"))
        parser.add_argument("--times", type=int, action="append")

    def handle(self, *args: Any, **options: Any) -> Any:
        common = "verbosity settings pythonpath traceback no_color force_color"
        common += " skip_checks stdout stderr"
        left = {k: v for k, v in options.items() if k not in common.split()}
        return {k: v for k, v in left.items() if v not in (None, [], False)}


class Required(BaseCommand):
    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--who", required=True)
        group = parser.add_mutually_exclusive_group(required=True)
        group.add_argument("--count", type=int)
        group.add_argument("--all", action="store_true")

    def handle(self, *args: Any, **options: Any) -> Any:
        return options["who"], options["count"], options["all"]


@pytest.mark.parametrize(
    ("args", "options", "expected"),
    [
        (("x",), {}, {"first": "x"}),
        ((["x", 1], 2), {}, {"first": "x", "rest": [1, 2]}),
        (("x", "-l", "--kind=b"), {}, {"first": "x", "shout": True, "kind": "b"}),
        (("x",), {"shout": True}, {"first": "x", "shout": True}),
        (("x",), {"loud_voice": True}, {"first": "x", "shout": True}),
        ((), {"first": "x"}, {"first": "x"}),
        (("5",), {"first": "x"}, {"first": "x", "rest": [5]}),
        ((), {"first": "x", "rest": [1]}, {"first": "x", "rest": [1]}),
        (
            ("x",),
            {"since": "2026-02-01"},
            {"first": "x", "since": date(2026, 2, 1)},
        ),
        (
            ("x",),
            {"since": date(2026, 2, 1)},
            {"first": "x", "since": date(2026, 2, 1)},
        ),
        (("x",), {"times": ["1", 2]}, {"first": "x", "times": [1, 2]}),
        (("x",), {"kind": None, "hidden": 1}, {"first": "x", "hidden": 1}),
    ],
)
def test_arguments_are_words_or_keywords(
    args: tuple[Any, ...], options: dict[str, Any], expected: dict[str, Any]
) -> None:
    assert call_command(Given(), *args, **options) == expected


@pytest.mark.parametrize(
    ("args", "options", "message"),
    [
        ((), {}, "the following arguments are required: first"),
        ((), {"shout": True}, "the following arguments are required: first"),
        (("x",), {"kind": "c"}, "argument --kind: invalid choice: 'c'"),
        (("x",), {"since": "soon"}, "argument --since: invalid fromisoformat value"),
        (("x", "y"), {}, "argument rest: invalid int value: 'y'"),
    ],
)
def test_wrong_arguments_are_a_command_error(
    args: tuple[Any, ...], options: dict[str, Any], message: str
) -> None:
    with pytest.raises(CommandError) as info:
        call_command(Given(), *args, **options)
    assert info.value.message.startswith(message)
    assert info.value.returncode == 2


def test_unknown_option_is_a_type_error_that_names_those_there_are() -> None:
    with pytest.raises(TypeError, match=r"has no option 'shuot'; it has .*shout, "):
        call_command(Given(), "x", shuot=True)


def test_required_options_may_be_keywords() -> None:
    assert call_command(Required(), who="me", count="3") == ("me", 3, False)
    assert call_command(Required(), "--who=me", all=True) == ("me", None, True)
    assert call_command(Required(), "--all", who="me") == ("me", None, True)
    for options in ({"who": "me"}, {"count": 1}):
        with pytest.raises(CommandError, match="required"):
            call_command(Required(), **options)
    with pytest.raises(CommandError, match="count and all exclude each other"):
        call_command(Required(), who="me", count=1, all=True)


def test_keywords_are_arguments_to_a_command_with_a_message_for_none() -> None:
    class Ask(Given):
        missing_args_message = "Name the first."

    assert call_command(Ask(), first="x") == {"first": "x"}
    with pytest.raises(CommandError, match="Name the first"):
        call_command(Ask())


def test_arguments_of_commands_below_may_be_keywords() -> None:
    class Both(BaseCommand):
        def add_arguments(self, parser: CommandParser) -> None:
            below = parser.add_subparsers(dest="what").add_parser("load")
            below.add_argument("--fast", action="store_true")

        def handle(self, *args: Any, **options: Any) -> Any:
            return options["what"], options["fast"]

    assert call_command(Both(), "load", fast=True) == ("load", True)
    assert call_command(Both(), "load") == ("load", False)


def test_streams_take_what_is_written(capsys: pytest.CaptureFixture[str]) -> None:
    class Speak(BaseCommand):
        def handle(self, *args: Any, **options: Any) -> Any:
            self.stderr.write("beware")
            return "spoken"

    out, err = io.StringIO(), io.StringIO()
    assert call_command(Speak(), stdout=out, stderr=err) == "spoken"
    assert (out.getvalue(), err.getvalue()) == ("spoken\n", "beware\n")
    assert capsys.readouterr() == ("", "")


def test_name_is_looked_for_in_the_current_application(
    project: Callable[..., Any],
) -> None:
    app = project("call_app", call_app=APP, management__commands__tell=TELL)
    with pytest.raises(CommandError, match=r"in 'with app.app_context\(\):'"):
        call_command("tell")
    with app.app_context():
        assert call_command("tell") == "from call_app"
        with pytest.raises(CommandError, match=r"'tlel' .* did you mean 'tell'\?"):
            call_command("tlel")
        with pytest.raises(CommandError, match=r"'x' .*'call_app'; it has tell\."):
            call_command("x")
    with (
        Insula("json").app_context(),
        pytest.raises(CommandError, match=r"'tell' .*'json'; it has none\."),
    ):
        call_command("tell")


def test_command_runs_in_the_request_that_calls_it() -> None:
    class Path(BaseCommand):
        def handle(self, *args: Any, **options: Any) -> Any:
            from insula import request

            return f"{request.path} of {current_app.name}"

    app = Insula("shop")
    app.add_url_rule("/here", view_func=lambda: call_command(Path()), endpoint="x")
    assert app.test_client().get("/here").text == "/here of shop"


def test_click_command_ends_as_the_command_it_calls() -> None:
    class Fails(BaseCommand):
        def handle(self, *args: Any, **options: Any) -> Any:
            raise CommandError("Not today.", returncode=5)

    @click.command()
    def outer() -> None:
        call_command(Fails())

    done = CliRunner().invoke(outer)
    assert (done.exit_code, done.output) == (5, "Error: Not today.\n")


@pytest.fixture
def manage(
    project: Callable[..., Any],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> Callable[..., tuple[int, str, str]]:
    """Run a manage.py with words; return exit code, output and errors."""
    app = project(
        "manage_app",
        manage_app=f"{APP}create_app = lambda: app\n",
        management__commands__tell=TELL,
        folder__extra_app=f"{APP}",
    )

    def run(*words: str, app: Any = app) -> tuple[int, str, str]:
        code: Any = 0
        try:
            execute_from_command_line(["./bin/manage.py", *words], app)
        except SystemExit as exc:
            code = exc.code
        return code, *capsys.readouterr()

    monkeypatch.setenv("FLASK_RUN_FROM_CLI", "false")
    return run


def test_manage_runs_commands_and_comes_back(
    manage: Callable[..., tuple[int, str, str]],
) -> None:
    assert manage("tell") == (0, "from manage_app\n", "")
    assert manage("tell", "--fail", "4") == (4, "", "Error: It failed.\n")
    code, out, err = manage("tell", "--fail", "4", "--traceback")
    assert (code, out) == (4, "")
    assert err.startswith("Traceback")
    assert err.endswith("CommandError: It failed.\n")
    assert manage("tell", "--nope") == (
        2,
        "",
        "Error: unrecognized arguments: --nope (see 'manage.py tell --help')\n",
    )
    assert manage("tlel") == (
        2,
        "",
        (
            "Error: No such command 'tlel'; did you mean 'tell'?"
            " (see 'manage.py --help')\n"
        ),
    )


def test_manage_has_help_and_version(
    manage: Callable[..., tuple[int, str, str]],
) -> None:
    code, out, _ = manage("help")
    assert code == 0
    assert re.search(r"^  tell +Tell it\.$", out, re.MULTILINE)
    assert "routes" in out
    assert manage("--help")[1] == out
    code, out, _ = manage("help", "tell")
    assert out.startswith("usage: manage.py tell [-h] [--fail FAIL]")
    assert manage("version")[1].splitlines()[1].startswith("Insula ")


def test_manage_runs_what_insula_runs(
    manage: Callable[..., tuple[int, str, str]],
) -> None:
    code, out, _ = manage("routes")
    assert code == 0
    assert "static" in out


@pytest.mark.parametrize("how", ["factory", "string", "call", "environment"])
def test_manage_takes_an_application_however_it_is_named(
    how: str,
    manage: Callable[..., tuple[int, str, str]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    app: Any = {
        "factory": sys.modules["manage_app"].create_app,
        "string": "manage_app",
        "call": "manage_app:create_app()",
    }.get(how)
    if how == "environment":
        monkeypatch.setenv("INSULA_APP", "manage_app")
    assert manage("tell", app=app) == (0, "from manage_app\n", "")


def test_manage_looks_in_the_python_path_for_the_application(
    manage: Callable[..., tuple[int, str, str]],
) -> None:
    code, _, err = manage("routes", app="extra_app")
    assert code == 2
    assert "extra_app" in err
    # Whatever the command makes of the option, the module was found.
    _, _, err = manage("tlel", "--pythonpath=folder", app="extra_app")
    assert err == "Error: No such command 'tlel'. (see 'manage.py --help')\n"
    assert sys.path[1].endswith("folder") or "folder" in sys.path


def test_manage_reads_the_programs_own_words(
    manage: Callable[..., tuple[int, str, str]],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr("sys.argv", ["manage.py", "tell"])
    execute_from_command_line(app=sys.modules["manage_app"].app)
    assert capsys.readouterr().out == "from manage_app\n"

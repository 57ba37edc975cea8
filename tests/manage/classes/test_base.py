from __future__ import annotations

import asyncio
import io
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from insula import Insula, current_app
from insula.manage import (
    AppCommand,
    BaseCommand,
    CommandError,
    LabelCommand,
    SystemCheckError,
    call_command,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from insula.manage import CommandParser


class Show(BaseCommand):
    help = "Show what it was given."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("names", nargs="+")
        parser.add_argument("--since", type=date.fromisoformat)

    def handle(self, *args: Any, **options: Any) -> Any:
        self.stderr.write("careful")
        if "nobody" in options["names"]:
            raise CommandError("Nobody is there.", returncode=3)
        return f"{args} {options['names']} {options['since']} {options['verbosity']}"


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def run(command: BaseCommand, *words: str) -> int:
    try:
        command.run_from_argv(["/bin/manage.py", "show", *words])
    except SystemExit as exc:
        return int(exc.code or 0)
    return 0


def test_arguments_are_read_and_what_is_returned_is_written(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run(Show(), "a", "b", "--since", "2026-02-01", "-v", "2") == 0
    assert capsys.readouterr() == ("() ['a', 'b'] 2026-02-01 2\n", "careful\n")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ([], "the following arguments are required: names"),
        (["a", "--since", "x"], "argument --since: invalid fromisoformat value: 'x'"),
        (["a", "--nope"], "unrecognized arguments: --nope"),
    ],
)
def test_wrong_arguments_are_one_line_and_exit_code_2(
    words: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(Show(), *words) == 2
    assert capsys.readouterr() == (
        "",
        f"Error: {message} (see 'manage.py show --help')\n",
    )


def test_missing_args_message_is_said_in_place_of_argparses(
    capsys: pytest.CaptureFixture[str],
) -> None:
    class Ask(Show):
        missing_args_message = "Name somebody."

    assert run(Ask()) == 2
    assert capsys.readouterr().err == (
        "Error: Name somebody. (see 'manage.py show --help')\n"
    )
    assert run(Ask(), "--since", "2026-02-01") == 2
    assert "required: names" in capsys.readouterr().err


def test_command_error_is_one_line_and_its_exit_code(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run(Show(), "nobody") == 3
    assert capsys.readouterr() == ("", "careful\nError: Nobody is there.\n")


def test_traceback_raises_the_command_error() -> None:
    with pytest.raises(CommandError, match="Nobody") as info:
        run(Show(), "nobody", "--traceback")
    assert (info.value.returncode, info.value.args) == (3, ("Nobody is there.",))


def test_other_errors_are_raised_as_they_are() -> None:
    class Fails(BaseCommand):
        def handle(self, *args: Any, **options: Any) -> Any:
            raise KeyError("x")

    with pytest.raises(KeyError):
        run(Fails())


def test_help_shows_the_command_first_and_what_all_have_last(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run(Show(), "--help") == 0
    text = capsys.readouterr().out
    assert text.startswith("usage: manage.py show [-h] [--since SINCE] [--version]")
    own, common = text.split("options of every command:\n")
    assert "Show what it was given." in own
    assert "--since" in own
    for option in ("--verbosity", "--settings", "--pythonpath", "--traceback"):
        assert f"{option} " in common
    for option in ("--no-color", "--force-color", "--skip-checks", "--version"):
        assert f"{option} " in common


def test_docstring_is_the_help_where_there_is_none_and_keeps_its_lines(
    capsys: pytest.CaptureFixture[str],
) -> None:
    class Documented(BaseCommand):
        """Do it.

        first
        second
        """

    Documented().print_help("manage.py", "do")
    assert "Do it.\n\nfirst\nsecond\n" in capsys.readouterr().out
    BaseCommand().print_help("manage.py", "do")
    assert "a subclass has" not in capsys.readouterr().out


def test_suppressed_arguments_work_and_are_not_in_the_help(
    capsys: pytest.CaptureFixture[str],
) -> None:
    class Quiet(Show):
        suppressed_base_arguments = frozenset({"--pythonpath", "--verbosity"})

    assert run(Quiet(), "--help") == 0
    text = capsys.readouterr().out
    assert "--pythonpath" not in text
    assert "verbosity" not in text
    assert run(Quiet(), "a", "-v", "3") == 0
    assert capsys.readouterr().out == "() ['a'] None 3\n"


def test_command_may_have_an_option_of_a_name_that_all_have() -> None:
    class Own(BaseCommand):
        def add_arguments(self, parser: CommandParser) -> None:
            parser.add_argument("-v", "--volume", type=int)
            parser.add_argument("--version")

        def handle(self, *args: Any, **options: Any) -> Any:
            return options["volume"], options["version"], options["verbosity"]

    assert call_command(Own(), "-v", "11", "--version", "2.0") == (11, "2.0", 1)


def test_version_is_insulas_unless_the_command_has_another(
    capsys: pytest.CaptureFixture[str],
) -> None:
    class Versioned(Show):
        def get_version(self) -> str:
            return "7.1"

    from insula import __version__

    assert run(Show(), "--version") == 0
    assert capsys.readouterr().out == f"{__version__}\n"
    assert run(Versioned(), "--version") == 0
    assert capsys.readouterr().out == "7.1\n"


@pytest.mark.parametrize("context", [True, False], ids=["context", "bare"])
def test_async_handle_is_awaited_and_sees_the_application(context: bool) -> None:
    class Later(BaseCommand):
        async def handle(self, *args: Any, **options: Any) -> Any:
            await asyncio.sleep(0)
            return current_app.name if context else "none"

    app = Insula("shop")
    if not context:
        assert call_command(Later()) == "none"
        return
    with app.app_context():
        assert call_command(Later()) == "shop"


def test_async_handle_called_on_its_own_loop_says_so() -> None:
    class Later(BaseCommand):
        async def handle(self, *args: Any, **options: Any) -> Any:
            return None

    app = Insula("shop")
    app.config["PROPAGATE_EXCEPTIONS"] = True

    @app.get("/")
    async def index() -> str:
        call_command(Later())
        return ""

    with pytest.raises(RuntimeError, match=r"'handle' is async .* await it instead"):
        app.test_client().get("/")


def test_command_without_handle_says_what_is_missing() -> None:
    for kind, args, method in (
        (BaseCommand, (), "handle"),
        (LabelCommand, ("a",), "handle_label"),
        (AppCommand, ("shop",), "handle_app_config"),
    ):
        with (
            Insula("shop").app_context(),
            pytest.raises(NotImplementedError, match=rf"has no '{method}\("),
        ):
            call_command(kind(), *args)


def test_transaction_is_set_around_the_output(
    capsys: pytest.CaptureFixture[str],
) -> None:
    class Sql(BaseCommand):
        output_transaction = True
        sql = "DROP TABLE x;"

        def handle(self, *args: Any, **options: Any) -> Any:
            return self.sql

    written = call_command(Sql())
    assert written == "BEGIN;\nDROP TABLE x;\nCOMMIT;"
    assert capsys.readouterr().out == f"{written}\n"
    Sql.sql = ""
    assert call_command(Sql()) == ""
    assert capsys.readouterr().out == ""


def test_value_that_is_no_text_is_returned_and_not_written(
    capsys: pytest.CaptureFixture[str],
) -> None:
    class Count(BaseCommand):
        def handle(self, *args: Any, **options: Any) -> Any:
            return {"count": 3}

    assert call_command(Count()) == {"count": 3}
    assert capsys.readouterr().out == ""


class Checked(BaseCommand):
    requires_system_checks: str | Sequence[str] = ("db",)
    requires_migrations_checks = True

    def __init__(self) -> None:
        super().__init__()
        self.done: list[Any] = []

    def check(self, *args: Any, **how: Any) -> None:
        self.done.append(how)

    def check_migrations(self) -> None:
        self.done.append("migrations")

    def handle(self, *args: Any, **options: Any) -> Any:
        self.done.append("handle")


def test_checks_are_made_for_a_program_and_skipped_on_demand() -> None:
    command = Checked()
    run(command)
    assert command.done == [{"tags": ("db",)}, "migrations", "handle"]
    command = Checked()
    run(command, "--skip-checks")
    assert command.done == ["migrations", "handle"]
    command = Checked()
    call_command(command)
    assert command.done == ["migrations", "handle"]
    command = Checked()
    call_command(command, skip_checks=False)
    assert command.done[0] == {"tags": ("db",)}


def test_check_that_fails_ends_the_command(capsys: pytest.CaptureFixture[str]) -> None:
    class Failing(Checked):
        requires_system_checks = "__all__"

        def check(self, *args: Any, **how: Any) -> None:
            assert how == {"tags": None}
            raise SystemCheckError("no database")

    assert run(Failing()) == 1
    assert capsys.readouterr().err == "Error: no database\n"


def test_command_without_checks_has_no_option_to_skip_them(
    capsys: pytest.CaptureFixture[str],
) -> None:
    class Free(Checked):
        requires_system_checks = ()

    assert run(Free(), "--skip-checks") == 2
    assert "unrecognized" in capsys.readouterr().err
    command = Free()
    run(command)
    assert command.done == ["migrations", "handle"]


def test_checks_of_another_type_are_refused() -> None:
    class Wrong(BaseCommand):
        requires_system_checks = "db"

    with pytest.raises(TypeError, match=r"Wrong.requires_system_checks is 'db'; make"):
        Wrong()


class Colourful(BaseCommand):
    def handle(self, *args: Any, **options: Any) -> Any:
        self.stdout.write(self.style.SUCCESS("fine"))
        self.stderr.write("bad")


FINE, BAD = "\x1b[32m\x1b[1mfine\x1b[0m\n", "\x1b[31m\x1b[1mbad\x1b[0m\n"


@pytest.mark.parametrize(
    ("options", "stream", "expected"),
    [
        ({}, Terminal, (FINE, BAD)),
        ({}, io.StringIO, ("fine\n", "bad\n")),
        ({"no_color": True}, Terminal, ("fine\n", "bad\n")),
        ({"force_color": True}, io.StringIO, (FINE, BAD)),
    ],
)
def test_colours_follow_stream_and_options(
    options: dict[str, Any],
    stream: Callable[[], io.StringIO],
    expected: tuple[str, str],
) -> None:
    out, err = stream(), stream()
    call_command(Colourful(), stdout=out, stderr=err, **options)
    assert (out.getvalue(), err.getvalue()) == expected
    out, err = stream(), stream()
    call_command(Colourful(stdout=out, stderr=err, **options))
    assert (out.getvalue(), err.getvalue()) == expected
    out, err = stream(), stream()
    call_command(Colourful(**options), stdout=out, stderr=err)
    assert (out.getvalue(), err.getvalue()) == expected


def test_errors_are_coloured_where_only_standard_error_is_a_terminal() -> None:
    out, err = io.StringIO(), Terminal()
    call_command(Colourful(), stdout=out, stderr=err)
    assert (out.getvalue(), err.getvalue()) == ("fine\n", BAD)


def test_both_options_of_colour_exclude_each_other() -> None:
    with pytest.raises(CommandError, match="exclude each other; give one"):
        call_command(Colourful(), no_color=True, force_color=True)
    with pytest.raises(CommandError, match="exclude each other; give one"):
        Colourful(no_color=True, force_color=True)


def test_settings_are_loaded_over_the_applications(
    project: Callable[..., Any], capsys: pytest.CaptureFixture[str]
) -> None:
    app = project(
        "conf_shop",
        conf_shop="from insula import Insula\napp = Insula(__name__)\n",
        conf_values="X = 2\ny = 3\nclass Strict:\n    X = 4\n",
    )

    class ShowX(BaseCommand):
        def handle(self, *args: Any, **options: Any) -> Any:
            return str(current_app.config.get("X"))

    with app.app_context():
        for settings in ("conf_values", "conf_values:Strict", "conf_values.Strict"):
            assert run(ShowX(), "--settings", settings) == 0
        assert capsys.readouterr().out == "2\n4\n4\n"
        assert run(ShowX(), "--settings", "conf_nowhere") == 2
    assert capsys.readouterr().err == (
        "Error: --settings conf_nowhere could not be imported: No module named"
        " 'conf_nowhere'. Name a module, or a class in one as MODULE:NAME.\n"
    )
    assert run(ShowX(), "--settings", "conf_values") == 1
    assert "has no application to configure" in capsys.readouterr().err


def test_pythonpath_is_looked_through_first(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    import sys

    monkeypatch.setattr("sys.path", list(sys.path))
    assert run(Show(), "a", "--pythonpath", str(tmp_path)) == 0
    assert sys.path[0] == str(tmp_path)


def test_subcommands_have_errors_of_one_line(
    capsys: pytest.CaptureFixture[str],
) -> None:
    class Both(BaseCommand):
        def add_arguments(self, parser: CommandParser) -> None:
            below = parser.add_subparsers(dest="what", required=True)
            below.add_parser("load").add_argument("file")

        def handle(self, *args: Any, **options: Any) -> Any:
            return options["what"], options["file"]

    assert run(Both(), "load") == 2
    assert capsys.readouterr().err == (
        "Error: the following arguments are required: file"
        " (see 'manage.py show load --help')\n"
    )
    assert call_command(Both(), "load", "x") == ("load", "x")
    with pytest.raises(CommandError, match="required: file"):
        call_command(Both(), "load")

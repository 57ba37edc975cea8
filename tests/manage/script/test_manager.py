"""The manager: commands, options at each step, the application, exit codes."""

# ruff: noqa: T201 - commands print
from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import pytest

from insula import Insula, current_app, has_request_context, request, url_for
from insula.manage import Command, InvalidCommand, Manager, Option, Server, Shell

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Run = Callable[..., Any]


class HelloCommand(Command):
    """Say hello.

    To whoever there is.
    """

    option_list = (Option("--name", "-n", dest="name", default="world"),)

    def run(self, name: str) -> None:
        print("hello", name)


def test_decorated_function_is_a_command_in_the_applications_context(
    app: Insula, run: Run
) -> None:
    manager = Manager(app)

    @manager.command
    def where() -> None:
        print(current_app.name, has_request_context())

    assert run(manager, "where").out == "shop False\n"
    assert where.__name__ == "where"


def test_request_context_is_there_where_it_is_asked_for(app: Insula, run: Run) -> None:
    manager = Manager(app)
    below = Manager()
    manager.add_command("below", below)

    @below.command
    def link() -> None:
        print(url_for("index"), request.method)

    with pytest.raises(RuntimeError):
        manager.handle("manage.py", ["below", "link"])
    manager.request_context = True
    assert run(manager, "below", "link").out == "/ GET\n"


def test_class_and_instance_are_added_under_their_names(app: Insula, run: Run) -> None:
    manager = Manager(app)
    manager.add_command(HelloCommand)
    manager.add_command("again", HelloCommand())
    manager.add_command(command=HelloCommand(), name="third")
    assert run(manager, "hello").out == "hello world\n"
    assert run(manager, "again", "--name=Joe").out == "hello Joe\n"
    assert run(manager, "third", "-n", "Ann").out == "hello Ann\n"


def test_name_and_namespace_are_read_off_the_command(app: Insula, run: Run) -> None:
    class Named(HelloCommand):
        name = "greet"
        namespace = "people"

    manager = Manager(app)
    manager.add_command(Named())
    manager.add_command("other", HelloCommand, namespace="people")
    assert run(manager, "people", "greet").out == "hello world\n"
    assert run(manager, "people", "other").out == "hello world\n"


def test_plain_function_can_be_added(app: Insula, run: Run) -> None:
    def tell(word: str) -> None:
        print(word)

    manager = Manager(app)
    manager.add_command(tell)
    manager.add_command("say", tell)
    assert run(manager, "tell", "a").out == "a\n"
    assert run(manager, "say", "b").out == "b\n"


def test_stacked_options_are_arguments_of_the_function(app: Insula, run: Run) -> None:
    manager = Manager(app)

    @manager.option("-n", "--name", dest="name", default="joe")
    @manager.option("-u", "--url", dest="url", default=None)
    def hello(name: str, url: str | None) -> None:
        print(name, url)

    assert run(manager, "hello", "-u", "there").out == "joe there\n"
    assert run(manager, "hello", "--name", "ann").out == "ann None\n"


def test_second_function_of_a_name_replaces_the_first(app: Insula, run: Run) -> None:
    manager = Manager(app)

    def define(word: str) -> None:
        @manager.option("--end", default="!")
        def hello(end: str) -> None:
            print(word + end)

    define("first")
    define("second")
    assert run(manager, "hello").out == "second!\n"


def test_explicit_option_takes_the_place_of_one_read_off_the_signature(
    app: Insula, run: Run
) -> None:
    manager = Manager(app)

    @manager.option("-n", "--number", type=float)
    @manager.command
    def show(number: int = 1, word: str = "x") -> None:
        print(repr(number), word)

    assert run(manager, "show", "-n", "2.5", "-w", "y").out == "2.5 y\n"


def test_options_of_the_manager_are_the_factorys(run: Run) -> None:
    def create_app(config: str | None = None) -> Insula:
        made = Insula(config or "plain", static_folder=None)
        made.config["GIVEN"] = config
        return made

    manager = Manager(create_app)
    manager.add_option("-c", "--config", dest="config", required=False)

    @manager.option("-c", "--clue", dest="config", default="none")
    def show(config: str) -> None:
        print(current_app.config["GIVEN"], config)

    # The same name, flag and destination at two steps are two options.
    assert run(manager, "-c", "dev", "show", "-c", "key").out == "dev key\n"
    assert manager.app.name == "dev"
    assert run(manager, "show").out == "None none\n"
    after = run(manager, "show", "--config", "dev")
    assert after.code == 2
    assert after.err == (
        "manage.py show: error: too many arguments: '--config' 'dev'"
        " (see 'manage.py show --help')\n"
    )


def test_import_string_is_imported_when_a_command_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, run: Run
) -> None:
    module = tmp_path / "late_shop_of_a_test.py"
    module.write_text(
        "from insula import Insula\n"
        "def create_app(name='a'):\n"
        "    return Insula(name, static_folder=None)\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    manager = Manager("late_shop_of_a_test:create_app")
    manager.add_option("--name", default="b")

    @manager.command
    def show() -> None:
        print(current_app.name)

    assert run(manager, "-?").code == 0
    assert "late_shop_of_a_test" not in sys.modules
    assert run(manager, "show").out == "b\n"


def test_option_that_no_factory_takes_is_warned_of_where_it_was_given(
    app: Insula, run: Run
) -> None:
    manager = Manager(app)
    manager.add_option("-c", "--config", default="plain")
    manager.add_command("hello", HelloCommand)
    assert run(manager, "hello").code == 0
    with pytest.warns(UserWarning, match="config='dev' has no effect"):
        run(manager, "-c", "dev", "hello")


def test_function_of_a_manager_below_gets_application_and_options(
    app: Insula, run: Run
) -> None:
    seen: list[Any] = []

    def note(app: Insula, **options: Any) -> None:
        seen.append((app.name, options))

    def admin(app: Insula, **options: Any) -> Insula:
        return Insula(f"admin of {app.name}", static_folder=None)

    manager = Manager(app)
    for name, function in (("note", note), ("admin", admin)):
        below = Manager(function)
        below.add_option("-v", dest="loud", action="store_true")
        manager.add_command(name, below)

        @below.command
        def show() -> None:
            print(current_app.name)

    assert run(manager, "note", "-v", "show").out == "shop\n"
    assert seen == [("shop", {"loud": True})]
    assert run(manager, "admin", "show").out == "admin of shop\n"


def test_factory_of_a_manager_below_is_called_for_its_own_options(
    app: Insula, run: Run
) -> None:
    def other(name: str = "other") -> Insula:
        return Insula(name, static_folder=None)

    plain, optional = Manager(other), Manager(other)
    optional.add_option("--name", dest="name", default="another")
    manager = Manager(app)
    for name, below in (("plain", plain), ("optional", optional)):
        manager.add_command(name, below)

        @below.command
        def show() -> None:
            print(current_app.name)

    assert run(manager, "plain", "show").out == "shop\n"
    assert run(manager, "optional", "--name", "x", "show").out == "x\n"


def test_manager_that_overrides_its_call_is_asked(app: Insula, run: Run) -> None:
    class Loud(Manager):
        def __call__(self, app: Any = None, **options: Any) -> Any:
            print("loading", options)
            return super().__call__(app)

    manager = Loud(app)
    manager.add_option("--level", dest="level", type=int)
    manager.add_command("hello", HelloCommand)
    out = run(manager, "--level", "3", "hello").out
    assert out == "loading {'level': 3}\nhello world\n"


def test_command_of_a_manager_without_application_says_so(run: Run) -> None:
    manager = Manager()
    manager.add_command("hello", HelloCommand)
    with pytest.raises(RuntimeError, match=r"'manage\.py hello' has no application"):
        manager.handle("manage.py", ["hello"])


@pytest.mark.parametrize(
    ("result", "code"), [(None, 0), (0, 0), (3, 3), ("sorry", "sorry"), ([], 0)]
)
def test_what_a_command_returns_is_the_exit_code(
    app: Insula, run: Run, result: Any, code: Any
) -> None:
    manager = Manager(app)
    manager.add_command("end", lambda: result)
    assert run(manager, "end").code == code


def test_exit_in_a_command_is_the_exit_code(app: Insula, run: Run) -> None:
    manager = Manager(app)
    manager.add_command("end", lambda: sys.exit(7))
    manager.add_command("ok", sys.exit)
    assert run(manager, "end").code == 7
    assert run(manager, "ok").code == 0


def test_error_of_a_command_is_raised(app: Insula) -> None:
    manager = Manager(app)
    manager.add_command("end", lambda: int("x"))
    with pytest.raises(ValueError):
        manager.handle("manage.py", ["end"])


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (InvalidCommand("foo and bar"), "Error: foo and bar\n"),
        (KeyboardInterrupt(), "\nInterrupted.\n"),
    ],
)
def test_invalid_command_is_raised_and_shown_without_a_traceback(
    app: Insula,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    error: BaseException,
    text: str,
) -> None:
    shown: list[Any] = []
    monkeypatch.setattr("sys.excepthook", lambda *given: shown.append(given[1]))
    monkeypatch.setattr("sys.argv", ["manage.py", "end"])

    def end() -> None:
        raise error

    manager = Manager(app)
    manager.add_command("end", end)
    with pytest.raises(type(error)) as caught:
        manager.run()
    sys.excepthook(type(error), caught.value, None)
    assert capsys.readouterr().err == text
    other = ValueError()
    sys.excepthook(ValueError, other, None)
    assert shown == [other]


def test_commands_and_a_default_one_can_be_handed_to_run(app: Insula, run: Run) -> None:
    manager = Manager(app)
    done = run(manager, commands={"hello": HelloCommand()}, default_command="hello")
    assert (done.code, done.out) == (0, "hello world\n")


def test_handle_returns_what_the_command_returned(app: Insula) -> None:
    manager = Manager(app)
    manager.add_command("three", lambda: 3)
    assert manager.handle("manage.py", ["three"]) == 3


def test_default_commands_are_those_of_the_manager_at_the_top(app: Insula) -> None:
    manager, below = Manager(app), Manager()
    without = Manager(app, with_default_commands=False)
    manager.add_command("below", below)
    for one in (manager, below, without):
        one.set_defaults()
    assert isinstance(manager._commands["runserver"], Server)
    assert isinstance(manager._commands["shell"], Shell)
    assert not below._commands
    assert not without._commands
    below.add_default_commands()
    assert below._commands.keys() == {"runserver", "shell"}


def test_default_commands_do_not_replace(app: Insula, run: Run) -> None:
    manager = Manager(app)

    @manager.command
    def runserver() -> None:
        print("own")

    assert run(manager, "runserver").out == "own\n"


def test_rest_of_the_line_is_for_who_captures_it(app: Insula, run: Run) -> None:
    class Rest(Command):
        capture_all_args = True
        option_list = (Option("--foo", action="store_true"),)

        def run(self, rest: list[str], foo: bool) -> None:
            print(rest, foo)

    manager = Manager(app)
    manager.add_command("rest", Rest)
    out = run(manager, "rest", "a", "--foo", "b", "--bar").out
    assert out == "['a', 'b', '--bar'] True\n"


def test_create_app_is_deprecated(app: Insula) -> None:
    with pytest.warns(DeprecationWarning, match="call the manager"):
        assert Manager(app).create_app() is app


def test_async_command_is_run_to_its_end(app: Insula, run: Run) -> None:
    manager = Manager(app)

    @manager.command
    async def fetch(url: str, times: int = 2) -> int:
        print(url, current_app.name)
        return times

    assert run(manager, "fetch", "there").out == "there shop\n"
    assert run(manager, "fetch", "there", "-t", "5").code == 5


# --- help and errors


def shown(manager: Manager, run: Run, *words: str) -> str:
    done = run(manager, *words)
    assert done.code in {0, 2}
    return str(done.out)


def test_help_lists_the_commands_first(app: Insula, run: Run) -> None:
    manager = Manager(app, description="Manage the 100% shop.")
    manager.with_default_commands = False
    manager.add_option("-c", "--config", help="A file.")
    manager.add_command("hello", HelloCommand)
    expected = """\
usage: manage.py [-?] [-c CONFIG] COMMAND ...

Manage the 100% shop.

commands:
  hello                Say hello.

options:
  -?, --help           Show this help.
  -c, --config CONFIG  A file.
"""
    done = run(manager)
    assert (done.code, done.out) == (2, expected)
    done = run(manager, "-?")
    assert (done.code, done.out) == (0, expected)


def test_help_of_a_command_is_its_docstring_as_it_is_written(
    app: Insula, run: Run
) -> None:
    manager = Manager(app)
    manager.add_command("hello", HelloCommand)
    expected = """\
usage: manage.py hello [-?] [--name NAME]

Say hello.

To whoever there is.

options:
  -?, --help       Show this help.
  --name, -n NAME
"""
    assert shown(manager, run, "hello", "--help") == expected


def test_usage_of_a_manager_is_a_line_or_what_it_is_for(app: Insula, run: Run) -> None:
    manager = Manager(app)
    for name, usage in (("db", "Look after tables"), ("cache", "cache [--fast]")):
        below = Manager(usage=usage)
        below.add_command("hello", HelloCommand)
        manager.add_command(name, below)
    assert "db Look after tables cache" in " ".join(shown(manager, run, "-?").split())
    assert shown(manager, run, "db").startswith(
        "usage: manage.py db [-?] COMMAND ...\n\nLook after tables\n"
    )
    assert shown(manager, run, "cache").startswith("usage: cache [--fast]\n")
    assert shown(manager, run, "cache", "hello", "-?").startswith(
        "usage: cache [--fast] hello [-?]"
    )


def test_help_args_are_inherited_and_can_be_had_per_command(
    app: Insula, run: Run
) -> None:
    def talk(host: str = "localhost") -> None:
        print(host)

    manager = Manager(app)
    manager.help_args = ("-h", "--help")
    command = Command(talk)
    command.help_args = ("--help",)
    manager.add_command("talk", command)
    manager.add_command("hello", HelloCommand)
    assert shown(manager, run, "hello", "-h").startswith("usage:")
    assert shown(manager, run, "talk", "-h", "there") == "there\n"


def test_without_help_args_there_is_no_help(app: Insula, run: Run) -> None:
    manager = Manager(app)
    manager.help_args = ()
    manager.add_command("hello", HelloCommand)
    done = run(manager, "hello", "--help")
    assert (done.code, done.err) == (
        2,
        "manage.py hello: error: too many arguments: '--help'\n",
    )


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (["helo"], "invalid choice: 'helo' is not a command; did you mean 'hello'?"),
        (["zz"], "invalid choice: 'zz' is not a command; there are hello, say_it."),
        (["-v"], "too few arguments: there is no command's name"),
        (["say_it"], "the following arguments are required: word"),
    ],
)
def test_wrong_line_is_one_line(
    app: Insula, run: Run, words: list[str], text: str
) -> None:
    manager = Manager(app, with_default_commands=False)
    manager.add_option("-v", action="store_true")
    manager.add_command("hello", HelloCommand)
    manager.add_command("say_it", Command(lambda word: word))
    done = run(manager, *words)
    prog = "manage.py say_it" if words == ["say_it"] else "manage.py"
    assert done.code == 2
    assert done.err == f"{prog}: error: {text} (see '{prog} --help')\n"


def test_dash_in_a_name_may_stand_for_an_underscore(app: Insula, run: Run) -> None:
    manager = Manager(app)

    @manager.command
    def import_all() -> None:
        print("all")

    assert run(manager, "import-all").out == "all\n"


def test_name_of_the_subcommand_can_be_had_without_being_an_argument(
    app: Insula, run: Run
) -> None:
    manager = Manager(app)
    manager.subparser_kwargs = {"dest": "command", "title": "what to do"}
    manager.add_command("hello", HelloCommand)
    assert run(manager, "hello").out == "hello world\n"
    assert "what to do:\n" in shown(manager, run, "-?")

"""A command: its options and groups, its parser, its context."""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

import pytest

from insula.manage import Command, Group, Manager, Option

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

    from insula import Insula

    Run = Callable[..., Any]


class Paint(Command):
    option_list = (
        Group(Option("--red", action="store_true"), title="colours", description="two"),
        Group(
            Option("--oil", dest="with_", action="store_const", const="oil"),
            Option("--ink", dest="with_", action="store_const", const="ink"),
            exclusive=True,
            required=True,
        ),
    )

    def run(self, red: bool, with_: str) -> tuple[bool, str]:
        return red, with_


def test_groups_are_those_of_argparse(app: Insula, run: Run) -> None:
    manager = Manager(app)
    manager.add_command("paint", Paint)
    assert manager.handle("manage.py", ["paint", "--ink"]) == (False, "ink")
    assert "colours:\n  two\n\n  --red" in run(manager, "paint", "-?").out
    for words in (["paint"], ["paint", "--oil", "--ink"]):
        assert run(manager, *words).code == 2


def test_exclusive_group_has_no_title() -> None:
    with pytest.raises(TypeError, match="'colours' is exclusive"):
        Group(title="colours", exclusive=True)


def test_options_may_be_made_when_they_are_asked_for(app: Insula) -> None:
    class Hello(Command):
        def __init__(self, name: str = "Joe") -> None:
            self.name_ = name

        def get_options(self) -> list[Option | Group]:
            return [Option("-n", "--name", dest="name", default=self.name_)]

        def run(self, name: str) -> str:
            return name

    manager = Manager(app)
    manager.add_command("hello", Hello("Ann"))
    assert manager.handle("manage.py", ["hello"]) == "Ann"
    assert manager.handle("manage.py", ["hello", "-n", "Joe"]) == "Joe"


def test_option_can_be_added_to_those_of_the_class(app: Insula) -> None:
    class Hello(Command):
        option_list = (Option("--name"),)

        def run(self, name: str, times: int) -> Any:
            return name, times

    command = Hello()
    command.add_option(Option("--times", type=int))
    manager = Manager(app)
    manager.add_command("hello", command)
    line = ["hello", "--name", "a", "--times", "2"]
    assert manager.handle("manage.py", line) == ("a", 2)
    assert len(Hello.option_list) == 1


def test_call_of_a_command_can_be_overridden(app: Insula) -> None:
    class Bare(Command):
        def __call__(self, app: Any = None, *args: Any, **kwargs: Any) -> Any:
            return app, kwargs

    manager = Manager(app)
    bare = Bare()
    bare.add_option(Option("--x"))
    manager.add_command("bare", bare)
    assert manager.handle("manage.py", ["bare", "--x", "1"]) == (app, {"x": "1"})


def test_parser_of_a_command_can_be_overridden(app: Insula) -> None:
    class Own(Command):
        def create_parser(self, *args: Any, **kwargs: Any) -> argparse.ArgumentParser:
            parser = super().create_parser(*args, **kwargs)
            parser.add_argument("--own", default="own")
            return parser

        def run(self, own: str) -> str:
            return own

    manager = Manager(app)
    manager.add_command("it", Own)
    assert manager.handle("manage.py", ["it"]) == "own"


def test_command_without_run_says_so(app: Insula) -> None:
    class Empty(Command):
        pass

    with pytest.raises(NotImplementedError, match=r"Empty has no run\(\)"):
        Empty()(app)


def test_what_has_only_a_request_context_is_run_in_that() -> None:
    class Double:
        def test_request_context(self) -> Any:
            return nullcontext()

    assert Command(lambda: 5)(Double()) == 5


def test_option_shows_what_it_was_made_of() -> None:
    assert repr(Option("-n", dest="name")) == "Option('-n', dest='name')"

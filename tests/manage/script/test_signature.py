"""What is read off a function: arguments, options, flags, types, help."""

from __future__ import annotations

import enum
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import pytest

from insula.manage import Command, Manager

if TYPE_CHECKING:
    from collections.abc import Callable

    from insula import Insula

    Run = Callable[..., Any]


class Size(enum.Enum):
    SMALL = "s"
    LARGE = "l"


@pytest.fixture
def given(app: Insula) -> Callable[..., Any]:
    """Return a function that gives what a command was called with."""

    def call(func: Callable[..., Any], *words: str) -> Any:
        manager = Manager(app)
        manager.add_command("go", Command(func))
        return manager.handle("manage.py", ["go", *words])

    return call


def no_types(name, url=None, count=3, loud=False, quiet=True):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201
    return name, url, count, loud, quiet


@pytest.mark.parametrize(
    ("words", "values"),
    [
        (["a"], ("a", None, 3, False, True)),
        (["1", "-u", "2"], ("1", "2", 3, False, True)),
        (["a", "--url=b", "--count", "5"], ("a", "b", 5, False, True)),
        (["a", "-l", "-q"], ("a", None, 3, True, True)),
        (["a", "--loud", "--no-quiet"], ("a", None, 3, True, False)),
    ],
)
def test_arguments_without_annotations_follow_the_rules(
    given: Run, words: list[str], values: tuple[Any, ...]
) -> None:
    assert given(no_types, *words) == values


def typed(
    number: int,
    sure: bool,
    size: Size,
    path: Path = Path(),
    price: Decimal | None = None,
    mode: Literal["fast", "slow"] = "fast",
    tags: list[int] = [],  # noqa: B006 - not changed
    force: bool | None = None,
) -> tuple[Any, ...]:
    return number, sure, size, path, price, mode, tags, force


@pytest.mark.parametrize(
    ("words", "values"),
    [
        ("1 yes small", (1, True, Size.SMALL, Path(), None, "fast", [], None)),
        ("2 NO l -f", (2, False, Size.LARGE, Path(), None, "fast", [], True)),
        (
            "3 off s --path a/b --price 1.5 --mode slow -t 1 2 --no-force",
            (3, False, Size.SMALL, Path("a/b"), Decimal("1.5"), "slow", [1, 2], False),
        ),
    ],
)
def test_annotations_convert(given: Run, words: str, values: tuple[Any, ...]) -> None:
    assert given(typed, *words.split()) == values


@pytest.mark.parametrize(
    ("words", "text"),
    [
        ("x yes small", "argument number: invalid int value: 'x'"),
        ("1 maybe small", "argument sure: 'maybe' is neither 'yes' nor 'no'"),
        ("1 yes huge", "argument {small,large}: 'huge' is not one of {small,large}"),
        ("1 yes small --mode no", "argument -m/--mode: invalid choice: 'no'"),
    ],
)
def test_value_that_cannot_be_converted_is_an_error(
    given: Run, capsys: pytest.CaptureFixture[str], words: str, text: str
) -> None:
    with pytest.raises(SystemExit):
        given(typed, *words.split())
    assert f"manage.py go: error: {text}" in capsys.readouterr().err


def test_keyword_only_and_starred_parameters_are_had(given: Run) -> None:
    def mixed(first: str, /, *names: str, where: str, **rest: Any) -> Any:
        return first, names, where, rest

    assert given(mixed, "a", "b", "c", "--where", "d") == ("a", ("b", "c"), "d", {})
    with pytest.raises(SystemExit):
        given(mixed, "a")


def test_second_parameter_of_a_letter_has_no_short_option(given: Run) -> None:
    def show(name: str = "a", number: int = 1) -> Any:
        return name, number

    assert given(show, "-n", "b", "--number", "2") == ("b", 2)


def test_both_spellings_of_an_option_are_there_and_one_is_shown(
    given: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    def clean(dry_run: bool = False, keep_all: bool = True) -> Any:
        return dry_run, keep_all

    assert given(clean, "--dry-run", "--no_keep_all") == (True, False)
    assert given(clean, "--dry_run", "--no-keep-all") == (True, False)
    with pytest.raises(SystemExit):
        given(clean, "-?")
    out = capsys.readouterr().out
    assert "--dry-run" in out
    assert "dry_run" not in out


def test_help_of_parameters_is_that_of_the_docstring(
    given: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    def load(path: str, limit: int = 10) -> None:
        """Load 100% of it.

        :param path: the file,
            with its folder.
        :param int limit: the most.
        :returns: nothing
        """

    with pytest.raises(SystemExit):
        given(load, "-?")
    out = capsys.readouterr().out
    assert "Load 100% of it.\n" in out
    assert "path               the file, with its folder.\n" in out
    assert "the most. (default: 10)\n" in out
    assert ":param" not in out
    assert ":returns" not in out


def test_annotation_that_cannot_be_resolved_is_a_text(given: Run) -> None:
    def load(path: NotThere, count: int = 1) -> Any:  # type: ignore[name-defined]  # noqa: F821 - on purpose
        return path, count

    assert given(load, "a", "-c", "2") == ("a", 2)


def test_method_is_read_without_its_instance(app: Insula) -> None:
    class Shop:
        def sell(self, what: str) -> str:
            return what

    manager = Manager(app)
    manager.command(Shop().sell)
    assert manager.handle("manage.py", ["sell", "pear"]) == "pear"

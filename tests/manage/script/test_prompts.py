"""Questions: what is shown, what is taken for an answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from insula.manage import (
    InvalidCommand,
    prompt,
    prompt_bool,
    prompt_choices,
    prompt_pass,
)

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[str]]:
    """Return a function that sets what is typed; what is asked comes in its list."""

    def typed(*lines: str) -> list[str]:
        rest = list(lines)
        asked: list[str] = []

        def read(question: str) -> str:
            asked.append(question)
            if not rest:
                raise EOFError
            return rest.pop(0)

        monkeypatch.setattr("builtins.input", read)
        monkeypatch.setattr("getpass.getpass", read)
        return asked

    return typed


@pytest.mark.parametrize("ask", [prompt, prompt_pass])
def test_text_is_asked_for_until_there_is_one(ask: Any, answers: Any) -> None:
    asked = answers("", "", "a b")
    assert ask("Name") == "a b"
    assert asked == ["Name: "] * 3
    asked = answers("")
    assert ask("Name?", default="joe") == "joe"
    assert asked == ["Name? [joe] "]
    asked = answers("x")
    assert ask("Sure?") == "x"
    assert asked == ["Sure? "]


def test_default_may_be_no_text_or_empty(answers: Any) -> None:
    asked = answers("", "")
    assert prompt("Port", 0) == 0
    assert prompt("Comment", "") == ""
    assert asked == ["Port [0]: ", "Comment: "]


@pytest.mark.parametrize(
    ("typed", "default", "value"),
    [("Y", False, True), ("off", True, False), ("", True, True), ("", False, False)],
)
def test_yes_and_no_are_told_apart(
    answers: Any, typed: str, default: bool, value: bool
) -> None:
    answers("perhaps", typed)
    assert prompt_bool("Sure", default) is value


def test_words_for_yes_and_no_may_be_others(answers: Any) -> None:
    asked = answers("JA", "")
    assert prompt_bool("Wirklich", yes_choices=["Ja"], no_choices=["nein"]) is True
    assert prompt_bool("Wirklich", yes_choices=["Ja"], no_choices=["nein"]) is False
    assert asked == ["Wirklich [nein]: "] * 2


def test_choice_is_returned_as_it_is_listed(answers: Any) -> None:
    choices = ["Peter", (1, "one"), ("k", "key")]
    asked = answers("PETER", "nobody", "1", "K", "none", "")
    assert [prompt_choices("Who", choices) for _ in range(4)] == ["Peter", 1, "k", None]
    assert set(asked) == {"Who - (Peter, one [1], key [k]): "}
    assert prompt_choices("Who", choices, default="Other") == "Other"
    assert asked[-1] == "Who - (Peter, one [1], key [k]) [Other]: "


def test_question_that_nobody_answers_is_named(answers: Any) -> None:
    answers()
    with pytest.raises(InvalidCommand, match="'Sure' was asked and the input has end"):
        prompt_bool("Sure")
    with pytest.raises(EOFError):
        prompt("Name", "joe")

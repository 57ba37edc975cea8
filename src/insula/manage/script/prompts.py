"""Questions to whoever runs a command.

Each is asked again until there is an answer it can use. Without anybody to answer, in a
cron job for example, :exc:`NoAnswer` says what was asked.
"""

from __future__ import annotations

import getpass
from typing import TYPE_CHECKING, Any

from insula.manage.script.errors import InvalidCommand

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

__all__ = ["NoAnswer", "prompt", "prompt_bool", "prompt_choices", "prompt_pass"]

_YES = ("y", "yes", "1", "on", "true", "t")
_NO = ("n", "no", "0", "off", "false", "f")


class NoAnswer(InvalidCommand, EOFError):  # noqa: N818 - it says what there is not
    """A question was asked and the input had ended."""


def prompt(name: str, default: Any = None) -> Any:
    """Ask for a line of text.

    :param name: the question; a colon follows unless it ends in a question mark.
    :param default: what an empty line means; without one it is asked again.
    """
    return _ask(input, name, default)


def prompt_pass(name: str, default: Any = None) -> Any:
    """Ask for a line that is not shown as it is typed; see :func:`prompt`."""
    return _ask(getpass.getpass, name, default)


def prompt_bool(
    name: str,
    default: bool = False,
    yes_choices: Sequence[str] | None = None,
    no_choices: Sequence[str] | None = None,
) -> bool:
    """Ask for yes or no, in any case of letters.

    :param yes_choices: what means yes, the first of it shown where it is the default.
    :param no_choices: what means no, likewise.
    """
    yes = yes_choices or _YES
    no = no_choices or _NO
    while True:
        answer = str(prompt(name, yes[0] if default else no[0])).strip().lower()
        if answer in {choice.lower() for choice in yes}:
            return True
        if answer in {choice.lower() for choice in no}:
            return False


def prompt_choices(
    name: str,
    choices: Iterable[Any],
    default: Any = None,
    no_choice: Sequence[str] = ("none",),
) -> Any:
    """Ask for one of several, in any case of letters, and return it as it is listed.

    :param choices: texts, or pairs of what is returned and what it is called.
    :param no_choice: answers that mean none of them: then ``None`` is returned.
    """
    shown: list[str] = []
    values: dict[str, Any] = {}
    for choice in choices:
        if isinstance(choice, str):
            value = choice
            shown.append(choice)
        else:
            value, title = choice
            shown.append(f"{title} [{value}]")
        values.setdefault(str(value).lower(), value)
    question = f"{name} - ({', '.join(shown)})"
    while True:
        answer = prompt(question, default)
        text = str(answer).strip().lower()
        if text in {word.lower() for word in no_choice}:
            return None
        if text in values:
            return values[text]
        if default is not None and text == str(default).lower():
            return default


def _ask(read: Callable[[str], str], name: str, default: Any) -> Any:
    question = name
    if default is not None and default != "":
        question += f" [{default}]"
    question += " " if name.endswith("?") else ": "
    while True:
        try:
            answer = read(question)
        except EOFError:
            raise NoAnswer(
                f"{name!r} was asked and the input has ended; run this in a terminal,"
                " or pipe the answer in."
            ) from None
        if answer:
            return answer
        if default is not None:
            return default

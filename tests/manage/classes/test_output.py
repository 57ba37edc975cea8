from __future__ import annotations

import io
from typing import Any

import pytest

from insula.manage import OutputWrapper, Style, color_style, no_style, supports_color

RED = Style(color=True).ERROR


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def write(out: io.StringIO, *args: Any, **kwargs: Any) -> str:
    OutputWrapper(out).write(*args, **kwargs)
    return out.getvalue()


@pytest.mark.parametrize(
    ("args", "kwargs", "written"),
    [
        ((), {}, "\n"),
        (("a",), {}, "a\n"),
        (("a\n",), {}, "a\n"),
        (("a",), {"ending": ""}, "a"),
        (("a",), {"ending": "; "}, "a; "),
        (("a", str.upper), {}, "A\n"),
        ((5,), {}, "5\n"),
        ((RED("a"),), {}, "a\n"),
        (("\x1b[2Ka",), {}, "\x1b[2Ka\n"),
    ],
)
def test_write_ends_the_text_and_leaves_colours_out(
    args: tuple[Any, ...], kwargs: dict[str, Any], written: str
) -> None:
    assert write(io.StringIO(), *args, **kwargs) == written


def test_write_to_a_terminal_colours_the_text_and_not_its_end() -> None:
    assert write(Terminal(), "a", RED) == "\x1b[31m\x1b[1ma\x1b[0m\n"
    assert write(Terminal(), "a\n", RED) == "\x1b[31m\x1b[1ma\x1b[0m\n"


def test_style_of_the_stream_colours_what_has_none_of_its_own() -> None:
    out = OutputWrapper(Terminal())
    out.style_func = str.upper
    out.write("a")
    out.write("b", lambda text: f"<{text}>")
    assert out.getvalue() == "A\n<b>\n"


def test_wrapper_of_a_wrapper_adds_no_end_twice() -> None:
    stream = io.StringIO()
    OutputWrapper(OutputWrapper(stream)).write("a", ending="")
    assert stream.getvalue() == "a"


def test_wrapper_hands_on_what_else_a_stream_has() -> None:
    stream = io.StringIO()
    out = OutputWrapper(stream, ending=".")
    out.write("a")
    out.flush()
    assert (out.getvalue(), out.closed, out.isatty()) == ("a.", False, False)
    with pytest.raises(AttributeError, match="nothing_like_that"):
        _ = out.nothing_like_that


def test_stream_that_can_only_write_is_enough() -> None:
    class Bare:
        text = ""

        def write(self, text: str) -> None:
            self.text += text

    bare = Bare()
    out = OutputWrapper(bare)
    out.write("a")
    out.flush()
    assert (bare.text, out.isatty(), out.has_color()) == ("a\n", False, False)


@pytest.mark.parametrize(
    ("variables", "stream", "expected"),
    [
        ({}, Terminal(), True),
        ({}, io.StringIO(), False),
        ({"NO_COLOR": "1"}, Terminal(), False),
        ({"NO_COLOR": ""}, Terminal(), True),
        ({"FORCE_COLOR": "1"}, io.StringIO(), True),
        ({"FORCE_COLOR": ""}, io.StringIO(), False),
        ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, Terminal(), False),
        ({"TERM": "dumb"}, Terminal(), False),
    ],
)
def test_colours_follow_the_stream_and_the_environment(
    variables: dict[str, str],
    stream: io.StringIO,
    expected: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert supports_color(stream) is expected
    assert OutputWrapper(stream).has_color() is expected


def test_color_style_follows_standard_output(monkeypatch: pytest.MonkeyPatch) -> None:
    assert color_style().SUCCESS("a") == "a"
    assert color_style(force_color=True).SUCCESS("a") == "\x1b[32m\x1b[1ma\x1b[0m"
    monkeypatch.setattr("sys.stdout", Terminal())
    assert color_style().SQL_FIELD("a") == "\x1b[32m\x1b[1ma\x1b[0m"
    assert no_style().SUCCESS("a") == "a"
    with pytest.raises(AttributeError):
        _ = color_style().NO_SUCH_ROLE

"""The streams of a command: lines that end, and colours where they are wanted."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from insula.manage.classes.style import supports_color

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["OutputWrapper"]

# Colours alone (SGR, ECMA-48 8.3.117): what moves the cursor is not for us to judge.
_COLORS = re.compile(r"\x1b\[[0-9;]*m")


class OutputWrapper:
    """A text stream that ends what is written with a newline.

    Colours are taken out of what is written unless the stream is to have some, so a
    command need not know where its output goes. All else is the stream's own.

    :param out: the stream.
    :param ending: what a text ends with, unless it does already.
    """

    def __init__(self, out: Any, ending: str = "\n") -> None:
        # One that is wrapped twice would end lines where it was told not to.
        self._out: Any = out._out if isinstance(out, OutputWrapper) else out
        self.ending = ending
        #: Whether colours are wanted; ``None`` asks the stream and the environment.
        self.color: bool | None = None
        #: Colours all that is written without a style of its own.
        self.style_func: Callable[[str], str] | None = None

    def __getattr__(self, name: str) -> Any:
        if name == "_out":  # of an instance that is being copied or unpickled
            raise AttributeError(name)
        return getattr(self._out, name)

    def onto(self, out: Any) -> OutputWrapper:
        """Return one for another stream, with the colours of this one."""
        other = OutputWrapper(out)
        other.color = self.color
        other.style_func = self.style_func
        return other

    def has_color(self) -> bool:
        """Tell whether what is written keeps its colours."""
        return supports_color(self._out) if self.color is None else self.color

    def isatty(self) -> bool:
        """Tell whether the stream is a terminal."""
        isatty = getattr(self._out, "isatty", None)
        return isatty is not None and bool(isatty())

    def flush(self) -> None:
        """Flush the stream, if it can be."""
        flush = getattr(self._out, "flush", None)
        if flush is not None:
            flush()

    def write(
        self,
        msg: object = "",
        style_func: Callable[[str], str] | None = None,
        ending: str | None = None,
    ) -> None:
        """Write a text and end it.

        :param style_func: colours this text, in place of the stream's own.
        :param ending: in place of the stream's own; ``""`` for none.
        """
        end = self.ending if ending is None else ending
        text = str(msg)
        if end and text.endswith(end):
            text = text[: -len(end)]
        style = style_func or self.style_func
        if style is not None and text:
            text = style(text)
        self._out.write((text if self.has_color() else _COLORS.sub("", text)) + end)

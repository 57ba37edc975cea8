"""Take names out of ``from … import …``, and leave all else as it stands.

Comments stay, also those of what goes; a line on which nothing is left goes with it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from insula.migrate.text import Edit

if TYPE_CHECKING:
    import ast

    from insula.migrate.text import SourceText

__all__ = ["removed"]

_COMMA = re.compile(r"(?:[ \t\f]|\\?(?:\r\n|\r|\n)|#[^\r\n]*)*(,)")
_SPACES = re.compile(r"[ \t\f]*")
_END = re.compile(r"[ \t\f]*(\r\n|\r|\n)")


def removed(
    source: SourceText, node: ast.ImportFrom, gone: list[ast.alias]
) -> list[Edit]:
    """Return what takes names out of a statement; at least one must stay."""
    end = source.span(node)[1]
    if source.text[end - 1] != ")":
        return _in_line(source, node, gone)
    return _in_parentheses(source, node, gone)


def _in_line(
    source: SourceText, node: ast.ImportFrom, gone: list[ast.alias]
) -> list[Edit]:
    """Take names out where a comma at the end is an error."""
    edits = []
    kept = [alias for alias in node.names if alias not in gone]
    for number, alias in enumerate(node.names):
        if alias not in gone:
            continue
        before = [one for one in node.names[:number] if one in kept]
        start, end = source.span(alias)
        if any(one in kept for one in node.names[number + 1 :]):
            end = source.span(node.names[number + 1])[0]
        elif node.names[number - 1] in kept:
            start = source.span(before[-1])[1]
        else:
            # What goes before it goes up to here.
            start = source.span(node.names[number - 1])[1]
        edits.append(Edit(start, end, ""))
    return edits


def _in_parentheses(
    source: SourceText, node: ast.ImportFrom, gone: list[ast.alias]
) -> list[Edit]:
    edits = []
    last_kept = max(n for n, alias in enumerate(node.names) if alias not in gone)
    for number, alias in enumerate(node.names):
        if alias not in gone:
            continue
        start, end = source.span(alias)
        comma = _COMMA.match(source.text, end)
        if comma is None and number - 1 == last_kept:
            # The comma before it would be the last thing in its line.
            before = source.span(node.names[number - 1])[1]
            if re.fullmatch(r",[ \t\f]*", source.text[before:start]):
                start = before
        edits += _without(source.text, start, end, comma)
    return edits


def _without(
    text: str, start: int, end: int, comma: re.Match[str] | None
) -> list[Edit]:
    """Return what takes a name out, with its comma, and the line if it was all."""
    edits = []
    if comma is not None and text[end : comma.start(1)].strip():
        # There is a comment between the two.
        edits.append(Edit(comma.start(1), comma.end(1), ""))
    elif comma is not None:
        end = comma.end(1)
    spaces = _SPACES.match(text, end)
    after = spaces.end() if spaces is not None else end
    line = max(text.rfind("\n", 0, start), text.rfind("\r", 0, start)) + 1
    ends = _END.match(text, end)
    if not text[line:start].strip() and ends is not None and line > 0:
        return [Edit(line, ends.end(), ""), *edits]
    behind = text[after : after + 1]
    if behind == "#" and text[line:start].strip():
        # The comment stays as far away as it was.
        start = line + len(text[line:start].rstrip())
    elif behind not in {"\r", "\n", ")"}:
        end = after
    return [Edit(start, end, ""), *edits]

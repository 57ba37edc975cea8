"""The Python in a notebook: its cells, without what only IPython understands.

Lines of IPython are taken out only where a cell is no Python as it stands, so that a
text which begins with ``%`` or ``!`` stays what it is.

Sources: nbformat 4; "Built-in magic commands" and "Python vs IPython" of IPython.
"""

from __future__ import annotations

import ast
import json
import re
import warnings
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["cells_of"]

# Cell magics whose cell is Python; the cells of others are another language's.
_OF_PYTHON_TEXT = """
%%time %%timeit %%capture %%prun %%python %%python3 %%memit %%debug
"""
_OF_PYTHON = frozenset(_OF_PYTHON_TEXT.split())
_MAGIC = re.compile(r"(\s*)([%!?]|.*\?\s*$)")
_ASSIGNED = re.compile(r"(\s*[\w, .\[\]'\"]+=\s*)[%!]")


def cells_of(data: bytes) -> Iterator[tuple[int, str]]:
    """Yield the number (from 1, all cells counted) and the text of cells of Python.

    :raises ValueError: the data is no notebook.
    """
    try:
        book = json.loads(data)
        cells = book["cells"] if "cells" in book else book["worksheets"][0]["cells"]
        language = _language(book)
    except (ValueError, KeyError, TypeError, IndexError):
        raise ValueError("it is no notebook") from None
    if language not in {"", "python", "ipython"}:
        return
    for number, cell in enumerate(cells, 1):
        if cell.get("cell_type") != "code":
            continue
        lines = cell.get("source", cell.get("input", ""))
        text = lines if isinstance(lines, str) else "".join(lines)
        yield number, _python_of(text)


def _language(book: dict[str, Any]) -> str:
    metadata = book.get("metadata", {})
    name = (
        metadata.get("kernelspec", {}).get("language")
        or metadata.get("language_info", {}).get("name")
        or ""
    )
    return str(name).lower()


def _python_of(text: str) -> str:
    first = text.lstrip().split("\n", 1)[0].split()
    if first and first[0].startswith("%%") and first[0] not in _OF_PYTHON:
        return ""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            ast.parse(text)
        except (SyntaxError, ValueError):
            return "\n".join(_without_magic(text.split("\n")))
    return text


def _without_magic(lines: list[str]) -> Iterator[str]:
    continued = False
    for line in lines:
        magic = _MAGIC.match(line)
        assigned = _ASSIGNED.match(line)
        # Each line stays a line, so that those after it keep their numbers.
        if continued:
            yield ""
        elif magic or assigned:
            yield f"{line[: len(line) - len(line.lstrip())]}pass"
        else:
            yield line
            continue
        continued = line.rstrip().endswith("\\")

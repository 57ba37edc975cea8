"""Jinja templates: what they use that is gone.

Theory. Jinja's lexer says what is text and what is code, and a line for each token; no
environment of the application is needed for it, as a parser would need one for tags
of extensions. What the lexer does not understand is no template of Jinja's.

Sources: the changelogs of Flask, Werkzeug, Jinja; "Python 2 to 3" for the methods of
``dict``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from insula.migrate.old import Old, table

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["is_template", "old_in_template"]

_SUFFIXES = frozenset({".html", ".htm", ".jinja", ".jinja2", ".j2", ".xhtml"})
_IN_FOLDER = frozenset({".txt", ".xml", ".js", ".css", ".svg", ".md", ".tpl"})
_PYTHON_2 = {
    "iteritems": "items()",
    "itervalues": "values()",
    "iterkeys": "keys()",
    "has_key": "'key in mapping'",
}


def is_template(path: Path) -> bool:
    """Return whether a file may be a template, by its name and folder."""
    suffix = path.suffix.lower()
    return suffix in _SUFFIXES or (
        suffix in _IN_FOLDER and "templates" in path.parts[:-1]
    )


def old_in_template(text: str) -> Iterator[Old]:
    """Yield the old names in a template."""
    if "{{" not in text and "{%" not in text:
        return
    from jinja2 import Environment, TemplateSyntaxError

    try:
        tokens = list(Environment(autoescape=True).lex(text))
    except TemplateSyntaxError:
        return
    code = [
        (line, kind, value)
        for line, kind, value in tokens
        if kind in {"name", "operator", "string"} and value.strip()
    ]
    for number, (line, kind, value) in enumerate(code):
        before = [value for _, _, value in code[max(number - 2, 0) : number]]
        if kind == "operator" or before[-1:] not in (["."], ["["]):
            continue
        owner = before[0] if len(before) > 1 else ""
        yield from _at(line, owner, value.strip("'\""))


def _at(line: int, owner: str, name: str) -> Iterator[Old]:
    rows = table()
    row = None
    if owner == "config":
        row = rows.keys.get(name)
    elif owner == "request":
        row = rows.members.get(("Request", name))
    if row is not None:
        yield Old(line, row.name, row.message)
    elif name in _PYTHON_2:
        yield Old(line, name, f"{name}() is Python 2's; write {_PYTHON_2[name]}")

"""Settings for showing: secrets masked, and the line where each was set.

Rules of the file: a secret is known by its setting's name, or inside of a value by what
stands before it (the user's name in a URL, ``password=`` in a list of parameters). When
in doubt a value is masked. Whether it is set is told, never how long it is.
"""

from __future__ import annotations

import ast
import inspect
import re
import sys
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

    from insula.app.config import Origin

__all__ = ["MASK", "as_json", "is_secret", "masked", "place_of_setting"]

MASK = "********"
_SECRETS = re.compile(
    r"SECRET|PASSW|PASSPHRASE|TOKEN|CREDENTIAL|PRIVATE|SALT|SIGNATURE|DSN"
    r"|API_?KEY|ACCESS_?KEY|_KEYS?$|^KEYS?$|_PASS$|_PWD$|^PASS$|^PWD$|_PIN$|^PIN$"
)
_IN_URL = re.compile(r"(?<=://)([^:/?#@\s]*):([^@/\s]+)@")
_IN_PARAMETERS = re.compile(
    r"((?:password|passwd|pwd|secret|token|api_?key|access_?key|sig)\s*[=:]\s*)"
    r"('[^']*'|\"[^\"]*\"|[^\s&;,)>]+)",
    re.IGNORECASE,
)
_PLAIN = (int, float, str, type(None))


def is_secret(key: str) -> bool:
    """Return whether a setting's name says that its value is a secret."""
    return _SECRETS.search(key.upper()) is not None


def masked(key: str, value: Any) -> Any:
    """Return a setting's value with what is secret in it replaced."""
    if value is None or isinstance(value, (bool, timedelta)) or value in ("", b""):
        return value
    if isinstance(value, dict):
        # One of a secret's name may hold more than secrets; all of it goes.
        return MASK if is_secret(key) else {k: masked(str(k), value[k]) for k in value}
    if is_secret(key):
        return MASK if value not in ([], (), set()) else value
    if isinstance(value, (list, tuple, set, frozenset)):
        return [masked("", item) for item in value]
    if isinstance(value, (int, float)):
        return value
    text = value if isinstance(value, str) else repr(value)
    text = _IN_URL.sub(rf"\1:{MASK}@", text)
    text = _IN_PARAMETERS.sub(rf"\1{MASK}", text)
    return text if isinstance(value, str) else _Shown(text)


class _Shown(str):
    """The ``repr`` of a value, which is not quoted again."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)


def as_json(value: Any) -> Any:
    """Return a value as JSON has it, or else its ``repr``."""
    if isinstance(value, dict):
        return {str(key): as_json(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [as_json(item) for item in value]
    return value if isinstance(value, _PLAIN) else repr(value)


def place_of_setting(key: str, origin: Origin) -> tuple[str | None, int | None]:
    """Return the file and the line where a setting was set, if they are known."""
    if origin.kind in {"code", "default"}:
        return origin.name or None, origin.line
    if origin.kind == "file":
        return origin.name, _line_in_file(Path(origin.name), key)
    if origin.kind == "object":
        return _place_in_object(origin.name, key)
    return None, None


def _line_in_file(file: Path, key: str) -> int | None:
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, ValueError):
        return None
    if file.suffix in {".toml", ".json", ".yaml", ".yml", ".ini", ".env"}:
        pattern = re.compile(rf"""^[\s{{,]*["']?{re.escape(key)}["']?\s*[=:]""")
        lines = text.splitlines()
        return next((n for n, line in enumerate(lines, 1) if pattern.match(line)), None)
    return _last_line(_parsed(text), key)


@cache
def _parsed(text: str) -> list[ast.stmt]:
    try:
        return ast.parse(text).body
    except (SyntaxError, ValueError):
        return []


def _last_line(body: Iterable[ast.stmt], key: str) -> int | None:
    """Return where a name is set last, branches included, functions left out."""
    line: int | None = None
    for node in body:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            continue
        for inner in ast.walk(node):
            if (
                isinstance(inner, ast.Name)
                and inner.id == key
                and isinstance(inner.ctx, ast.Store)
            ):
                line = inner.lineno
    return line


def _place_in_object(name: str, key: str) -> tuple[str | None, int | None]:
    found = sys.modules.get(name)
    if found is not None:
        file = getattr(found, "__file__", None)
        return file, _line_in_file(Path(file), key) if file else None
    module_name, _, last = name.rpartition(".")
    obj: Any = getattr(sys.modules.get(module_name), last, None)
    cls = obj if isinstance(obj, type) else type(obj)
    for base in cls.__mro__ if obj is not None else ():
        if key in vars(base):
            return _place_in_class(base, key)
    return None, None


def _place_in_class(cls: type, key: str) -> tuple[str | None, int | None]:
    try:
        file = inspect.getsourcefile(cls)
        lines, first = inspect.getsourcelines(cls)
    except (OSError, TypeError):
        return None, None
    body = _parsed(inspect.cleandoc("\n" + "".join(lines)))
    inside = body[0].body if body and isinstance(body[0], ast.ClassDef) else []
    line = _last_line(inside, key)
    return file, first if line is None else first + line - 1

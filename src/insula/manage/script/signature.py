"""Read a command's arguments off the signature of its function.

The rules of Flask-Script: a parameter without a default is an argument by position,
one with a default an option, ``-n`` and ``--name``; one whose default is a boolean is a
flag. Beyond them: annotations and the types of defaults convert, ``*names`` takes what
is left, ``:param name:`` in the docstring is the help of an argument.

Where two parameters begin with the same letter, the first has the short option. Both
``--dry-run`` and ``--dry_run`` are there for ``dry_run``; a flag that is on by default
has a ``--no-…`` that turns it off.
"""

from __future__ import annotations

import argparse
import enum
import inspect
import pathlib
import re
import types
import typing
from collections.abc import Callable, Iterable, Sequence
from typing import Any

__all__ = ["Argument", "arguments_of", "spread"]

_PARAM = re.compile(r"^:param(?: \w+)? (\w+):[ \t]*(.*(?:\n[ \t]+\S.*)*)", re.MULTILINE)
_TRUE = frozenset({"1", "on", "t", "true", "y", "yes"})
_FALSE = frozenset({"0", "off", "f", "false", "n", "no"})
_LISTS = (list, tuple, set, frozenset, Sequence, Iterable)
# Defaults of these types say what an option is; of others, 2.0's rule is: a text.
_OF_DEFAULTS = (int, float, pathlib.Path)
_PLAIN = (int, float, str)
_FROM_TEXT = frozenset({"decimal.Decimal", "uuid.UUID"})

Argument = tuple[tuple[str, ...], dict[str, Any]]
"""What to hand to ``add_argument``."""

_P = inspect.Parameter
_POSITIONAL = (_P.POSITIONAL_ONLY, _P.POSITIONAL_OR_KEYWORD)


def arguments_of(func: Callable[..., Any]) -> list[Argument]:
    """Return what the parser of a function's command has."""
    helps = _helps(func.__doc__)
    hints = _hints(func)
    taken: set[str] = set()
    found: list[Argument] = []
    for parameter in inspect.signature(func).parameters.values():
        if parameter.kind is _P.VAR_KEYWORD:
            continue
        name = parameter.name
        kind = _kind(hints.get(name), parameter.default)
        text = helps.get(name)
        if parameter.kind is _P.VAR_POSITIONAL:
            found.append(((name,), {"nargs": "*", "help": text, **kind}))
        elif parameter.default is _P.empty and parameter.kind in _POSITIONAL:
            if kind.pop("flag", False):
                kind = {"type": boolean, "metavar": name}
            found.append(((name,), {"help": text, **kind}))
        else:
            found += _options(parameter, kind, text, taken)
    return found


def _options(
    parameter: inspect.Parameter,
    kind: dict[str, Any],
    text: str | None,
    taken: set[str],
) -> list[Argument]:
    """Return the option of a parameter, and for a flag that is on how to turn it off.

    :param taken: the letters that are in use.
    """
    name, default = parameter.name, parameter.default
    letter = name[0]
    short = () if letter in taken else (f"-{letter}",)
    taken.add(letter)
    dashed = name.replace("_", "-")
    long = tuple(dict.fromkeys((f"--{dashed}", f"--{name}")))
    required = default is _P.empty
    common = {
        "dest": name,
        "required": required,
        "default": None if required else default,
    }
    if not kind.pop("flag", False):
        if default is not None and default != "" and not required:
            shown = f"(default: {default})".replace("%", "%%")
            text = f"{text} {shown}" if text else shown
        return [((*short, *long), {**common, "help": text, **kind})]
    on = {**common, "action": "store_true", "help": text}
    if default is False:
        return [((*short, *long), on)]
    off = tuple(dict.fromkeys((f"--no-{dashed}", f"--no_{name}")))
    if default:
        on["help"] = f"{text} (default)" if text else "(default)"
    no = {**common, "action": "store_false", "help": f"The opposite of --{dashed}."}
    return [((*short, *long), on), (off, {**no, "required": False})]


def _kind(hint: Any, default: Any) -> dict[str, Any]:
    """Return how the text of an argument becomes its value."""
    hint = _not_none(hint)
    if isinstance(default, bool) or hint is bool:
        return {"flag": True}
    if hint is None:
        return _kind_of_default(default)
    origin = typing.get_origin(hint)
    if hint in _LISTS or origin in _LISTS:
        return _kind_of_list(hint, default)
    values = typing.get_args(hint) if origin is typing.Literal else ()
    if values and all(isinstance(value, type(values[0])) for value in values):
        return {"type": type(values[0]), "choices": values}
    return _kind_of_class(hint) if isinstance(hint, type) else {"type": str}


def _kind_of_list(hint: Any, default: Any) -> dict[str, Any]:
    args = [arg for arg in typing.get_args(hint) if arg is not ...]
    inner = _kind(args[0], None) if len(args) == 1 else {"type": str}
    if inner.pop("flag", False):
        inner = {"type": boolean}
    return {**inner, "nargs": "+" if default is _P.empty else "*"}


def _kind_of_class(hint: type) -> dict[str, Any]:
    if issubclass(hint, enum.Enum):
        return {"type": _member(hint), "metavar": _names(hint)}
    known = f"{hint.__module__}.{hint.__name__}" in _FROM_TEXT
    if known or hint in _PLAIN or issubclass(hint, pathlib.PurePath):
        return {"type": hint}
    return {"type": str}


def _kind_of_default(default: Any) -> dict[str, Any]:
    if isinstance(default, enum.Enum):
        return _kind_of_class(type(default))
    for kind in _OF_DEFAULTS:
        if isinstance(default, kind):
            return {"type": kind}
    return {"type": str}


def _not_none(hint: Any) -> Any:
    if typing.get_origin(hint) in {typing.Union, types.UnionType}:
        rest = [arg for arg in typing.get_args(hint) if arg is not types.NoneType]
        return rest[0] if len(rest) == 1 else None
    return hint


def _hints(func: Callable[..., Any]) -> dict[str, Any]:
    try:
        return typing.get_type_hints(func)
    except Exception:  # noqa: BLE001 - a name that only type checkers know, say
        return {
            name: hint
            for name, hint in getattr(func, "__annotations__", {}).items()
            if not isinstance(hint, str)
        }


def _helps(doc: str | None) -> dict[str, str]:
    found = _PARAM.findall(inspect.cleandoc(doc or ""))
    return {name: " ".join(text.split()).replace("%", "%%") for name, text in found}


def boolean(text: str) -> bool:
    """Return what a text such as ``yes`` means."""
    if text.lower() in _TRUE:
        return True
    if text.lower() in _FALSE:
        return False
    raise argparse.ArgumentTypeError(f"{text!r} is neither 'yes' nor 'no'")


def _member(kind: type[enum.Enum]) -> Callable[[str], enum.Enum]:
    def member(text: str) -> enum.Enum:
        for one in kind:
            if text.lower() in {one.name.lower(), str(one.value).lower()}:
                return one
        raise argparse.ArgumentTypeError(f"{text!r} is not one of {_names(kind)}")

    return member


def _names(kind: type[enum.Enum]) -> str:
    return "{" + ",".join(one.name.lower() for one in kind) + "}"


def spread(
    func: Callable[..., Any], values: dict[str, Any]
) -> tuple[list[Any], dict[str, Any]]:
    """Return the arguments of a call: by position where it must be so."""
    given: list[Any] = []
    rest = dict(values)
    parameters = inspect.signature(func).parameters.values()
    if not any(
        parameter.kind in {_P.POSITIONAL_ONLY, _P.VAR_POSITIONAL}
        for parameter in parameters
    ):
        return given, rest
    for parameter in parameters:
        if parameter.kind is _P.VAR_POSITIONAL:
            given += rest.pop(parameter.name)
        elif parameter.kind in _POSITIONAL:
            given.append(rest.pop(parameter.name))
    return given, rest

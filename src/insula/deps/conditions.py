"""On which Pythons and systems an import is reached.

Theory. A test of ``sys.version_info`` is tried on each Python that there may be; what
remains is a set of minor versions of Python 3, so that ``and``, ``or`` and ``not`` are
operations on sets, and Python 2 is the empty one. A test of the system becomes a marker
as it stands. Whatever else a condition asks cannot be known from outside: it holds.

Sources: the dependency specifiers specification of packaging.python.org (markers).
"""

from __future__ import annotations

import ast
import operator
import os
import sys
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = [
    "ALWAYS",
    "PYTHONS",
    "Condition",
    "condition_of",
    "marker_of",
    "pythons_of",
    "when_standard",
]

# Minor versions of Python 3 that are told apart; 3.6 stands for all before 3.7.
PYTHONS = frozenset(range(6, 40))
_COMPARE: dict[type[ast.cmpop], Callable[[Any, Any], bool]] = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}
# Later than any release of the same minor version.
_LAST_MICRO = 99


@dataclass(frozen=True, slots=True)
class Condition:
    """When an import is reached.

    :param pythons: the minor versions of Python 3.
    :param system: a marker for the system; empty, all of them.
    :param here: whether that is this system.
    """

    pythons: frozenset[int] = PYTHONS
    system: str = ""
    here: bool = True

    def __and__(self, other: Condition) -> Condition:
        """Return the condition that both hold."""
        systems = [text for text in (self.system, other.system) if text]
        return Condition(
            self.pythons & other.pythons,
            " and ".join(dict.fromkeys(systems)),
            self.here and other.here,
        )

    def holds(self, minor: int) -> bool:
        """Return whether it holds on this system, with Python 3.``minor``."""
        return self.here and minor in self.pythons


ALWAYS = Condition()


def condition_of(test: ast.expr) -> tuple[Condition, Condition]:
    """Return when the branch of an ``if`` is reached, and when its ``else``."""
    system = _system(test)
    if system is not None:
        return system
    pythons = _pythons(test)
    if pythons is None:
        return _one_of_several(test), ALWAYS
    return Condition(pythons), Condition(PYTHONS - pythons)


def _one_of_several(test: ast.expr) -> Condition:
    found = ALWAYS
    if isinstance(test, ast.BoolOp) and isinstance(test.op, ast.And):
        for value in test.values:
            found &= condition_of(value)[0]
    return found


def _pythons(test: ast.expr) -> frozenset[int] | None:
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        inner = _pythons(test.operand)
        return None if inner is None else PYTHONS - inner
    if isinstance(test, ast.BoolOp):
        parts = [_pythons(value) for value in test.values]
        known = [part for part in parts if part is not None]
        if len(known) < len(parts):
            return None
        both = isinstance(test.op, ast.And)
        return frozenset.intersection(*known) if both else frozenset.union(*known)
    name = _last_name(test)
    if name in {"PY2", "PY3"}:
        return PYTHONS if name == "PY3" else frozenset()
    if isinstance(test, ast.Compare) and len(test.ops) == 1:
        return _compared(test)
    return None


def _compared(test: ast.Compare) -> frozenset[int] | None:
    compare = _COMPARE.get(type(test.ops[0]))
    try:
        against = ast.literal_eval(test.comparators[0])
    except ValueError:
        return None
    if compare is None or _value(test.left, 0) is None:
        return None
    try:
        return frozenset(n for n in PYTHONS if compare(_value(test.left, n), against))
    except TypeError:
        return None


def _value(node: ast.expr, minor: int) -> Any:
    """Return what an expression is on Python 3.``minor``; None, if that is not told."""
    if _last_name(node) == "version_info":
        return (3, minor, _LAST_MICRO, "final", 0)
    if isinstance(node, ast.Attribute) and _last_name(node.value) == "version_info":
        return {"major": 3, "minor": minor, "micro": _LAST_MICRO}.get(node.attr)
    if isinstance(node, ast.Subscript) and _last_name(node.value) == "version_info":
        whole = (3, minor, _LAST_MICRO, "final", 0)
        try:
            if isinstance(node.slice, ast.Slice):
                lower, upper = node.slice.lower, node.slice.upper
                first = ast.literal_eval(lower) if lower is not None else None
                last = ast.literal_eval(upper) if upper is not None else None
                return whole[first:last]
            return whole[ast.literal_eval(node.slice)]
        except (ValueError, IndexError, TypeError):
            return None
    return None


def _system(test: ast.expr) -> tuple[Condition, Condition] | None:
    """Return what a test of ``sys.platform``, ``os.name`` or a prefix of it means."""
    value: object
    if isinstance(test, ast.Compare) and len(test.ops) == 1:
        subject, op, value = test.left, test.ops[0], _text(test.comparators[0])
        equal = isinstance(op, ast.Eq)
        if not isinstance(op, ast.Eq | ast.NotEq):
            return None
    elif (
        isinstance(test, ast.Call)
        and isinstance(test.func, ast.Attribute)
        and test.func.attr == "startswith"
        and len(test.args) == 1
    ):
        subject, equal, value = test.func.value, True, _text(test.args[0])
        value = {"win": "win32", "linux2": "linux"}.get(str(value), value)
    else:
        return None
    variable = {
        "sys.platform": ("sys_platform", sys.platform),
        "os.name": ("os_name", os.name),
        "platform.system()": ("platform_system", _platform_system()),
    }.get(ast.unparse(subject))
    if variable is None or not isinstance(value, str):
        return None
    name, here = variable
    yes = Condition(system=f'{name} == "{value}"', here=here == value)
    no = Condition(system=f'{name} != "{value}"', here=here != value)
    return (yes, no) if equal else (no, yes)


def _platform_system() -> str:
    names = {"win32": "Windows", "darwin": "Darwin", "linux": "Linux"}
    return names.get(sys.platform, sys.platform)


def _text(node: ast.expr) -> object:
    return node.value if isinstance(node, ast.Constant) else None


def _last_name(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def marker_of(conditions: list[Condition], pythons: frozenset[int]) -> str | None:
    """Return the marker for what is imported under any of the conditions.

    :param pythons: those that the project is for.
    :returns: an empty text for always, None for never.
    """
    by_system: dict[str, frozenset[int]] = {}
    for one in conditions:
        met = by_system.get(one.system, frozenset())
        by_system[one.system] = met | (one.pythons & pythons)
    always = by_system.pop("", frozenset())
    markers = [_of_pythons(always, pythons)] if always else []
    for system, met in by_system.items():
        rest = met - always
        if rest:
            version = _of_pythons(rest, pythons) if rest != pythons - always else ""
            markers.append(f"{system} and {version}" if version else system)
    if not markers:
        return None
    if "" in markers:
        return ""
    if len(markers) == 1:
        return markers[0]
    return " or ".join(f"({m})" if " and " in m else m for m in markers)


def _of_pythons(met: frozenset[int], pythons: frozenset[int]) -> str:
    runs: list[list[int]] = []
    for minor in sorted(pythons):
        if minor not in met:
            continue
        if runs and runs[-1][1] == minor - 1:
            runs[-1][1] = minor
        else:
            runs.append([minor, minor])
    parts = []
    for first, last in runs:
        bounds = []
        if first != min(pythons):
            bounds.append(f'python_version >= "3.{first}"')
        if last != max(pythons):
            bounds.append(f'python_version < "3.{last + 1}"')
        parts.append(" and ".join(bounds))
    return parts[0] if len(parts) == 1 else " or ".join(f"({p})" for p in parts)


def pythons_of(requires_python: str) -> frozenset[int]:
    """Return the minor versions that a ``requires-python`` allows; all, if none."""
    found = PYTHONS
    for clause in requires_python.replace(" ", "").split(","):
        sign = clause.rstrip("0123456789.*")
        numbers = clause[len(sign) :].replace(".*", "").split(".")
        if not numbers[0].isdigit() or numbers[0] != "3" or len(numbers) == 1:
            continue
        minor = int(numbers[1])
        if sign == "~=" and len(numbers) > 2:  # noqa: PLR2004 - major, minor
            sign = "=="  # compatible with a micro version is the minor one
        # With a third number, `>3.9.1` and `!=3.9.1` leave other releases of 3.9.
        part = any(number != "0" for number in numbers[2:])
        found = frozenset(n for n in found if _allows(sign, n, minor, part))
    return found or PYTHONS


def _allows(sign: str, minor: int, bound: int, part: bool) -> bool:
    if minor == bound:
        return sign in {">=", "~=", "<=", "=="} or part
    if sign in {">=", "~=", ">"}:
        return minor > bound
    return sign == "!=" or (sign in {"<", "<="} and minor < bound)


def when_standard(condition: Condition, since: int) -> Condition:
    """Return when a fallback is reached for what is standard from 3.``since`` on."""
    return replace(
        condition, pythons=frozenset(n for n in condition.pythons if n < since)
    )

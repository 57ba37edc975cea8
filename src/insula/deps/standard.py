"""Which modules, and which of their names, belong to which Python.

A module of another Python's standard library is nobody's distribution; and what was
added lately is why projects import a distribution on older Pythons (``tomllib`` and
tomli, ``typing.Self`` and typing_extensions).

Sources: ``sys.stdlib_module_names``; "New in version" in the library reference and
"Removed" in "What's New" of docs.python.org.
"""

from __future__ import annotations

import sys

__all__ = ["is_standard", "standard_since"]

_GONE_TEXT = """
_bootlocale aifc asynchat asyncore audioop binhex cgi cgitb chunk crypt distutils
dummy_threading formatter imghdr imp lib2to3 macpath mailcap msilib nis nntplib
ossaudiodev parser pipes smtpd sndhdr spwd sunau symbol telnetlib tkinter uu xdrlib
"""
_GONE = frozenset(_GONE_TEXT.split())
_SINCE = {
    7: "contextvars dataclasses importlib.resources",
    8: "functools.cached_property importlib.metadata typing.Final typing.Literal"
    " typing.Protocol typing.SupportsIndex typing.TypedDict typing.final"
    " typing.get_args typing.get_origin typing.runtime_checkable",
    9: "graphlib importlib.resources.files typing.Annotated zoneinfo",
    10: "contextlib.aclosing itertools.pairwise typing.Concatenate typing.ParamSpec"
    " typing.TypeAlias typing.TypeGuard typing.is_typeddict",
    11: "asyncio.Runner asyncio.TaskGroup asyncio.timeout contextlib.chdir datetime.UTC"
    " enum.ReprEnum enum.StrEnum tomllib typing.LiteralString typing.Never"
    " typing.NotRequired typing.Required typing.Self typing.TypeVarTuple typing.Unpack"
    " typing.assert_never typing.assert_type typing.clear_overloads"
    " typing.dataclass_transform typing.get_overloads typing.reveal_type",
    12: "collections.abc.Buffer inspect.markcoroutinefunction itertools.batched"
    " typing.TypeAliasType typing.override",
    13: "copy.replace queue.ShutDown typing.NoDefault typing.ReadOnly typing.TypeIs"
    " typing.get_protocol_members typing.is_protocol warnings.deprecated",
    14: "annotationlib compression concurrent.interpreters string.templatelib"
    " typing.evaluate_forward_ref",
}
_MINOR = {name: minor for minor, names in _SINCE.items() for name in names.split()}


def is_standard(module: str) -> bool:
    """Return whether a top-level module is, was or will be in the standard library."""
    return (
        module in sys.stdlib_module_names
        or module in _GONE
        or module in _MINOR
        or module in {"__future__", "__main__", "__pypy__", "_continuation"}
    )


def standard_since(names: list[str]) -> int:
    """Return the minor version that first has all these, dotted; 0 for long ago."""
    return max((_since(name) for name in names), default=0)


def _since(name: str) -> int:
    found = 0
    parts = name.split(".")
    for length in range(1, len(parts) + 1):
        found = max(found, _MINOR.get(".".join(parts[:length]), 0))
    return found

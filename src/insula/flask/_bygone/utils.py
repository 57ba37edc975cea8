"""Old ``werkzeug.utils``: HTML by calls, and arguments that fit a function.

Sources: the HTML standard, "Void elements"; ``inspect.signature``.
"""

from __future__ import annotations

import html as _html
import inspect
import json
import re
from string import Template
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = [
    "ArgumentValidationError",
    "HTMLBuilder",
    "bind_arguments",
    "detect_utf_encoding",
    "escape",
    "format_string",
    "html",
    "invalidate_cached_property",
    "unescape",
    "validate_arguments",
    "xhtml",
]

_VOID = frozenset(
    re.findall(
        r"\w+",
        "area base basefont br col command embed frame hr img input keygen isindex"
        " link meta param source track wbr",
    )
)
_BOOLEAN = frozenset(
    re.findall(
        r"\w+",
        "async autofocus checked compact declare defer disabled ismap multiple"
        " nohref noresize noshade nowrap readonly required selected",
    )
)


def escape(s: Any, quote: Any = None) -> str:  # noqa: ARG001 - of the old signature
    """Escape a text for HTML: a plain string, not Markup; None is no text."""
    if s is None:
        return ""
    if hasattr(s, "__html__"):
        return str(s.__html__())
    return _html.escape(str(s), quote=False).replace('"', "&quot;")


def unescape(s: str) -> str:
    """Undo what is escaped in HTML."""
    return _html.unescape(s)


class HTMLBuilder:
    """Make HTML by calls: ``html.p(html.b('x'), class_='y')``."""

    def __init__(self, dialect: str) -> None:
        self._dialect = dialect

    def __call__(self, text: Any) -> str:
        """Escape a text."""
        return escape(text)

    def __getattr__(self, tag: str) -> Callable[..., str]:
        if tag.startswith("__"):
            raise AttributeError(tag)

        def element(*children: Any, **attributes: Any) -> str:
            text = "".join(str(child) for child in children if child is not None)
            start = f"<{tag}" + "".join(
                self._attribute(name.rstrip("_"), value)
                for name, value in attributes.items()
            )
            if not children and tag in _VOID:
                return start + (" />" if self._dialect == "xhtml" else ">")
            if text and tag in {"script", "style"} and self._dialect == "xhtml":
                text = f"/*<![CDATA[*/{text}/*]]>*/"
            return f"{start}>{text}</{tag}>"

        return element

    def _attribute(self, name: str, value: Any) -> str:
        if value is None or (name in _BOOLEAN and not value):
            return ""
        if name in _BOOLEAN:
            return f' {name}="{name}"' if self._dialect == "xhtml" else f" {name}"
        return f' {name}="{escape(value)}"'

    def __repr__(self) -> str:
        return f"<{type(self).__name__} for {self._dialect!r}>"


html = HTMLBuilder("html")
xhtml = HTMLBuilder("xhtml")


def format_string(string: str, context: Any) -> str:
    """Put values in the place of ``$name`` and ``${name}``."""
    return Template(string).substitute(context)


class ArgumentValidationError(ValueError):
    """The arguments don't fit the function."""

    def __init__(
        self, missing: Any = None, extra: Any = None, extra_positional: Any = None
    ) -> None:
        self.missing = set(missing or ())
        self.extra = extra or {}
        self.extra_positional = extra_positional or []
        count = len(self.extra) + len(self.extra_positional)
        super().__init__(
            f"The arguments do not fit: {len(self.missing)} missing, {count} too many."
        )


def _sorted_out(
    func: Callable[..., Any], args: Any, kwargs: dict[str, Any]
) -> tuple[list[Any], dict[str, Any], list[str], dict[str, Any], list[Any]]:
    """Return the fitting arguments, by place and by name; what is missing, too many."""
    kinds = inspect.Parameter
    places, left = list(args), dict(kwargs)
    fitting: list[Any] = []
    named: dict[str, Any] = {}
    missing: list[str] = []
    takes_places = takes_names = False
    for name, parameter in inspect.signature(func).parameters.items():
        if parameter.kind is kinds.VAR_POSITIONAL:
            takes_places = True
        elif parameter.kind is kinds.VAR_KEYWORD:
            takes_names = True
        elif parameter.kind is not kinds.KEYWORD_ONLY and places:
            fitting.append(places.pop(0))
        elif name in left or parameter.default is not kinds.empty:
            value = left.pop(name, parameter.default)
            if parameter.kind is kinds.KEYWORD_ONLY:
                named[name] = value
            else:
                fitting.append(value)
        else:
            missing.append(name)
    if takes_places:
        fitting, places = fitting + places, []
    if takes_names:
        named, left = {**named, **left}, {}
    return fitting, named, missing, left, places


def validate_arguments(
    func: Callable[..., Any],
    args: Any,
    kwargs: dict[str, Any],
    drop_extra: bool = True,
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """Return the arguments that a function takes of those that there are.

    :raises ArgumentValidationError: if one is missing; if there are too many, and they
        are not to be dropped.
    """
    fitting, named, missing, extra, places = _sorted_out(func, args, kwargs)
    if missing:
        raise ArgumentValidationError(missing)
    if (extra or places) and not drop_extra:
        raise ArgumentValidationError(None, extra, places)
    return tuple(fitting), named


def bind_arguments(
    func: Callable[..., Any], args: Any, kwargs: dict[str, Any]
) -> dict[str, Any]:
    """Return the values by the names of the function's parameters."""
    bound = inspect.signature(func).bind(*args, **kwargs)
    bound.apply_defaults()
    return dict(bound.arguments)


def detect_utf_encoding(data: bytes) -> str:
    """Tell which encoding of Unicode some JSON is in."""
    return json.detect_encoding(data)


def invalidate_cached_property(obj: Any, name: str) -> None:
    """Have a cached property computed anew."""
    if hasattr(obj, "__dict__"):
        vars(obj).pop(name, None)
    elif hasattr(obj, f"_cache_{name}"):
        delattr(obj, f"_cache_{name}")

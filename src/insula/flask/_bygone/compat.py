"""Old ``werkzeug._compat`` and other modules between one Python and another.

``six`` in small: what both lines of Python had under two names. ``jinja2._compat``,
``werkzeug.posixemulation`` and ``werkzeug.filesystem`` are here, too.
"""

from __future__ import annotations

import os
import sys
from importlib.metadata import version
from io import BytesIO, StringIO
from typing import TYPE_CHECKING, Any, NoReturn

from werkzeug._internal import _wsgi_decoding_dance as wsgi_decoding_dance
from werkzeug._internal import _wsgi_encoding_dance as wsgi_encoding_dance

from insula.local import get_ident

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = [
    "PY2",
    "WIN",
    "BrokenFilesystemWarning",
    "BytesIO",
    "NativeStringIO",
    "StringIO",
    "can_open_by_fd",
    "can_rename_open_file",
    "fix_tuple_repr",
    "get_filesystem_encoding",
    "get_ident",
    "has_likely_buggy_unicode_filesystem",
    "imap",
    "implements_bool",
    "implements_iterator",
    "implements_to_string",
    "int_to_byte",
    "integer_types",
    "iter_bytes",
    "iteritems",
    "iterkeys",
    "iterlists",
    "iterlistvalues",
    "itervalues",
    "izip",
    "make_literal_wrapper",
    "native_string_result",
    "normalize_string_tuple",
    "range_type",
    "rename",
    "reraise",
    "string_types",
    "text_type",
    "to_bytes",
    "to_native",
    "to_unicode",
    "try_coerce_native",
    "unichr",
    "wsgi_decoding_dance",
    "wsgi_encoding_dance",
    "wsgi_get_bytes",
]

PY2 = False
WIN = sys.platform.startswith("win")
NativeStringIO = StringIO
text_type = str
string_types = (str,)
integer_types = (int,)
range_type = range
unichr = chr
imap, izip = map, zip


def _same(value: Any) -> Any:
    return value


fix_tuple_repr = implements_bool = implements_iterator = _same
implements_to_string = native_string_result = try_coerce_native = _same


def iteritems(d: Any, *args: Any, **kwargs: Any) -> Iterator[Any]:
    """Iterate over the items."""
    return iter(d.items(*args, **kwargs))


def iterkeys(d: Any, *args: Any, **kwargs: Any) -> Iterator[Any]:
    """Iterate over the keys."""
    return iter(d.keys(*args, **kwargs))


def itervalues(d: Any, *args: Any, **kwargs: Any) -> Iterator[Any]:
    """Iterate over the values."""
    return iter(d.values(*args, **kwargs))


def iterlists(d: Any, *args: Any, **kwargs: Any) -> Iterator[Any]:
    """Iterate over keys with the lists of their values."""
    return iter(d.lists(*args, **kwargs))


def iterlistvalues(d: Any, *args: Any, **kwargs: Any) -> Iterator[Any]:
    """Iterate over the lists of values."""
    return iter(d.listvalues(*args, **kwargs))


def int_to_byte(value: int) -> bytes:
    """Return the byte of a number."""
    return bytes((value,))


def iter_bytes(data: bytes) -> Iterator[bytes]:
    """Iterate over bytes, each as bytes."""
    return (bytes((value,)) for value in data)


def reraise(tp: Any, value: Any, tb: Any = None) -> NoReturn:
    """Raise an exception with a traceback."""
    raise (tp() if value is None else value).with_traceback(tb)


def to_bytes(x: Any, charset: str = "utf-8", errors: str = "strict") -> bytes | None:
    """Return a text as bytes."""
    if x is None or isinstance(x, bytes):
        return x
    if isinstance(x, (bytearray, memoryview)):
        return bytes(x)
    if isinstance(x, str):
        return x.encode(charset, errors)
    raise TypeError(f"to_bytes() takes a text or bytes, not {type(x).__name__}.")


def to_unicode(
    x: Any,
    charset: str | None = "utf-8",
    errors: str = "strict",
    allow_none_charset: bool = False,
) -> Any:
    """Return bytes as a text."""
    if x is None:
        return None
    if not isinstance(x, (bytes, bytearray)):
        return str(x)
    if charset is None and allow_none_charset:
        return x
    return x.decode(charset or "utf-8", errors)


def to_native(x: Any, charset: str = "utf-8", errors: str = "strict") -> str | None:
    """Return bytes or a text as a text."""
    return x if x is None or isinstance(x, str) else x.decode(charset, errors)


def make_literal_wrapper(reference: Any) -> Callable[[str], Any]:
    """Return what makes literals of the kind of a value: texts or bytes."""
    return _same if isinstance(reference, str) else str.encode


def normalize_string_tuple(tup: Any) -> Any:
    """Refuse a tuple of texts and bytes."""
    if len({isinstance(each, str) for each in tup}) > 1:
        raise TypeError(f"The parts are texts and bytes: {tup!r}; make them one kind.")
    return tup


def wsgi_get_bytes(text: str) -> bytes:
    """Return what a text of an environ stands for."""
    return text.encode("latin-1")


# werkzeug.posixemulation
can_rename_open_file = can_open_by_fd = not WIN
rename = os.replace

# werkzeug.filesystem


class BrokenFilesystemWarning(RuntimeWarning, UnicodeWarning):
    """Names of files would have been in ASCII; Python 3.7 has mended that."""


def get_filesystem_encoding() -> str:
    """Return how names of files are encoded."""
    return sys.getfilesystemencoding() or "utf-8"


has_likely_buggy_unicode_filesystem = False


def __getattr__(name: str) -> Any:
    # These two want the disk, and the server.
    if name == "__version__":
        return version("werkzeug")
    if name == "BaseRequestHandler":
        from werkzeug.serving import WSGIRequestHandler

        return WSGIRequestHandler
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

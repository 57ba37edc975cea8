"""Answers with a file: Werkzeug's, made in one pass where they are the usual ones.

Both functions take what Werkzeug's of the same names take, and answer what those would
answer: the same status, the same fields in the same order, the same body.

Theory. A file is asked about once (``stat``) and opened once. Its fields go into the
response as one list; each is known to be well-formed and to be there once. What a date
or an age looks like depends on nothing else and is kept, bounded; a file and its
``stat`` are looked at anew each time. A request with conditions that are more than the
tag or the date it was sent goes to ``make_conditional``, with the response made so far.

Rules of the file:

* Anything unusual (a file object, a name to be quoted, a tag or a date that is given,
  ``X-Sendfile``, a path to be normalised) is Werkzeug's, as a whole.
* So is a response whose class has a step of its own, and all while one of Werkzeug's
  functions is replaced; both are asked again by each request.
* Until the response is returned, whatever fails closes the file.

Sources: RFC 9110, sections 8.8 (validators), 13 (conditions) and 14 (ranges); PEP 3333
(``wsgi.file_wrapper``).
"""

from __future__ import annotations

import mimetypes
import os
import re
import time
from functools import lru_cache
from operator import attrgetter
from stat import S_ISREG
from typing import TYPE_CHECKING, Any
from zlib import adler32

import werkzeug.utils
from werkzeug.datastructures import ResponseCacheControl
from werkzeug.exceptions import NotFound
from werkzeug.http import http_date
from werkzeug.wrappers import Response as WerkzeugResponse
from werkzeug.wsgi import FileWrapper

from insula.http.response import Response

if TYPE_CHECKING:
    from insula._core.protocols import WSGIEnvironment

__all__ = ["send_file", "send_from_directory"]

# Werkzeug's functions whose work is done here, unless they are replaced.
_functions = attrgetter("safe_join", "send_file", "send_from_directory")
_FUNCTIONS = _functions(werkzeug.utils)

# The steps of a response that are done here, unless its class has its own.
_steps = attrgetter(
    "__init__",
    "__new__",
    "__setattr__",
    "_is_range_request_processable",
    "_process_range_request",
    "accept_ranges",
    "automatically_set_content_length",
    "cache_control",
    "content_length",
    "date",
    "expires",
    "last_modified",
    "make_conditional",
    "set_etag",
    "status",
    "status_code",
)
_STEPS = _steps(Response)

_OPTIONS = frozenset(
    {
        "_root_path",
        "as_attachment",
        "conditional",
        "download_name",
        "etag",
        "last_modified",
        "max_age",
        "mimetype",
        "response_class",
        "use_x_sendfile",
    }
)

# Paths that normalising leaves as they are, and names that need no quotes.
_PART = r"[\w!$&'+^`|~-][\w!$&'+.^`|~-]*"
_is_plain_path = re.compile(rf"{_PART}(?:/{_PART})*", re.ASCII).fullmatch
_is_plain_name = re.compile(r"[\w!$&'+.^`|~-]+", re.ASCII).fullmatch

_BLOCK = 8192  # what Werkzeug's `wrap_file` asks of a wrapper
_NOT_MODIFIED = 304

# PERF: a date takes 2.4 µs, and a file's stays the same as long as the file.
_date = lru_cache(maxsize=1024)(http_date)


def send_file(
    path_or_file: Any, environ: WSGIEnvironment, **options: Any
) -> WerkzeugResponse:
    """Answer with a file, as :func:`werkzeug.utils.send_file` does."""
    if isinstance(path_or_file, (str, os.PathLike)) and _are_usual(options):
        path: Any = os.path.join(options["_root_path"], path_or_file)  # noqa: PTH118 - text in, text out
        if type(path) is str:
            found = os.stat(path)  # noqa: PTH116 - likewise
            response = _answer(path, found, environ, options)
            if response is not None:
                return response
    return werkzeug.utils.send_file(path_or_file, environ, **options)


def send_from_directory(
    directory: Any, path: Any, environ: WSGIEnvironment, **options: Any
) -> WerkzeugResponse:
    """Answer with a file, as :func:`werkzeug.utils.send_from_directory` does.

    :raises NotFound: for what is no file, or not below ``directory``.
    """
    if (
        type(path) is str
        and type(directory) is str
        and directory[:1] == "/"
        and directory[-1] != "/"
        and _is_plain_path(path)
        and _are_usual(options)
    ):
        path_below = f"{directory}/{path}"
        try:
            found = os.stat(path_below)  # noqa: PTH116 - text in
        except (OSError, ValueError):
            found = None
        if found is None or not S_ISREG(found.st_mode):
            raise NotFound
        response = _answer(path_below, found, environ, options)
        if response is not None:
            return response
    return werkzeug.utils.send_from_directory(directory, path, environ, **options)


def _are_usual(options: dict[str, Any]) -> bool:
    """Return whether nothing but what :func:`_answer` knows is asked for."""
    get = options.get
    kind = get("response_class")
    etag = get("etag", True)
    return (
        os.name == "posix"
        and type(get("_root_path")) is str
        and not get("use_x_sendfile")
        and get("last_modified") is None
        and (etag is True or etag is False)
        and (
            kind is Response or (isinstance(kind, type) and issubclass(kind, Response))
        )
        and kind._plain
        and _steps(kind) == _STEPS
        and _functions(werkzeug.utils) == _FUNCTIONS
        and options.keys() <= _OPTIONS
    )


def _answer(
    path: str, found: os.stat_result, environ: WSGIEnvironment, options: dict[str, Any]
) -> Response | None:
    """Return the response to a file and its ``stat``, or ``None`` for Werkzeug's."""
    get = options.get
    name = get("download_name")
    if name is None:
        name = path[path.rfind("/") + 1 :]
    if type(name) is not str or not _is_plain_name(name):
        return None
    mimetype, encoding = get("mimetype"), None
    if mimetype is None:
        mimetype, encoding = mimetypes.guess_type(name)
        if mimetype is None:
            mimetype = "application/octet-stream"
        if encoding is not None and not _is_plain_name(encoding):
            return None

    file = open(path, "rb")  # noqa: PTH123, SIM115 - the response's, which closes it
    try:
        response: Response = options["response_class"](
            environ.get("wsgi.file_wrapper", FileWrapper)(file, _BLOCK),
            mimetype=mimetype,
            direct_passthrough=True,
        )
        age = get("max_age")
        if callable(age):
            age = age(path)
        fields = response.headers._list
        fields[:0] = _name(name, encoding, get("as_attachment"))
        _describe(fields, path, found, age, get("etag", True))
        if get("conditional", True):
            _make_conditional(response, fields, environ, found.st_size)
    except BaseException:
        file.close()
        raise
    return response


def _name(
    name: str, encoding: str | None, as_attachment: Any
) -> tuple[tuple[str, str], ...]:
    """Return the fields that stand before the type."""
    if as_attachment:
        # Browsers would unpack what is to be saved.
        return (("Content-Disposition", f"attachment; filename={name}"),)
    shown = ("Content-Disposition", f"inline; filename={name}")
    return (shown,) if encoding is None else (("Content-Encoding", encoding), shown)


def _describe(
    fields: list[tuple[str, str]],
    path: str,
    found: os.stat_result,
    age: Any,
    etag: bool,
) -> None:
    """Append the fields that say what a file is and how long it may be kept."""
    size, changed = found.st_size, found.st_mtime
    fields += (
        ("Content-Length", str(size)),
        ("Last-Modified", _date(changed)),
        ("Cache-Control", _cache_control(age)),
    )
    if age is not None:
        fields.append(("Expires", _date(int(time.time() + age))))
    if etag:
        tag = f'"{changed}-{size}-{adler32(path.encode()) & 0xFFFFFFFF}"'
        fields.append(("ETag", tag))


def _make_conditional(
    response: Response,
    fields: list[tuple[str, str]],
    environ: WSGIEnvironment,
    size: int,
) -> None:
    """Let the request's conditions decide: 200, 206, 304 or 412.

    :raises RequestedRangeNotSatisfiable: for a range that the file does not have.
    """
    if environ["REQUEST_METHOD"] not in {"GET", "HEAD"}:
        return
    sent_tag = environ.get("HTTP_IF_NONE_MATCH")
    if sent_tag is not None:
        name, tag = fields[-1]
        known = name == "ETag" and sent_tag in {tag, f"W/{tag}"}
    else:
        sent_date = environ.get("HTTP_IF_MODIFIED_SINCE")
        known = sent_date is None or ("Last-Modified", sent_date) in fields
    if not known or "HTTP_RANGE" in environ or "HTTP_IF_MATCH" in environ:
        response.make_conditional(environ, accept_ranges=True, complete_length=size)
        return
    fields.append(("Date", _date(int(time.time()))))
    fields += _range_fields()
    if sent_tag is not None or sent_date is not None:
        response.status_code = _NOT_MODIFIED


# NOTE: by its type, too: to Werkzeug `True` is no number.
@lru_cache(maxsize=256, typed=True)
def _cache_control(age: Any) -> str:
    control = ResponseCacheControl()
    control.no_cache = True
    if age is not None:
        if age > 0:
            control.no_cache = None
            control.public = True
        control.max_age = age
    return control.to_header()


@lru_cache(maxsize=1)
def _range_fields() -> list[tuple[str, str]]:
    # Which of them Werkzeug adds where no range is asked for depends on its version.
    probe = WerkzeugResponse()
    probe.headers.clear()
    probe.headers["Date"] = http_date(0)
    probe.content_length = 1
    environ = {"REQUEST_METHOD": "GET"}
    probe.make_conditional(environ, accept_ranges=True, complete_length=1)
    return probe.headers.to_wsgi_list()[2:]

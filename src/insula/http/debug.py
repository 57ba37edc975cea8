"""Errors that only debug mode raises, to explain a mistake in time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from werkzeug.routing import RequestRedirect

if TYPE_CHECKING:
    from werkzeug.datastructures import MultiDict
    from werkzeug.wrappers import Request

__all__ = [
    "DebugFilesKeyError",
    "FormDataRoutingRedirect",
    "UnexpectedUnicodeError",
    "attach_enctype_error",
]


class UnexpectedUnicodeError(AssertionError, UnicodeError):
    """Text or bytes stood where the other was wanted."""


class DebugFilesKeyError(KeyError, AssertionError):
    """A file was looked for in a form that was sent without files."""

    def __init__(self, request: Request, key: str) -> None:
        message = (
            f"request.files has no {key!r}: the form was sent as {request.mimetype!r},"
            " so no file contents were transmitted. Give the form the attribute"
            ' enctype="multipart/form-data".'
        )
        names = request.form.getlist(key)
        if names:
            # Browsers then send the name of the file in place of the file.
            submitted = ", ".join(repr(name) for name in names)
            message += f" This was submitted: {submitted}"
        super().__init__(message)
        self.msg = message

    def __str__(self) -> str:
        return self.msg


class FormDataRoutingRedirect(AssertionError):  # noqa: N818 - the known name
    """A redirect would lose the form data of the request."""

    def __init__(self, request: Request) -> None:
        exc = request.routing_exception  # type: ignore[attr-defined]  # set at match
        if not isinstance(exc, RequestRedirect):
            raise TypeError("FormDataRoutingRedirect needs a routing redirect.")
        message = (
            f"{request.method} {request.url} matched only after a redirect to the"
            f" canonical URL '{exc.new_url}', and a browser that follows it sends no"
            " form data. "
        )
        if f"{request.base_url}/" == exc.new_url.partition("?")[0]:
            message += "The rule ends with a slash; the request did not. "
        message += "Send the form to the canonical URL. (Only debug mode says this.)"
        super().__init__(message)


def attach_enctype_error(request: Request) -> None:
    """Make a missing key of ``request.files`` explain itself."""
    original: type[MultiDict[str, Any]] = type(request.files)

    class ExplainingFiles(original):  # type: ignore[valid-type, misc]  # chosen at run time
        def __getitem__(self, key: str) -> Any:
            try:
                return super().__getitem__(key)
            except KeyError:
                if key not in request.form:
                    raise
                raise DebugFilesKeyError(request, key) from None

    ExplainingFiles.__name__ = original.__name__
    ExplainingFiles.__module__ = original.__module__
    request.files.__class__ = ExplainingFiles

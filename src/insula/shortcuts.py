"""The functions that work on what is current, so that users need not pass it.

Each is a thin call of the application's method or of a lower floor's function.
"""

from __future__ import annotations

from types import MethodType
from typing import TYPE_CHECKING, Any, NoReturn, cast

import werkzeug.exceptions
import werkzeug.utils

from insula.app.files import file_options
from insula.app.urls import Urls, url_across
from insula.context.stacks import (
    UNBOUND_REQUEST,
    app_stack,
    get_app_node,
    request_stack,
)
from insula.http import files
from insula.json import jsonify as _jsonify
from insula.proxies import current_app
from insula.sessions import flash as flashes
from insula.templating import render as _render
from insula.templating import stream as _stream

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterable, Iterator
    from datetime import datetime
    from typing import BinaryIO

    from jinja2 import Template
    from werkzeug.wrappers import Response as WerkzeugResponse

    from insula.http import Response

__all__ = [
    "abort",
    "flash",
    "get_flashed_messages",
    "get_template_attribute",
    "jsonify",
    "make_response",
    "redirect",
    "render_template",
    "render_template_string",
    "send_file",
    "send_from_directory",
    "stream_template",
    "stream_template_string",
    "url_for",
]

#: :func:`insula.json.jsonify`; that floor does not know the class it returns.
jsonify = cast("Callable[..., Response]", _jsonify)

_url_for = Urls.url_for


def _request_context() -> Any:
    ctx = request_stack.top
    if ctx is None:
        raise RuntimeError(UNBOUND_REQUEST)
    return ctx


def url_for(
    endpoint: str,
    *,
    _anchor: str | None = None,
    _method: str | None = None,
    _scheme: str | None = None,
    _external: bool | None = None,
    **values: Any,
) -> str:
    """Build the URL of an endpoint; see :meth:`insula.Insula.url_for`."""
    ctx = get_app_node()[0]
    if ctx is None and "_app" in values and not current_app:
        asked = {"_method": _method, "_scheme": _scheme, "_external": _external}
        other = values.pop("_app")
        return url_across(
            None, other, endpoint, {**asked, "_anchor": _anchor, **values}
        )
    app = current_app if ctx is None else ctx._live_app or current_app
    build: Any = app.url_for
    if type(build) is MethodType and build.__func__ is _url_for:
        # PERF: to spread `values` into a call costs as much as building the URL.
        # It may be another application's method.
        owner: Any = build.__self__
        url: str = owner._url_for(
            endpoint, values, _anchor, _method, _scheme, _external
        )
        return url
    return build(  # type: ignore[no-any-return]  # anybody may replace it
        endpoint,
        _anchor=_anchor,
        _method=_method,
        _scheme=_scheme,
        _external=_external,
        **values,
    )


def redirect(
    location: str,
    code: int = 302,
    Response: type[Any] | None = None,  # noqa: N803 - Flask's
) -> WerkzeugResponse:
    """Return a redirect to ``location``.

    :param Response: the class of the response; the application's by default.
    """
    if app_stack.top is not None and Response is None:
        response: WerkzeugResponse = current_app.redirect(location, code=code)
        return response
    return werkzeug.utils.redirect(location, code=code, Response=Response)


def abort(code: int | WerkzeugResponse, *args: Any, **kwargs: Any) -> NoReturn:
    """Raise the HTTP exception of a status code, or one that holds a response."""
    if app_stack.top is not None:
        current_app.aborter(code, *args, **kwargs)
    werkzeug.exceptions.abort(code, *args, **kwargs)


def make_response(*args: Any) -> Response:
    """Return what a view's return value becomes, to set headers on.

    No argument gives an empty response, several are taken as a tuple.
    """
    response: Response
    if not args:
        response = current_app.response_class()
        return response
    # PERF: a read through the proxy costs as much as the rest.
    ctx = get_app_node()[0]
    app = current_app if ctx is None else ctx._live_app or current_app
    response = app.make_response(args[0] if len(args) == 1 else args)
    return response


def flash(message: str, category: str = "message") -> None:
    """Keep a message for the next page that shows messages.

    :param category: usually ``message``, ``error``, ``info`` or ``warning``.
    """
    flashes.flash(_request_context(), message, category)


def get_flashed_messages(
    with_categories: bool = False, category_filter: Iterable[str] = ()
) -> list[str] | list[tuple[str, str]]:
    """Take the flashed messages; again in the same request, the same.

    :param with_categories: return pairs ``(category, message)``.
    :param category_filter: only these categories.
    """
    return flashes.get_flashed_messages(
        _request_context(),
        with_categories=with_categories,
        category_filter=category_filter,
    )


def get_template_attribute(template_name: str, attribute: str) -> Any:
    """Return a macro or variable that a template exports."""
    return getattr(current_app.jinja_env.get_template(template_name).module, attribute)


def render_template(
    template_name_or_list: str | Template | list[str | Template], **context: Any
) -> str:
    """Render a template of the template folder; of a list, the first there is."""
    app = app_stack.top.app if app_stack.top else current_app
    template = app.jinja_env.get_or_select_template(template_name_or_list)
    return _render(app, template, context)


def render_template_string(source: str, **context: Any) -> str:
    """Render a template from its source."""
    app = app_stack.top.app if app_stack.top else current_app
    return _render(app, _of_source(app.jinja_env, source), context)


def _of_source(env: Any, source: str) -> Template:
    # An application's environment need not be of our class.
    template: Template = getattr(env, "of_source", env.from_string)(source)
    return template


def stream_template(
    template_name_or_list: str | Template | list[str | Template], **context: Any
) -> Iterator[str]:
    """Render a template piece by piece, to be returned as a streamed body."""
    app = current_app._get_current_object()  # type: ignore[attr-defined]  # a proxy's
    template = app.jinja_env.get_or_select_template(template_name_or_list)
    return _stream_with_request(app, template, context)


def stream_template_string(source: str, **context: Any) -> Iterator[str]:
    """Render a template from its source piece by piece."""
    app = current_app._get_current_object()  # type: ignore[attr-defined]  # a proxy's
    return _stream_with_request(app, _of_source(app.jinja_env, source), context)


def _stream_with_request(
    app: Any, template: Template, context: dict[str, Any]
) -> Iterator[str]:
    from insula.dispatch import stream_with_context

    pieces = _stream(app, template, context)
    if request_stack.top is None:
        return pieces
    held: Iterator[str] = stream_with_context(pieces)
    return held


def send_file(
    path_or_file: os.PathLike[str] | str | BinaryIO,
    mimetype: str | None = None,
    as_attachment: bool = False,
    download_name: str | None = None,
    conditional: bool = True,
    etag: bool | str = True,
    last_modified: datetime | float | None = None,
    max_age: Any = None,
) -> Response:
    """Answer with a file, conditionally and by ranges as the request asks.

    NOTE: Never hand a path that a user gave; :func:`send_from_directory` is for that.

    :param path_or_file: a path, relative to the application's, or a binary file.
    :param as_attachment: offer it to be saved.
    :param download_name: the name it is saved under.
    :param max_age: seconds it may be cached, or a function of the path.
    """
    response: Any = files.send_file(
        **file_options(
            current_app,
            {
                "path_or_file": path_or_file,
                "mimetype": mimetype,
                "as_attachment": as_attachment,
                "download_name": download_name,
                "conditional": conditional,
                "etag": etag,
                "last_modified": last_modified,
                "max_age": max_age,
            },
        )
    )
    return response  # type: ignore[no-any-return]  # of the application's class


def send_from_directory(
    directory: os.PathLike[str] | str, path: os.PathLike[str] | str, **kwargs: Any
) -> Response:
    """Answer with a file below ``directory``; 404 for a path that leads out of it.

    :param path: relative to ``directory``; may come from a user.
    :param kwargs: as for :func:`send_file`.
    """
    response: Any = files.send_from_directory(
        directory, path, **file_options(current_app, kwargs)
    )
    return response  # type: ignore[no-any-return]  # of the application's class

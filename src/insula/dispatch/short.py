"""The short way: a request to whose steps nobody has anything to add, in one function.

Many requests meet no hook and no signal, and their session is not touched. The steps
of :mod:`~insula.dispatch.pipeline` then only find out, one call after the other, that
there is nothing to do. Here the same is found out in one condition, and what remains is
done in one place: both contexts pushed, the URL matched, the view called, what it
returned sent, the contexts popped.

Rules of the file:

* The condition is asked anew by every request; so a hook, a signal's receiver or a step
  replaced on the application counts from the next request on. One replaced on the
  application's class, or on that of its requests or responses, does, too, until its
  first request; and always for a request of the test client, which is who meets a class
  that a test has patched.
* The end asks again, since a view may have done anything: whatever is not as simple as
  it began goes on in the steps themselves.
* Nothing is skipped that somebody could notice: request and contexts are the ones the
  steps would make. Only the response of a text is left out, which nobody could see.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from insula._core.signals import forget_deaf, heard
from insula.context import RequestContext
from insula.context.lifetime import GONE
from insula.context.stacks import (
    EMPTY,
    get_app_node,
    get_request_node,
    set_app_node,
    set_request_node,
)
from insula.dispatch.decisions import STEPS
from insula.dispatch.pipeline import Pipeline
from insula.http import Request, Response
from insula.http.response import type_field
from insula.json.provider import DefaultJSONProvider

if TYPE_CHECKING:
    from collections.abc import Iterable

    from insula._core.protocols import StartResponse, WSGIEnvironment

__all__ = ["ShortWay"]

_new = object.__new__

_CLASSES: dict[type, tuple[str, ...]] = {
    Pipeline: STEPS,
    DefaultJSONProvider: ("response",),
    Request: ("__init__", "close", "json_module"),
    RequestContext: ("__init__", "match_request", "pop", "push"),
    Response: (
        "__call__",
        "__init__",
        "automatically_set_content_length",
        "default_status",
        "get_app_iter",
        "get_wsgi_headers",
        "get_wsgi_response",
    ),
}


def _members(cls: type, names: tuple[str, ...]) -> list[Any]:
    return [getattr(cls, name) for name in names]


_ORIGINALS = {cls: _members(cls, names) for cls, names in _CLASSES.items()}


def _works_for(provider: Any, app: Any) -> bool:
    # Another application's makes responses of that one's class.
    return type(provider) is not DefaultJSONProvider or provider._get_app() is app


class ShortWay(Pipeline):
    """Answer the simplest requests in one function, all others step by step."""

    def _look_again(self) -> None:
        """Decide anew: a class may have been patched."""
        self._makes_app_context = self._opens_session_lazily = None
        self._session_may_wait()
        self._decide_short()

    def _decide_short(self) -> None:
        revision = self._revision
        for kind in (self.request_class, self.response_class):
            look = getattr(kind, "_look_at_class", None)
            if look is not None:
                look()
        if not self._got_first_request or self._opens_session_lazily is None:
            return  # the steps have this to do first
        goes_short = (
            self._opens_session_lazily
            and self.request_class is Request
            and self.response_class is Response
            and Response._plain
            and _works_for(self.json, self)
            and not any(name in self.__dict__ for name in STEPS)
            and all(
                _members(type(self) if cls is Pipeline else cls, names)
                == _ORIGINALS[cls]
                for cls, names in _CLASSES.items()
            )
        )
        # NOTE: only then, for one who has patched the class counts what is made.
        field = Response("").headers.to_wsgi_list()[0] if goes_short else ("", "")
        is_type = field[0] == "Content-Type"
        self._decide("_short_field", field if is_type else False, revision)

    # PERF: one function, for a call costs what ten of these lines cost.
    def _respond(  # noqa: C901, PLR0912, PLR0915  # the reason is above
        self, environ: WSGIEnvironment, start_response: StartResponse
    ) -> Iterable[bytes]:
        field = self._short_field
        if (
            not field
            or self.before_request_funcs
            or self.after_request_funcs
            or self.teardown_request_funcs
            or self.teardown_appcontext_funcs
            or self.url_value_preprocessors
            or heard
            or get_request_node() is not EMPTY
            or get_app_node() is not EMPTY
        ):
            if heard:
                forget_deaf()
            if field is None:
                self._decide_short()
                if self._short_field:
                    return self._respond(environ, start_response)
            return Pipeline._respond(self, environ, start_response)

        # As `Request(environ)` and `RequestContext(self, environ)` do, and `push`.
        request: Any = _new(Request)
        request.environ = environ
        request._has_form = False
        method = request.method = environ.get("REQUEST_METHOD", "GET").upper()
        request.json_module = self.json
        environ["werkzeug.request"] = request
        ctx: Any = _new(RequestContext)
        ctx.app = ctx._live_app = self
        ctx._request = ctx._live = request
        ctx._live_g = GONE
        ctx._opened = ctx._after = None
        ctx._pushes = 1
        ctx._whole = True
        node = (ctx, EMPTY)
        set_app_node(node)
        set_request_node(node)

        rule: Any = None
        type_of_data = field
        # Of a JSON document, which is in bytes then.
        mimetype = None
        failure: BaseException | None = None
        in_view = False
        router: Any = self._router
        path = environ.get("PATH_INFO")
        try:
            # As `_match_request` does.
            if (
                router
                and path
                and path.isascii()
                and "HTTP_UPGRADE" not in environ
                and environ.get("HTTP_HOST") in self._known_hosts
                and self.config["TRUSTED_HOSTS"] is None
            ):
                straight = router.map.straight
                rules = straight.get(path)
                if rules is not None and method in rules:
                    rule = request.url_rule = rules[method]
                    args = request.view_args = {}
                else:
                    match = router.match(path, method)
                    if type(match) is tuple:
                        rule, args = match
                        request.url_rule = rule
                        request.view_args = args
                        # One for all methods has no end of them.
                        if not args and rule.rule == path and rule.methods:
                            # The map has another one as soon as it changes.
                            straight.setdefault(path, {})[method] = rule
                    else:
                        self._settle(ctx, match)
            else:
                self._match_request(ctx)
            # As `dispatch_request` does.
            in_view = True
            if rule is None:
                if request.routing_exception is not None:
                    self.raise_routing_exception(request)
                rule = request.url_rule
                args = request.view_args
            if method == "OPTIONS" and getattr(
                rule, "provide_automatic_options", False
            ):
                rv = self.make_default_options_response()
            else:
                endpoint = rule.endpoint
                view = self.view_functions[endpoint]
                direct = self._direct_views
                if direct is None or direct.get(endpoint) is not view:
                    view = self._callable_view(endpoint, view)
                rv = view(**args)
            kind = type(rv)
            # Where the view has replaced a step, that one makes the response.
            if kind is not str and kind is not Response and self._short_field is field:
                in_view = False
                provider = self.json
                if (
                    (kind is dict or kind is list)
                    and type(provider) is DefaultJSONProvider
                    and "response" not in provider.__dict__
                ):
                    # As the provider's `response` does, but for the object.
                    rv = provider._document(rv, self).encode()
                    mimetype = provider.mimetype
                    if mimetype is not None:
                        type_of_data = type_field(mimetype)
                else:
                    rv = self.make_response(rv)
        except BaseException as exc:  # noqa: BLE001 - the handlers decide
            failure = exc
        if failure is not None and in_view:
            try:
                rv = self._answer_failure(failure)
                failure = None
            except BaseException as exc:  # noqa: BLE001 - likewise
                failure = exc
        if failure is not None:
            try:
                return self._go_on(ctx, environ, start_response, self._fail, failure)
            finally:
                # NOTE: its traceback refers to this frame.
                failure = None

        fields = None
        response: Any = rv
        if (
            self._short_field is field
            and ctx._opened is None
            and ctx._after is None
            and ctx._whole
            and not request._has_form
            and get_request_node() is node
            and get_app_node() is node
            and "HTTP_COOKIE" not in environ
            and "werkzeug.debug.preserve_context" not in environ
            and not self.after_request_funcs
            and not self.teardown_request_funcs
            and not self.teardown_appcontext_funcs
            and not heard
        ):
            # As the response does when it is called.
            if type(rv) is Response:
                fields = response._finished(environ)
                if fields is not None:
                    status = response._status
                    data = response.response[0]
            elif method != "HEAD":
                data = rv
                if type(rv) is str:
                    try:
                        data = rv.encode()
                    except UnicodeEncodeError:
                        data = None  # that it raises is for the steps to handle
                if type(data) is bytes:
                    status = "200 OK"
                    fields = [
                        type_of_data,
                        ("Content-Length", str(len(data))),
                    ]
        if fields is None:
            if type(rv) is bytes and not in_view:
                rv = self.response_class(rv, mimetype=mimetype)
            return self._go_on(ctx, environ, start_response, self.finalize_request, rv)
        try:
            start_response(status, fields)
        finally:
            if not ctx._whole or request._has_form:
                # Of a middleware, which has read a file, or popped or held the context.
                ctx.pop(None)
            else:
                # As `pop` does.
                ctx._whole = False
                ctx._pushes = 0
                ctx._live = ctx._live_g = GONE
                ctx._live_app = None
                environ["werkzeug.request"] = None
                if rule is None and request.routing_exception is not None:
                    request.routing_exception.__traceback__ = None
        return [data]

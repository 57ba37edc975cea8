"""What becomes of an exception: a handler's response, its own, or 500.

The handler that is nearest wins: for the code before for the class alone, the inner
blueprint before the outer and the application, the class itself before its bases.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, NoReturn

from werkzeug.exceptions import (
    BadRequest,
    BadRequestKeyError,
    HTTPException,
    InternalServerError,
)
from werkzeug.routing import RequestRedirect, RoutingException

from insula._core.signals import got_request_exception
from insula.context.stacks import get_request_node, request_stack
from insula.http.debug import FormDataRoutingRedirect

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from insula._core.protocols import ExcInfo

__all__ = ["ErrorHandling"]


class ErrorHandling:
    """Turn exceptions into responses."""

    config: Any
    debug: bool
    testing: bool
    logger: Any
    response_class: Any
    error_handler_spec: dict[Any, dict[Any, dict[Any, Any]]]
    ensure_sync: Callable[[Callable[..., Any]], Callable[..., Any]]
    finalize_request: Callable[..., Any]

    def handle_user_exception(self, e: Exception) -> Any:
        """Handle what a view or a hook raised; raise it on if nobody handles it.

        :return: what the handler returned.
        """
        if isinstance(e, HTTPException):
            if isinstance(e, BadRequestKeyError):
                self._show_key(e)
            if not self.trap_http_exception(e):
                return self.handle_http_exception(e)
        handler = self._find_error_handler(e, _current_blueprints())
        if handler is None:
            try:
                raise e
            finally:
                del e  # its traceback refers to this frame
        return self.ensure_sync(handler)(e)

    def handle_http_exception(self, e: HTTPException) -> Any:
        """Handle an HTTP exception; it is a response itself if nobody does."""
        # A redirect or a response in disguise is no error.
        if e.code is None or isinstance(e, RoutingException):
            return e
        handler = self._find_error_handler(e, _current_blueprints())
        if handler is None:
            return e
        return self.ensure_sync(handler)(e)

    def _handler_for(self, e: Exception) -> Any:
        """Return what :meth:`handle_user_exception` would call, or ``None``."""
        if isinstance(e, BadRequestKeyError):
            self._show_key(e)
        if (
            isinstance(e, HTTPException)
            and (e.code is None or isinstance(e, RoutingException))
            and not self.trap_http_exception(e)
        ):
            return None
        return self._find_error_handler(e, _current_blueprints())

    def _show_key(self, e: BadRequestKeyError) -> None:
        shown = self.debug or self.config["TRAP_BAD_REQUEST_ERRORS"]
        e.show_exception = e.show_exception or bool(shown)

    def handle_exception(self, e: Exception) -> Any:
        """Handle what nobody handled: log it and answer 500.

        It is raised on instead where ``PROPAGATE_EXCEPTIONS`` says so (by default in
        testing and debug mode). Handlers for 500 get an
        :exc:`~werkzeug.exceptions.InternalServerError` with ``original_exception``.
        """
        exc_info: Any = (type(e), e, e.__traceback__)
        if got_request_exception.receivers:
            got_request_exception.send(
                self, _async_wrapper=self.ensure_sync, exception=e
            )
        wanted = self.config["PROPAGATE_EXCEPTIONS"]
        if (self.testing or self.debug) if wanted is None else wanted:
            try:
                if sys.exc_info()[1] is e:
                    raise  # noqa: PLE0704 - called while e is being handled
                raise e
            finally:
                del e, exc_info  # its traceback refers to this frame
        self.log_exception(exc_info)
        server_error: Any = InternalServerError(original_exception=e)
        handler = self._find_error_handler(server_error, _current_blueprints())
        if handler is not None:
            server_error = self.ensure_sync(handler)(server_error)
        return self.finalize_request(server_error, from_error_handler=True)

    def log_exception(self, exc_info: ExcInfo) -> None:
        """Log an exception that nobody handled."""
        request = request_stack._get()[0]._request
        self.logger.error(
            "Exception on %s [%s]", request.path, request.method, exc_info=exc_info
        )

    def trap_http_exception(self, e: Exception) -> bool:
        """Tell whether an HTTP exception is treated as any other error."""
        if self.config["TRAP_HTTP_EXCEPTIONS"]:
            return True
        wanted = self.config["TRAP_BAD_REQUEST_ERRORS"]
        if wanted is None:
            # In debug mode a missing key of a form is shown as the error it is.
            return isinstance(e, BadRequestKeyError) and self.debug
        return bool(wanted) and isinstance(e, BadRequest)

    def should_ignore_error(self, error: BaseException | None) -> bool:  # noqa: ARG002 - for overrides
        """Tell whether teardown functions are not told of ``error``."""
        return False

    def raise_routing_exception(self, request: Any) -> NoReturn:
        """Raise why the URL did not match.

        In debug mode a redirect that would lose form data is an error that says so.
        """
        exc = request.routing_exception
        if (
            not isinstance(exc, RequestRedirect)
            or not self.debug
            or exc.code in {307, 308}
            or request.method in {"GET", "HEAD", "OPTIONS"}
        ):
            raise exc
        raise FormDataRoutingRedirect(request)

    def make_default_options_response(self) -> Any:
        """Answer OPTIONS: the methods that the URL allows."""
        response = self.response_class()
        adapter = request_stack._get()[0].url_adapter
        response.allow.update(adapter.allowed_methods())
        return response

    def _find_error_handler(self, e: Exception, blueprints: Iterable[str]) -> Any:
        spec = self.error_handler_spec
        if not spec:
            return None
        code = getattr(type(e), "code", None) if isinstance(e, HTTPException) else None
        scopes = (*blueprints, None)
        for wanted in (code, None) if code is not None else (None,):
            for scope in scopes:
                handlers = spec.get(scope, {}).get(wanted)
                if not handlers:
                    continue
                for cls in type(e).__mro__:
                    handler = handlers.get(cls)
                    if handler is not None:
                        return handler
        return None


def _current_blueprints() -> list[str]:
    ctx = get_request_node()[0]
    if ctx is None or ctx._request.url_rule is None:
        return []
    names: list[str] = ctx._request.blueprints
    return names

"""The application context: the application and its ``g`` for one piece of work."""

from __future__ import annotations

import sys
from contextvars import copy_context
from typing import TYPE_CHECKING, Any

from insula._core.signals import appcontext_popped, appcontext_pushed
from insula.context.lifetime import GONE, UNSET, Lifetime, leave
from insula.context.stacks import app_stack

if TYPE_CHECKING:
    from insula._core.protocols import AppProtocol

__all__ = ["AppContext"]


class AppContext(Lifetime):
    """Make an application current, with a fresh ``g``.

    A request brings one by itself; push one by hand, best with ``with``, for work
    outside of requests.
    """

    # What the proxies `current_app` and `g` read: None, and GONE, before and after its
    # life. PERF: no default in the class, which CPython 3.11 reads slowly.
    _live_app: AppProtocol | None
    _live_g: Any
    _g: Any = None
    _url_adapter: Any = UNSET

    def __init__(self, app: AppProtocol) -> None:
        self.app = app
        self._live_app = None
        self._live_g = GONE

    @property
    def url_adapter(self) -> Any:
        """The adapter that builds URLs outside of a request, or ``None``."""
        if self._url_adapter is UNSET:
            self._url_adapter = self.app.create_url_adapter(None)
        return self._url_adapter

    @url_adapter.setter
    def url_adapter(self, value: Any) -> None:
        self._url_adapter = value

    @property
    def g(self) -> Any:
        """The namespace that the proxy ``g`` stands for, made on first use."""
        namespace = self._g
        if namespace is None:
            namespace = self._g = self.app.app_ctx_globals_class()
        if self._live_app is not None:
            self._live_g = namespace
        return namespace

    @g.setter
    def g(self, value: Any) -> None:
        self._g = value
        if self._live_app is not None:
            self._live_g = value

    @property
    def _cv_tokens(self) -> list[Any]:
        # Flask's name, whose length extensions read: one entry a push.
        return [None] * self._pushes

    def push(self) -> None:
        """Make this the current application context."""
        self._live_app = self.app
        self._live_g = GONE if self._g is None else self._g
        self._pushes += 1
        app_stack._set((self, app_stack._get()))
        if appcontext_pushed.receivers:
            self._send(appcontext_pushed)

    def pop(self, exc: BaseException | None = UNSET) -> None:
        """Leave the context; the last pop calls the teardown functions.

        :param exc: handed to them; by default the exception being handled.
        :raises LookupError: if the context is not pushed.
        :raises AssertionError: if another context was pushed since and not popped.
        """
        self._check_pushed()
        try:
            if self._drop_push():
                exc = sys.exc_info()[1] if exc is UNSET else exc
                if app_stack._get()[0] is self:
                    self._end(exc)
                else:
                    # Pushed elsewhere, or below another: see RequestContext.
                    copy_context().run(self._end_as_current, exc)
        finally:
            leave(app_stack, self)
        if appcontext_popped.receivers:
            self._send(appcontext_popped)

    def _end_as_current(self, exc: BaseException | None) -> None:
        app_stack.push(self)
        self._end(exc)

    def _end(self, exc: BaseException | None) -> None:
        try:
            self.app.do_teardown_appcontext(exc)
        finally:
            self._live_app = None
            self._live_g = GONE

    def _send(self, signal: Any) -> None:
        signal.send(self.app, _async_wrapper=self.app.ensure_sync)

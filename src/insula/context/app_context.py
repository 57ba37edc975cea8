"""The application context: the application and its ``g`` for one piece of work."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from insula._core.lazy import lazy
from insula._core.signals import appcontext_popped, appcontext_pushed
from insula.context.lifetime import UNSET, Lifetime
from insula.context.stacks import app_stack

if TYPE_CHECKING:
    from insula._core.protocols import AppProtocol

__all__ = ["AppContext"]


class AppContext(Lifetime):
    """Make an application current, with a fresh ``g``.

    A request pushes one by itself; push one by hand, best with ``with``, for work
    outside of requests.
    """

    _kind = "app"
    _stack = app_stack
    # What the proxies `current_app` and `g` read: None before and after its life.
    _live: AppProtocol | None = None
    _live_g: Any = None
    _g: Any = None
    # True while it is current only because a request pushed it.
    _implicit = False

    def __init__(self, app: AppProtocol) -> None:
        self.app = app

    @lazy
    def url_adapter(self) -> Any:
        """The adapter that builds URLs outside of a request, or ``None``."""
        return self.app.create_url_adapter(None)

    @property
    def g(self) -> Any:
        """The namespace that the proxy ``g`` stands for, made on first use."""
        namespace = self._g
        if namespace is None:
            namespace = self._g = self.app.app_ctx_globals_class()
            if self._live is not None:
                self._live_g = namespace
        return namespace

    @g.setter
    def g(self, value: Any) -> None:
        self._g = value
        if self._live is not None:
            self._live_g = value

    @property
    def _cv_tokens(self) -> list[Any]:
        # Flask's name, whose length extensions read: one entry a push.
        return [None] * self._pushes

    def push(self) -> None:
        """Make this the current application context."""
        if not self._pushes:
            self._live = self.app
            self._live_g = self._g
        self._pushes += 1
        app_stack._set((self, app_stack._get()))
        if appcontext_pushed.receivers:
            appcontext_pushed.send(self.app, _async_wrapper=self.app.ensure_sync)

    def pop(self, exc: BaseException | None = UNSET) -> None:
        """Leave the context; the last pop calls the teardown functions.

        :param exc: handed to them; by default the exception being handled.
        :raises LookupError: if the context is not pushed.
        :raises AssertionError: if another context was pushed since and not popped.
        """
        if self._pushes == 1 and self._hold_lock is None:
            self._pushes = 0
            last = True
        else:
            self._check_pushed()
            last = self._drop_push()
        try:
            if last:
                self._end(sys.exc_info()[1] if exc is UNSET else exc)
        finally:
            node: Any = app_stack._get()
            if node[0] is self:
                app_stack._set(node[1])
            else:
                self._leave_stack()
        if appcontext_popped.receivers:
            appcontext_popped.send(self.app, _async_wrapper=self.app.ensure_sync)

    def _end(self, exc: BaseException | None) -> None:
        try:
            self.app.do_teardown_appcontext(exc)
        finally:
            self._live = self._live_g = None

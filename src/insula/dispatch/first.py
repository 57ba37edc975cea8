"""Before the first request: once per process, however many requests come first.

Where no server has said that it starts (`lasting.lifespan`), a first request that
comes from a server starts the application. A request of a test does not,
and leaves that to those that follow.
"""

from __future__ import annotations

from contextvars import ContextVar
from threading import RLock
from typing import TYPE_CHECKING, Any

from insula.context.stacks import get_request_node

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["FirstRequest"]

# The application whose functions are being called here.
_starting: ContextVar[FirstRequest | None] = ContextVar("starting", default=None)


class FirstRequest:
    """Run the ``before_first_request`` functions exactly once.

    The requests that come while they run wait for them. A function that raises is
    called again by the next request, those that had succeeded are not. After that the
    whole costs one attribute read a request.
    """

    # NOTE: `_got_first_request` also closes the application for set-up; during the
    # functions themselves it is still open.
    _got_first_request: bool

    before_first_request_funcs: list[Callable[[], Any]]
    before_serving_funcs: list[Callable[[], Any]]
    after_serving_funcs: list[Callable[[], Any]]
    while_serving_gens: list[Any]
    ensure_sync: Callable[[Callable[..., Any]], Callable[..., Any]]

    # Whether requests of tests only have come, which do not start the application.
    _got_test_request = False

    def _init_first_request(self) -> None:
        self._got_first_request = False
        self.before_first_request_funcs = []
        self._first_request_done = 0
        self._init_first_lock()

    def _init_first_lock(self) -> None:
        self._first_request_lock = RLock()

    @property
    def got_first_request(self) -> bool:
        """Whether the application has begun to answer requests."""
        return self._got_first_request or self._got_test_request

    def _before_first_request(self, environ: Any = None) -> None:
        waits = self._waits_to_be_started()
        if not self.before_first_request_funcs and not waits:
            self._got_first_request = True
            return
        if _starting.get() is self:
            return  # one of the functions sends a request itself, on whatever thread
        with self._first_request_lock:
            if self._got_first_request:
                return
            _starting.set(self)
            try:
                is_test = waits and not self._start_if_served(environ)
                functions = self.before_first_request_funcs
                while self._first_request_done < len(functions):
                    self.ensure_sync(functions[self._first_request_done])()
                    self._first_request_done += 1
                if is_test:
                    self._got_test_request = True
                else:
                    self._got_first_request = True
            finally:
                _starting.set(None)

    def _waits_to_be_started(self) -> bool:
        if not (
            self.before_serving_funcs
            or self.while_serving_gens
            or self.after_serving_funcs
        ):
            return False
        from insula.dispatch.lasting.lifespan import is_to_be_started

        return is_to_be_started(self)

    def _start_if_served(self, environ: Any) -> bool:
        """Start the application; ``False`` where it is a test that calls it.

        NOTE: Servers say who they are in ``SERVER_SOFTWARE``, or bring a scope; test
        clients do not, or mark it.
        """
        if environ is None:
            ctx = get_request_node()[0]
            environ = {} if ctx is None else ctx._request.environ
        scope = environ.get("asgi.scope")
        if "SERVER_SOFTWARE" not in environ and (
            scope is None or "insula.test" in scope
        ):
            return False
        from insula.dispatch.lasting.lifespan import (
            is_to_be_started,
            start_at_first_request,
        )

        if is_to_be_started(self):  # none that came before has done it
            start_at_first_request(self)
        return True

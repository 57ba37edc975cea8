"""Before the first request: once per process, however many requests come first."""

from __future__ import annotations

from threading import RLock, get_ident
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["FirstRequest"]


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
    ensure_sync: Callable[[Callable[..., Any]], Callable[..., Any]]

    def _init_first_request(self) -> None:
        self._got_first_request = False
        self.before_first_request_funcs = []
        self._first_request_lock = RLock()
        self._first_request_done = 0
        self._first_request_owner: int | None = None

    @property
    def got_first_request(self) -> bool:
        """Whether the application has begun to answer requests."""
        return self._got_first_request

    def _before_first_request(self) -> None:
        if not self.before_first_request_funcs:
            self._got_first_request = True
            return
        with self._first_request_lock:
            if self._got_first_request or self._first_request_owner == get_ident():
                # The latter: one of the functions sends a request itself.
                return
            self._first_request_owner = get_ident()
            try:
                functions = self.before_first_request_funcs
                while self._first_request_done < len(functions):
                    self.ensure_sync(functions[self._first_request_done])()
                    self._first_request_done += 1
                self._got_first_request = True
            finally:
                self._first_request_owner = None

"""The manager: release several locals together, at the end of a response.

A WSGI response is over when the server closes its iterable (PEP 3333: the server calls
``close()`` once a request is done with), not when the application returns it: a
streamed body still reads the locals while it is sent.
"""

from __future__ import annotations

from functools import update_wrapper
from typing import TYPE_CHECKING, Any, TypeAlias

from insula.local.ident import get_ident
from insula.local.local import Local
from insula.local.stack import LocalStack

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

__all__ = ["LocalManager", "release_local"]

AnyLocal: TypeAlias = Local | LocalStack[Any]


def release_local(local: Any) -> None:
    """Forget what ``local`` holds for the running thread, greenlet or task."""
    type(local).__release_local__(local)


class _Closing:
    """Iterate over a response and call back, once, when it is closed."""

    __slots__ = ("_callback", "_items", "_iterable")

    def __init__(self, iterable: Iterable[bytes], callback: Callable[[], None]) -> None:
        self._iterable = iterable
        self._items = iter(iterable)
        self._callback: Callable[[], None] | None = callback

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        return next(self._items)

    def close(self) -> None:
        callback, self._callback = self._callback, None
        if callback is None:
            return
        try:
            close = getattr(self._iterable, "close", None)
            if close is not None:
                close()
        finally:
            callback()


class LocalManager:
    """Release all of ``locals`` at once, by hand or at the end of a response.

    ``ident_func``, if given, is set on every local as its ``__ident_func__``.
    """

    def __init__(
        self,
        locals: AnyLocal | Iterable[AnyLocal] | None = None,
        ident_func: Callable[[], Any] | None = None,
    ) -> None:
        self.locals: list[AnyLocal]
        if locals is None:
            self.locals = []
        elif isinstance(locals, Local | LocalStack):
            self.locals = [locals]
        else:
            self.locals = list(locals)
        self.ident_func: Callable[[], Any] = ident_func or get_ident
        if ident_func is not None:
            for local in self.locals:
                local.__ident_func__ = ident_func

    def get_ident(self) -> Any:
        """Return the identity of whoever is running."""
        return self.ident_func()

    def cleanup(self) -> None:
        """Release every local for whoever is running."""
        for local in self.locals:
            release_local(local)

    def make_middleware(self, app: Callable[..., Any]) -> Callable[..., Any]:
        """Return a WSGI application that releases the locals after each response."""

        def application(environ: Any, start_response: Any) -> Iterable[bytes]:
            try:
                iterable = app(environ, start_response)
                return _Closing(iterable, self.cleanup)
            except BaseException:
                # There is no response that a server could close.
                self.cleanup()
                raise

        return application

    def middleware(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """Decorate a WSGI application: :meth:`make_middleware`, under its name."""
        return update_wrapper(self.make_middleware(func), func)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {len(self.locals)} locals>"

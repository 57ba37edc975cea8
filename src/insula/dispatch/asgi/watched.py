"""Awaiting what is cancelled when the request's client goes away.

Rules of the file: nobody waits for the client's going before something is suspended,
for most work never is; what is awaited here is stepped, and closed, in its own Context.
"""

from __future__ import annotations

from types import coroutine
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Generator
    from contextvars import Context

    from insula.dispatch.asgi.outgoing import Watch

__all__ = ["go_on", "watched"]


@coroutine
def watched(
    work: Coroutine[Any, Any, Any], watching: Callable[[], Watch | None]
) -> Generator[Any, Any, Any]:
    """Await ``work``; watch from the first time that it is suspended.

    :param watching: returns what watches. It cancels once: what goes on all the same
        is left to come to its end.
    """
    try:
        future = work.send(None)
    except StopIteration as exc:
        return exc.value
    watch = watching()
    if watch is not None and watch.has_cancelled:
        watch = None
    return (yield from go_on(work, future, watch))


@coroutine
def go_on(
    work: Coroutine[Any, Any, Any],
    future: Any,
    watch: Watch | None,
    context: Context | None = None,
) -> Generator[Any, Any, Any]:
    """Await work that waits for ``future``, in ``context`` if given, and watch."""
    if watch is None:
        watch = _NOBODY
    run = _call if context is None else context.run
    watch.start()
    try:
        while True:
            try:
                value = yield future
            except GeneratorExit:
                run(_close, work)
                raise
            except BaseException as exc:  # noqa: BLE001 - it is the work's
                step, argument = work.throw, exc
            else:
                step, argument = work.send, value  # type: ignore[assignment]  # either
            try:
                future = run(step, argument)
            except StopIteration as exc:
                return exc.value
            finally:
                del step, argument
    finally:
        watch.stop()


def _call(function: Callable[..., Any], argument: Any) -> Any:
    return function(argument)


def _close(work: Coroutine[Any, Any, Any]) -> None:
    work.close()


class _Nobody:
    def start(self) -> None: ...

    def stop(self) -> None: ...


_NOBODY: Any = _Nobody()

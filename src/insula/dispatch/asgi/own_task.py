"""A task for a request whose server runs it in none.

Granian, with ``--task-impl rust``, steps a coroutine itself. What it has for a task
then is one object for all, which cannot be cancelled and has no loop; so timeouts, task
groups and whatever else asks for the current task fail in it, and it runs all requests
in one Context.
"""

from __future__ import annotations

from asyncio import current_task, get_running_loop
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

__all__ = ["exit_refused", "in_own_task", "runs_tasks"]

# For each class that a server's `receive` is a method of, whether that server runs each
# request in a task. It is not asked anew, for `current_task` is slow before CPython
# 3.12, and one process has no two kinds of a server. Bounded.
runs_tasks: dict[type, bool] = {}
_SERVERS_MAX = 64


async def in_own_task(
    answer: Callable[..., Coroutine[Any, Any, None]],
    app: Any,
    scope: Any,
    receive: Any,
    send: Any,
) -> bool:
    """Run ``answer`` in a task of its own if there is none; tell whether it was."""
    task: Any = current_task()
    try:
        task.get_loop()
    except (AttributeError, RuntimeError):
        await get_running_loop().create_task(answer(app, scope, receive, send))
        return True
    server = getattr(receive, "__self__", None)
    if server is not None and len(runs_tasks) < _SERVERS_MAX:
        runs_tasks[type(server)] = True
    return False


def exit_refused(error: BaseException) -> RuntimeError:
    """Return what is raised for a ``SystemExit`` or ``KeyboardInterrupt`` of a view.

    A task that raises one of these stops the loop for everybody.
    """
    return RuntimeError(f"A view raised {error!r}, which is not for it to do.")

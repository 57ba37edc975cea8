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

__all__ = ["current_task", "in_own_task", "known_tasks"]

#: For each class of task, whether it is one.
known_tasks: dict[type, bool] = {}


async def in_own_task(
    answer: Callable[..., Coroutine[Any, Any, None]], *args: Any
) -> bool:
    """Run ``answer`` in a task of its own if there is none; tell whether it was."""
    task: Any = current_task()
    try:
        task.get_loop()
        known_tasks[type(task)] = True
    except (AttributeError, RuntimeError):
        known_tasks[type(task)] = False
        await get_running_loop().create_task(answer(*args))
        return True
    return False

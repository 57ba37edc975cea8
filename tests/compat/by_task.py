"""A plugin of pytest: every view and hook is a coroutine function.

``pytest -p by_asgi -p by_task``. What a test registers as a view or a hook is wrapped
in a coroutine function, so that what was written for threads is answered on the event
loop.
"""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Any

from insula._core.running import is_on_loop
from insula.app import Blueprint, Insula
from insula.context import RequestContext
from insula.dispatch.loops.aio import is_async

if TYPE_CHECKING:
    from collections.abc import Callable

# One for each, since whoever registers a view again compares it.
_twins: dict[Any, Any] = {}

_HOOKS = """
    before_request after_request teardown_request teardown_appcontext
    before_app_request after_app_request teardown_app_request
"""


def _awaited(func: Any) -> Any:
    """Return a coroutine function that does what ``func`` does."""
    if not callable(func) or is_async(func) or hasattr(func, "view_class"):
        return func

    if func not in _twins:

        @wraps(func)
        async def call(*args: Any, **kwargs: Any) -> Any:
            return func(*args, **kwargs)

        _twins[func] = call
    return _twins[func]


def _pop(self: Any, *args: Any) -> None:
    """Pop a context, which the client keeps; the pipeline itself tells it so."""
    environ = self._request.environ
    if is_on_loop() and "werkzeug.debug.preserve_context" in environ:
        environ["werkzeug.debug.preserve_context"](self)
    _base_pop(self, *args)


_base_pop = RequestContext.pop


def _registering(register: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(register)
    def hook(self: Any, func: Any) -> Any:
        register(self, _awaited(func))
        return func

    return hook


def pytest_configure() -> None:
    """Put it in place."""
    add_url_rule = Insula.add_url_rule

    @wraps(add_url_rule)
    def add(
        self: Any,
        rule: str,
        endpoint: str | None = None,
        view_func: Any = None,
        *args: Any,
        **options: Any,
    ) -> None:
        add_url_rule(self, rule, endpoint, _awaited(view_func), *args, **options)

    put: Callable[[Any, str, Any], None] = setattr
    put(Insula, "add_url_rule", add)
    put(RequestContext, "pop", _pop)
    for cls in (Insula, Blueprint):
        for name in _HOOKS.split():
            register = getattr(cls, name, None)
            if register is not None:
                setattr(cls, name, _registering(register))

"""What is decided once, and dropped when what it was decided from is replaced.

A decision is an attribute of the application that is ``None`` until a request first
needs it. It may depend only on attributes that are *replaced*, by an assignment to the
application, which drops it. What code changes in place (the tables of hooks, the
configuration) is looked at anew by every request.

NOTE: a method replaced on the *class* is noticed until the application's first request,
and by the test client's requests always.
"""

from __future__ import annotations

from types import MethodType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from insula.routing import Router

__all__ = ["ERROR_STEPS", "STEPS", "Decisions", "function_of"]

# The steps that the short way leaves out.
STEPS = (
    "_match_request",
    "app_context",
    "dispatch_request",
    "do_teardown_appcontext",
    "do_teardown_request",
    "finalize_request",
    "full_dispatch_request",
    "make_response",
    "preprocess_request",
    "process_response",
    "request_context",
)

# Those that come to it when something fails.
ERROR_STEPS = (
    "handle_exception",
    "handle_http_exception",
    "handle_user_exception",
    "make_default_options_response",
    "raise_routing_exception",
    "should_ignore_error",
    "trap_http_exception",
)

# For each attribute that decides something, the decisions that fall with it.
_DECIDES: dict[str, tuple[str, ...]] = {
    "asgi_app": ("_http_answer",),
    "async_to_sync": ("_by_task", "_direct_views"),
    "create_url_adapter": ("_router",),
    "ensure_sync": ("_by_task", "_direct_views"),
    "session_interface": ("_by_task", "_opens_session_lazily", "_short_field"),
    "subdomain_matching": ("_router",),
    "url_map": ("_router",),
    "wsgi_app": ("_by_task",),
}
for _name in (*STEPS, "_got_first_request", "json", "request_class", "response_class"):
    _DECIDES[_name] = ("_by_task", "_short_field")
for _name in ERROR_STEPS:
    _DECIDES[_name] = ("_by_task",)
_DECIDES["app_context"] += ("_makes_app_context",)
# Another class has other methods.
_DECIDES["__class__"] = tuple({one: None for each in _DECIDES.values() for one in each})


def function_of(method: Any) -> Any:
    """Return the function of a bound method, ``None`` for anything else.

    A wrapper may hand on whatever it is asked for to what it wraps (``__getattr__``, as
    many proxies do), ``__func__`` included; so the type is looked at first.
    """
    return method.__func__ if type(method) is MethodType else None


class Decisions:
    """Drop a decision when an attribute that it depends on is assigned."""

    # PERF: attributes of the object, in slots: with a default in the class CPython
    # 3.11 reads them ten times slower.

    # What requests are matched with; False where the adapter must do it.
    _router: Router | bool | None
    # By endpoint, the views that need nothing done before they are called.
    _direct_views: dict[str, Callable[..., Any]] | None
    # Where requests may take the short way, the type field of what they answer; else
    # False.
    _short_field: Any
    # Whether the session need not be opened before it is touched.
    _opens_session_lazily: bool | None
    # Whether application contexts are made in a way of the application's own.
    _makes_app_context: bool | None
    # What answers a scope of type "http"; False where `asgi_app` is not ours.
    _http_answer: Any
    # Whether requests may be answered on an event loop.
    _by_task: bool | None
    # By endpoint, the views that are awaited there, and what is.
    _coroutine_views: dict[str, tuple[Any, Callable[..., Any]]] | None

    # Counts the assignments that drop a decision.
    _revision = 0

    def _init_decisions(self) -> None:
        self._router = None
        self._direct_views = None
        self._short_field = None
        self._opens_session_lazily = None
        self._makes_app_context = None
        self._http_answer = None
        self._by_task = None
        self._coroutine_views = None

    def __setattr__(self, name: str, value: Any) -> None:
        object.__setattr__(self, name, value)
        if name in _DECIDES:
            self._drop_decisions(name)

    def _drop_decisions(self, name: str) -> None:
        """Drop what was decided from the attribute ``name``."""
        # NOTE: in this order; see `_decide`.
        object.__setattr__(self, "_revision", self._revision + 1)
        for decision in _DECIDES[name]:
            object.__setattr__(self, decision, None)

    def _decide(self, name: str, value: Any, revision: int) -> None:
        """Keep a decision that was made while ``_revision`` was ``revision``.

        An assignment in between, by another thread, has dropped what is only now
        kept: then it is dropped again, and the next request decides anew.
        """
        object.__setattr__(self, name, value)
        if self._revision != revision:
            object.__setattr__(self, name, None)

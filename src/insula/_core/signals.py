"""The framework's signals, in a namespace of their own.

Sender is always the application object. Sending is skipped altogether while a
signal has no receivers (:attr:`blinker.Signal.receivers` is empty).

``heard`` holds those signals of a request that may have receivers. A request that finds
it empty need not ask each of them. One whose receivers were all collected as garbage
stays in it until :func:`forget_deaf` is called.
"""

from __future__ import annotations

from threading import RLock
from typing import TYPE_CHECKING, Any, TypeVar

from blinker import ANY, NamedSignal, Namespace

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = [
    "Namespace",
    "appcontext_popped",
    "appcontext_pushed",
    "appcontext_tearing_down",
    "before_render_template",
    "forget_deaf",
    "got_request_exception",
    "heard",
    "message_flashed",
    "request_finished",
    "request_started",
    "request_tearing_down",
    "template_rendered",
]

F = TypeVar("F", bound="Callable[..., Any]")

heard: set[NamedSignal] = set()
_connecting = RLock()


class RequestSignal(NamedSignal):
    """A signal that nearly every request would send."""

    def connect(self, receiver: F, sender: Any = ANY, weak: bool = True) -> F:
        """Call ``receiver`` when the signal is sent by ``sender``, or by anybody."""
        with _connecting:
            heard.add(self)
            return super().connect(receiver, sender, weak)

    def disconnect(self, receiver: Callable[..., Any], sender: Any = ANY) -> None:
        """Undo :meth:`connect`."""
        with _connecting:
            super().disconnect(receiver, sender)
            if not self.receivers:
                heard.discard(self)


def forget_deaf() -> None:
    """Take the signals that nobody receives any more out of ``heard``."""
    for signal in [*heard]:
        if signal.receivers:
            return
        with _connecting:
            if not signal.receivers:
                heard.discard(signal)


_signals = Namespace()
for _name in (
    "request-started",
    "request-finished",
    "request-tearing-down",
    "appcontext-tearing-down",
    "appcontext-pushed",
    "appcontext-popped",
):
    _signals[_name] = RequestSignal(_name)

template_rendered = _signals.signal("template-rendered")
before_render_template = _signals.signal("before-render-template")
request_started = _signals.signal("request-started")
request_finished = _signals.signal("request-finished")
request_tearing_down = _signals.signal("request-tearing-down")
got_request_exception = _signals.signal("got-request-exception")
appcontext_tearing_down = _signals.signal("appcontext-tearing-down")
appcontext_pushed = _signals.signal("appcontext-pushed")
appcontext_popped = _signals.signal("appcontext-popped")
message_flashed = _signals.signal("message-flashed")

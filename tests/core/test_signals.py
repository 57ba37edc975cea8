"""What is heard: no signal of a request with a receiver is ever taken for deaf."""

from __future__ import annotations

import sys
import threading
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from hypothesis.strategies import booleans, integers, sampled_from

from insula._core.signals import (
    appcontext_popped,
    appcontext_pushed,
    appcontext_tearing_down,
    forget_deaf,
    heard,
    request_finished,
    request_started,
    request_tearing_down,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SIGNALS: list[Any] = [
    appcontext_popped,
    appcontext_pushed,
    appcontext_tearing_down,
    request_finished,
    request_started,
    request_tearing_down,
]
SENDERS = ["one", "other"]


@pytest.fixture(autouse=True)
def _deaf() -> Iterator[None]:
    yield
    for signal in SIGNALS:
        signal._clear_state()
    forget_deaf()


def make_receiver() -> Callable[..., None]:
    def receiver(sender: Any, **_: Any) -> None:
        """Receive."""

    return receiver


class Listening(RuleBasedStateMachine):
    """Receivers come, go, and are collected, for one sender or for all."""

    def __init__(self) -> None:
        super().__init__()
        self.held: list[Any] = []

    @rule(signal=sampled_from(SIGNALS), sender=sampled_from(SENDERS), weak=booleans())
    def connect(self, signal: Any, sender: str, weak: bool) -> None:
        receiver = make_receiver()
        signal.connect(receiver, sender=sender, weak=weak)
        self.held.append((signal, receiver))

    @rule(signal=sampled_from(SIGNALS))
    def connect_for_all(self, signal: Any) -> None:
        self.held.append((signal, signal.connect(make_receiver())))

    @rule(signal=sampled_from(SIGNALS))
    def connect_via(self, signal: Any) -> None:
        self.held.append((signal, signal.connect_via("one")(make_receiver())))

    @rule(signal=sampled_from(SIGNALS))
    def connect_for_a_while(self, signal: Any) -> None:
        with signal.connected_to(make_receiver()):
            assert signal in heard

    @rule(which=integers(0, 9))
    def disconnect(self, which: int) -> None:
        if self.held:
            signal, receiver = self.held.pop(which % len(self.held))
            signal.disconnect(receiver)

    @rule(which=integers(0, 9), sender=sampled_from(SENDERS))
    def disconnect_one_sender(self, which: int, sender: str) -> None:
        if self.held:
            signal, receiver = self.held[which % len(self.held)]
            signal.disconnect(receiver, sender)

    @rule(which=integers(0, 9))
    def collect(self, which: int) -> None:
        if self.held:
            del self.held[which % len(self.held)]

    @rule()
    def forget(self) -> None:
        forget_deaf()
        if not any(signal.receivers for signal in SIGNALS):
            assert not heard

    @invariant()
    def every_signal_with_a_receiver_is_heard(self) -> None:
        assert {signal for signal in SIGNALS if signal.receivers} <= heard

    def teardown(self) -> None:
        for signal in SIGNALS:
            signal._clear_state()
        forget_deaf()


TestListening = Listening.TestCase
TestListening.settings = settings(max_examples=40, stateful_step_count=20)


def test_last_receiver_to_disconnect_is_forgotten_at_once() -> None:
    first, second = make_receiver(), make_receiver()
    request_started.connect(first)
    request_started.connect(second)
    request_started.disconnect(first)
    assert request_started in heard
    request_started.disconnect(second)
    assert request_started not in heard


class Slotted:
    """Nothing can refer to it weakly."""

    __slots__ = ()

    def __call__(self, sender: Any, **_: Any) -> None:
        """Receive."""


def test_receiver_that_cannot_be_connected_is_forgotten() -> None:
    with pytest.raises(TypeError):
        request_started.connect(Slotted())
    forget_deaf()
    assert request_started not in heard


def test_receivers_of_many_threads_are_heard_while_others_forget() -> None:
    lost: list[Any] = []
    done = threading.Event()

    def listen(signal: Any) -> None:
        for _ in range(500):
            receiver = make_receiver()
            signal.connect(receiver)
            if signal not in heard:
                lost.append(signal)
            signal.disconnect(receiver)

    def forget() -> None:
        while not done.is_set():
            forget_deaf()

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        forgetting = threading.Thread(target=forget)
        forgetting.start()
        threads = [
            threading.Thread(target=listen, args=(signal,))
            for signal in (request_started, request_finished) * 2
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        done.set()
        forgetting.join()
    finally:
        sys.setswitchinterval(interval)
    assert lost == []
    forget_deaf()
    assert not heard

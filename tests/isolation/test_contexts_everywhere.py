"""Threads, greenlets and tasks answer for the same application at once (A8, B1-B8).

Each unit writes to everything that belongs to a request, gives way to all others, and
reads back what it wrote. 50 of each kind, in one process, at the same time.
"""

from __future__ import annotations

import asyncio
import importlib
import sys
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest

import insula
from insula import (
    Insula,
    Local,
    LocalStack,
    current_app,
    flash,
    g,
    get_flashed_messages,
    has_app_context,
    has_request_context,
    request,
    session,
)
from insula.context import app_stack, request_stack

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

gevent: Any = importlib.import_module("gevent")  # it is not fully typed

UNITS = 50
ROUNDS = 6
KINDS = ["thread", "greenlet", "task"]


class Shared:
    """What all units use, and what they found wrong."""

    def __init__(self, app: Insula) -> None:
        self.app = app
        self.local = Local()
        self.stack: LocalStack[Any] = LocalStack()
        self.wrong: list[Any] = []
        self.done: list[Any] = []
        self.ends: list[Any] = []
        app.teardown_request(lambda exc: self.ends.append(request.args["me"]))
        app.teardown_appcontext(lambda exc: self.ends.append(g.get("me", "none")))

    def expect(self, found: Any, expected: Any) -> None:
        if found != expected:
            self.wrong.append((found, expected))

    # -- contexts that are pushed by hand -----------------------------------------

    def push_and_read(self, me: str) -> Iterator[None]:
        """Push contexts within contexts; give way between any two steps."""
        for number in range(ROUNDS):
            self.expect((has_request_context(), has_app_context()), (False, False))
            path = f"/{me}/{number}"
            with self.app.test_request_context(f"{path}?me={me}"):
                self.write(me, number)
                yield
                self.read(me, path, number)
                with self.app.app_context():
                    self.expect([*g], [])
                    g.me = f"{me} within"
                    yield
                    self.expect((g.me, request.path), (f"{me} within", path))
                yield
                with self.app.test_request_context(f"/within?me={me} within"):
                    self.expect((request.path, [*session]), ("/within", []))
                    session["me"] = "within"
                    yield
                    self.expect((g.me, session["me"]), (me, "within"))
                yield
                self.read(me, path, number)
            yield
        self.expect((request_stack.top, app_stack.top), (None, None))
        self.done.append(me)

    def write(self, me: str, number: int) -> None:
        self.expect(([*g], [*session]), ([], []))
        g.me = session["me"] = self.local.me = me
        self.stack.push(me)
        flash(f"{me} {number}")

    def read(self, me: str, path: str, number: int) -> None:
        self.expect(
            (request.path, request.args["me"], g.me, session["me"]), (path, me, me, me)
        )
        self.expect((self.local.me, self.stack.top), (me, me))
        self.expect(get_flashed_messages(), [f"{me} {number}"])
        self.expect(current_app._get_current_object() is self.app, True)  # type: ignore[attr-defined]  # a proxy's
        self.expect(insula.url_for("step", number=number), f"/step/{number}")


@pytest.fixture
def shared(app: Insula) -> Shared:
    app.add_url_rule("/step/<int:number>", "step", str)
    return Shared(app)


@pytest.fixture(params=[None, 1e-5], ids=["usual switching", "frantic switching"])
def switching(request: pytest.FixtureRequest) -> Iterator[None]:
    usual = sys.getswitchinterval()
    if request.param is not None:
        sys.setswitchinterval(request.param)
    yield
    sys.setswitchinterval(usual)


def run_threads(unit: Callable[[str], Iterator[None]]) -> None:
    def run(number: int) -> None:
        for _ in unit(f"thread-{number}"):
            time.sleep(0)

    start_together([lambda n=n: run(n) for n in range(UNITS)])  # type: ignore[misc]  # n is bound


def run_greenlets(unit: Callable[[str], Iterator[None]]) -> None:
    def run(number: int) -> None:
        for _ in unit(f"greenlet-{number}"):
            gevent.sleep(0)

    gevent.joinall([gevent.spawn(run, n) for n in range(UNITS)], raise_error=True)
    gevent.get_hub().destroy(destroy_loop=True)


def run_tasks(unit: Callable[[str], Iterator[None]]) -> None:
    async def run(number: int) -> None:
        for _ in unit(f"task-{number}"):
            await asyncio.sleep(0)

    async def main() -> None:
        await asyncio.gather(*(run(number) for number in range(UNITS)))

    asyncio.run(main())


RUNNERS = dict(zip(KINDS, [run_threads, run_greenlets, run_tasks], strict=True))


def start_together(functions: list[Callable[[], None]]) -> None:
    barrier = threading.Barrier(len(functions))
    failed: list[BaseException] = []

    def run(function: Callable[[], None]) -> None:
        barrier.wait(30)
        try:
            function()
        except BaseException as exc:
            failed.append(exc)

    threads = [threading.Thread(target=run, args=(f,)) for f in functions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []


@pytest.mark.usefixtures("switching")
@pytest.mark.parametrize(
    "kinds", [*([kind] for kind in KINDS), KINDS], ids=[*KINDS, "all three at once"]
)
def test_everyone_reads_the_contexts_they_pushed(
    shared: Shared, kinds: list[str]
) -> None:
    start_together([lambda k=k: RUNNERS[k](shared.push_and_read) for k in kinds])  # type: ignore[misc]  # k is bound
    names = [f"{kind}-{number}" for kind in kinds for number in range(UNITS)]
    assert shared.wrong == []
    assert sorted(shared.done) == sorted(names)
    # Of each round: two requests, the app context of one, and one pushed within.
    ends = [end for name in names for end in (name, f"{name} within")]
    assert sorted(shared.ends) == sorted(ends * 2 * ROUNDS)


# -- whole requests ------------------------------------------------------------------


@pytest.fixture
def conversation(app: Insula) -> Callable[[str, str], list[Any]]:
    """Answer requests that write and read, and hold the conversation of one client."""
    seen = Local()

    def enter(me: str) -> None:
        found = [*g, *seen]
        g.me = seen.me = me
        session["found"] = session.get("found", []) + found

    def told(me: str) -> list[Any]:
        values = [request.view_args, g.me, seen.me, session["me"], request.args["q"]]
        return [*values, get_flashed_messages(), request.headers["X-Me"]]

    def write(kind: str, me: str) -> list[Any]:
        enter(me)
        session["me"] = me
        (time if kind == "thread" else gevent).sleep(0)
        flash(f"for {me}")
        (time if kind == "thread" else gevent).sleep(0)
        return [g.me, seen.me, session["me"]]

    def read(kind: str, me: str) -> list[Any]:
        enter(me)
        (time if kind == "thread" else gevent).sleep(0)
        return told(me)

    async def write_async(kind: str, me: str) -> list[Any]:
        enter(me)
        session["me"] = me
        await asyncio.sleep(0)
        flash(f"for {me}")
        await asyncio.sleep(0)
        return [g.me, seen.me, session["me"]]

    async def read_async(kind: str, me: str) -> list[Any]:
        enter(me)
        await asyncio.gather(*(asyncio.sleep(0) for _ in range(3)))
        return told(me)

    for kind, views in {
        "thread": (write, read),
        "greenlet": (write, read),
        "task": (write_async, read_async),
    }.items():
        for name, view in zip(("write", "read"), views, strict=True):
            app.add_url_rule(
                f"/{name}/{kind}/<me>",
                f"{name} {kind}",
                view,  # type: ignore[arg-type]  # joined by the tuples
                defaults={"kind": kind},
            )

    def talk(kind: str, me: str) -> list[Any]:
        client = app.test_client()
        wrong: list[Any] = []
        for number in range(ROUNDS):
            written = client.get(f"/write/{kind}/{me}").get_json()
            if written != [me] * 3:
                wrong.append(("wrote", me, written))
            found = client.get(
                f"/read/{kind}/{me}?q={number}", headers={"X-Me": me}
            ).get_json()
            args = {"kind": kind, "me": me}
            if found != [args, me, me, me, str(number), [f"for {me}"], me]:
                wrong.append(("read", me, found))
        with client.session_transaction() as kept:
            wrong += kept["found"]
        if has_request_context() or has_app_context() or [*seen]:
            wrong.append(f"{me} was left with something")
        return wrong

    return talk


@pytest.mark.usefixtures("switching")
@pytest.mark.parametrize(
    "kinds", [*([kind] for kind in KINDS), KINDS], ids=[*KINDS, "all three at once"]
)
def test_everyone_s_requests_session_g_and_flashes_are_their_own(
    conversation: Callable[[str, str], list[Any]], kinds: list[str]
) -> None:
    wrong: list[Any] = []
    done: list[str] = []

    def unit(kind: str, number: int) -> None:
        wrong.extend(conversation(kind, f"{kind}-{number}"))
        done.append(kind)

    def greenlets() -> None:
        units = [gevent.spawn(unit, "greenlet", n) for n in range(UNITS)]
        gevent.joinall(units, raise_error=True)
        gevent.get_hub().destroy(destroy_loop=True)

    def threads(kind: str) -> None:
        # Async views run as tasks, all on one loop; who asked for them waits.
        start_together([lambda n=n: unit(kind, n) for n in range(UNITS)])  # type: ignore[misc]  # n is bound

    start_together(
        [
            greenlets if kind == "greenlet" else lambda k=kind: threads(k)  # type: ignore[misc]  # k is bound
            for kind in kinds
        ]
    )
    assert wrong == []
    assert sorted(done) == sorted(kinds * UNITS)


def test_check_finds_what_a_shared_stack_mixes_up(
    shared: Shared,
) -> None:
    """Without this the silence above would prove nothing."""
    shared.local.__ident_func__ = lambda: "all"
    run_greenlets(shared.push_and_read)
    assert shared.wrong

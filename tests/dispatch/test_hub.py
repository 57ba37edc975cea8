"""Async views where gevent has patched the process; each test has such a process."""

from __future__ import annotations

import subprocess
import sys
import textwrap
import threading

from insula.dispatch.loops.hub import is_patched

BEGIN = """
from gevent import monkey; monkey.patch_all()
import asyncio, os, sys, threading, time, _thread
import gevent
from contextvars import ContextVar
from insula import Insula, g, request
from insula.dispatch.loops.aio import run_on_loop

app = Insula("island", static_folder=None)
client = app.test_client()
real_sleep = monkey.get_original("time", "sleep")
"""


def run(program: str) -> list[str]:
    """Run a program in a patched process; return the lines that it prints."""
    done = subprocess.run(
        [sys.executable, "-c", BEGIN + textwrap.dedent(program)],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.splitlines()


def test_process_without_gevent_is_not_taken_for_one_with_it() -> None:
    assert not is_patched()
    assert threading.Lock.__module__ == "_thread"


def test_view_waits_while_nothing_else_runs_in_the_hub() -> None:
    assert run(
        """
        @app.get("/")
        async def view():
            await asyncio.sleep(0.05)
            return request.path

        print(client.get("/").text)
        """
    ) == ["/"]


def test_loop_has_a_real_thread_and_leaves_the_callers_free_for_another_loop() -> None:
    assert run(
        """
        async def native():
            await asyncio.sleep(0.05)
            return _thread.get_native_id()

        @app.get("/async")
        async def later():
            return str(await native())

        @app.get("/sync")
        def own_loop():
            return str(asyncio.run(native()))

        jobs = [gevent.spawn(client.get, p) for p in ("/async", "/sync", "/async")]
        gevent.joinall(jobs, raise_error=True)
        first, second, third = (int(job.value.text) for job in jobs)
        own = _thread.get_native_id()
        print(first == third != own, second == own)
        """
    ) == ["True True"]


def test_coroutine_that_blocks_its_thread_does_not_block_the_hub() -> None:
    assert run(
        """
        turns = []

        @app.get("/")
        async def view():
            before = len(turns)
            while len(turns) < before + 5:  # for ever, if the hub stood still
                real_sleep(0.001)
            return "ok"

        def turn():
            while True:
                turns.append(1)
                gevent.sleep(0.001)

        gevent.spawn(turn)
        print(client.get("/").text)
        """
    ) == ["ok"]


def test_context_is_carried_in_and_out_for_each_greenlet() -> None:
    assert run(
        """
        var = ContextVar("var")

        @app.after_request
        async def note(response):
            await asyncio.sleep(0)
            response.headers["X"] = f"{g.number} {var.get()}"
            return response

        @app.get("/<int:number>")
        async def view(number):
            g.number = number
            await asyncio.sleep(0.001 * (number % 5))
            var.set(number)
            return str(g.number)

        def ask(number):
            answer = client.get(f"/{number}")
            return [answer.text, answer.headers["X"]]

        jobs = [gevent.spawn(ask, number) for number in range(200)]
        gevent.joinall(jobs, raise_error=True)
        print(all(job.value == [str(n), f"{n} {n}"] for n, job in enumerate(jobs)))
        """
    ) == ["True"]


def test_greenlets_and_real_threads_all_get_their_own_results_and_errors() -> None:
    assert run(
        """
        from gevent.threadpool import ThreadPool

        async def work(number):
            if number % 3 == 1:
                await asyncio.sleep(0)
            if number % 3 == 2:
                raise KeyError(number)
            return number

        wrong = []
        call = run_on_loop(work)

        def unit(me):
            for number in range(me * 1000, me * 1000 + 100):
                try:
                    found = call(number)
                except KeyError as exc:
                    found = exc.args[0]
                if found != number:
                    wrong.append((number, found))
            return 100

        pool = ThreadPool(4)  # of which each may be the one that starts the loop
        jobs = [pool.spawn(unit, me) for me in range(4)]
        jobs += [gevent.spawn(unit, me) for me in range(4, 104)]
        print(sum(job.get() for job in jobs), wrong)
        """
    ) == ["10400 []"]


def test_call_from_the_loop_itself_is_refused() -> None:
    assert run(
        """
        async def inner():
            return "inner"

        async def outer():
            try:
                return run_on_loop(inner)()
            except RuntimeError as exc:
                return str(exc)

        print(run_on_loop(outer)())
        """
    )[0].startswith("'inner' is async and was called in a synchronous way")


def test_greenlet_that_is_interrupted_cancels_the_coroutine() -> None:
    assert run(
        """
        seen = []

        async def slow():
            try:
                await asyncio.sleep(60)
            except asyncio.CancelledError:
                seen.append("cancelled")
                raise

        async def quick():
            return seen

        with gevent.Timeout(0.05, False):
            run_on_loop(slow)()
        while not seen:
            gevent.sleep(0.001)
        print(run_on_loop(quick)())
        """
    ) == ["['cancelled']"]


def test_coroutine_may_hand_work_to_threads() -> None:
    assert (
        run(
            """
        async def view():
            def work(number):
                time.sleep(0.01)  # the patched one
                real_sleep(0.01)
                return number

            jobs = [asyncio.to_thread(work, number) for number in range(99)]
            jobs.append(asyncio.to_thread(lambda: 1 / 0))
            *results, error = await asyncio.gather(*jobs, return_exceptions=True)
            return results == list(range(99)), error

        for _ in range(2):
            print(run_on_loop(view)())
        """
        )
        == ["(True, ZeroDivisionError('division by zero'))"] * 2
    )


def test_thread_in_which_something_slept_leaves_no_hub_behind() -> None:
    assert run(
        """
        import gc

        @run_on_loop
        async def work():
            for _ in range(20):
                await asyncio.to_thread(time.sleep, 0)

        def count_hubs():
            return sum(type(thing) is gevent.hub.Hub for thing in gc.get_objects())

        work()
        for _ in range(500):  # the last thread may be on its way out
            gc.collect()
            if count_hubs() < 5:
                break
            gevent.sleep(0.01)
        print(count_hubs() < 5)
        """
    ) == ["True"]


def test_streams_of_asyncio_work_on_the_loop() -> None:
    assert run(
        """
        async def view():
            async def answer(reader, writer):
                writer.write((await reader.readline()).upper())
                await writer.drain()
                writer.close()

            server = await asyncio.start_server(answer, "127.0.0.1", 0)
            port = server.sockets[0].getsockname()[1]
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(b"hello\\n")
            line = await reader.readline()
            writer.close()
            server.close()
            return line

        print(run_on_loop(view)())
        """
    ) == ["b'HELLO\\n'"]


def test_forked_child_starts_a_loop_of_its_own() -> None:
    assert run(
        """
        async def pid():
            await asyncio.sleep(0)
            return os.getpid()

        call = run_on_loop(pid)
        first = call()
        child = os.fork()
        if child == 0:
            os._exit(0 if call() == os.getpid() else 1)
        print(first == os.getpid(), os.waitpid(child, 0)[1], call() == os.getpid())
        """
    ) == ["True 0 True"]


def test_error_before_the_loop_runs_is_the_callers() -> None:
    assert run(
        """
        from insula.dispatch.loops.hub import call_in_real_thread

        try:
            call_in_real_thread(lambda: 1 / 0, print)
        except ZeroDivisionError as exc:
            print(exc)
        """
    ) == ["division by zero"]


def test_what_real_threads_meet_in_is_no_lock_of_gevent() -> None:
    # A thread that waits for one of these may wait for ever, when the one that has it
    # ends with letting it go.
    assert (
        run(
            """
        from insula.dispatch.lasting.background import _threads
        from insula.dispatch.loops.hub import new_future, new_short_lock

        async def executor():
            loop = asyncio.get_running_loop()
            return loop._default_executor.submit(int)

        futures = [new_future(), run_on_loop(executor)()]
        for lock in [future._condition._lock for future in futures]:
            print(type(lock).__module__)
        for lock in (new_short_lock(), _threads._lock):
            print(type(lock).__module__)
        """
        )
        == ["_thread"] * 4
    )

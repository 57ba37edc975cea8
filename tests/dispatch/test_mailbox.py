"""What a server has received: never lost, and looked at without waiting."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from insula.dispatch.sockets.mailbox import AHEAD, Mailbox

if TYPE_CHECKING:
    from collections.abc import Generator


def message(number: int) -> dict[str, Any]:
    return {"type": "websocket.receive", "text": str(number)}


GONE = {"type": "websocket.disconnect"}


class Server:
    """One whose message, once it has come, is in nothing but the future."""

    def __init__(self) -> None:
        self.asked = 0
        self.future: asyncio.Future[dict[str, Any]] | None = None

    async def receive(self) -> dict[str, Any]:
        self.asked += 1
        self.future = asyncio.get_running_loop().create_future()
        return await self.future

    def put(self, event: dict[str, Any]) -> None:
        assert self.future is not None
        self.future.set_result(event)


def test_message_that_comes_as_the_reader_is_cancelled_is_the_next_ones() -> None:
    async def main() -> None:
        server = Server()
        mailbox = Mailbox(server.receive)
        reader = asyncio.ensure_future(mailbox.get())
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        server.put(message(1))
        reader.cancel()
        with pytest.raises(asyncio.CancelledError):
            await reader
        assert await mailbox.get() == message(1)
        assert server.asked == 1

    asyncio.run(main())


def test_reader_that_times_out_leaves_the_server_waiting() -> None:
    async def main() -> None:
        server = Server()
        mailbox = Mailbox(server.receive)
        for _ in range(3):
            with pytest.raises(asyncio.TimeoutError):
                await asyncio.wait_for(mailbox.get(), 0.001)
        server.put(message(1))
        assert await mailbox.get() == message(1)
        assert server.asked == 1

    asyncio.run(main())


def test_look_finds_nothing_while_nothing_has_come() -> None:
    async def main() -> None:
        server = Server()
        mailbox = Mailbox(server.receive)
        assert mailbox.look() is None
        await asyncio.sleep(0)
        assert mailbox.look() is None
        assert server.asked == 1
        mailbox.close()

    asyncio.run(main())


def test_look_holds_messages_and_finds_the_end() -> None:
    async def main() -> None:
        queue: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        mailbox = Mailbox(queue.get)
        assert mailbox.look() is None
        for event in (message(1), message(2), GONE):
            queue.put_nowait(event)
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert mailbox.look() == GONE
        assert mailbox.has_some
        assert [await mailbox.get(), await mailbox.get()] == [message(1), message(2)]

    asyncio.run(main())


def test_look_holds_no_more_than_a_few() -> None:
    async def main() -> None:
        queue: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        for number in range(AHEAD * 2):
            queue.put_nowait(message(number))
        mailbox = Mailbox(queue.get)
        for _ in range(3):
            assert mailbox.look() is None
        assert queue.qsize() == AHEAD
        got = [await mailbox.get() for _ in range(AHEAD * 2)]
        assert got == [message(number) for number in range(AHEAD * 2)]

    asyncio.run(main())


def test_awaitable_that_yields_nothing_is_asked_again() -> None:
    class Polled:
        """As those of servers that poll."""

        def __await__(self) -> Generator[None, None, dict[str, Any]]:
            for _ in range(3):
                yield
            return message(1)

    async def main() -> None:
        assert await Mailbox(Polled).get() == message(1)

    asyncio.run(main())


def test_error_of_the_server_is_raised() -> None:
    async def receive() -> dict[str, Any]:
        await asyncio.sleep(0)
        raise LookupError("nothing")

    async def main() -> None:
        mailbox = Mailbox(receive)
        for _ in range(2):
            with pytest.raises(LookupError):
                await mailbox.get()

    asyncio.run(main())


def test_close_cancels_what_the_server_waits_for() -> None:
    ended: list[str] = []

    async def receive() -> dict[str, Any]:
        try:
            return await asyncio.get_running_loop().create_future()  # type: ignore[no-any-return]  # never
        finally:
            ended.append("closed")

    async def main() -> None:
        mailbox = Mailbox(receive)
        assert mailbox.look() is None
        await asyncio.sleep(0)
        mailbox.close()
        await asyncio.sleep(0)
        assert ended == ["closed"]

    asyncio.run(main())


@pytest.mark.filterwarnings("error::pytest.PytestUnraisableExceptionWarning")
def test_close_before_the_server_was_asked_leaves_nothing() -> None:
    async def main() -> None:
        server = Server()
        mailbox = Mailbox(server.receive)
        assert mailbox.look() is None
        mailbox.close()
        await asyncio.sleep(0)
        assert asyncio.all_tasks() == {asyncio.current_task()}
        assert server.asked == 0

    asyncio.run(main())


async def _leave_at_a_timeout(wait: Any) -> dict[str, Any]:
    # As `asyncio.timeout` (3.11) and `anyio.move_on_after` do.
    task = asyncio.current_task()
    assert task is not None
    timer = asyncio.get_running_loop().call_later(0.01, task.cancel)
    try:
        return await wait()  # type: ignore[no-any-return]  # a message
    except asyncio.CancelledError:
        return GONE
    finally:
        timer.cancel()


def test_timeout_around_receive_ends_that_and_not_the_reader() -> None:
    async def main() -> None:
        server = Server()
        mailbox = Mailbox(lambda: _leave_at_a_timeout(server.receive))
        assert await mailbox.get() == GONE

    asyncio.run(main())


def test_timeout_around_receive_that_was_only_looked_for_ends_that() -> None:
    async def main() -> None:
        server = Server()
        mailbox = Mailbox(lambda: _leave_at_a_timeout(server.receive))
        ended = None
        while ended is None:
            ended = mailbox.look()
            await asyncio.sleep(0.01)
        assert ended == GONE

    asyncio.run(main())

"""What an idle WebSocket costs: open N of them to one process, and ask how large it is.

    .venv/bin/python -m benchmarks.websockets              # 10,000 to Insula on uvicorn
    .venv/bin/python -m benchmarks.websockets -n 2000 insula starlette quart

Each application echoes; it is served by uvicorn in a process of its own, which tells
its size (the unique set, `Private_*` of /proc/self/smaps_rollup) before the sockets are
open, while they are, each having been talked to once, and after they are closed. `bare`
is the server without a framework. `insula-own` and `bare-own` are served by Insula's
own server instead. What is not installed is left out. The sockets leave
from several addresses (127.0.0.x) once there are more than the ports of one; both
processes raise their limit of open files as far as they may.

The client speaks just as much of RFC 6455 as this takes.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import gc
import importlib.util
import os
import resource
import signal
import socket
import subprocess
import sys
import threading
import time
from importlib import import_module
from pathlib import Path
from typing import Any

_PER_ADDRESS = 20_000
_AT_ONCE = 200
_HELLO = b"\x81\x85\0\0\0\0hello"  # text, masked with zeros
_ECHO = b"\x81\x05hello"


def raise_limit() -> int:
    """Raise this process's limit of open files; return it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    for wanted in (1 << 20, hard):
        try:
            top = max(hard, wanted) if os.geteuid() == 0 else hard
            resource.setrlimit(resource.RLIMIT_NOFILE, (min(wanted, top), top))
        except (ValueError, OSError):
            continue
        break
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0] or soft


# -- the server ------------------------------------------------------------------------


def size() -> int:
    """Return the bytes that are this process's alone."""
    total = 0
    for line in Path("/proc/self/smaps_rollup").read_text("ascii").splitlines():
        if line.startswith("Private_"):
            total += int(line.split()[1]) * 1024
    return total


def make_insula(name: str) -> Any:
    """Return an application of ours that echoes, with an async view or a sync one."""
    from insula import Insula, websocket

    app = Insula("idle", static_folder=None)

    async def echo() -> None:
        async for message in websocket:
            await websocket.send(message)

    def blocking() -> None:
        for message in websocket:
            websocket.send(message)

    app.add_websocket("/ws", "ws", blocking if name == "insula-sync" else echo)
    return app


def make_starlette(_name: str) -> Any:
    """Return the same of Starlette."""
    applications: Any = import_module("starlette.applications")
    routing: Any = import_module("starlette.routing")

    async def echo(socket: Any) -> None:
        await socket.accept()
        async for message in socket.iter_text():
            await socket.send_text(message)

    return applications.Starlette(routes=[routing.WebSocketRoute("/ws", echo)])


def make_quart(_name: str) -> Any:
    """Return the same of Quart."""
    quart: Any = import_module("quart")

    async def echo() -> None:
        while True:
            await quart.websocket.send(await quart.websocket.receive())

    app = quart.Quart("idle")
    app.add_websocket("/ws", "ws", echo)
    return app


def make_bare(_name: str) -> Any:
    """Return the same without any framework."""
    return bare


MAKERS = {
    "insula": make_insula,
    "insula-sync": make_insula,
    "insula-own": make_insula,
    "starlette": make_starlette,
    "quart": make_quart,
    "bare": make_bare,
    "bare-own": make_bare,
}
USUAL = ("bare", "insula", "starlette", "quart", "bare-own", "insula-own")


async def bare(scope: Any, receive: Any, send: Any) -> None:
    """Echo without any framework: what the server itself takes."""
    if scope["type"] != "websocket":
        return
    await receive()
    await send({"type": "websocket.accept"})
    while (event := await receive())["type"] == "websocket.receive":
        await send({"type": "websocket.send", "text": event["text"]})


def serve_ourselves(name: str) -> None:
    """Do as `serve` does, with Insula's own server."""
    from insula.servers import ServerOptions
    from insula.servers import serve as serve_own

    raise_limit()
    app = MAKERS[name](name)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]

    def tell() -> None:
        while True:
            with contextlib.suppress(OSError):
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            time.sleep(0.01)
        print(port, flush=True)
        while sys.stdin.readline():
            gc.collect()
            print(size(), flush=True)
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=tell, daemon=True).start()
    options = ServerOptions(
        port=port, interface="asgi", threads=8, backlog=4096, access_log=False
    )
    serve_own(lambda: app, options)


def serve(name: str) -> None:
    """Serve, and answer each line of standard input with this process's size."""
    uvicorn: Any = import_module("uvicorn")

    raise_limit()
    config = uvicorn.Config(
        MAKERS[name](name),
        port=0,
        log_level="error",
        lifespan="off",
        ws="websockets-sansio",
        ws_per_message_deflate=False,
        ws_ping_interval=None,
        backlog=4096,
    )
    server = uvicorn.Server(config)

    async def main() -> None:
        loop = asyncio.get_running_loop()
        lines: asyncio.Queue[str] = asyncio.Queue()
        loop.add_reader(0, lambda: lines.put_nowait(sys.stdin.readline()))
        task = asyncio.ensure_future(server.serve())
        while not server.started:  # noqa: ASYNC110 - it tells nobody
            await asyncio.sleep(0.01)
        port = server.servers[0].sockets[0].getsockname()[1]
        print(port, flush=True)
        while await lines.get():
            gc.collect()
            print(size(), len(server.server_state.connections), flush=True)
        server.should_exit = server.force_exit = True
        await task

    asyncio.run(main())


# -- the client ------------------------------------------------------------------------


class Idle(asyncio.Protocol):
    """A WebSocket that says hello once, hears it, and is silent."""

    __slots__ = ("_heard", "_request", "done", "transport")

    def __init__(self, host: str, done: asyncio.Future[None]) -> None:
        self._request = (
            f"GET /ws HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\n"
            "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        ).encode()
        self._heard = b""
        self.done = done

    def connection_made(self, transport: Any) -> None:
        """Ask for it."""
        self.transport = transport
        transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        """Say hello when it is accepted; be done when it is heard."""
        self._heard += data
        if self.done.done():
            return
        if b"\r\n\r\n" in self._heard and not self._heard.endswith(_ECHO):
            if not self._heard.startswith(b"HTTP/1.1 101"):
                self.done.set_exception(RuntimeError(self._heard.decode("latin-1")))
                return
            self.transport.write(_HELLO)
        elif self._heard.endswith(_ECHO):
            self._heard = b""
            self.done.set_result(None)

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell, if it was not meant."""
        if not self.done.done():
            self.done.set_exception(exc or ConnectionError("closed"))


async def open_all(port: int, count: int, net: int) -> list[Any]:
    """Open ``count`` of them, from 127.0.``net``.x; return their transports."""
    loop = asyncio.get_running_loop()
    gate = asyncio.Semaphore(_AT_ONCE)
    transports: list[Any] = []

    async def open_one(number: int) -> None:
        address = f"127.0.{net}.{2 + number // _PER_ADDRESS}"
        async with gate:
            done: asyncio.Future[None] = loop.create_future()
            transport, _ = await loop.create_connection(
                lambda: Idle(f"127.0.0.1:{port}", done),
                "127.0.0.1",
                port,
                local_addr=(address, 0),
            )
            await asyncio.wait_for(done, 60)
            transports.append(transport)

    await asyncio.gather(*map(open_one, range(count)))
    return transports


async def measure(name: str, count: int, net: int) -> None:
    """Serve ``name`` in another process, open the sockets and print what they cost.

    :param net: they leave from 127.0.``net``.x; the ports of those before may be taken.
    """
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "benchmarks.websockets", "--serve", name),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    port = int(await process.stdout.readline())

    async def ask() -> int:
        process.stdin.write(b"size\n")  # type: ignore[union-attr]  # see above
        answer = await process.stdout.readline()  # type: ignore[union-attr]  # likewise
        return int(answer.split()[0])

    # What is loaded and made with the first ones belongs to none.
    for transport in await open_all(port, 20, net):
        transport.abort()
    await asyncio.sleep(0.5)
    before = await ask()
    loop = asyncio.get_running_loop()
    started = loop.time()
    transports = await open_all(port, count, net)
    took = loop.time() - started
    during = await ask()
    for transport in transports:
        transport.abort()
    await asyncio.sleep(1)
    after = await ask()
    process.stdin.close()
    await process.wait()
    print(
        f"{name:12} {count:7,} open in {took:5.1f} s"
        f"  {(during - before) / count / 1024:6.1f} KiB each"
        f"  process {before >> 20} -> {during >> 20} -> {after >> 20} MiB",
        flush=True,
    )


def is_installed(name: str) -> bool:
    """Tell whether what ``name`` is made of is there."""
    module = name.partition("-")[0]
    return module == "bare" or importlib.util.find_spec(module) is not None


def main() -> None:
    """Measure what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("names", nargs="*", choices=[*MAKERS, []], metavar="NAME")
    parser.add_argument("-n", "--number", type=int, default=10_000)
    parser.add_argument("--serve", choices=MAKERS)
    options = parser.parse_args()
    if options.serve:
        is_own = options.serve.endswith("-own")
        serve_ourselves(options.serve) if is_own else serve(options.serve)
        return
    limit = raise_limit()
    count = min(options.number, limit - 200)
    if count < options.number:
        print(f"Open files are limited to {limit:,}: {count:,} sockets.")
    for net, name in enumerate(options.names or USUAL):
        if is_installed(name):
            asyncio.run(measure(name, count, net))
        else:
            print(f"{name:12} is not installed")


if __name__ == "__main__":
    main()

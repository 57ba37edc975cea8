"""One process that serves: load the application, guard it, run the engine, drain.

Rules of the file: signals are touched only on the main thread and put back
afterwards; whatever ends the server, the exit code says which: 0 asked to stop,
`RELOAD` a watched file changed.
"""

from __future__ import annotations

import signal
import threading
from typing import TYPE_CHECKING, Any

from insula.servers.engine import Engine
from insula.servers.guard import base_environ, make_runner
from insula.servers.terminal import logged, prepare_logs, say

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Iterable, Iterator

    from insula.servers.options import ServerOptions
    from insula.servers.tls import TlsFiles

    Application = Callable[[dict[str, Any], Any], Iterable[bytes]]

__all__ = ["RELOAD", "build_application", "run_worker"]

RELOAD = 3
"""Exit code of a process that wants to be started anew; Werkzeug's number."""

_RELOAD_PATIENCE = 2.0


def run_worker(
    load: Callable[[], Application],
    options: ServerOptions,
    sock: socket.socket,
    *,
    tls: TlsFiles | None = None,
    watch: bool = False,
    ready: Callable[[], None] | None = None,
) -> int:
    """Serve on `sock` until told to stop; return the exit code for the process."""
    application = build_application(load, options, forgiving=watch)
    base = base_environ(
        threads=options.threads,
        processes=options.processes,
        unix=options.unix_path is not None,
    )
    inner = make_runner(application, base)
    prepare_logs()
    runner = logged(inner) if options.access_log else inner
    engine = Engine(runner, options, sock, tls=tls, code=inner.__code__)
    watcher = _watcher(options, engine) if watch else None
    with _Signals(engine):
        if watcher is not None:
            watcher.start()
        if ready is not None:
            ready()
        drained = engine.run(drain_timeout=_RELOAD_PATIENCE if watch else None)
    if watcher is not None and watcher.changed:
        return RELOAD
    if not drained:
        say(" * Stopped with requests still in flight.", fg="yellow")
    return 0


def build_application(
    load: Callable[[], Application], options: ServerOptions, *, forgiving: bool
) -> Application:
    """Load the application and put on what the options ask for."""
    from insula.servers.debugger import debugged, load_or_failed

    application = load_or_failed(load) if forgiving else load()
    return debugged(application, options) if options.use_debugger else application


def _watcher(options: ServerOptions, engine: Engine) -> Any:
    from insula.servers.reloader import Watcher

    return Watcher(options, engine.stop)


class _Signals:
    """SIGINT and SIGTERM stop the engine while this is entered, on the main thread."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._before: dict[int, Any] = {}

    def __enter__(self) -> None:
        if threading.current_thread() is not threading.main_thread():
            return
        for number in _stop_signals():
            self._before[number] = signal.signal(number, self._stop)

    def __exit__(self, *exc_info: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _stop(self, number: int, frame: object) -> None:
        del number, frame
        self._engine.stop()


def _stop_signals() -> Iterator[int]:
    yield signal.SIGINT
    yield signal.SIGTERM
    if hasattr(signal, "SIGBREAK"):
        yield signal.SIGBREAK

"""One process that serves: load the application, guard it, run the engine, drain.

Rules of the file: signals are touched only on the main thread and put back
afterwards; whatever ends the server, the exit code says which: 0 asked to stop,
`RELOAD` a watched file changed.
"""

from __future__ import annotations

import math
import sys
from contextlib import contextmanager, suppress
from functools import partial
from typing import TYPE_CHECKING, Any

from insula.servers.access_log import logged, prepare_access_log
from insula.servers.debugger import FailedApplication, debugged, load_or_failed
from insula.servers.departures import Departures
from insula.servers.dispatcher import Dispatcher
from insula.servers.engine import Engine
from insula.servers.errors import ServerError
from insula.servers.guard import base_environ, make_runner
from insula.servers.interface import choose_interface
from insula.servers.lateness import Lateness
from insula.servers.natives import natives_end
from insula.servers.signals import Undrained, on_stop_signal
from insula.servers.terminal import prepare_log, print_choice, say
from insula.servers.watcher import RELOAD, Watcher

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Iterable, Iterator

    from insula.servers.options import ServerOptions
    from insula.servers.tls import TlsFiles

    Application = Callable[[dict[str, Any], Any], Iterable[bytes]]

__all__ = ["run_worker"]

_RELOAD_PATIENCE = 2.0


def run_worker(
    load: Callable[[], Application],
    options: ServerOptions,
    sock: socket.socket,
    *,
    tls: TlsFiles | None = None,
    watch: bool = False,
    announce: bool = False,
    ready: Callable[[], None] | None = None,
    prolong: Callable[[float], object] = bool,
) -> int:
    """Serve on `sock` until told to stop; return the exit code for the process.

    With `announce` it says by which interface, once the application is loaded. It calls
    `prolong` with the seconds that its end may take longer, for background tasks.
    """
    watcher = Watcher(options) if watch else None
    application = load() if watcher is None else _load_watched(load, watcher)
    choice = choose_interface(application, options)
    if announce:
        print_choice(choice)
    if options.use_debugger:
        called: Any = debugged(application, options, choice)
    else:
        called = application

    def exit_code() -> int:
        return RELOAD if watcher is not None and watcher.changed else 0

    prepare_log()
    prepare_access_log()
    if choice.interface == "asgi":
        from insula.servers.asgi.engine import AsgiEngine

        engine: Engine = AsgiEngine(called, options, sock, tls=tls, exit_code=exit_code)
    else:
        engine = _wsgi_engine(called, options, sock, tls)
    engine.on_leave = partial(_end_event_streams, application)
    engine.prolong = prolong
    # NOTE: at its end a signal is no longer a wish: a second one interrupts it.
    starting = _started(application, choice.interface, prolong)
    with starting, on_stop_signal(engine.stop):
        if watcher is not None:
            watcher.stop = engine.stop
            if options.processes == 1 and hasattr(application, "reload_files"):
                watcher.reload = partial(
                    _reload_mount, application, options, choice.interface, watcher
                )
            watcher.start()
        with natives_end():
            drained = engine.run(
                drain_timeout=_RELOAD_PATIENCE if watch else None, ready=ready
            )
    code = exit_code()
    if not drained:
        if code != RELOAD:
            say(" * Stopped with requests still in flight.", fg="yellow")
        raise Undrained(code)
    return code


@contextmanager
def _started(
    application: Any, interface: str, prolong: Callable[[float], object]
) -> Iterator[None]:
    """Start the application here, and stop it; ASGI has a protocol for that."""
    if interface != "wsgi":
        yield
        return
    if hasattr(application, "before_serving_funcs") or hasattr(
        application, "_start_serving"
    ):
        from insula.dispatch.lasting.lifespan import start_serving

        try:
            start_serving(application)
        except Exception as exc:
            raise ServerError(
                f"The application could not start: {type(exc).__name__}: {exc}"
            ) from exc
    try:
        yield
    finally:
        background = sys.modules.get("insula.dispatch.lasting.background")
        if background is not None and (seconds := background.seconds_to_finish()):
            prolong(seconds)
        # One that is mounted below another may have been started by a request.
        lifespan = sys.modules.get("insula.dispatch.lasting.lifespan")
        if lifespan is not None:
            with suppress(Exception):  # it has been logged
                lifespan.stop_serving(application)


def _end_event_streams(application: Any) -> None:
    """End the event streams there are: they would last as long as they may."""
    streams = sys.modules.get("insula.dispatch.lasting.event_stream")
    if streams is None:
        return
    if isinstance(application, Dispatcher):
        for mounted in application.applications().values():
            _end_event_streams(mounted)
    elif hasattr(application, "before_serving_funcs"):
        streams.end_event_streams(application)


def _wsgi_engine(
    application: Application,
    options: ServerOptions,
    sock: socket.socket,
    tls: TlsFiles | None,
) -> Engine:
    base = base_environ(
        threads=options.greenlets or options.threads,
        processes=options.processes,
        unix=options.unix_path is not None,
    )
    # With greenlets a connection limits the time by itself (`connection.Body`).
    lateness = Lateness(math.inf if options.greenlets else options.body_timeout)
    inner = make_runner(application, base, lateness)
    departures = Departures(inner.__code__, sock)

    def look() -> None:
        lateness.look()
        departures.look()

    runner = logged(inner) if options.access_log else inner
    # NOTE: the outermost function: a line that is being logged is waited for, too.
    return _engine_class(options)(
        runner, options, sock, tls=tls, code=runner.__code__, look=look
    )


def _engine_class(options: ServerOptions) -> type[Engine]:
    if not options.greenlets:
        return Engine
    from insula.servers.greenlets import GreenletEngine

    return GreenletEngine


def _load_watched(load: Callable[[], Application], watcher: Watcher) -> Application:
    """Load under the reloader: a failure is shown, and awaits a change anywhere."""
    application = load_or_failed(load)
    watcher.all_sources = _is_down(application)
    return application


def _is_down(application: Any) -> bool:
    return isinstance(application, FailedApplication) or getattr(
        application, "has_failed", False
    )


def _reload_mount(
    application: Any,
    options: ServerOptions,
    interface: str,
    watcher: Watcher,
    paths: list[str],
) -> bool:
    """Reload the mounts that files are of; tell whether the process can go on."""
    if not application.reload_files(paths):
        return False
    watcher.all_sources = _is_down(application)
    # It may need another interface now, for a WebSocket that there was not before.
    return choose_interface(application, options).interface == interface

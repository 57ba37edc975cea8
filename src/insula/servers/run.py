"""The ways to start a server: `run_simple` for an application, `serve` for a loader.

Rules of the file: `run_simple` has the signature of `werkzeug.serving.run_simple`;
what Granian has no counterpart for is said in one line. `serve` raises `ServerError`;
`run_simple`, which scripts call, prints its line and exits with code 1.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from insula.servers.binding import adopt_socket, open_sockets, release_sockets
from insula.servers.errors import ServerError
from insula.servers.options import DEFAULT_THREADS, ServerOptions
from insula.servers.patched import require_patches
from insula.servers.reloader import inherited, supervise
from insula.servers.signals import Undrained, ends_quietly, leave
from insula.servers.terminal import print_banner, say
from insula.servers.tls import tls_files

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    # WSGI, ASGI, or both.
    Application = Callable[..., Any]

__all__ = ["run_simple", "serve"]


def run_simple(
    hostname: str,
    port: int,
    application: Application,
    use_reloader: bool = False,
    use_debugger: bool = False,
    use_evalex: bool = True,
    extra_files: Iterable[str] | None = None,
    exclude_patterns: Iterable[str] | None = None,
    reloader_interval: float = 1,
    reloader_type: str = "auto",
    threaded: bool = False,
    processes: int = 1,
    request_handler: type | None = None,
    static_files: Mapping[str, str | tuple[str, str]] | None = None,
    passthrough_errors: bool = False,
    ssl_context: Any = None,
    *,
    threads: int | None = None,
    **options: Any,
) -> None:
    """Serve an application until CTRL+C or SIGTERM, and drain what is in flight.

    `threaded=False` handles requests strictly in turn; `threaded=True` with up to
    `threads` at once (by default `DEFAULT_THREADS`); `processes=N` in N processes, each
    with those threads; `greenlets=N`, in a program that gevent has patched, with up to
    N greenlets in place of threads. Further keywords are fields of `ServerOptions`.
    """
    unknown = options.keys() - ServerOptions.__dataclass_fields__.keys()
    if unknown:
        raise TypeError(
            f"run_simple() has no option {min(unknown)!r}; see the fields of"
            " insula.servers.ServerOptions."
        )
    for name, value in (
        ("request_handler", request_handler),
        ("passthrough_errors", passthrough_errors),
    ):
        if value:
            say(f"Warning: {name} has no effect: Granian serves, not http.server.")
    if reloader_type in ("watchdog", "watchfiles"):
        say(f"Warning: reloader_type={reloader_type!r} is not available; using 'stat'.")
        reloader_type = "stat"
    # What may be given as any iterable, or wrongly: `ServerOptions` makes it a tuple.
    options |= {
        "extra_files": extra_files or (),
        "exclude_patterns": exclude_patterns or (),
    }
    try:
        if static_files:
            application = _with_files(application, static_files)
        checked = ServerOptions(
            host=hostname,
            port=port,
            threads=_threads(threads, threaded=threaded),
            processes=processes,
            use_reloader=use_reloader,
            use_debugger=use_debugger,
            use_evalex=use_evalex,
            reloader_interval=reloader_interval,
            reloader_type=reloader_type,
            ssl_context=ssl_context,
            **options,
        )
        if checked.greenlets:
            require_patches(checked.greenlets)
        serve(lambda: application, checked, loaded=application)
    except ServerError as exc:
        say(f"Error: {exc}", fg="red")
        sys.exit(1)


def _threads(threads: int | None, *, threaded: bool) -> int:
    if threads is not None:
        return threads
    return DEFAULT_THREADS if threaded else 1


def _with_files(application: Application, static_files: Any) -> Application:
    from werkzeug.middleware.shared_data import SharedDataMiddleware

    try:
        return SharedDataMiddleware(application, dict(static_files))
    except (TypeError, ValueError) as exc:
        raise ServerError(
            f"static_files={static_files!r} does not map paths of URLs to folders"
            f" ({exc}); pass some such as {{'/static': 'static'}}."
        ) from exc


def serve(
    load: Callable[[], Application],
    options: ServerOptions,
    *,
    loaded: Application | None = None,
) -> None:
    """Serve what `load()` returns; it is called in each process that serves.

    Where it is `loaded` already the banner says by which interface it is served;
    otherwise the process that has loaded it does.

    Returns when asked to stop, and does not where requests were left running: then the
    process ends. Raises `ServerError` when it cannot start, `SystemExit`
    when the process should end with a code (a worker failed, a file changed).
    """
    code = 0
    try:
        with ends_quietly():
            code = _serve(load, options, loaded)
    except Undrained as exc:
        leave(int(str(exc.code)))
    if code:
        sys.exit(code)


def _serve(
    load: Callable[[], Application], options: ServerOptions, loaded: Application | None
) -> int:
    """Serve as a reloader's child, as its parent, or by ourselves; return the code."""
    legacy = inherited() if options.use_reloader else None
    if legacy is not None:
        sockets = [adopt_socket(fd) for fd in legacy.fds]
        announce = options.banner
        return _run(load, options, sockets, legacy.tls, watch=True, announce=announce)
    tls = tls_files(options.ssl_context)
    sockets = []
    try:
        sockets = open_sockets(options)
        choice = None
        if loaded is not None and not options.use_reloader:
            from insula.servers.interface import choose_interface

            choice = choose_interface(loaded, options)
        if options.banner:
            print_banner(options, sockets[0], secure=tls is not None, choice=choice)
        if options.use_reloader:
            return supervise(options, sockets, tls)
        announce = choice is None and options.banner
        return _run(load, options, sockets, tls, announce=announce)
    finally:
        release_sockets(sockets, options)
        if tls is not None:
            tls.discard()


def _run(
    load: Callable[[], Application],
    options: ServerOptions,
    sockets: list[Any],
    tls: Any,
    *,
    watch: bool = False,
    announce: bool = False,
) -> int:
    if options.greenlets:
        require_patches(options.greenlets)
    if options.processes > 1:
        from insula.servers.master import Master

        master = Master(load, options, sockets, tls=tls, watch=watch, announce=announce)
        return master.run()
    from insula.servers.worker import run_worker

    return run_worker(
        load, options, sockets[0], tls=tls, watch=watch, announce=announce
    )

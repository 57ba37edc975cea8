"""Serving an application: `run_simple`, `serve`, and the adapter over Granian.

Rules of the floor: any WSGI or ASGI application is served; importing this package loads
neither Granian nor Werkzeug; a server that cannot start says why in one line.

`run` starts, `options` says how, `binding` and `tls` prepare, `master` and `reloader`
(with `watcher`) keep processes, `worker` is one that serves, `engine` is Granian, and
`guard` with `start`, `body`, `streaming` and `hangup` stands before the application.
Where `interface` chooses ASGI, `asgi` has an engine and a guard of its own.
`greenlets` with `connection` serves with gevent instead, in a process that `patched`
has started. `terminal` is what a person sees; `dispatcher` mounts many applications
under one, by path, and `mounts` by host, too, each on its own feet; `adapters` have one
called by the other interface (an ASGI one through a `bridge`), and `lifespans` tells
them when serving begins and ends.
"""

from insula.servers.adapters import as_asgi, as_wsgi
from insula.servers.dispatcher import DispatcherMiddleware
from insula.servers.errors import ServerError
from insula.servers.options import DEFAULT_THREADS, ServerOptions
from insula.servers.reloader import is_running_from_reloader
from insula.servers.run import run_simple, serve

__all__ = [
    "DEFAULT_THREADS",
    "DispatcherMiddleware",
    "ServerError",
    "ServerOptions",
    "as_asgi",
    "as_wsgi",
    "is_running_from_reloader",
    "run_simple",
    "serve",
]

"""gevent's side of a connection, without a server."""

from __future__ import annotations

import contextlib
import io
import socket
from types import SimpleNamespace
from typing import Any

import pytest

from insula.servers.connection import Connection


def test_writing_to_a_client_that_has_gone_is_an_error_of_its_socket() -> None:
    # What is no OSError there is a traceback on the terminal.
    ours, theirs = socket.socketpair()
    theirs.close()
    connection: Any = Connection.__new__(Connection)
    connection.socket = ours
    connection.code = None  # gevent's, when a request begins
    connection.environ = {"wsgi.input": io.BytesIO()}
    connection.server = SimpleNamespace(
        places=contextlib.nullcontext(), asking={}, body_timeout=1
    )
    connection.application = lambda _answer, _environ: connection._sendall(b"x")
    with ours, pytest.raises(BrokenPipeError):
        connection.run_application()

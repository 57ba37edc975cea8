from __future__ import annotations

import socket

import pytest

from insula.servers import ServerError, ServerOptions
from insula.servers.binding import open_sockets, release_sockets, server_urls


def test_port_0_gives_a_port_that_the_url_names() -> None:
    options = ServerOptions(port=0)
    sockets = open_sockets(options)
    try:
        port = sockets[0].getsockname()[1]
        assert port > 0
        assert server_urls(sockets[0], secure=False) == [f"http://127.0.0.1:{port}"]
        assert server_urls(sockets[0], secure=True) == [f"https://127.0.0.1:{port}"]
    finally:
        release_sockets(sockets, options)


def test_localhost_is_the_ipv4_loopback() -> None:
    options = ServerOptions(host="localhost", port=0)
    sockets = open_sockets(options)
    assert sockets[0].family == socket.AF_INET
    release_sockets(sockets, options)


@pytest.mark.parametrize("processes", [1, 2])
@pytest.mark.parametrize("second", [1, 2])
def test_second_server_on_a_port_is_refused(processes: int, second: int) -> None:
    options = ServerOptions(port=0, processes=processes)
    sockets = open_sockets(options)
    assert len(sockets) == processes
    port = sockets[0].getsockname()[1]
    try:
        with pytest.raises(ServerError, match=f"Port {port} on 127.0.0.1 is in use"):
            open_sockets(ServerOptions(port=port, processes=second))
    finally:
        release_sockets(sockets, options)


def test_server_on_all_addresses_shows_one_to_click() -> None:
    options = ServerOptions(host="", port=0)  # every address
    sockets = open_sockets(options)
    (url,) = server_urls(sockets[0], secure=False)
    assert url.startswith("http://127.0.0.1:")
    release_sockets(sockets, options)

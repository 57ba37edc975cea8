"""What is started beside a suite, and where its clients are led."""

from __future__ import annotations

import socket
import subprocess
import sys

import pytest
from tests.ecosystem.services import (
    HOST,
    PLUGINS,
    answers,
    free_port,
    on_a_free_port,
    on_its_port,
    running,
    started,
)
from tests.suites.sources import SuiteError

SERVER = (sys.executable, "-m", "http.server", "--bind", HOST)


def test_service_on_a_free_port_answers_until_the_end_and_says_where_it_is() -> None:
    with on_a_free_port(SERVER, 6379) as variables:
        port = int(variables["ELSEWHERE_6379"])
        assert answers(port)

    assert not answers(port)


def test_service_on_its_port_answers_there() -> None:
    port = free_port()

    with on_its_port(SERVER, port) as variables:
        assert answers(port)

    assert variables == {}


def test_service_whose_port_is_taken_is_refused() -> None:
    with socket.create_server((HOST, 0)) as taken:
        port = taken.getsockname()[1]
        with (
            pytest.raises(SuiteError, match=f"Port {port} is taken"),
            on_its_port(SERVER, port),
        ):
            pass


def test_service_that_ends_at_once_is_told() -> None:
    with (
        pytest.raises(SuiteError, match="does not answer"),
        started((sys.executable, "-c", ""), free_port()),
    ):
        pass


def test_service_that_is_not_installed_is_told_with_what_installs_it() -> None:
    told = "no nowhere-to-be-found; `make services`"
    with pytest.raises(SuiteError, match=told), started(("nowhere-to-be-found",), 1):
        pass


def test_running_of_a_service_that_is_not_known_names_those_that_are() -> None:
    told = "No service 'oracle' is known; there are: redis"
    with pytest.raises(SuiteError, match=told), running(["oracle"]):
        pass


def test_client_of_the_usual_port_is_led_elsewhere() -> None:
    asks = """
import socket, sys
import elsewhere
elsewhere.pytest_configure()
with socket.create_connection(("localhost", 6379)) as connection:
    sys.stdout.write(f"{connection.getpeername()[1]}")
with socket.socket() as other:
    assert other.connect_ex(("127.0.0.1", 6379)) == 0
"""
    with socket.create_server((HOST, 0)) as server:
        port = str(server.getsockname()[1])
        done = subprocess.run(
            [sys.executable, "-c", asks],
            env={"PYTHONPATH": str(PLUGINS), "ELSEWHERE_6379": port},
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        )

    assert done.stdout == port

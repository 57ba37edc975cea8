"""ASGI applications behind our own server: requests, seen over a socket."""

from __future__ import annotations

import json
import re
import socket
import ssl
import struct
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from h2.connection import H2Connection
from h2.events import DataReceived, StreamEnded
from tests.servers.conftest import Served, parse, receive_all

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PROBE = Path(__file__).parent / "programs" / "asgi_probe.py"
HEAD = b"GET %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"


@pytest.fixture(scope="module")
def asgi(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """One server for the tests that leave it as it was."""
    import sys

    command = [sys.executable, str(PROBE), json.dumps({"body_timeout": 0.5})]
    served = Served(command, {}, tmp_path_factory.mktemp("asgi"))
    yield served
    served.kill_group()


def scope_of(answer: bytes) -> Any:
    return json.loads(parse(answer)[2])


def test_scope_says_what_asgi_promises(asgi: Served) -> None:
    request = b"GET /scope?a=%62 HTTP/1.1\r\nHost: x\r\nX-A: b\r\n"
    with asgi.connect() as sock:
        own_port = sock.getsockname()[1]
        sock.sendall(request + b"Connection: close\r\n\r\n")
        scope = scope_of(receive_all(sock))
    assert scope["type"] == "http"
    assert scope["asgi"] == {"version": "3.0", "spec_version": "2.3"}
    assert scope["client"] == ["127.0.0.1", own_port]
    assert scope["server"] == ["127.0.0.1", asgi.port]
    assert (scope["http_version"], scope["method"]) == ("1.1", "GET")
    assert (scope["path"], scope["raw_path"]) == ("/scope", "/scope")
    assert (scope["query_string"], scope["root_path"]) == ("a=%62", "")
    assert scope["scheme"] == "http"
    assert ["x-a", "b"] in scope["headers"]
    assert scope["state"]["since"] == "start"


def test_http_1_0_request_has_its_version_and_needs_no_host(asgi: Served) -> None:
    scope = scope_of(asgi.exchange(b"GET /scope HTTP/1.0\r\n\r\n"))
    assert scope["http_version"] == "1.0"
    assert scope["headers"] == []


@pytest.mark.parametrize(
    "lines", [b"", b"Host:\r\n", b"Host: a b\r\n", b"Host: a\r\nHost: b\r\n"]
)
def test_request_without_one_valid_host_is_a_400(asgi: Served, lines: bytes) -> None:
    request = b"GET / HTTP/1.1\r\n%bConnection: close\r\n\r\n" % lines
    answer = asgi.exchange(request)
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert answer.endswith(b"must name one valid host (RFC 9112, 3.2).\n")
    asgi.wait_for('"GET / HTTP/1.1" 400 ')


def test_headers_that_could_be_taken_for_others_are_left_out(asgi: Served) -> None:
    extra = ["X_Forwarded_For: 6.6.6.6", "X-Forwarded-For: 1.1.1.1", "Proxy: evil:80"]
    for _ in range(2):  # the second time the names are known
        headers = dict(json.loads(asgi.get("/scope", *extra)[2])["headers"])
        assert headers["x-forwarded-for"] == "1.1.1.1"
        assert not {"x_forwarded_for", "proxy"} & headers.keys()


@pytest.mark.parametrize(
    ("target", "logged"),
    [
        ("/boom", r"(?s)Exception on '/boom' \[GET\].*Traceback .*asgi_probe\.py"),
        ("/leave?arg=3", r"(?s)Exception on '/leave' \[GET\].*SystemExit: 3"),
        ("/nothing", r"'/nothing' \[GET\] was not answered: .* without a response"),
        ("/start_then_fail", "ZeroDivisionError: between head and body"),
        ("/text", "The 'body' that was sent is str, not bytes"),
    ],
)
def test_failure_before_the_response_is_a_500_with_a_body_and_in_the_log(
    asgi: Served, target: str, logged: str
) -> None:
    code, _, body = asgi.get(target)
    assert (code, body) == (500, b"Internal Server Error\n")
    asgi.wait_for(logged)
    asgi.wait_for(rf'"GET {re.escape(target)} HTTP/1.1" 500 ')


def test_task_that_ends_the_interpreter_does_not_end_the_server(asgi: Served) -> None:
    assert asgi.get("/leave_by_task?arg=4")[2] == b"SystemExit('4')"
    assert asgi.get("/")[2] == b"hello"


@pytest.mark.parametrize("arg", ["raise", "return"])
def test_stream_that_fails_is_cut(asgi: Served, arg: str) -> None:
    answer = asgi.exchange(HEAD % f"/fail_midway?arg={arg}".encode())
    assert answer.endswith(b"\r\nfirst \r\n")  # and no last chunk
    asgi.wait_for("The connection of '/fail_midway' was cut")


def test_stream_that_fails_in_http_1_0_is_reset(asgi: Served) -> None:
    with asgi.connect() as sock:
        sock.sendall(b"GET /fail_midway HTTP/1.0\r\n\r\n")
        with pytest.raises(ConnectionResetError):
            while sock.recv(65536):
                pass


def test_response_that_ends_before_its_length_is_cut(asgi: Served) -> None:
    code, headers, body = asgi.get("/fail_midway?arg=length")
    assert (code, headers["content-length"], body) == (200, "100", b"first ")


def test_scheme_is_https_over_tls_and_a_stream_that_fails_is_cut(start: Any) -> None:
    served = start(program=PROBE, ssl_context="adhoc", http="1")
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    answers = []
    for target in (b"/scope", b"/fail_midway"):
        with (
            served.connect() as plain,
            context.wrap_socket(plain, suppress_ragged_eofs=True) as sock,
        ):
            sock.sendall(HEAD % target)
            answers.append(receive_all(sock))
    assert scope_of(answers[0])["scheme"] == "https"
    assert answers[1].endswith(b"\r\nfirst \r\n")


def speak_http_2(
    served: Served, *targets: str, between: Callable[[], object] = int
) -> tuple[dict[int, bytes], set[int]]:
    """Ask for all targets at once; return the bodies, and the streams that ended.

    `between` is called after each has been asked for.
    """
    client = H2Connection()
    client.initiate_connection()
    bodies: dict[int, bytes] = {}
    ended: set[int] = set()
    with served.connect() as sock:
        for target in targets:
            stream = client.get_next_available_stream_id()
            bodies[stream] = b""
            fields = [(":method", "GET"), (":scheme", "http"), (":path", target)]
            client.send_headers(stream, [*fields, (":authority", "x")], end_stream=True)
            sock.sendall(client.data_to_send())
            between()
        while len(ended) < len(targets) and (data := sock.recv(65536)):
            for event in client.receive_data(data):
                if isinstance(event, DataReceived):
                    bodies[event.stream_id] += event.data
                elif isinstance(event, StreamEnded):
                    ended.add(event.stream_id)
            sock.sendall(client.data_to_send())
    return bodies, ended


def test_stream_that_fails_in_http_2_is_cut_where_it_is_alone(
    start: Any, tmp_path: Path
) -> None:
    served, gate = start(program=PROBE, http="2"), tmp_path / "gate"
    assert speak_http_2(served, "/fail_midway") == ({1: b"first "}, set())
    served.wait_for("The connection of '/fail_midway' was cut")
    begun = Path(f"{gate}.begun")
    with ThreadPoolExecutor(1) as pool:
        both = pool.submit(
            speak_http_2,
            served,
            f"/until?arg={gate}",
            "/fail_midway",
            between=lambda: served.poll(begun.exists, "the first to begin"),
        )
        served.wait_for("The connection of '/fail_midway' has other requests")
        gate.touch()
        assert both.result() == ({1: b"released", 3: b"first "}, {1, 3})


def test_failure_after_the_response_leaves_it_complete(asgi: Served) -> None:
    assert asgi.get("/fail_afterwards")[2] == b"complete"
    asgi.wait_for("ZeroDivisionError: afterwards")


def test_second_start_is_refused(asgi: Served) -> None:
    assert asgi.get("/twice")[2] == (
        b"'http.response.start' was sent a second time, with status 500 after 200;"
        b" send it once."
    )


@pytest.mark.parametrize(
    ("arg", "text"),
    [
        ("status", "Status 99 is not a number from 200 to 999"),
        ("name", "Header name b'a b' is not one that HTTP knows"),
        ("text", "Header name 'name' is not one that HTTP knows"),
    ],
)
def test_head_that_cannot_be_sent_is_an_error_that_says_so(
    asgi: Served, arg: str, text: str
) -> None:
    code, _, body = asgi.get(f"/odd?arg={arg}")
    assert (code, body[: len(text)].decode()) == (200, text)


def test_header_with_a_line_break_is_refused(asgi: Served) -> None:
    code, headers, body = asgi.get("/odd_value")
    assert (code, "set-cookie" in headers) == (200, False)
    assert body.startswith(b"Header b'x-evil' holds a control character")


def test_transfer_encoding_of_the_application_is_left_out(asgi: Served) -> None:
    for _ in range(2):
        code, headers, body = asgi.get("/framed")
        assert (code, headers["x-after"], body) == (200, "yes", b"ok")
    asgi.wait_for("transfer-encoding header is left out")
    assert asgi.output.count("transfer-encoding header is left out") == 1


def test_body_of_any_bytes_is_sent_and_headers_may_be_missing(asgi: Served) -> None:
    assert asgi.get("/bare")[2] == b"view"


def test_stream_arrives_whole(asgi: Served) -> None:
    expected = b"".join(b"%d," % number for number in range(1000))
    assert asgi.get("/stream?arg=1000")[2] == expected


def test_file_is_sent(asgi: Served) -> None:
    assert asgi.get(f"/file?arg={PROBE}")[2] == PROBE.read_bytes()


def test_head_of_an_event_stream_does_not_wait_for_the_first_event(
    asgi: Served, tmp_path: Path
) -> None:
    gate = tmp_path / "gate"
    with asgi.connect() as sock:
        sock.sendall(HEAD % f"/events?arg={gate}".encode())
        assert b"text/event-stream" in sock.recv(4096)
        gate.touch()
        assert b"data: x" in receive_all(sock)


def test_sending_to_a_client_that_has_left_ends_the_stream_and_frees_the_loop(
    start: Any,
) -> None:
    served = start(program=PROBE)
    for arg in ("", "0.01"):
        with served.connect() as sock:
            sock.sendall(
                b"GET /endless?arg=%b HTTP/1.1\r\nHost: x\r\n\r\n" % arg.encode()
            )
            assert sock.recv(65536)
        assert served.get("/")[2] == b"hello"
    served.wait_for("(?s)(endless ended by ClientGoneError.*){2}")
    assert "Traceback" not in served.output


def test_stream_that_has_lost_a_piece_does_not_look_complete(
    asgi: Served, tmp_path: Path
) -> None:
    lost = tmp_path / "lost"
    with asgi.connect() as sock:
        sock.sendall(HEAD % f"/lose_a_piece?arg={lost}".encode())
        asgi.poll(lost.exists, "a piece to be lost")
        answer = receive_all(sock)
    with pytest.raises((EOFError, ValueError)):
        parse(answer)
    asgi.wait_for("whose sending was cancelled: that piece is missing")


def test_body_arrives_whole(asgi: Served) -> None:
    data = bytes(range(256)) * 20_000
    assert asgi.post("/body", data)[2] == f"{len(data)} {data[-10:]!r}".encode()


def test_body_is_whole_for_who_receives_with_time_limits(asgi: Served) -> None:
    data = b"".join(b"%d," % number for number in range(200_000))
    assert asgi.post("/impatient", data)[2] == data


def test_upload_that_breaks_off_is_a_disconnect(asgi: Served) -> None:
    with asgi.connect() as sock:
        sock.sendall(b"POST /body HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nabc")
    asgi.wait_for("disconnected after 3")
    asgi.wait_for('"POST /body HTTP/1.1" 499 ')


def test_client_that_leaves_is_noticed_by_who_receives(asgi: Served) -> None:
    with asgi.connect() as sock:
        sock.sendall(b"GET /wait_gone HTTP/1.1\r\nHost: x\r\n\r\n")
        asgi.wait_for("stays\n")
    asgi.wait_for("gone: http.request http.disconnect")


def test_body_that_does_not_come_is_a_408_and_ends_the_connection(
    asgi: Served,
) -> None:
    answer = asgi.exchange(
        b"POST /body HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nab"
    )
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert b"connection: close" in answer
    asgi.wait_for("The body of '/body' from 127.0.0.1 did not arrive within 0.5 sec")
    asgi.wait_for("disconnected after 2")
    asgi.wait_for('"POST /body HTTP/1.1" 408 ')


def test_body_that_does_not_come_cuts_a_response_that_has_begun(asgi: Served) -> None:
    answer = asgi.exchange(
        b"POST /body_while_streaming HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nab"
    )
    assert answer.endswith(b"\r\nfirst \r\n")
    asgi.wait_for("then http.disconnect")


def test_context_variable_set_in_a_request_is_unseen_by_the_next(
    asgi: Served,
) -> None:
    assert [asgi.get("/count")[2] for _ in range(3)] == [b"1"] * 3


def test_keep_alive_serves_several_requests_on_one_connection(asgi: Served) -> None:
    with asgi.connect() as sock:
        for _ in range(3):
            sock.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            assert sock.recv(4096).endswith(b"hello")


def test_access_log_has_a_line_per_request(asgi: Served) -> None:
    asgi.get("/caf%C3%A9?a=b")
    asgi.wait_for(
        r"(?m)^127\.0\.0\.1 \[\d\d/\w{3}/\d{4} \d\d:\d\d:\d\d\] "
        r'"GET /café\?a=b HTTP/1\.1" 200 \d+\.\d ms$'
    )


def test_unix_socket_serves_and_has_no_address(start: Any, tmp_path: Path) -> None:
    path = tmp_path / "s.sock"
    served = start(program=PROBE, hostname=f"unix://{path}")
    served.wait_for("Press CTRL")
    with socket.socket(socket.AF_UNIX) as sock:
        sock.connect(str(path))
        sock.sendall(HEAD % b"/scope")
        scope = scope_of(receive_all(sock))
    assert (scope["client"], scope["server"]) == (None, [str(path), None])
    assert served.stop() == 0
    assert not path.exists()


def test_processes_serve_and_stop(start: Any) -> None:
    served = start(program=PROBE, processes=2)
    assert served.get("/")[2] == b"hello"
    served.poll(lambda: served.output.count("started\n") == 2, "both to have started")
    assert served.stop() == 0
    assert served.output.count("stopped\n") == 2
    assert served.members() == []


def test_client_that_resets_in_the_middle_leaves_no_traceback(start: Any) -> None:
    served = start(program=PROBE)
    sock = served.connect()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    sock.sendall(b"POST /body HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nabc")
    sock.close()
    served.wait_for("disconnected after")
    assert served.stop() == 0
    assert "Traceback" not in served.output


def test_banner_names_the_interface_and_why(asgi: Served) -> None:
    asgi.wait_for("Press CTRL")
    assert "an event loop, up to 1 thread for what is not async" in asgi.output
    assert "Interface: ASGI ('app' is no Insula application)" in asgi.output

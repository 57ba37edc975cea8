"""Each WSGI hazard of the server below, over a real socket."""

from __future__ import annotations

import json
import os
import re
from contextvars import Context, ContextVar
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest
from tests.servers.conftest import receive_all
from werkzeug.middleware.proxy_fix import ProxyFix

from insula import Insula
from insula.servers.guard import base_environ, make_runner
from insula.servers.lateness import Lateness

if TYPE_CHECKING:
    import socket
    from pathlib import Path

HEAD = b"GET %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"


@pytest.mark.parametrize(
    ("way", "expected"),
    [
        ("lines", [b"l1\n", b"l2\n", b"l3"]),
        ("readlines", [b"l1\n", b"l2\n", b"l3"]),
        ("readline", [b"l1\n", b"l", b"2\n"]),
        ("read", [b"l1\nl2\nl3"]),
        ("read2", [b"l1", b"\nl2\nl3", b""]),
    ],
)
def test_input_read_in_any_way_gives_the_whole_body(
    probe: Any, way: str, expected: list[bytes]
) -> None:
    code, _, body = probe.post(f"/body?arg={way}", b"l1\nl2\nl3")
    assert (code, body) == (200, repr(expected).encode())


@pytest.mark.parametrize("way", ["lines", "readlines", "read"])
def test_input_of_a_request_without_body_is_empty(probe: Any, way: str) -> None:
    code, _, body = probe.get(f"/body?arg={way}")
    assert (code, body) == (200, b"[b'']" if way == "read" else b"[]")


def test_input_of_a_chunked_request_is_read_by_lines(probe: Any) -> None:
    answer = probe.exchange(
        b"POST /body?arg=lines HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
        b"Transfer-Encoding: chunked\r\n\r\n3\r\nab\n\r\n2\r\ncd\r\n0\r\n\r\n"
    )
    assert answer.endswith(b"[b'ab\\n', b'cd']")


def test_input_larger_than_a_block_arrives_whole(probe: Any, tmp_path: Path) -> None:
    note = tmp_path / "note"
    probe.post(f"/upload?arg={note}", b"x" * 1_000_003)
    assert note.read_text() == "complete 1000003"


def test_truncated_upload_raises_client_disconnected(
    probe: Any, tmp_path: Path
) -> None:
    note = tmp_path / "note"
    with probe.connect() as sock:
        sock.sendall(
            f"POST /upload?arg={note} HTTP/1.1\r\nHost: x\r\n"
            "Content-Length: 100\r\n\r\nabc".encode()
        )
        probe.poll(tmp_path.joinpath("note.begun").exists, "the view to begin")
    probe.poll(note.exists, "the view to end")
    assert probe.poll(note.read_text, "its note") == "ClientDisconnected"


def test_stream_that_fails_is_cut_before_its_terminator(probe: Any) -> None:
    answer = probe.exchange(HEAD % b"/broken_stream")
    assert b"first " in answer
    assert b"second " in answer
    assert not answer.endswith(b"0\r\n\r\n")


def test_stream_that_fails_is_cut_among_other_connections_of_the_client(
    probe: Any,
) -> None:
    with probe.connect() as idle, probe.connect() as other:
        idle.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        assert idle.recv(4096).startswith(b"HTTP/1.1 200")
        answer = probe.exchange(HEAD % b"/broken_stream")
        assert b"second " in answer
        assert not answer.endswith(b"0\r\n\r\n")
        for sock in (idle, other):
            sock.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            assert sock.recv(4096).startswith(b"HTTP/1.1 200")


def test_stream_whose_client_has_left_costs_nobody_a_connection(
    start: Any, tmp_path: Path
) -> None:
    served = start(threads=4)
    for name in ("doomed", "innocent"):
        os.mkfifo(tmp_path / name)
    with served.connect() as innocent:
        with served.connect() as doomed:
            doomed.sendall(HEAD % f"/fifo_then_fail?arg={tmp_path}/doomed".encode())
            assert doomed.recv(4096).startswith(b"HTTP/1.1 200")
            innocent.sendall(HEAD % f"/fifo?arg={tmp_path}/innocent".encode())
            served.poll((tmp_path / "doomed.begun").exists, "the stream to wait")
        (tmp_path / "doomed").write_text("go on")
        served.wait_for("in the middle")
        served.wait_for(r'GET /fifo_then_fail\S* HTTP/1.1" 200')  # all over by then
        (tmp_path / "innocent").write_text("us")
        assert receive_all(innocent).endswith(b"released by us")


def test_stream_that_fails_is_reset_for_a_client_of_http_1_0(probe: Any) -> None:
    with probe.connect() as sock:
        sock.sendall(b"GET /broken_stream HTTP/1.0\r\n\r\n")
        with pytest.raises(ConnectionResetError):
            while sock.recv(4096):
                pass


def test_stream_with_length_that_fails_ends_short_of_it(probe: Any) -> None:
    # Nothing at all may arrive: the server below gives up before it flushes.
    answer = probe.exchange(HEAD % b"/broken_stream?arg=length")
    head, _, body = answer.partition(b"\r\n\r\n")
    assert b"content-length: 100" in head.lower() or not answer
    assert body in {b"first second ", b"first ", b""}


def test_stream_failing_before_its_first_chunk_is_a_500(probe: Any) -> None:
    code, _, body = probe.get("/first_chunk_fails")
    assert (code, body) == (500, b"Internal Server Error\n")


def test_start_response_inside_a_generator_sets_status_and_headers(probe: Any) -> None:
    code, headers, body = probe.get("/late_start")
    assert (code, headers["x-late"], body) == (418, "yes", b"late")


def test_start_response_with_exc_info_replaces_the_response(probe: Any) -> None:
    code, _, body = probe.get("/late_error")
    assert (code, body) == (503, b"sorry")


def test_write_callable_sends_before_the_iterable(probe: Any) -> None:
    code, _, body = probe.get("/write")
    assert (code, body) == (200, b"written twice and returned")


def test_start_response_never_called_is_a_500(probe: Any) -> None:
    assert probe.get("/silent")[0] == 500
    probe.wait_for("without calling start_response")


@pytest.mark.parametrize(("arg", "code"), [("odd", 299), ("low", 500), ("text", 500)])
def test_status_is_sent_as_number_or_refused(probe: Any, arg: str, code: int) -> None:
    assert probe.get(f"/odd_status?arg={arg}")[0] == code


def test_status_of_no_final_response_is_a_500_in_the_log_too(probe: Any) -> None:
    code, _, body = probe.get("/odd_status?arg=early")
    assert (code, body) == (500, b"Internal Server Error\n")
    probe.wait_for("ValueError: Status '100 Continue' .*below 200 no response is final")
    probe.wait_for(r'odd_status\?arg=early HTTP/1.1" 500')


def test_list_subclass_is_sent_whole_and_closed(start: Any) -> None:
    served = start()
    assert served.get("/closing_list")[2] == b"ab"
    assert json.loads(served.get("/was_closed")[2]) == ["list"]


def test_generator_with_a_length_runs_to_its_end(start: Any) -> None:
    served = start()
    assert served.get("/sized_stream")[2] == b"sized"
    assert json.loads(served.get("/was_closed")[2]) == ["ran to its end"]


@pytest.mark.parametrize("target", [b"/sized_stream", b"/"])
def test_head_has_the_headers_and_no_body(probe: Any, target: bytes) -> None:
    answer = probe.exchange((HEAD % target).replace(b"GET", b"HEAD"))
    assert answer.startswith(b"HTTP/1.1 200 OK")
    assert b"content-length: 5\r\n" in answer.lower()
    assert answer.endswith(b"\r\n\r\n")


@pytest.mark.parametrize("status", ["204 No Content", "304 Not Modified"])
def test_status_without_body_has_none(probe: Any, status: str) -> None:
    answer = probe.exchange(HEAD % f"/empty?arg={status.replace(' ', '+')}".encode())
    assert answer.startswith(f"HTTP/1.1 {status}".encode())
    assert answer.endswith(b"\r\n\r\n")


def test_header_beyond_ascii_is_sent_in_a_form_that_arrives(probe: Any) -> None:
    _, headers, _ = probe.get("/headers")
    assert headers["location"] == "/caf%e9"
    assert headers["x-name"] == "caf?"
    probe.wait_for("Header 'X-Name' holds characters")


def test_header_with_a_line_break_is_a_500(probe: Any) -> None:
    code, headers, _ = probe.get("/split_header")
    assert code == 500
    assert "set-cookie" not in headers


@pytest.mark.parametrize("kind", ["list", "stream"])
def test_transfer_encoding_of_the_application_is_left_out_with_one_warning(
    start: Any, kind: str
) -> None:
    served = start()
    for _ in range(2):
        code, headers, body = served.get(f"/framed?arg={kind}")
        assert (code, headers["x-after"], body) == (200, "yes", b"ok")
    served.wait_for("WARNING: Header 'Transfer-Encoding' is left out")
    assert served.stop() == 0
    assert served.output.count("Transfer-Encoding") == 1


@pytest.mark.parametrize("name", ["X Y", "", "X-\xe9", "X:", "X\tY"])
def test_header_name_that_is_none_is_a_500_that_says_so(start: Any, name: str) -> None:
    served = start()
    assert served.get(f"/odd_name?arg={quote(name)}")[0] == 500
    served.wait_for(re.escape(f"ValueError: Header name {name!r} is not one"))


def test_header_name_of_every_token_character_is_sent(probe: Any) -> None:
    name = "!#$%&'*+-.^_`|~09azAZ"
    for _ in range(2):  # the second time it is known
        _, headers, _ = probe.get(f"/odd_name?arg={quote(name)}")
        assert headers[name.lower()] == "value"


def test_proxy_header_does_not_reach_the_environ(probe: Any) -> None:
    environ = json.loads(probe.get("/env", "Proxy: evil:80")[2])
    assert "HTTP_PROXY" not in environ


def test_environ_holds_nothing_of_the_process_environment(probe: Any) -> None:
    environ = json.loads(probe.get("/env")[2])
    assert "A_SECRET" not in environ
    assert "PATH" not in environ


def test_environ_tells_the_mode(probe: Any) -> None:
    environ = json.loads(probe.get("/env")[2])
    assert environ["wsgi.multithread"] is True
    assert environ["wsgi.multiprocess"] is False
    assert environ["SERVER_PROTOCOL"] == "HTTP/1.1"


def test_http_1_0_request_has_its_version_and_needs_no_host(probe: Any) -> None:
    answer = probe.exchange(b"GET /env HTTP/1.0\r\n\r\n")
    environ = json.loads(answer.partition(b"\r\n\r\n")[2])
    assert environ["SERVER_PROTOCOL"] == "HTTP/1.0"
    assert "HTTP_HOST" not in environ


@pytest.mark.parametrize("line", [b"", b"Host:\r\n", b"Host: caf\xe9\r\n"])
def test_http_1_1_request_without_host_is_a_400(probe: Any, line: bytes) -> None:
    answer = probe.exchange(b"GET / HTTP/1.1\r\n%bConnection: close\r\n\r\n" % line)
    assert answer.startswith(b"HTTP/1.1 400 ")


@pytest.mark.parametrize("version", ["1.0", "1.1"])
@pytest.mark.parametrize(
    "lines",
    [
        "Host: a\r\nHost: b",
        "Host: a\r\nHost: a",
        "Host: a\r\nHost:",
        "Host: a b/<x>",
        "Host: user@a",
    ],
)
def test_request_without_one_valid_host_is_a_400(
    probe: Any, lines: str, version: str
) -> None:
    request = f"GET / HTTP/{version}\r\n{lines}\r\nConnection: close\r\n\r\n"
    for _ in range(2):
        answer = probe.exchange(request.encode("latin-1"))
        assert answer.startswith(f"HTTP/{version} 400 ".encode())
        assert answer.endswith(b"must name one valid host (RFC 9112, 3.2).\n")


@pytest.mark.parametrize("host", ["a_b.example:8000", "[::1]:80", "127.0.0.1", "%41"])
def test_valid_host_is_told_to_the_application_as_sent(probe: Any, host: str) -> None:
    request = f"GET /env HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"
    for _ in range(2):  # the second time it is known
        answer = probe.exchange(request.encode())
        assert json.loads(answer.partition(b"\r\n\r\n")[2])["HTTP_HOST"] == host


@pytest.mark.parametrize("target", ["/count", "/count_stream"])
def test_context_variable_set_in_a_request_is_unseen_by_the_next(
    start: Any, target: str
) -> None:
    served = start()
    bodies = [served.get(target)[2] for _ in range(3)]
    assert {body[-1:] for body in bodies} == {b"1"}


@pytest.mark.parametrize("target", ["/boom", "/leave"])
def test_exception_is_a_500_with_a_body_and_its_traceback_in_the_log(
    probe: Any, target: str
) -> None:
    code, _, body = probe.get(target)
    assert (code, body) == (500, b"Internal Server Error\n")
    probe.wait_for(rf"(?s)Exception on '{target}' \[GET\].*Traceback .*probe\.py")


def test_client_that_leaves_closes_the_stream(start: Any) -> None:
    served = start(threads=2)
    with served.connect() as sock:
        sock.sendall(b"GET /endless HTTP/1.1\r\nHost: x\r\n\r\n")
        assert sock.recv(65536)
    assert served.get("/wait_left")[2] == b"left"


def test_keep_alive_serves_several_requests_on_one_connection(probe: Any) -> None:
    with probe.connect() as sock:
        for _ in range(3):
            sock.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            assert sock.recv(4096).endswith(b"hello")


def test_hundred_connections_at_once_are_all_answered(probe: Any) -> None:
    socks: list[socket.socket] = [probe.connect() for _ in range(100)]
    try:
        for sock in socks:
            sock.sendall(HEAD % b"/")
        for sock in socks:
            assert sock.recv(4096).endswith(b"hello")
    finally:
        for sock in socks:
            sock.close()


def test_application_that_isolates_by_itself_is_called_directly() -> None:
    plain, wrapped = (Insula("guarded", static_folder=None) for _ in range(2))
    setattr(wrapped, "wsgi_app", ProxyFix(wrapped.wsgi_app))  # noqa: B010 - as users do
    assert (plain.isolates_requests, wrapped.isolates_requests) == (True, False)

    class Own(Insula):
        def __call__(self, *args: Any) -> Any:
            return super().__call__(*args)

    assert not Own("own", static_folder=None).isolates_requests

    outer: ContextVar[str] = ContextVar("outer", default="nothing")

    class Application:
        isolates_requests = False

        def __call__(self, environ: Any, start_response: Any) -> list[bytes]:
            outer.set("left")
            start_response("200 OK", [])
            return [b""]

    class Protocol:
        def response_bytes(self, *args: Any) -> None:
            pass

        response_iter = response_bytes

    base = base_environ(threads=1, processes=1, unix=False)
    for isolates, left in ((False, "nothing"), (True, "left")):
        Application.isolates_requests = isolates
        environ = {"SERVER_PROTOCOL": "HTTP/1.1", "HTTP_HOST": "x", "wsgi.input": None}
        context = Context()
        runner = make_runner(Application(), base, Lateness(30))
        context.run(runner, Protocol(), environ)
        assert context.run(outer.get) == left

"""Async views and their clients, that leave, or are slow, or stay."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tests.servers.conftest import parse, receive_all

if TYPE_CHECKING:
    import socket

WAITING = Path(__file__).parent / "programs" / "waiting.py"
GONE = "begun\ncancelled\nend CancelledError\n"


@pytest.fixture(params=["threads", "greenlets"])
def served(start: Any, request: pytest.FixtureRequest) -> Any:
    return start(program=WAITING, interface="wsgi", **{request.param: 8})


def ask(served: Any, target: str, *headers: str) -> socket.socket:
    sock: socket.socket = served.connect()
    lines = [f"GET {target} HTTP/1.1", "Host: x", *headers]
    sock.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
    return sock


def read(path: Path) -> str:
    return path.read_text() if path.exists() else ""


def until(served: Any, path: Path, text: str) -> None:
    served.poll(lambda: text in read(path), f"{text!r} in {path.name}")


def test_client_that_leaves_cancels_the_task(served: Any, tmp_path: Path) -> None:
    note = tmp_path / "note"
    with ask(served, f"/wait/a?note={note}"):
        until(served, note, "begun")
    until(served, note, "end")
    assert read(note) == GONE
    assert served.get("/plain")[2] == b"plain"
    assert served.stop() == 0
    assert '"GET /wait/a' in served.output
    assert " 499 " in served.output
    assert "Traceback" not in served.output


def test_client_that_leaves_cancels_no_teardown_function(
    served: Any, tmp_path: Path
) -> None:
    note = tmp_path / "note"
    with ask(served, f"/plain-view?note={note}"):
        until(served, note, "ending")
    until(served, note, "ended")
    assert served.stop() == 0
    assert "Traceback" not in served.output


def test_tasks_of_a_view_whose_client_leaves_end_with_it(
    served: Any, tmp_path: Path
) -> None:
    note = tmp_path / "note"
    with ask(served, f"/group?note={note}"):
        until(served, note, "begun")
    until(served, note, "end")
    assert read(note) == "begun\nchild\nchild\ncancelled\nend CancelledError\n"


def test_view_that_does_not_let_itself_be_cancelled_goes_on(
    served: Any, tmp_path: Path
) -> None:
    note = tmp_path / "note"
    with ask(served, f"/caught?note={note}"):
        until(served, note, "begun")
    until(served, note, "end")
    assert read(note) == "begun\ncancelled\nend NoneType\n"


def test_client_that_stays_has_its_answer_however_long_it_takes(
    served: Any, tmp_path: Path
) -> None:
    """While others come, stay, and go."""
    stays, leaves = tmp_path / "stays", tmp_path / "leaves"
    with (
        ask(served, "/plain") as idle,
        ask(served, f"/wait/a?note={stays}") as sock,
    ):
        until(served, stays, "begun")
        for _ in range(3):
            with ask(served, f"/wait/b?note={leaves}"):
                until(served, leaves, "begun")
            # It may have had either connection, until it is answered on the other.
            idle.sendall(b"GET /plain HTTP/1.1\r\nHost: x\r\n\r\n")
            leaves.unlink()
        served.get("/release/a")
        assert b"released a" in sock.recv(65536)
    assert read(stays) == "begun\nend NoneType\n"


def test_clients_behind_a_proxy_are_told_apart_by_what_is_answered(
    served: Any, tmp_path: Path
) -> None:
    notes = [tmp_path / name for name in "abc"]
    socks = [ask(served, f"/wait/{note.name}?note={note}") for note in notes]
    for note in notes:
        until(served, note, "begun")
    with ask(served, f"/wait/d?note={tmp_path / 'd'}") as last:
        until(served, tmp_path / "d", "begun")
        socks[0].close()
        for name, sock in zip("bc", socks[1:], strict=True):
            served.get(f"/release/{name}")
            assert b"released" in sock.recv(65536)
        served.get("/release/d")
        assert b"released d" in last.recv(65536)

        def has_ended() -> bool:
            # They stay, and go on to ask.
            for sock in (*socks[1:], last):
                sock.sendall(b"GET /plain HTTP/1.1\r\nHost: x\r\n\r\n")
                assert b"plain" in sock.recv(65536)
            return "end" in read(notes[0])

        served.poll(has_ended, "the end of the request whose client left")
    for sock in socks[1:]:
        sock.close()
    assert read(notes[0]) == GONE
    for note in (*notes[1:], tmp_path / "d"):
        assert read(note) == "begun\nend NoneType\n"


def test_request_on_a_kept_connection_is_not_taken_for_an_answered_one(
    served: Any, tmp_path: Path
) -> None:
    note = tmp_path / "note"
    with ask(served, "/plain") as sock:
        assert b"plain" in sock.recv(65536)
        sock.sendall(f"GET /wait/a?note={note} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        until(served, note, "begun")
        with ask(served, f"/wait/b?note={tmp_path / 'other'}"):
            until(served, tmp_path / "other", "begun")
        with pytest.raises(TimeoutError):
            sock.settimeout(2.5)
            sock.recv(1)
        sock.settimeout(20)
        served.get("/release/a")
        assert b"released a" in sock.recv(65536)
    assert read(note) == "begun\nend NoneType\n"


def test_call_in_a_stream_whose_client_stays_goes_on(
    served: Any, tmp_path: Path
) -> None:
    note = tmp_path / "note"
    with ask(served, f"/stream?note={note}", "Connection: close") as sock:
        assert parse(receive_all(sock))[2] == b"firstchunk"
    assert read(note) == "begun\nslept\n"


def test_client_that_keeps_its_body_stops_no_other_request(
    served: Any, tmp_path: Path
) -> None:
    note = tmp_path / "note"
    line = f"POST /read?note={note} HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n"
    with served.connect() as sock:
        sock.sendall(line.encode())
        until(served, note, "asked")
        assert served.get("/quick")[2] == b"quick"
        sock.sendall(b"its body.")
        assert sock.recv(65536).endswith(b"its body.")


def test_each_process_has_a_loop_of_its_own_and_ends_it(
    start: Any, tmp_path: Path
) -> None:
    served = start(program=WAITING, interface="wsgi", processes=2, threads=4)
    note = tmp_path / "note"
    ended = set()

    def both() -> bool:
        code, _, body = served.get(f"/leave?note={note}")
        assert code == 200
        ended.add(int(body))
        return len(ended) > 1

    served.poll(both, "an answer of each process")
    assert served.stop() == 0
    assert {int(line.split()[1]) for line in read(note).splitlines()} == ended
    assert "destroyed" not in served.output
    assert "Traceback" not in served.output

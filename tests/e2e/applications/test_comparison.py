from __future__ import annotations

from pathlib import Path

import pytest
from tests.e2e.applications.application import Stage
from tests.e2e.applications.asking import read
from tests.e2e.applications.outcome import compared, table, write

HEAD = (
    b"HTTP/1.1 100 Continue\r\n\r\n"
    b"HTTP/1.1 405 Method Not Allowed\r\nServer: a\r\nX-B: 2\r\n"
    b"Allow: POST, GET\r\nLocation: http://127.0.0.1:5000/a\r\n\r\n"
)


def stage(*, one_server: bool) -> Stage:
    return Stage("http://127.0.0.1:5000", Path(), Path(), one_server)


def test_facts_that_are_the_same_have_no_complaint() -> None:
    assert compared({"a": 1, "b": [2]}, {"b": [2], "a": 1}) == []


@pytest.mark.parametrize("insula", [{"a": 2}, {}, {"a": 1, "b": None}])
def test_fact_that_differs_or_is_on_one_side_only_is_named(
    insula: dict[str, object],
) -> None:
    assert len(compared({"a": 1}, insula)) == 1


def test_nothing_on_flask_is_a_complaint() -> None:
    assert compared({}, {})


def test_answer_is_told_without_what_the_server_decides() -> None:
    assert read(HEAD + b"at 127.0.0.1:5000", stage(one_server=False)) == [
        ["405", ["allow: GET, POST", "location: http://HOST/a", "x-b: 2"]],
        "at HOST",
    ]


def test_reason_is_told_where_one_server_serves_both() -> None:
    (status, _), _ = read(HEAD, stage(one_server=True))

    assert status == "405 Method Not Allowed"


def test_long_bodies_that_differ_are_told_apart() -> None:
    told = {
        read(HEAD + body * 2000, stage(one_server=True))[1]
        for body in (b"a", b"b", b"\xff")
    }

    assert len(told) == 3


def test_signature_of_a_session_is_left_out_and_what_it_holds_is_not() -> None:
    def cookie(value: bytes) -> list[str]:
        head = b"HTTP/1.1 200 OK\r\nSet-Cookie: session=" + value + b"; Path=/\r\n\r\n"
        ((_, headers), _) = read(head, stage(one_server=True))
        return list(headers)

    assert cookie(b"eyJh.awIt.sig1") == cookie(b"eyJh.awIu.sig2")
    assert cookie(b".eJwt.awIt.sig1") != cookie(b".eJwu.awIt.sig1")


def test_table_is_markdown_with_columns_of_one_width() -> None:
    assert table(("A", "Long"), [("wide", "b")]) == (
        "| A    | Long |\n| ---- | ---- |\n| wide | b    |\n"
    )


def test_page_gets_a_new_table_in_the_place_of_the_old_one(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("a\n<!-- table -->\nold\n<!-- end of table -->\nb\n")

    write(page, "new\n")

    assert page.read_text() == "a\n<!-- table -->\nnew\n<!-- end of table -->\nb\n"


def test_page_without_a_place_for_the_table_is_refused(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("a\n")

    with pytest.raises(ValueError, match=r"put the lines <!-- table --> and"):
        write(page, "new\n")

"""What servers answer is compared before they are loaded."""

from __future__ import annotations

from dataclasses import replace

import pytest
from benchmarks.beside.notes import NOTES, comparable, objection
from benchmarks.beside.served import SERVERS, check_servers
from benchmarks.beside.works import Reply

HELLO = Reply(200, {"content-type": "text/html; charset=utf-8"}, b"Hello, World!")


def notes_page(
    token: str = "t", moment: str = "just now", title: str = "Note"
) -> Reply:
    notes = "".join(f"<a>{title} {number}</a>" for number in range(NOTES))
    page = (
        f'<input type="hidden" name="csrf_token" value="{token}">{notes}'
        f'<time datetime="{moment}" title="UTC">{moment}</time>'
    )
    headers = {
        "content-type": "text/html; charset=utf-8",
        "set-cookie": f"session={token}; HttpOnly",
    }
    return Reply(200, headers, page.encode())


ANSWERS = {
    name: comparable(notes_page()) if server.notes_on else HELLO
    for name, server in SERVERS.items()
}


def test_check_servers_of_right_answers_lets_the_bench_go_on() -> None:
    check_servers(ANSWERS)


def test_check_servers_of_a_wrong_answer_ends_the_bench_and_says_why() -> None:
    wrong = replace(HELLO, body=b"Hello")
    with pytest.raises(SystemExit) as ended:
        check_servers(ANSWERS | {"falcon": wrong})
    assert ended.value.code == (
        "Not all servers answer the same:\n"
        "  Falcon on Granian: 'Hello', not 'Hello, World!'"
    )


def test_check_servers_of_insula_unlike_flask_ends_the_bench_and_says_why() -> None:
    other = replace(HELLO, headers={"content-type": "text/plain"})
    with pytest.raises(SystemExit) as ended:
        check_servers(ANSWERS | {"insula": other})
    assert ended.value.code == (
        "Not all servers answer the same:\n"
        "  Insula on its own server, and Flask on Granian: header content-type is"
        " 'text/plain' and 'text/html; charset=utf-8'"
    )


def test_check_servers_of_another_page_of_notes_ends_the_bench_and_says_why() -> None:
    page = notes_page()
    other = comparable(replace(page, body=page.body + b"<p>More"))
    with pytest.raises(SystemExit) as ended:
        check_servers(ANSWERS | {"notes": other})
    assert str(ended.value.code).startswith(
        "Not all servers answer the same:\n"
        "  the demo's list of notes, Insula on Granian, and the demo's list of notes,"
        " Flask on Granian: from byte "
    )
    assert str(ended.value.code).endswith("the bodies differ: '<p>More' and ''")


def test_comparable_keeps_that_a_cookie_is_set() -> None:
    assert comparable(notes_page()).headers["set-cookie"] == "session=; HttpOnly"


def test_comparable_of_two_users_pages_is_the_same() -> None:
    one, other = notes_page(), notes_page("another", "1 minute ago")
    assert one != other
    assert comparable(one) == comparable(other)


def test_objection_to_a_page_without_the_notes_names_the_first() -> None:
    assert objection(notes_page()) is None
    assert objection(notes_page(title="Text")) == "the page does not list 'Note 0'"


def test_objection_to_what_is_no_page_says_what_it_is() -> None:
    reply = Reply(302, {"location": "/login"}, b"")
    assert objection(reply) == "status 302, content type ''; expected a page"

from __future__ import annotations

import pytest

from insula.servers.host import KNOWN_HOSTS, is_host


@pytest.mark.parametrize(
    "text",
    [
        "example.com",
        "EXAMPLE.com.",
        "a_b.example:8000",
        "x:",
        "x:65535",
        "127.0.0.1:80",
        "caf%C3%A9.example",
        "a~b!$&'()*+;=c",
        "[::1]",
        "[2001:db8::192.0.2.1]:443",
        "x" * 255,
    ],
)
def test_host_in_the_form_of_urls_is_one_and_is_kept(text: str) -> None:
    KNOWN_HOSTS.discard(text)
    assert is_host(text)
    assert text in KNOWN_HOSTS


@pytest.mark.parametrize(
    "text",
    [
        "",
        ":80",
        "a b",
        "a,b",
        "a,",
        "a/b",
        "a?b",
        "<x>",
        "user@a",
        "a%4",
        "a%zz",
        "a:b",
        "a:1:2",
        "a:65536",
        "a:000080",
        "::1",
        "[]",
        "[::1",
        "[1.2.3.4]",
        "[:::]",
        "[fe80::1%25eth0]",
        "[::1]a",
        "a\n",
        "caf\xe9",
        "a:\u0663",
    ],
)
def test_anything_else_is_no_host_and_is_not_kept(text: str) -> None:
    assert not is_host(text)
    assert text not in KNOWN_HOSTS


def test_hosts_kept_are_few_and_short_however_many_are_sent() -> None:
    assert all(is_host(f"h{number}.example") for number in range(1000))
    assert len(KNOWN_HOSTS) <= 256
    assert "h999.example" in KNOWN_HOSTS
    long = "x" * 5000
    assert is_host(long)
    assert long not in KNOWN_HOSTS

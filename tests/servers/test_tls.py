from __future__ import annotations

import ssl
from pathlib import Path
from typing import Any

import pytest

from insula.servers.errors import ServerError
from insula.servers.tls import tls_files


def fetch(served: Any, context: ssl.SSLContext) -> bytes:
    with (
        served.connect() as plain,
        context.wrap_socket(plain, server_hostname="localhost") as sock,
    ):
        sock.sendall(b"GET /env HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        answer = b""
        while part := sock.recv(65536):
            answer += part
        return answer


def test_adhoc_serves_https(start: Any) -> None:
    served = start(ssl_context="adhoc")
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    assert b'"wsgi.url_scheme": "https"' in fetch(served, context)
    assert f"https://127.0.0.1:{served.port}" in served.output


def test_files_serve_https_that_a_client_can_verify(start: Any) -> None:
    files = tls_files("adhoc")
    assert files is not None
    try:
        served = start(ssl_context=[files.certificate, files.key])
        context = ssl.create_default_context(cafile=files.certificate)
        assert b"HTTP/1.1 200" in fetch(served, context)
    finally:
        files.discard()
    assert not Path(files.key).exists()


def test_adhoc_survives_a_reload_with_the_same_certificate(start: Any) -> None:
    served = start(ssl_context="adhoc", use_reloader=True)
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    assert b"HTTP/1.1 200" in fetch(served, context)


def test_stream_that_fails_over_tls_is_cut(start: Any) -> None:
    served = start(ssl_context="adhoc", http="1")
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    with (
        served.connect() as plain,
        context.wrap_socket(plain, suppress_ragged_eofs=True) as sock,
    ):
        sock.sendall(b"GET /broken_stream HTTP/1.1\r\nHost: x\r\n\r\n")
        answer = b""
        while part := sock.recv(65536):
            answer += part
    # NOTE: how much of the body arrives is open: what TLS itself sends (its session
    # tickets) cannot be told from it. That the response is cut short is certain.
    assert answer.startswith(b"HTTP/1.1 200")
    assert not answer.endswith(b"0\r\n\r\n")


def test_private_key_is_readable_by_its_user_only() -> None:
    files = tls_files("adhoc")
    assert files is not None
    try:
        assert Path(files.key).stat().st_mode & 0o077 == 0
    finally:
        files.discard()


def test_ssl_context_object_is_refused_with_a_way_out() -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with pytest.raises(ServerError, match=r"pass the paths \(certificate, key\)"):
        tls_files(context)


def test_no_ssl_context_means_no_tls() -> None:
    assert tls_files(None) is None

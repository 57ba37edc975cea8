from __future__ import annotations

import dataclasses

import pytest

from insula.servers import DEFAULT_THREADS, ServerError, ServerOptions


def test_options_are_frozen() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        ServerOptions().port = 1  # type: ignore[misc]  # what is tested


def test_options_default_to_one_thread_in_one_process() -> None:
    options = ServerOptions()
    assert (options.threads, options.processes) == (1, 1)
    assert 1 < DEFAULT_THREADS <= 64


@pytest.mark.parametrize(
    ("host", "path"), [("127.0.0.1", None), ("unix:///a/b", "/a/b"), ("unix://c", "c")]
)
def test_unix_path_is_that_of_a_unix_host(host: str, path: str | None) -> None:
    assert ServerOptions(host=host).unix_path == path


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("port", -1),
        ("port", "80"),
        ("threads", 0),
        ("processes", 1.5),
        ("reloader_interval", 0),
        ("drain_timeout", -1),
        ("http", "3"),
        ("reloader_type", "x"),
    ],
)
def test_bad_value_is_refused_by_name_in_one_line(field: str, value: object) -> None:
    with pytest.raises(ServerError, match=f"(?i){field}.*{value}") as raised:
        ServerOptions(**{field: value})  # type: ignore[arg-type]  # what is tested
    assert "\n" not in str(raised.value)

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

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
        ("drain_timeout", "x"),
        ("drain_timeout", float("nan")),
        ("body_timeout", None),
        ("body_timeout", float("nan")),
        ("reloader_interval", "a"),
        ("backlog", -1),
        ("backlog", 0),
        ("threads", 10**30),
        ("extra_files", 3),
        ("trusted_hosts", "x.example"),
        ("http", "3"),
        ("reloader_type", "x"),
    ],
)
def test_bad_value_is_refused_by_name_in_one_line(field: str, value: object) -> None:
    with pytest.raises(ServerError, match=f"(?i){field}.*{value}") as raised:
        ServerOptions(**{field: value})  # type: ignore[arg-type]  # what is tested
    assert "\n" not in str(raised.value)


def test_files_of_any_iterable_are_kept_as_a_tuple_of_texts() -> None:
    files: Any = (Path(name) for name in ("a.txt", "b.txt"))
    assert ServerOptions(extra_files=files).extra_files == ("a.txt", "b.txt")


@pytest.mark.parametrize("field", ["body_timeout", "drain_timeout"])
def test_timeout_may_have_no_limit(field: str) -> None:
    options: Any = {field: float("inf")}
    assert getattr(ServerOptions(**options), field) == float("inf")

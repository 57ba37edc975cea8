"""The text of a source: places, bytes, encodings, and how a file is replaced."""

from __future__ import annotations

import stat
from typing import TYPE_CHECKING

import pytest

from insula.migrate.text import Edit, SourceText, Unreadable, replace_file

if TYPE_CHECKING:
    from pathlib import Path


def test_place_behind_wide_letters_is_counted_in_letters() -> None:
    source = SourceText("x = 'é𝄞'; y".encode())
    name = source.parse().body[1]
    start, end = source.span(name)
    assert source.text[start:end] == "y"


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_end_in_all_three_ways_and_not_at_a_form_feed(end: str) -> None:
    source = SourceText(f"a{end}\f{end}b".encode())
    assert [source.line(n) for n in range(5)] == ["", "a", "\f", "b", ""]
    assert source.newline == end


@pytest.mark.parametrize(
    "data",
    [
        b"\xef\xbb\xbfx = 1\r\ny = 'z'",
        "# coding: latin-1\nx = 'é'\n".encode("latin-1"),
        "#!/usr/bin/python\n# -*- coding: cp1252 -*-\nx = '€'\n".encode("cp1252"),
        "# coding: shift_jis\nx = '表'\n".encode("shift_jis"),
        "x = '\x0c'\r\n# é\r".encode(),
    ],
)
def test_unchanged_text_is_the_same_bytes(data: bytes) -> None:
    assert SourceText(data).changed([]) == data
    assert SourceText(data).changed([Edit(0, 0, "")]) == data


def test_bytes_that_are_not_in_the_encoding_are_reported_with_their_line() -> None:
    with pytest.raises(Unreadable, match="0xe9 is not utf-8") as caught:
        SourceText("a\nb = 'é'".encode("latin-1"))
    assert caught.value.line == 2


def test_unknown_encoding_is_reported() -> None:
    with pytest.raises(Unreadable, match="in no encoding that is known"):
        SourceText(b"# coding: nowhere\n")


@pytest.mark.parametrize(
    "line",
    [
        "print 'x'",
        "exec 'x'",
        "raise ValueError, 'x'",
        "x = 0777",
        "x = ur'x'",
        "x <> y",
        "x = `y`",
        "x = 10L",
        "try: pass\nexcept ValueError, e: pass",
        "    print 'x'",
    ],
)
def test_python_2_is_called_so(line: str) -> None:
    with pytest.raises(Unreadable, match=r"is Python 2 \(") as caught:
        SourceText(f"import os\nif os:\n  pass\n{line}\n".encode()).parse()
    assert caught.value.line >= 4


def test_other_errors_are_no_python_at_all() -> None:
    with pytest.raises(Unreadable, match="is no Python: ") as caught:
        SourceText(b"a = 1\nb = (\n").parse()
    assert caught.value.line == 2


@pytest.mark.parametrize("data", [b"a\0b", b"-" * 100_000 + b"1"])
def test_what_python_cannot_read_is_reported(data: bytes) -> None:
    with pytest.raises(Unreadable):
        SourceText(data).parse()


def test_change_that_does_not_compile_is_refused() -> None:
    with pytest.raises(Unreadable, match="would not compile"):
        SourceText(b"a = 1\n").changed([Edit(0, 1, "(")])


def test_changes_within_each_other_are_refused() -> None:
    with pytest.raises(Unreadable, match="within each other"):
        SourceText(b"abc = 1\n").changed([Edit(0, 3, "x"), Edit(1, 2, "y")])


def test_replaced_file_keeps_its_mode_and_leaves_nothing_beside(tmp_path: Path) -> None:
    file = tmp_path / "a.py"
    file.write_bytes(b"old")
    file.chmod(0o751)
    replace_file(file, b"old", b"new")
    assert file.read_bytes() == b"new"
    assert stat.S_IMODE(file.stat().st_mode) == 0o751
    assert list(tmp_path.iterdir()) == [file]


def test_read_only_file_is_not_replaced(tmp_path: Path) -> None:
    file = tmp_path / "a.py"
    file.write_bytes(b"old")
    file.chmod(0o444)
    with pytest.raises(PermissionError, match="read-only"):
        replace_file(file, b"old", b"new")
    assert file.read_bytes() == b"old"


def test_file_that_has_changed_meanwhile_is_not_replaced(tmp_path: Path) -> None:
    file = tmp_path / "a.py"
    file.write_bytes(b"newer")
    with pytest.raises(OSError, match="changed meanwhile"):
        replace_file(file, b"old", b"new")
    assert list(tmp_path.iterdir()) == [file]

"""Each old name of Werkzeug and of others: it is there, warns, and can be refused."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from insula.flask._legacy import OTHER_NAMES

if TYPE_CHECKING:
    from tests.legacy.era import Era

MODULES = sorted({row.name.rpartition(".")[0] for row in OTHER_NAMES})
OLD_PYTHON = {
    ("collections", "ByteString"): (3, 14),
    ("inspect", "formatargspec"): (3, 11),
    ("inspect", "getargspec"): (3, 11),
    ("inspect", "ArgSpec"): (3, 11),
}
"""Where a Python has a name by itself (before), or has it no more (from it on)."""


def names_of(module: str) -> list[str]:
    names = [row.name.rpartition(".") for row in OTHER_NAMES]
    found = [name for where, _, name in names if where == module]
    old = [name for name in found if (module, name) in OLD_PYTHON]
    for name in old:
        is_late = sys.version_info >= OLD_PYTHON[module, name]
        if is_late is (name == "ByteString"):
            found.remove(name)
    return found


@pytest.mark.parametrize("module", MODULES)
def test_names_are_imported_with_one_warning_each(
    werkzeug_era: Era, module: str
) -> None:
    names = names_of(module)
    source = "".join(f"from {module} import {name}\n" for name in names)

    done = werkzeug_era(source)

    assert done.error == ""
    own = [text for _, text in done.warned if "legacy=True" in text]
    assert [text.split("'")[1] for text in own] == [f"{module}.{n}" for n in names]
    assert done.lines == list(range(1, len(names) + 1))


def looking_for_all() -> tuple[str, list[str]]:
    """Return a program that prints what cannot be imported, and all that there is."""
    pairs = [(module, name) for module in MODULES for name in names_of(module)]
    source = "".join(
        f"try:\n    from {module} import {name}\n"
        f"except ImportError:\n    print('{module}.{name}')\n"
        for module, name in pairs
    )
    return source, [f"{module}.{name}" for module, name in pairs]


def test_names_are_not_there_where_the_warning_is_an_error(werkzeug_era: Era) -> None:
    source, names = looking_for_all()

    done = werkzeug_era(source, refuse=True)

    assert (done.error, done.warned) == ("", [])
    assert done.out.split() == names


def test_names_are_not_there_without_legacy(era: Era) -> None:
    source, names = looking_for_all()

    done = era(source)

    assert done.error == ""
    assert done.out.split() == names


def test_rows_say_what_to_write_today() -> None:
    assert all(row.instead and row.since and row.removed for row in OTHER_NAMES)
    assert len({row.name for row in OTHER_NAMES}) == len(OTHER_NAMES)


def test_a_use_by_attribute_is_told_at_its_line(werkzeug_era: Era) -> None:
    done = werkzeug_era("import werkzeug\n\nwerkzeug.url_quote('a b')\n")

    assert done.warned == [
        (
            3,
            (
                "'werkzeug.url_quote' is an old name, removed in Werkzeug 1.0 and here"
                " because of legacy=True. Today: urllib.parse.quote(value)."
            ),
        )
    ]


def test_a_name_that_never_was_is_missed_as_ever(werkzeug_era: Era) -> None:
    done = werkzeug_era("import werkzeug.urls\nwerkzeug.urls.url_squote\n")

    assert done.error == (
        "AttributeError: module 'werkzeug.urls' has no attribute 'url_squote'"
    )


def test_a_module_that_is_there_keeps_its_own_spec(werkzeug_era: Era) -> None:
    done = werkzeug_era(
        "import inspect, werkzeug.urls as u\n"
        "print(type(u.__loader__).__name__, u.__spec__.loader is u.__loader__)\n"
        "print('def iri_to_uri' in inspect.getsource(u))\n"
    )

    assert (done.error, done.out) == ("", "SourceFileLoader True\nTrue\n")


@pytest.mark.parametrize(
    ("source", "is_legacy"),
    [
        ("insula.flask.install()", False),
        ("insula.flask.install(); insula.flask.install(legacy=True)", True),
        ("os.environ['INSULA_LEGACY'] = '1'; insula.flask.install()", True),
        ("os.environ['INSULA_LEGACY'] = '0'; insula.flask.install()", False),
        (
            "os.environ['INSULA_LEGACY'] = '1'; insula.flask.install(legacy=False)",
            False,
        ),
    ],
)
def test_install_brings_them_back_when_it_is_told_so(
    source: str, is_legacy: bool
) -> None:
    program = (
        "import os, sys\n"
        "os.environ.pop('INSULA_LEGACY', None)\n"
        "import insula.flask\n"
        f"{source}\n"
        "import werkzeug.urls, werkzeug.wrappers\n"
        "loaded = [n for n in sys.modules if n.startswith('insula.flask._bygone')]\n"
        "print(hasattr(werkzeug.urls, 'url_quote'), bool(loaded),\n"
        "      'is_xhr' in vars(werkzeug.wrappers.Request))\n"
    )

    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )

    assert done.stdout == f"{is_legacy} {is_legacy} {is_legacy}\n"

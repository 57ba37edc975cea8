"""Imports: what is found in a source, and how surely it is needed."""

from __future__ import annotations

import ast

import pytest

from insula.deps.imports import Need, imports_of


def found(text: str) -> dict[str, str]:
    return {one.name: one.need.value for one in imports_of(ast.parse(text))}


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("import a, b.c as d", ["a", "b.c"]),
        ("from a.b import c, d", ["a.b.c", "a.b.d"]),
        ("from a import *", ["a"]),
        ("from . import a\nfrom .b import c\nfrom ..d import e", []),
        ("def f():\n    import a\nclass B:\n    import b", ["a", "b"]),
        ("f(lambda: __import__('a.b'))", ["a.b"]),
        ("importlib.import_module('a')", ["a"]),
        ("from importlib import import_module\nimport_module(name='a')", None),
        ("import_module('.a', 'b')", []),
        ("import_module(name)\n__import__('a' + b)\nimport_module()", []),
        ("import_module('not a name')", []),
        ("x = 'import a'  # import b\n", []),
        ("match x:\n    case 1:\n        import a", ["a"]),
    ],
)
def test_names_are_found_where_python_would_import(
    text: str, names: list[str] | None
) -> None:
    expected = names if names is not None else ["importlib.import_module", "a"]
    assert [one.name for one in imports_of(ast.parse(text))] == expected


def test_dynamic_and_late_imports_say_so() -> None:
    one, two, three = imports_of(
        ast.parse("import a\ndef f():\n    import b\n__import__('c')")
    )
    assert (one.dynamic, one.in_function, one.line) == (False, False, 1)
    assert (two.dynamic, two.in_function, two.line) == (False, True, 3)
    assert (three.dynamic, three.in_function, three.line) == (True, False, 4)


@pytest.mark.parametrize(
    ("text", "need"),
    [
        ("import a", "required"),
        ("try:\n    import a\nexcept ImportError:\n    a = None", "optional"),
        ("try:\n    import a\nexcept ModuleNotFoundError:\n    pass", "optional"),
        (
            "try:\n    import a\nexcept (OSError, ImportError):\n    pass",
            "optional",
        ),
        ("try:\n    import a\nexcept:\n    a = None", "optional"),
        ("try:\n    import a\nexcept Exception:\n    a = None", "optional"),
        ("try:\n    import a\n    a.run()\nexcept Exception:\n    pass", "required"),
        ("try:\n    import a\nexcept ValueError:\n    pass", "required"),
        ("try:\n    import a\nfinally:\n    pass", "required"),
        (
            "try:\n    import a\nexcept ImportError:\n    raise SystemExit('a')",
            "required",
        ),
        (
            "import sys\ntry:\n    import a\nexcept ImportError:\n    sys.exit('a')",
            "required",
        ),
        (
            (
                "def f():\n    try:\n        import a\n    except ImportError:\n"
                "        raise RuntimeError('install a')"
            ),
            "optional",
        ),
        ("with suppress(ImportError):\n    import a", "optional"),
        ("with contextlib.suppress(KeyError):\n    import a", "required"),
        ("if TYPE_CHECKING:\n    import a", "typing"),
        ("if typing.TYPE_CHECKING:\n    import a", "typing"),
        ("if not TYPE_CHECKING:\n    import a", "required"),
        ("if not TYPE_CHECKING:\n    pass\nelse:\n    import a", "typing"),
        ("if TYPE_CHECKING:\n    pass\nelse:\n    import a", "required"),
        ("if False:\n    import a", "typing"),
        ("if find_spec('a'):\n    import a", "optional"),
        ("from importlib import import_module as im\nim('a')", "required"),
        ("from typing import TYPE_CHECKING as TC\nif TC:\n    import a", "typing"),
        (
            (
                "from contextlib import suppress as no\n"
                "with no(ImportError):\n    import a"
            ),
            "optional",
        ),
        ("pytest.importorskip('a')", "optional"),
        (
            (
                "if TYPE_CHECKING:\n    try:\n        import a\n"
                "    except ImportError:\n        import b"
            ),
            "typing",
        ),
    ],
)
def test_need_follows_from_what_surrounds_the_import(text: str, need: str) -> None:
    assert found(text)["a"] == need


def test_import_for_types_and_again_at_run_time_is_found_as_both() -> None:
    text = "if TYPE_CHECKING:\n    import a\ndef f():\n    import a"
    needs = [one.need for one in imports_of(ast.parse(text))]
    assert needs == [Need.TYPING, Need.REQUIRED]


def test_imports_of_a_stub_are_for_types() -> None:
    (one,) = imports_of(ast.parse("import a"), typing_only=True)
    assert one.need is Need.TYPING


def test_branches_of_a_choice_are_numbered_in_their_order() -> None:
    text = """
try:
    import a
except ImportError:
    try:
        import b
    except ImportError:
        import c
"""
    imports = imports_of(ast.parse(text))
    assert [(one.name, one.branch) for one in imports] == [("a", 0), ("b", 1), ("c", 2)]
    (choice,) = {id(one.choice): one.choice for one in imports}.values()
    assert choice is not None
    assert (choice.branches, choice.has_default) == (3, False)


@pytest.mark.parametrize(
    "handler",
    ["from . import a", "try:\n        import b\n    except ImportError: pass"],
)
def test_choice_with_a_way_out_has_a_default(handler: str) -> None:
    text = f"try:\n    import a\nexcept ImportError:\n    {handler}"
    choice = imports_of(ast.parse(text))[0].choice
    assert choice is not None
    assert choice.has_default


def test_choice_within_a_try_that_goes_on_without_has_a_default() -> None:
    text = """
try:
    try:
        import a
    except ImportError:
        import b
except ImportError:
    a = None
"""
    choices = {id(one.choice): one.choice for one in imports_of(ast.parse(text))}
    (choice,) = choices.values()
    assert choice is not None
    assert choice.has_default

"""What an import loads, and what the package root hands out."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

import insula

ROOT = Path(insula.__file__).parent
FILES = sorted(ROOT.rglob("*.py"))

# The public names of the package root of Flask 3.1 that are not modules; its
# application class has this project's name here.
FLASK_NAMES = [
    "Blueprint",
    "Config",
    "Insula",
    "Request",
    "Response",
    "abort",
    "after_this_request",
    "appcontext_popped",
    "appcontext_pushed",
    "appcontext_tearing_down",
    "before_render_template",
    "copy_current_request_context",
    "current_app",
    "flash",
    "g",
    "get_flashed_messages",
    "get_template_attribute",
    "got_request_exception",
    "has_app_context",
    "has_request_context",
    "json",
    "jsonify",
    "make_response",
    "message_flashed",
    "redirect",
    "render_template",
    "render_template_string",
    "request",
    "request_finished",
    "request_started",
    "request_tearing_down",
    "send_file",
    "send_from_directory",
    "session",
    "stream_template",
    "stream_template_string",
    "stream_with_context",
    "template_rendered",
    "url_for",
]


# PERF: each takes 0.1 ms to find and run, of 100 for a start. Raise it only for what
# every application needs from its start.
OUR_MODULES = 88

HELLO = """
from insula import Insula
app = Insula('island')
app.add_url_rule('/', 'index', lambda: 'Hello')
environ = {
    'REQUEST_METHOD': 'GET',
    'SCRIPT_NAME': '',
    'PATH_INFO': '/',
    'QUERY_STRING': '',
    'SERVER_NAME': 'localhost',
    'SERVER_PORT': '80',
    'SERVER_PROTOCOL': 'HTTP/1.1',
    'wsgi.version': (1, 0),
    'wsgi.url_scheme': 'http',
}
body = app(environ, lambda *_: None)
assert b''.join(body) == b'Hello'
"""


def dotted(path: Path) -> str:
    parts = path.relative_to(ROOT.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


# Importing __main__ is running the command; the rest has to be free of effects.
MODULES = [name for name in map(dotted, FILES) if not name.endswith("__main__")]


def loaded_by(statement: str) -> set[str]:
    """Return the modules that a statement loads in a new interpreter."""
    program = (
        "import json, sys\nbefore = set(sys.modules)\n"
        f"{statement}\nprint(json.dumps(sorted(set(sys.modules) - before)))"
    )
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program],
        capture_output=True,
        text=True,
        check=True,
    )
    return set(json.loads(done.stdout))


def foreign(modules: set[str]) -> set[str]:
    tops = {name.partition(".")[0] for name in modules}
    return tops - sys.stdlib_module_names - {"insula"}


def root_imports(tree: ast.AST) -> list[str]:
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found += [a.name for a in node.names if a.name == "insula"]
        elif isinstance(node, ast.ImportFrom) and node.level:
            found.append("." * node.level + (node.module or ""))
        elif isinstance(node, ast.ImportFrom) and node.module == "insula":
            found += [f"insula:{a.name}" for a in node.names]
    return found


def test_import_of_the_local_floor_loads_nothing_above_it() -> None:
    modules = loaded_by("import insula.local")
    assert foreign(modules) == set()
    allowed = ("insula.local", "insula._core")
    above = {n for n in modules if n.startswith("insula.")}
    assert {n for n in above if not n.startswith(allowed)} == set()


def test_import_of_the_root_loads_no_dependency_and_no_floor() -> None:
    modules = loaded_by("import insula")
    assert foreign(modules) == set()
    assert {n for n in modules if n.startswith("insula")} == {"insula"}


def test_proxies_load_neither_the_command_line_nor_a_server() -> None:
    modules = loaded_by("from insula import request, session, g, current_app")
    assert not {n for n in modules if n.startswith(("insula.cli", "insula.servers"))}
    assert "click" not in modules
    assert "granian" not in modules


def test_application_class_loads_neither_the_command_line_nor_a_server() -> None:
    modules = loaded_by("from insula import Insula; Insula('island')")
    assert not {n for n in modules if n.startswith(("insula.cli", "insula.servers"))}
    assert "click" not in modules
    assert "granian" not in modules


def test_application_loads_of_others_little_more_than_werkzeugs_routing() -> None:
    # PERF: what a start takes is what it loads. `import werkzeug` alone, whose root
    # package imports its server, is 0.57 of Flask's start. A ratchet: lower it.
    werkzeugs = loaded_by("import werkzeug.routing")
    modules = loaded_by("from insula import Insula; Insula('island')") - werkzeugs
    assert foreign(modules) == {"blinker"}
    assert len([n for n in modules if n.startswith("insula")]) <= OUR_MODULES
    assert not modules & {"asyncio", "concurrent", "decimal", "pickle", "sqlite3"}


def test_first_request_loads_no_more_than_the_codec_of_hosts() -> None:
    before = loaded_by("from insula import Insula; Insula('island')")
    modules = loaded_by(HELLO) - before
    assert modules <= {"encodings.idna", "stringprep", "unicodedata"}


def test_shortcuts_for_templates_load_jinja_with_the_first_template() -> None:
    imported = "from insula import Insula, request, jsonify, render_template_string"
    assert "jinja2" not in loaded_by(f"{imported}; Insula('island')")
    rendered = f"{imported}\nwith Insula('island').app_context():\n"
    rendered += "    assert render_template_string('{{ 1 + 1 }}') == '2'"
    assert "jinja2" in loaded_by(rendered)


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("import insula", ["insula"]),
        ("import insula as i", ["insula"]),
        ("from insula import json", ["insula:json"]),
        ("def f():\n    from insula import g", ["insula:g"]),
        ("if TYPE_CHECKING:\n    from insula import g", ["insula:g"]),
        ("from . import x", ["."]),
        ("from ..json import x", ["..json"]),
        ("from insula.json import x", []),
        ("import insula.json", []),
    ],
)
def test_search_for_root_imports_finds_each_form(source: str, found: list[str]) -> None:
    assert root_imports(ast.parse(source)) == found


@pytest.mark.parametrize("path", FILES, ids=dotted)
def test_module_imports_neither_the_root_nor_relatively(path: Path) -> None:
    found = root_imports(ast.parse(path.read_text(encoding="utf-8")))
    if dotted(path) == "insula":
        # The one place which the type checker reads: the module insula.json.
        found.remove("insula:json")
    assert found == []


@pytest.mark.parametrize("name", MODULES)
def test_module_has_a_docstring_and_its_exports_resolve(name: str) -> None:
    module = import_module(name)
    assert module.__doc__
    exports = getattr(module, "__all__", [])
    assert len(set(exports)) == len(exports)
    assert [export for export in exports if not hasattr(module, export)] == []


@pytest.mark.parametrize("name", sorted(set(insula.__all__) - {"json"}))
def test_root_name_is_the_object_of_its_home(name: str) -> None:
    home: Any = insula._HOMES[name]
    module, attribute = home if isinstance(home, tuple) else (home, name)
    assert getattr(insula, name) is getattr(import_module(module), attribute)


def test_root_names_and_homes_are_the_same_set() -> None:
    assert set(insula._HOMES) == set(insula.__all__) - {"json"}
    assert insula.json is import_module("insula.json")


def test_every_name_of_flasks_root_is_there() -> None:
    assert [name for name in FLASK_NAMES if name not in insula.__all__] == []


def test_dir_of_the_root_lists_every_name_before_it_is_used() -> None:
    program = "import insula, json; print(json.dumps(dir(insula)))"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert set(insula.__all__) <= set(json.loads(done.stdout))


def test_star_import_of_the_root_gives_every_name() -> None:
    names: dict[str, Any] = {}
    exec("from insula import *", names)  # noqa: S102 - a star needs a module's scope
    assert set(insula.__all__) <= set(names)


def test_unknown_root_name_is_an_attribute_error_that_names_it() -> None:
    with pytest.raises(AttributeError, match="module 'insula' has no attribute 'nope'"):
        _ = insula.nope
    with pytest.raises(ImportError, match="cannot import name 'nope'"):
        exec("from insula import nope", {})  # noqa: S102 - linters would object to it


def test_version_is_that_of_the_distribution() -> None:
    from importlib.metadata import version

    assert insula.__version__ == version("insula")


def test_package_is_typed() -> None:
    assert (ROOT / "py.typed").is_file()


def test_package_runs_as_a_command() -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-m", "insula", "--help"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.startswith("Usage: python -m insula [OPTIONS] COMMAND")
    assert all(command in done.stdout for command in ("run", "routes", "shell"))

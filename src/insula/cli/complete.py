"""What a shell offers when a word of the command line is completed.

Rules of the file: a completion that fails offers nothing. It may load the application,
for its commands are among the words; it prints nothing, for the shell would show it.
"""

from __future__ import annotations

import ast
from pathlib import Path
from typing import TYPE_CHECKING, Any

from click.shell_completion import CompletionItem

from insula.cli.script_info import ScriptInfo

if TYPE_CHECKING:
    from collections.abc import Iterator

    import click

__all__ = [
    "complete_apps",
    "complete_paths",
    "complete_routes",
    "complete_settings",
    "complete_targets",
    "known_app",
]

_FACTORIES = ("create_app", "make_app")
_CLASSES = frozenset({"Insula", "Flask"})
_FILES_MAX = 200
_BYTES_MAX = 200_000
_NO_FOLDERS = frozenset({"node_modules", "site-packages", "__pycache__", "tests"})


def known_app(ctx: click.Context) -> Any:
    """Return the application of the command line, ``None`` if there is none."""
    try:
        return ctx.ensure_object(ScriptInfo).load_app()
    except Exception:  # noqa: BLE001 - whatever its code raised
        return None


def _items(found: dict[str, str], incomplete: str) -> list[CompletionItem]:
    return [
        CompletionItem(word, help=found[word])
        for word in sorted(found)
        if word.startswith(incomplete)
    ]


def complete_routes(
    ctx: click.Context, _param: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Offer endpoints."""
    rules = _rules(known_app(ctx))
    found = {rule.endpoint: rule.rule for rule in rules}
    return _items(found, incomplete)


def complete_paths(
    ctx: click.Context, _param: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Offer the paths of rules, as far as they have no variable part."""
    found: dict[str, str] = {}
    for rule in _rules(known_app(ctx)):
        found.setdefault(rule.rule.partition("<")[0], rule.endpoint)
    return _items(found, incomplete)


def complete_targets(
    ctx: click.Context, param: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Offer endpoints, and paths where one begins."""
    offer = complete_paths if incomplete.startswith("/") else complete_routes
    return offer(ctx, param, incomplete)


def complete_settings(
    ctx: click.Context, _param: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Offer the names of settings."""
    names = getattr(known_app(ctx), "config", None) or ()
    start = incomplete.upper()
    return [
        CompletionItem(name)
        for name in sorted(names)
        if isinstance(name, str) and name.startswith(start)
    ]


def complete_apps(
    _ctx: click.Context, _param: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Offer the applications and factories that modules of this folder have.

    They are read and not imported. What fits none of them is completed as a path.
    """
    found = [name for name in _apps_of(Path.cwd()) if name.startswith(incomplete)]
    if found:
        return [CompletionItem(name) for name in found]
    return [CompletionItem(incomplete, type="file")]


def _rules(app: Any) -> list[Any]:
    return list(app.url_map.iter_rules()) if hasattr(app, "url_map") else []


def _apps_of(folder: Path) -> Iterator[str]:
    files = [*sorted(folder.glob("*.py")), *sorted(folder.glob("*/*.py"))]
    for file in files[:_FILES_MAX]:
        parts = file.relative_to(folder).with_suffix("").parts
        if any(part.startswith(".") or part in _NO_FOLDERS for part in parts):
            continue
        if len(parts) > 1 and not (file.parent / "__init__.py").is_file():
            continue
        module = ".".join(part for part in parts if part != "__init__")
        for name in _names_in(file):
            yield f"{module}:{name}"


def _names_in(file: Path) -> Iterator[str]:
    try:
        if file.stat().st_size > _BYTES_MAX:
            return
        body = ast.parse(file.read_bytes()).body
    except (OSError, SyntaxError, ValueError):
        return
    for node in body:
        if isinstance(node, ast.FunctionDef) and node.name in _FACTORIES:
            yield node.name
        elif isinstance(node, ast.Assign) and isinstance(node.value, ast.Call):
            called = node.value.func
            name = getattr(called, "attr", getattr(called, "id", ""))
            if name in _CLASSES or name in _FACTORIES:
                yield from (t.id for t in node.targets if isinstance(t, ast.Name))

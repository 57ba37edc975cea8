"""Mistakes in async code: what waits without await, and what is never awaited.

Theory. A view that is ``async def`` runs on an event loop, with all others that are
such; one that waits in a call has them all wait. What is called is found as the object
that the name has in the module, so that a library of another name is not taken for one
of these.
"""

from __future__ import annotations

import ast
from inspect import iscoroutinefunction
from typing import TYPE_CHECKING, Any

from insula._core.asynchrony import is_async
from insula.cli.check.findings import Finding, Place
from insula.cli.check.hooks import hooks_of
from insula.cli.check.project import inner, place_of
from insula.cli.check.sources import own_nodes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from insula.cli.check.project import Project
    from insula.cli.check.sources import Function, Source

__all__ = ["check"]

_THREAD = "hand it to a thread: await asyncio.to_thread(...)"
_BLOCKING = {
    "time.sleep": "write await asyncio.sleep(...)",
    "os.system": "write await asyncio.create_subprocess_shell(...)",
    "subprocess.run": "write await asyncio.create_subprocess_exec(...)",
    "subprocess.call": "write await asyncio.create_subprocess_exec(...)",
    "subprocess.check_call": "write await asyncio.create_subprocess_exec(...)",
    "subprocess.check_output": "write await asyncio.create_subprocess_exec(...)",
    "urllib.request.urlopen": _THREAD,
    "socket.create_connection": "write await asyncio.open_connection(...)",
    "input": _THREAD,
}
_REQUESTS = {"delete", "get", "head", "options", "patch", "post", "put", "request"}
for _library in ("requests", "httpx"):
    for _verb in _REQUESTS:
        _BLOCKING[f"{_library}.{_verb}"] = "use httpx.AsyncClient, or a thread"

# Whose objects wait in every call: a module, or the beginning of its name.
_SYNC_ONLY = (
    "flask_mail",
    "flask_mongoengine",
    "flask_pymongo",
    "flask_redis",
    "flask_sqlalchemy",
    "httpx._client.Client",
    "peewee",
    "pony",
    "psycopg2",
    "pymongo.collection",
    "pymongo.database",
    "pymongo.mongo_client",
    "pymongo.synchronous",
    "pymysql",
    "redis.client",
    "requests.sessions",
    "sqlalchemy.engine",
    "sqlalchemy.orm.scoping",
    "sqlalchemy.orm.session",
    "sqlite3",
)


def check(project: Project) -> Iterator[Finding]:
    """Look at async functions, and at what stands in their way."""
    for source in project.sources:
        for node in source.nodes:
            if isinstance(node, ast.AsyncFunctionDef):
                yield from _blocking(source, node)
            elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
                yield from _forgotten(source, node.value)
    seen: set[int] = set()
    for endpoint, view in project.views():
        found = project.find_inner(view) if is_async(view) else None
        if found is not None and id(found[1]) not in seen:
            seen.add(id(found[1]))
            yield from _libraries(endpoint, *found)
    yield from _threads(project)


def _blocking(source: Source, function: Function) -> Iterator[Finding]:
    for node in own_nodes(function):
        if not isinstance(node, ast.Call):
            continue
        name = source.resolve(node.func)
        if (
            name is None
            and isinstance(node.func, ast.Name)
            and node.func.id == "input"
            and not source.is_bound(node.func)
            and "input" not in vars(source.module)
        ):
            name = "input"
        mend = _BLOCKING.get(name or "")
        if mend is not None:
            yield Finding(
                "blocking-in-async",
                f"{name} has every request on the event loop wait, as"
                f" {function.name!r} is async",
                mend,
                Place(source.file, node.lineno),
            )


def _forgotten(source: Source, call: ast.Call) -> Iterator[Finding]:
    called = source.value_of(call.func)
    name = source.resolve(call.func)
    if name == "asyncio.sleep" or iscoroutinefunction(called):
        shown = ast.unparse(call.func)
        yield Finding(
            "coroutine-not-awaited",
            f"{shown} is async, and called without await it does nothing",
            f"write await {shown}(...)",
            Place(source.file, call.lineno),
        )


def _libraries(endpoint: str, source: Source, function: Function) -> Iterator[Finding]:
    for node in own_nodes(function):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        if isinstance(source.parents.get(node), ast.Await):
            continue
        base: ast.expr = node.func
        while isinstance(base, ast.Attribute):
            base = base.value
        library = _sync_only(source.value_of(base))
        if library is not None:
            yield Finding(
                "sync-extension-in-async",
                f"{ast.unparse(node.func)} is {library}'s, which only waits without"
                f" await, and the view {endpoint!r} is async",
                "write the view with def, or hand the call to a thread: await"
                " asyncio.to_thread(...)",
                Place(source.file, node.lineno),
            )


def _sync_only(value: Any) -> str | None:
    cls = type(value)
    whole = f"{cls.__module__}.{cls.__qualname__}"
    for name in _SYNC_ONLY:
        if whole.startswith((f"{name}.", f"{name}:")) or whole == name:
            return name.partition(".")[0]
    return None


def _threads(project: Project) -> Iterator[Finding]:
    """Find what has async views answered in worker threads, under ASGI."""
    app = project.app
    views = {
        rule.endpoint: rule
        for rule in app.url_map.iter_rules()
        if not rule.websocket and is_async(app.view_functions.get(rule.endpoint))
    }
    if not views:
        return
    if "wsgi_app" in vars(app):
        yield Finding(
            "async-view-in-thread",
            f"app.wsgi_app is wrapped by {type(app.wsgi_app).__name__}, so that"
            f" {_many(list(views))} answered in threads and not on the loop",
            "do without it, or write the views with def",
        )
    called = (
        "before_request",
        "after_request",
        "teardown_request",
        "teardown_appcontext",
        "url_value_preprocessor",
    )
    for name, scope, function, _, _ in hooks_of(app):
        if name not in called or is_async(function):
            continue
        # The application asks for these whichever blueprint they are of.
        everywhere = scope is None or name == "url_value_preprocessor"
        concerned = [
            endpoint
            for endpoint in views
            if everywhere or endpoint.startswith(f"{scope}.")
        ]
        if concerned:
            shown = getattr(inner(function), "__name__", type(function).__name__)
            yield Finding(
                "async-view-in-thread",
                f"The {name} function {shown!r} is not async, so that"
                f" {_many(concerned)} answered in threads and not on the loop",
                "write it with async def, or the views with def",
                place_of(function),
            )


def _many(endpoints: list[str]) -> str:
    if len(endpoints) == 1:
        return f"the async view {endpoints[0]!r} is"
    return f"{len(endpoints)} async views ({endpoints[0]!r}, ...) are"

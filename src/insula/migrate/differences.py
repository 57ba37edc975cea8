"""What behaves otherwise on Insula, each with what finds it in a source.

One table. Its titles are the first column of "What is different" in docs/migrating.md
(a test holds the two together); where the source of a program does not show whether
it is concerned, the row has no detector, and says why not.

Rules: a detector may miss something, but what it yields is there.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from insula.migrate.names import Names

__all__ = ["DIFFERENCES", "Difference", "Seen", "Shared", "differing", "note_shared"]

FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_PROXIES = frozenset({"flask.request", "flask.session", "flask.g", "flask.current_app"})
_ROUTES = frozenset({"route", "get", "post", "put", "patch", "delete"})
_TEARDOWNS = frozenset(
    {"teardown_request", "teardown_appcontext", "teardown_app_request"}
)
_CONTEXTS = frozenset({"app_context", "test_request_context", "request_context"})
# What only Werkzeug's server knows.
_SERVER_ONLY = frozenset({"request_handler", "passthrough_errors"})


@dataclass(slots=True)
class Shared:
    """What of other files a detector has to know.

    :param variables: names of ContextVars.
    """

    variables: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Seen:
    """A source, as detectors see it.

    :param dev: it is a test, or another that only developers run.
    """

    names: Names
    dev: bool
    shared: Shared

    def called(self) -> Iterator[tuple[ast.Call, str, str]]:
        """Yield calls, with the dotted and the last name of what is called."""
        for node in self.names.nodes:
            if isinstance(node, ast.Call):
                yield node, self.names.resolve(node.func) or "", last(node.func)

    def functions(self) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
        """Yield functions."""
        for node in self.names.nodes:
            if isinstance(node, FUNCTIONS):
                yield node

    def reads(self, node: ast.AST) -> str:
        """Return a proxy that is read in a part of the tree; empty, if none is."""
        for one in ast.walk(node):
            dotted = self.names.resolve(one)
            if dotted in _PROXIES:
                return dotted.removeprefix("flask.")
        return ""


def last(node: ast.expr) -> str:
    """Return the last name of a chain."""
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def note_shared(names: Names, shared: Shared) -> None:
    """Note what detectors of other files have to know."""
    for node in names.nodes:
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Call(func=func)):
                if last(func) == "ContextVar":
                    shared.variables.add(name)
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.Call(func=func)):
                if last(func) == "ContextVar":
                    shared.variables.add(name)


def _streams(seen: Seen) -> Iterator[int]:
    for node, dotted, _ in seen.called():
        if dotted.startswith("flask.") and dotted.endswith("stream_with_context"):
            yield node.lineno
    for function in seen.functions():
        for one in function.decorator_list:
            found = seen.names.resolve(one) or ""
            if found.startswith("flask.") and found.endswith("stream_with_context"):
                yield one.lineno


def _threads(seen: Seen) -> Iterator[int]:
    by_name = {one.name: one for one in seen.functions()}
    for node, _, name in seen.called():
        started: list[ast.expr] = []
        if name in {"Thread", "Timer", "Process"}:
            wanted = {"target", "function"}
            started = [one.value for one in node.keywords if one.arg in wanted]
            started += node.args[1:2]
        elif name == "submit":
            started = node.args[:1]
        for one in started:
            function = by_name.get(last(one))
            body: ast.AST | None = one if isinstance(one, ast.Lambda) else function
            if body is not None and seen.reads(body):
                yield node.lineno


def _async_views(seen: Seen) -> Iterator[int]:
    for function in seen.functions():
        if isinstance(function, ast.AsyncFunctionDef) and any(
            isinstance(one, ast.Call) and last(one.func) in _ROUTES
            for one in function.decorator_list
        ):
            yield function.lineno


def _asgi_adapters(seen: Seen) -> Iterator[int]:
    adapters = ("WsgiToAsgi", "WSGIMiddleware", "ASGIMiddleware")
    for node, dotted, _ in seen.called():
        if dotted.endswith(adapters):
            yield node.lineno


def _runs(seen: Seen) -> Iterator[int]:
    for node, _, name in seen.called():
        value = node.func.value if isinstance(node.func, ast.Attribute) else None
        by_app = value is not None and last(value) in {"app", "application"}
        given = {one.arg for one in node.keywords}
        if name == "run" and by_app and _SERVER_ONLY & given:
            yield node.lineno


def _copies(seen: Seen) -> Iterator[int]:
    name = "copy_current_request_context"
    for one in seen.names.references:
        if one.dotted.startswith("flask.") and one.dotted.endswith(name):
            yield one.node.lineno


def _pushes(seen: Seen) -> Iterator[int]:
    """Yield where a context is pushed for the second time."""
    for function in seen.functions():
        made = {
            last(node.targets[0])
            for node in ast.walk(function)
            if isinstance(node, ast.Assign)
            and isinstance(node.value, ast.Call)
            and last(node.value.func) in _CONTEXTS
        }
        pushed: set[str] = set()
        for node in ast.walk(function):
            if not isinstance(node, ast.Call) or last(node.func) != "push":
                continue
            name = last(node.func.value) if isinstance(node.func, ast.Attribute) else ""
            if name in made and name in pushed:
                yield node.lineno
            pushed.add(name)


def _variables(seen: Seen) -> Iterator[int]:
    if not seen.dev:
        return
    for node, _, name in seen.called():
        value = node.func.value if isinstance(node.func, ast.Attribute) else None
        if name == "get" and value is not None and last(value) in seen.shared.variables:
            yield node.lineno


def _options(seen: Seen) -> Iterator[int]:
    for node in seen.names.nodes:
        if isinstance(node, ast.keyword):
            constant = isinstance(node.value, ast.Constant) and node.value.value is True
            if node.arg == "provide_automatic_options" and constant:
                yield node.value.lineno


def _replaced(seen: Seen) -> Iterator[int]:
    classes = {"flask.Flask", "flask.app.Flask"}
    for node in seen.names.nodes:
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            dotted = seen.names.resolve(node.value)
            if dotted in classes:
                yield node.lineno


def _raising_teardowns(seen: Seen) -> Iterator[int]:
    for function in seen.functions():
        for one in function.decorator_list:
            call = one.func if isinstance(one, ast.Call) else one
            if last(call) in _TEARDOWNS:
                for inner in ast.walk(function):
                    if isinstance(inner, ast.Raise):
                        yield inner.lineno


@dataclass(frozen=True, slots=True)
class Difference:
    """A row of the table.

    :param title: the first column in the documentation.
    :param message: what it means for the line that was found; or why nothing finds it.
    :param detector: yields the lines.
    """

    id: str
    title: str
    message: str
    detector: Callable[[Seen], Iterator[int]] | None = None


DIFFERENCES = (
    Difference(
        "session-opened",
        "the session",
        "a session interface of the program's own is asked as it was",
    ),
    Difference(
        "stream-teardown",
        "a view that streams with `stream_with_context`",
        "teardown functions run once, at the end of the stream",
        _streams,
    ),
    Difference(
        "stream-head",
        "a `HEAD` request for such a stream",
        "found with the row above",
    ),
    Difference(
        "thread-reads-request",
        "a thread reads `request` after the request has ended",
        "a thread that reads the request after its end gets an error that says so;"
        " hand it the values, or wrap the function with insula.carry",
        _threads,
    ),
    Difference(
        "async-view",
        "an `async def` view under WSGI",
        "async views share one event loop of the process, where Flask makes one for"
        " each call",
        _async_views,
    ),
    Difference(
        "asgi-adapter",
        "an `async def` view under ASGI",
        "the application answers ASGI itself; hand it to the server without an adapter",
        _asgi_adapters,
    ),
    Difference(
        "first-request-failed",
        "`before_first_request` after a failure",
        "the name itself is reported as old",
    ),
    Difference(
        "json-nested",
        "`get_json()` of a document nested too deep",
        "it is up to the client",
    ),
    Difference(
        "server-arguments",
        "`app.run()`",
        "Granian serves, not Werkzeug's development server; an argument that only that"
        " one knows has no effect",
        _runs,
    ),
    Difference(
        "copied-context",
        "a function wrapped by `copy_current_request_context`, called on the same"
        " thread",
        "the wrapped function has a g of its own, also on the same thread",
        _copies,
    ),
    Difference(
        "pushed-again",
        "a request context pushed again after it has been popped",
        "a context that is pushed again has the g that it had",
        _pushes,
    ),
    Difference(
        "popped-before",
        "a context popped before one that was pushed later",
        "the order is known only when it runs, and reported then",
    ),
    Difference(
        "contextvar-in-test",
        "a ContextVar that a view sets",
        "a value that a view sets is not seen here: each request has a Context of its"
        " own",
        _variables,
    ),
    Difference(
        "automatic-options",
        "`provide_automatic_options=True` said of a rule whose methods have no OPTIONS",
        "OPTIONS is answered here, where Flask answers 405",
        _options,
    ),
    Difference(
        "load-error",
        "the application raises while a command loads it",
        "it is an error in any case",
    ),
    Difference(
        "class-method-replaced",
        "a method of the class replaced after the application's first request",
        "replace it before the first request, or on the application",
        _replaced,
    ),
    Difference(
        "teardown-raises",
        "teardown functions after one that raises",
        "the other teardown functions are called all the same; the first error is"
        " raised at the end",
        _raising_teardowns,
    ),
)
"""The table."""


def differing(seen: Seen) -> Iterator[tuple[int, Difference]]:
    """Yield the lines at which a source is concerned."""
    for difference in DIFFERENCES:
        if difference.detector is not None:
            for line in sorted(set(difference.detector(seen))):
                yield line, difference

"""For what other makes' servers take an application, by looking at it."""

from __future__ import annotations

import subprocess
import sys

SAYS_IT = sys.version_info >= (3, 12)
APPLICATIONS = """
from insula import DispatcherMiddleware, Insula, as_asgi, as_wsgi

async def modern(scope, receive, send): ...
def legacy(environ, start_response): ...
class Subclass(Insula): ...
class WsgiOnly(Insula):
    def __call__(self, environ, start_response):
        return self.wsgi_app(environ, start_response)

app = Insula("one")
both = [app, Subclass("two"), as_asgi(legacy), as_wsgi(modern),
        DispatcherMiddleware(app, {"/x": legacy})]
only = WsgiOnly("three")
"""
ASK = {
    "uvicorn": """
import uvicorn
def seen(app):
    config = uvicorn.Config(app)
    config.load()
    return config.interface
""",
    "hypercorn": """
from hypercorn.utils import is_asgi
def seen(app):
    return "asgi3" if is_asgi(app) else "wsgi"
""",
}


def ask(first: str, then: str) -> list[str]:
    end = "\nprint(*map(seen, both), seen(only))"
    done = subprocess.run(
        [sys.executable, "-c", first + then + end],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def test_uvicorn_sees_asgi_3() -> None:
    assert ask(ASK["uvicorn"], APPLICATIONS) == ["asgi3"] * 5 + ["asgi2"]


def test_made_before_asyncio_is_imported_it_is_seen_to_be_one_of_both() -> None:
    found = ask(APPLICATIONS, ASK["uvicorn"])
    assert found == ["asgi3" if SAYS_IT else "asgi2"] * 5 + ["asgi2"]


def test_hypercorn_sees_asgi_where_inspect_can_say_it() -> None:
    found = ask(ASK["hypercorn"], APPLICATIONS)
    assert found == (["asgi3"] * 5 if SAYS_IT else ["wsgi"] * 5) + ["wsgi"]


def test_none_of_them_is_a_coroutine_function() -> None:
    ask(
        APPLICATIONS,
        """
from inspect import iscoroutinefunction
from insula._core.asynchrony import is_async
assert not any(map(iscoroutinefunction, both)) and not any(map(is_async, both))
assert not is_async(app.wsgi_app) and is_async(app.asgi_app)
def seen(app): return ""
""",
    )

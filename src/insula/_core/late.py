"""The references that point up the house, each named once.

A module imports only from floors below it, yet a few of the application's
methods start something that lives above: ``app.run()`` starts a server,
``app.test_client()`` makes a client. Those methods go through this file, so the
exceptions to the rule can be counted. A reference is resolved when it is first
used and kept; nothing is imported before.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

__all__ = [
    "Late",
    "answer_for_flask",
    "app_group",
    "command_line",
    "commands_of",
    "import_hint",
    "iterate_blocking",
    "load_dotenv",
    "named_app",
    "run_simple",
    "script_info",
    "serve",
]


class Late:
    """A callable ``module:name`` that is imported when it is first needed."""

    __slots__ = ("_object", "target")

    def __init__(self, target: str) -> None:
        self.target = target
        self._object: Any = None

    def retarget(self, target: str) -> None:
        """Call another object from now on."""
        self.target = target
        self._object = None

    def resolve(self) -> Any:
        """Return the object, importing its module the first time."""
        if self._object is None:
            module, name = self.target.split(":")
            self._object = getattr(import_module(module), name)
        return self._object

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call the object."""
        return self.resolve()(*args, **kwargs)

    def __repr__(self) -> str:
        return f"Late({self.target!r})"


app_group = Late("insula.cli.group:AppGroup")
run_simple = Late("insula.servers:run_simple")
serve = Late("insula.servers:serve")
answer_for_flask = Late("insula.flask.place:answer")
iterate_blocking = Late("insula.dispatch.asgi.async_streams:BlockingIterator")
command_line = Late("insula.cli.main:main")
commands_of = Late("insula.cli.class_commands:commands_of")
import_hint = Late("insula.cli.errors:no_hint")
load_dotenv = Late("insula.cli.dotenv:load_dotenv")
named_app = Late("insula.cli.find:NamedApp")
script_info = Late("insula.cli.script_info:ScriptInfo")

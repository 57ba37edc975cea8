"""Old ``werkzeug.test``: answers of a client as tuples, and cookies by server.

``client.open(as_tuple=True)`` gives the environ with the response; a response can be
taken apart as ``(app_iter, status, headers)``; ``client.set_cookie('localhost', 'name',
'value')`` has the server in front.
"""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Any

from insula.flask._bygone.telling import tell

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

__all__ = ["amend_insula_testing_client", "amend_werkzeug_test"]


def _amend_open(cls: Any) -> None:
    base = cls.open

    @wraps(base)
    def open(  # noqa: A001 - the name of the method
        self: Any, *args: Any, **kwargs: Any
    ) -> Any:
        if "as_tuple" not in kwargs or not tell(
            "'as_tuple' is an old argument of a test client, removed in Werkzeug 2.1."
            " Today: response.request.environ."
        ):
            return base(self, *args, **kwargs)
        wanted = kwargs.pop("as_tuple")
        response = base(self, *args, **kwargs)
        return (response.request.environ, response) if wanted else response

    cls.open = open


def amend_insula_testing_client(module: ModuleType) -> None:
    """Amend the client of an application, whose ``open`` is its own."""
    _amend_open(module.InsulaClient)


def amend_werkzeug_test(module: ModuleType) -> None:
    """Amend the client and its responses."""
    client: Any = module.Client
    _amend_open(client)
    set_cookie, delete_cookie = client.set_cookie, client.delete_cookie
    said = (
        "The server in front of a cookie's name is an old argument, removed in Werkzeug"
        " 3.0. Today: client.{}(key, ..., domain=server)."
    )

    @wraps(set_cookie)
    def set_one(
        self: Any, key: str, value: str = "", *args: Any, **kwargs: Any
    ) -> None:
        if "server_name" in kwargs and tell(said.format("set_cookie")):
            kwargs["domain"] = kwargs.pop("server_name")
        if args and tell(said.format("set_cookie")):
            kwargs["domain"], key, value, args = key, value, args[0], args[1:]
        # Of these the client has no use.
        for name in ("charset", "samesite") if args or "charset" in kwargs else ():
            kwargs.pop(name, None)
        set_cookie(self, key, value, *args, **kwargs)

    @wraps(delete_cookie)
    def delete_one(self: Any, key: str, *args: Any, **kwargs: Any) -> None:
        if "server_name" in kwargs and tell(said.format("delete_cookie")):
            kwargs["domain"] = kwargs.pop("server_name")
        if args and tell(said.format("delete_cookie")):
            kwargs["domain"], key, args = key, args[0], args[1:]
        delete_cookie(self, key, *args, **kwargs)

    client.set_cookie, client.delete_cookie = set_one, delete_one

    def __iter__(self: Any) -> Iterator[Any]:  # noqa: N807 - a method of a class
        if not tell(
            "A test client's response as a tuple is old, removed in Werkzeug 2.1."
            " Today: response.response, response.status, response.headers."
        ):
            raise TypeError(f"{type(self).__name__!r} object is not iterable")
        return iter((self.response, self.status, self.headers))

    module.TestResponse.__iter__ = __iter__

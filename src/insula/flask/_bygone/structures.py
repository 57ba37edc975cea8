"""Old methods of Werkzeug's data structures, exceptions and locals.

Each is put into the class of today; a class that has its own keeps it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from insula.flask._bygone.telling import is_read_by_us, tell

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

__all__ = [
    "OldAttribute",
    "amend_werkzeug_datastructures",
    "amend_werkzeug_exceptions",
    "amend_werkzeug_local",
]


class OldAttribute:
    """An attribute of a class that warns when it is read; it can be replaced.

    :param read: makes the value, of the object that has it (None for the class).
    """

    def __init__(self, text: str, read: Callable[[Any, type], Any]) -> None:
        self._text = text
        self._read = read
        self._name = ""

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    def __get__(self, instance: Any, owner: type) -> Any:
        if not (is_read_by_us() or tell(self._text)):
            raise AttributeError(
                f"{owner.__name__!r} object has no attribute {self._name!r}"
            )
        return self._read(instance, owner)


def put(cls: type, name: str, since: str, today: str, read: Any) -> None:
    """Give a class an old attribute, if it has none of the name."""
    if any(name in vars(base) for base in cls.__mro__):
        return
    attribute = OldAttribute(
        f"'{cls.__name__}.{name}' is an old name, removed in {since}. Today: {today}.",
        read,
    )
    attribute.__set_name__(cls, name)
    setattr(cls, name, attribute)


def _method(func: Callable[..., Any]) -> Callable[[Any, type], Any]:
    def read(instance: Any, owner: type) -> Any:
        bound: Any = func.__get__(instance, owner) if instance is not None else func
        return bound

    return read


def _has_key(self: Any, key: Any) -> bool:
    return key in self


def _to_list(self: Any, charset: str = "iso-8859-1") -> Any:  # noqa: ARG001 - the old one
    return self.to_wsgi_list()


# NOTE: setting `type` makes a parameter of it; updating the parameters tells the owner.
def _set_basic(self: Any, realm: str = "authentication required") -> None:
    self.parameters.clear()
    self._type = "basic"
    self.parameters["realm"] = realm


def _set_digest(
    self: Any,
    realm: str,
    nonce: str,
    qop: Any = ("auth",),
    opaque: str | None = None,
    algorithm: str | None = None,
    stale: bool = False,
) -> None:
    self.parameters.clear()
    self._type = "digest"
    self.parameters.update(realm=realm, nonce=nonce, qop=", ".join(qop))
    if stale:
        self.parameters["stale"] = "TRUE"
    if opaque is not None:
        self.parameters["opaque"] = opaque
    if algorithm is not None:
        self.parameters["algorithm"] = algorithm


def amend_werkzeug_datastructures(module: ModuleType) -> None:
    """Give the dictionaries and headers their old methods."""
    for name in ("MultiDict", "CombinedMultiDict", "Headers", "EnvironHeaders"):
        put(
            getattr(module, name),
            "has_key",
            "Werkzeug 2.1",
            "key in it",
            _method(_has_key),
        )
    put(module.Headers, "to_list", "Werkzeug 1.0", "to_wsgi_list()", _method(_to_list))
    challenge: Any = module.WWWAuthenticate
    for method, func in (("set_basic", _set_basic), ("set_digest", _set_digest)):
        today = "response.www_authenticate = WWWAuthenticate(scheme, {...})"
        # Its __getattr__ has an answer to every name, so it is looked for in the class.
        put(challenge, method, "Werkzeug 3.0", today, _method(func))
    base = challenge.__init__

    def __init__(  # noqa: N807 - a method of a class
        self: Any, auth_type: Any = "basic", values: Any = None, token: Any = None
    ) -> None:
        base(self, auth_type or "basic", values, token)

    challenge.__init__ = __init__


def amend_werkzeug_exceptions(module: ModuleType) -> None:
    """Give the exceptions ``wrap``, which made one that is another's, too."""

    def read(instance: Any, owner: type) -> Any:  # noqa: ARG001 - the class is asked
        def wrap(exception: type[Exception], name: str | None = None) -> type[Any]:
            """Return a class that is both this and another exception."""

            def __init__(  # noqa: N807 - a method of a class
                self: Any, arg: Any = None, *args: Any, **kwargs: Any
            ) -> None:
                base: Any = owner
                base.__init__(self, *args, **kwargs)
                self.args = () if arg is None else (arg,)

            return type(
                name or owner.__name__,
                (owner, exception),
                {"__init__": __init__, "__module__": owner.__module__},
            )

        return wrap

    put(module.HTTPException, "wrap", "Werkzeug 2.1", "a class with both bases", read)


def amend_werkzeug_local(module: ModuleType) -> None:
    """Give locals the function that told who is running."""
    from insula.local import get_ident

    for name in ("Local", "LocalStack"):
        put(
            getattr(module, name),
            "__ident_func__",
            "Werkzeug 2.1",
            "contextvars.ContextVar, which needs no identity",
            lambda instance, owner: get_ident,  # noqa: ARG005 - of the descriptor
        )
    put(
        module.LocalManager,
        "ident_func",
        "Werkzeug 2.1",
        "contextvars.ContextVar, which needs no identity",
        lambda instance, owner: get_ident,  # noqa: ARG005 - of the descriptor
    )
    put(
        module.LocalManager,
        "get_ident",
        "Werkzeug 2.1",
        "contextvars.ContextVar, which needs no identity",
        lambda instance, owner: get_ident,  # noqa: ARG005 - of the descriptor
    )

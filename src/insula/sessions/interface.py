"""What a session is, and how an application opens and saves it."""

from __future__ import annotations

from collections.abc import MutableMapping
from datetime import datetime, timezone
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NoReturn
from weakref import WeakSet

from werkzeug.datastructures import CallbackDict

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from insula._core.protocols import AppProtocol
    from insula.http import Request, Response

__all__ = [
    "NullSession",
    "SecureCookieSession",
    "SessionInterface",
    "SessionMixin",
    "opens_lazily",
]

# What a request asks of an interface though it never touches its session. The cookie's
# name and attributes are not among it: they are computed, and nothing else happens.
_ASKED = (
    "get_signing_serializer",
    "is_null_session",
    "make_null_session",
    "null_session_class",
    "open_session",
    "save_session",
    "session_class",
    "should_set_cookie",
)


class SessionMixin(MutableMapping[str, Any]):
    """What a session has beside a mapping's methods."""

    #: Whether it was made by this request, where an implementation can tell.
    new = False
    #: Whether it was changed; one that cannot tell says yes.
    modified = True
    #: Whether it was read; the response then varies on the cookie.
    accessed = False

    @property
    def permanent(self) -> bool:
        """Whether the session outlives the browser's, as its ``_permanent`` key."""
        permanent: bool = self.get("_permanent", False)
        return permanent

    @permanent.setter
    def permanent(self, value: bool) -> None:
        self["_permanent"] = bool(value)


class SecureCookieSession(CallbackDict[str, Any], SessionMixin):
    """A session that is kept in a signed cookie.

    A change of the session itself sets :attr:`modified`; after changing a mutable
    *inside* it, set that by hand.
    """

    modified = False

    def __init__(
        self,
        initial: Mapping[str, Any] | Iterable[tuple[str, Any]] | None = None,
    ) -> None:
        super().__init__(initial, _mark_modified)

    # PERF: Werkzeug's is a wrapper around a call of `super()`, three times as slow.
    def __setitem__(self, key: str, value: Any) -> None:
        dict.__setitem__(self, key, value)
        on_update: Any = self.on_update
        if on_update is not None:
            on_update(self)


def _mark_modified(session: Any) -> None:
    session.modified = True


class NullSession(SecureCookieSession):
    """The session of an application that cannot keep one: it only reads empty."""

    def _fail(self, *_args: Any, **_kwargs: Any) -> NoReturn:
        raise RuntimeError(
            "The session is unavailable because no secret key was set, and nothing"
            " can be signed without one. Set app.secret_key to something long, random"
            " and private:"
            " python -c 'import secrets; print(secrets.token_hex())'"
        )

    __setitem__ = __delitem__ = clear = pop = popitem = update = setdefault = _fail
    __ior__ = _fail


class SessionInterface:
    """How an application opens and saves sessions; subclass and set on the app.

    :meth:`open_session` and :meth:`save_session` are all that must be given.
    """

    null_session_class: type[Any] = NullSession
    #: Whether what is stored is a pickle; extensions ask.
    pickle_based = False
    #: Whether opening may wait until the session is first touched, and be left out
    #: when it never is and the request carries no session. Only an interface
    #: whose ``open_session`` has no effect of its own may say so, and it counts for
    #: the class that says it: a subclass that opens, fills, judges or saves sessions in
    #: its own way is asked at every request, unless it says so again.
    opens_lazily = False

    # What the class that said so had of `_ASKED` then.
    _when_said: Mapping[str, Any] = MappingProxyType({})

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if cls.__dict__.get("opens_lazily"):
            cls._when_said = {name: getattr(cls, name, None) for name in _ASKED}

    def __setattr__(self, name: str, value: Any) -> None:
        object.__setattr__(self, name, value)
        self._tell_of(name)

    def __delattr__(self, name: str) -> None:
        object.__delattr__(self, name)
        self._tell_of(name)

    def _tell_of(self, name: str) -> None:
        """Have those decide anew who asked whether sessions may wait."""
        if name in _ASKED:
            for app in list(self.__dict__.get("_deciding", ())):
                app._drop_decisions("session_interface")

    def make_null_session(self, app: AppProtocol) -> Any:  # noqa: ARG002 - for overrides
        """Return the session to use where none could be opened."""
        return self.null_session_class()

    def is_null_session(self, obj: object) -> bool:
        """Tell whether ``obj`` is a session that is not saved."""
        return isinstance(obj, self.null_session_class)

    def get_cookie_name(self, app: AppProtocol) -> str:
        """Return the name of the session cookie."""
        name: str = app.config["SESSION_COOKIE_NAME"]
        return name

    def get_cookie_domain(self, app: AppProtocol) -> str | None:
        """Return the cookie's ``Domain``; ``None`` for the exact host only."""
        domain: str | None = app.config["SESSION_COOKIE_DOMAIN"]
        return domain

    def get_cookie_path(self, app: AppProtocol) -> str:
        """Return the cookie's ``Path``."""
        path: str = app.config["SESSION_COOKIE_PATH"] or app.config["APPLICATION_ROOT"]
        return path

    def get_cookie_httponly(self, app: AppProtocol) -> bool:
        """Tell whether scripts are kept from the cookie."""
        httponly: bool = app.config["SESSION_COOKIE_HTTPONLY"]
        return httponly

    def get_cookie_secure(self, app: AppProtocol) -> bool:
        """Tell whether the cookie is for HTTPS only."""
        secure: bool = app.config["SESSION_COOKIE_SECURE"]
        return secure

    def get_cookie_samesite(self, app: AppProtocol) -> str | None:
        """Return the cookie's ``SameSite``."""
        samesite: str | None = app.config["SESSION_COOKIE_SAMESITE"]
        return samesite

    def get_cookie_partitioned(self, app: AppProtocol) -> bool:
        """Tell whether the cookie is partitioned by top-level site."""
        partitioned: bool = app.config["SESSION_COOKIE_PARTITIONED"]
        return partitioned

    def get_expiration_time(self, app: Any, session: Any) -> datetime | None:
        """Return when the cookie expires; ``None`` for the end of the browser's."""
        if session.permanent:
            lifetime: Any = app.permanent_session_lifetime
            expires: datetime = datetime.now(timezone.utc) + lifetime
            return expires
        return None

    def should_set_cookie(self, app: AppProtocol, session: Any) -> bool:
        """Tell whether the cookie goes out: changed, or permanent and refreshed."""
        return bool(session.modified) or bool(
            session.permanent and app.config["SESSION_REFRESH_EACH_REQUEST"]
        )

    def open_session(self, app: Any, request: Request) -> Any:
        """Return the request's session, or ``None`` where it cannot be kept."""
        raise NotImplementedError(f"{type(self).__name__} must define open_session().")

    def save_session(self, app: Any, session: Any, response: Response) -> None:
        """Store the session at the end of the request."""
        raise NotImplementedError(f"{type(self).__name__} must define save_session().")


def opens_lazily(interface: Any, app: Any) -> bool:
    """Tell whether sessions of ``interface`` may be opened when first touched.

    It must say so, and what a request would ask it must be what it was then: no
    subclass, no patch of the class and no attribute of the instance has replaced it.

    :param app: whose decisions are dropped when an attribute of the instance does.
    """
    if getattr(interface, "opens_lazily", False) is not True:
        return False
    if isinstance(interface, SessionInterface):
        # NOTE: before the look, so that nothing in between is missed.
        interface.__dict__.setdefault("_deciding", WeakSet()).add(app)
    cls = type(interface)
    said: Mapping[str, Any] = getattr(cls, "_when_said", {})
    own = getattr(interface, "__dict__", {})
    return len(said) > 0 and not any(
        name in own or getattr(cls, name, None) is not member
        for name, member in said.items()
    )

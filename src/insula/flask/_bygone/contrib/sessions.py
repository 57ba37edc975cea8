"""Old ``werkzeug.contrib.sessions``: sessions by an id in a cookie, kept in a store.

The store in files writes JSON where it wrote pickles; a value that JSON does not know
is told when it is saved.

Sources: Werkzeug's documentation of 0.16, "Sessions".
"""

from __future__ import annotations

import json
import os
import re
import secrets
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from werkzeug.datastructures import CallbackDict
from werkzeug.http import dump_cookie, parse_cookie
from werkzeug.wsgi import ClosingIterator

if TYPE_CHECKING:
    from collections.abc import Iterable

    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

__all__ = [
    "FilesystemSessionStore",
    "ModificationTrackingDict",
    "Saved",
    "Session",
    "SessionMiddleware",
    "SessionStore",
    "generate_key",
]

_KEY = re.compile(r"[a-f0-9]{40}")


def generate_key(salt: Any = None) -> str:  # noqa: ARG001 - of the old signature
    """Return a new id, which nobody can guess."""
    return secrets.token_hex(20)


class ModificationTrackingDict(CallbackDict[Any, Any]):
    """A dictionary that knows whether it has been changed."""

    modified = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(dict(*args, **kwargs), _mark)
        self.modified = False

    def copy(self) -> Any:
        """Return another with the same values."""
        new = type(self).__new__(type(self))
        dict.update(new, self)
        vars(new).update(vars(self))
        return new

    def __copy__(self) -> Any:
        return self.copy()


def _mark(changed: Any) -> None:
    changed.modified = True


class Saved(ModificationTrackingDict):
    """One that is saved when it has been changed, and shows that it will be."""

    def __repr__(self) -> str:
        mark = "*" if self.should_save else ""
        return f"<{type(self).__name__} {dict.__repr__(self)}{mark}>"

    @property
    def should_save(self) -> bool:
        """Something has been changed."""
        return self.modified


class Session(Saved):
    """The values of one visitor, with their id."""

    def __init__(self, data: Any, sid: str, new: bool = False) -> None:
        super().__init__(data)
        self.sid = sid
        self.new = new


class SessionStore:
    """What a store of sessions is derived from."""

    def __init__(self, session_class: Any = None) -> None:
        self.session_class = session_class or Session

    def is_valid_key(self, key: str) -> bool:
        """Tell whether an id can be one of ours."""
        return _KEY.fullmatch(key) is not None

    def generate_key(self, salt: Any = None) -> str:
        """Return a new id."""
        return generate_key(salt)

    def new(self) -> Any:
        """Return a new session."""
        return self.session_class({}, self.generate_key(), True)

    def save(self, session: Any) -> None:
        """Keep a session."""

    def save_if_modified(self, session: Any) -> None:
        """Keep a session, if it has been changed."""
        if session.should_save:
            self.save(session)

    def delete(self, session: Any) -> None:
        """Drop a session."""

    def get(self, sid: str) -> Any:
        """Return the session of an id; a new one if there is none."""
        return self.session_class({}, sid, True)


class FilesystemSessionStore(SessionStore):
    """Sessions in a folder, a file for each.

    :param filename_template: with ``%s`` for the id.
    :param renew_missing: an id that is not known gets a new one.
    """

    def __init__(
        self,
        path: str | None = None,
        filename_template: str = "werkzeug_%s.sess",
        session_class: Any = None,
        renew_missing: bool = False,
        mode: int = 0o644,
    ) -> None:
        super().__init__(session_class)
        self.path = tempfile.gettempdir() if path is None else path
        self.filename_template = filename_template
        self.renew_missing = renew_missing
        self.mode = mode

    def get_session_filename(self, sid: str) -> str:
        """Return where a session is kept."""
        return str(Path(self.path) / (self.filename_template % sid))

    def save(self, session: Any) -> None:
        """Keep a session."""
        handle, temporary = tempfile.mkstemp(dir=self.path)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(dict(session), file)
        Path(temporary).chmod(self.mode)
        Path(temporary).replace(self.get_session_filename(session.sid))

    def delete(self, session: Any) -> None:
        """Drop a session."""
        Path(self.get_session_filename(session.sid)).unlink(missing_ok=True)

    def get(self, sid: str) -> Any:
        """Return the session of an id; a new one if there is none."""
        if not self.is_valid_key(sid):
            return self.new()
        try:
            text = Path(self.get_session_filename(sid)).read_text(encoding="utf-8")
            return self.session_class(json.loads(text), sid, False)
        except FileNotFoundError:
            return self.new() if self.renew_missing else self.session_class({}, sid)
        except (OSError, ValueError):
            return self.session_class({}, sid, False)

    def list(self) -> list[str]:
        """Return all ids."""
        before, _, after = self.filename_template.partition("%s")
        pattern = re.compile(f"{re.escape(before)}(.+){re.escape(after)}")
        found = (pattern.fullmatch(path.name) for path in Path(self.path).iterdir())
        return [match[1] for match in found if match]


class SessionMiddleware:
    """Puts the visitor's session into the environ, and its id into a cookie."""

    def __init__(
        self,
        app: WSGIApplication,
        store: SessionStore,
        cookie_name: str = "session_id",
        cookie_age: int | None = None,
        cookie_expires: Any = None,
        cookie_path: str = "/",
        cookie_domain: str | None = None,
        cookie_secure: Any = None,
        cookie_httponly: bool = False,
        cookie_samesite: str | None = "Lax",
        environ_key: str = "werkzeug.session",
    ) -> None:
        self.app = app
        self.store = store
        self.cookie_name = cookie_name
        self.environ_key = environ_key
        self._settings: dict[str, Any] = {
            "max_age": cookie_age,
            "expires": cookie_expires,
            "path": cookie_path,
            "domain": cookie_domain,
            "secure": bool(cookie_secure),
            "httponly": cookie_httponly,
            "samesite": cookie_samesite,
        }

    def __call__(
        self, environ: WSGIEnvironment, start_response: StartResponse
    ) -> Iterable[bytes]:
        sid = parse_cookie(environ).get(self.cookie_name)
        session = self.store.new() if sid is None else self.store.get(sid)
        environ[self.environ_key] = session

        def start(status: str, headers: Any, exc_info: Any = None) -> Any:
            if session.should_save:
                self.store.save(session)
                cookie = dump_cookie(self.cookie_name, session.sid, **self._settings)
                headers = [*headers, ("Set-Cookie", cookie)]
            return start_response(status, headers, exc_info)

        return ClosingIterator(
            self.app(environ, start),
            lambda: self.store.save_if_modified(session),
        )

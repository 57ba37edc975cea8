"""The configuration: a dictionary with ways to fill it, and attributes that read it.

Theory. It notes where each setting came from, for ``insula config`` and messages. Only
what writes pays for that; reading is the plain dictionary's, and so is writing by
``dict``'s own methods, of which nothing is noted. What is noted is as little as can be
had for nothing: the line of a setting in its file is looked up when somebody asks.
"""

from __future__ import annotations

import errno
import json
import os
import sys
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from datetime import timedelta
from pathlib import Path
from types import ModuleType
from typing import IO, TYPE_CHECKING, Any, Generic, NamedTuple, TypeVar, overload

from werkzeug.utils import import_string

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from typing_extensions import Self

__all__ = ["DEFAULTS", "Config", "ConfigAttribute", "Origin", "given_settings"]

T = TypeVar("T")
_PACKAGE = str(Path(__file__).parent.parent) + os.sep

#: What every application starts with: Flask 3.1's keys and defaults.
DEFAULTS: dict[str, Any] = {
    "DEBUG": None,
    "TESTING": False,
    "PROPAGATE_EXCEPTIONS": None,
    "SECRET_KEY": None,
    "SECRET_KEY_FALLBACKS": None,
    "PERMANENT_SESSION_LIFETIME": timedelta(days=31),
    "USE_X_SENDFILE": False,
    "TRUSTED_HOSTS": None,
    "SERVER_NAME": None,
    "APPLICATION_ROOT": "/",
    "SESSION_COOKIE_NAME": "session",
    "SESSION_COOKIE_DOMAIN": None,
    "SESSION_COOKIE_PATH": None,
    "SESSION_COOKIE_HTTPONLY": True,
    "SESSION_COOKIE_SECURE": False,
    "SESSION_COOKIE_PARTITIONED": False,
    "SESSION_COOKIE_SAMESITE": None,
    "SESSION_REFRESH_EACH_REQUEST": True,
    "MAX_CONTENT_LENGTH": None,
    "MAX_FORM_MEMORY_SIZE": 500_000,
    "MAX_FORM_PARTS": 1_000,
    "SEND_FILE_MAX_AGE_DEFAULT": None,
    "TRAP_BAD_REQUEST_ERRORS": None,
    "TRAP_HTTP_EXCEPTIONS": False,
    "EXPLAIN_TEMPLATE_LOADING": False,
    "PREFERRED_URL_SCHEME": "http",
    "TEMPLATES_AUTO_RELOAD": None,
    "MAX_COOKIE_SIZE": 4093,
    "PROVIDE_AUTOMATIC_OPTIONS": True,
}


class ConfigAttribute(Generic[T]):
    """An attribute of the application that reads and writes a configuration key.

    :param get_converter: applied to the value when it is read.
    """

    def __init__(
        self, name: str, get_converter: Callable[[Any], T] | None = None
    ) -> None:
        self.__name__ = name
        self.get_converter = get_converter

    @overload
    def __get__(self, obj: None, owner: None) -> Self: ...

    @overload
    def __get__(self, obj: Any, owner: type[Any]) -> T: ...

    def __get__(self, obj: Any | None, owner: type[Any] | None = None) -> T | Self:
        if obj is None:
            return self
        value: Any = obj.config[self.__name__]
        if self.get_converter is not None:
            value = self.get_converter(value)
        result: T = value
        return result

    def __set__(self, obj: Any, value: Any) -> None:
        obj.config[self.__name__] = value


class Origin(NamedTuple):
    """Where a setting came from.

    :param kind: ``default``, ``code``, ``file``, ``object`` or ``environment``.
    :param name: the file of the code, the file, the object's import string, the
        variable; nothing for a default of the application's own.
    :param line: that of the code.
    """

    kind: str
    name: str = ""
    line: int | None = None


_given: ContextVar[tuple[str, Mapping[str, Any]] | None] = ContextVar(
    "insula.app.config.given", default=None
)


@contextmanager
def given_settings(name: str, settings: Mapping[str, Any]) -> Iterator[None]:
    """Have applications that are made here start with settings, and keep them.

    :param name: the import string of the object that they are from.
    """
    token = _given.set((name.replace(":", "."), settings))
    try:
        yield
    finally:
        _given.reset(token)


def _caller(kind: str) -> Origin:
    """Return the place of the user's code that is running."""
    frame: Any = sys._getframe(2)
    while frame is not None and frame.f_code.co_filename.startswith(_PACKAGE):
        frame = frame.f_back
    if frame is None:
        return Origin(kind)
    return Origin(kind, frame.f_code.co_filename, frame.f_lineno)


class Config(dict[str, Any]):
    """A dictionary of settings; the upper-case keys are what counts.

    :param root_path: where relative file names start.
    :param defaults: what it starts with.
    """

    # PERF: without a __dict__ until somebody needs it an idle application is 0.1 KB
    # smaller.
    __slots__ = ("__dict__", "__weakref__", "_origins", "root_path")

    root_path: str | os.PathLike[str]
    _origins: dict[str, Origin]

    def __init__(
        self,
        root_path: str | os.PathLike[str],
        defaults: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(defaults or {})
        self.root_path = root_path
        given = _given.get()
        if given is not None:
            name, settings = given
            super().update(settings)
            self._note(settings, Origin("object", name))

    def origin(self, key: str) -> Origin:
        """Return where the value of a setting came from."""
        found: Origin | None = getattr(self, "_origins", {}).get(key)
        return found or Origin("default")

    def _note(self, keys: Iterable[str], origin: Origin) -> None:
        given = _given.get()
        if given is not None and origin != Origin("object", given[0]):
            keys = [key for key in keys if key not in given[1]]
        # NOTE: a copy is filled before it has any attribute, by pickle for one.
        try:
            origins = self._origins
        except AttributeError:
            origins = self._origins = {}
        origins.update(dict.fromkeys(keys, origin))

    def __setitem__(self, key: str, value: Any) -> None:
        given = _given.get()
        if given is not None and key in given[1]:
            return
        super().__setitem__(key, value)
        self._note((key,), _caller("code"))

    def setdefault(self, key: str, default: Any = None, /) -> Any:
        """Set a key that is not there; return its value."""
        if key not in self:
            super().__setitem__(key, default)
            self._note((key,), _caller("default"))
        return self[key]

    def update(self, *args: Any, **kwargs: Any) -> None:
        """Take all keys of a mapping, or of pairs, and of the keyword arguments."""
        values: dict[str, Any] = dict(*args, **kwargs)
        given = _given.get()
        if given is not None:
            for key in given[1]:
                values.pop(key, None)
        super().update(values)
        self._note(values, _caller("code"))

    def __ior__(self, other: Any) -> Self:  # type: ignore[override,misc]  # as dict's
        self.update(other)
        return self

    def from_envvar(self, variable_name: str, silent: bool = False) -> bool:
        """Load the Python file that an environment variable names.

        :param silent: do nothing if the variable is unset.
        :return: whether a file was loaded.
        """
        file_name = os.environ.get(variable_name)
        if file_name:
            return self.from_pyfile(file_name, silent=silent)
        if silent:
            return False
        raise RuntimeError(
            f"The environment variable {variable_name!r} is not set, so there is no"
            " configuration to load. Set it to the path of a configuration file, or"
            " pass silent=True."
        )

    def from_prefixed_env(
        self, prefix: str = "FLASK", *, loads: Callable[[str], Any] = json.loads
    ) -> bool:
        """Load each variable ``PREFIX_KEY``; ``__`` goes into a dictionary.

        :param loads: parses a value; one it cannot parse stays a string.
        """
        start = f"{prefix}_"
        for variable in sorted(os.environ):
            if not variable.startswith(start):
                continue
            value: Any = os.environ[variable]
            # Any parser may be given; what it cannot read stays text.
            with suppress(Exception):
                value = loads(value)
            *path, key = variable.removeprefix(start).split("__")
            target: Any = self
            for name in path:
                target = target.setdefault(name, {})
            target[key] = value
            self._note([*path, key][:1], Origin("environment", variable))
        return True

    def from_pyfile(
        self, filename: str | os.PathLike[str], silent: bool = False
    ) -> bool:
        """Run a Python file and take its upper-case names.

        :param silent: do nothing if there is no such file.
        :return: whether a file was loaded.
        """
        path = Path(self.root_path, filename)
        module = ModuleType("config")
        module.__file__ = str(path)
        try:
            source = path.read_bytes()
        except OSError as exc:
            if silent and exc.errno in {errno.ENOENT, errno.EISDIR, errno.ENOTDIR}:
                return False
            exc.strerror = f"Unable to load configuration file ({exc.strerror})"
            raise
        exec(compile(source, path, "exec"), module.__dict__)  # noqa: S102 - as asked
        self.from_object(module)
        self._note(filter(str.isupper, dir(module)), Origin("file", str(path)))
        return True

    def from_object(self, obj: object | str) -> None:
        """Take the upper-case attributes of an object, or of one named by a string."""
        name = obj if isinstance(obj, str) else _name_of(obj)
        if isinstance(obj, str):
            obj = import_string(obj)
        keys = [key for key in dir(obj) if key.isupper()]
        for key in keys:
            self[key] = getattr(obj, key)
        self._note(keys, Origin("object", name.replace(":", ".")))

    def from_file(
        self,
        filename: str | os.PathLike[str],
        load: Callable[[IO[Any]], Mapping[str, Any]],
        silent: bool = False,
        text: bool = True,
    ) -> bool:
        """Load a file with ``load``, ``tomllib.load`` for one.

        :param silent: do nothing if there is no such file.
        :param text: open in text mode.
        :return: whether a file was loaded.
        """
        path = Path(self.root_path, filename)
        try:
            with path.open("r" if text else "rb") as file:
                values = load(file)
        except OSError as exc:
            if silent and exc.errno in {errno.ENOENT, errno.EISDIR}:
                return False
            exc.strerror = f"Unable to load configuration file ({exc.strerror})"
            raise
        taken = self.from_mapping(values)
        self._note(filter(str.isupper, values), Origin("file", str(path)))
        return taken

    def from_mapping(
        self, mapping: Mapping[str, Any] | None = None, **kwargs: Any
    ) -> bool:
        """Take the upper-case keys of a mapping and of the keyword arguments."""
        for key, value in {**dict(mapping or ()), **kwargs}.items():
            if key.isupper():
                self[key] = value
        return True

    def get_namespace(
        self, namespace: str, lowercase: bool = True, trim_namespace: bool = True
    ) -> dict[str, Any]:
        """Return the settings whose keys start with ``namespace``.

        :param lowercase: return the keys in lower case.
        :param trim_namespace: leave the namespace out of the keys.
        """
        found = {}
        for key, value in self.items():
            if key.startswith(namespace):
                name = key[len(namespace) :] if trim_namespace else key
                found[name.lower() if lowercase else name] = value
        return found

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {dict.__repr__(self)}>"


def _name_of(obj: object) -> str:
    """Return an object's import string, or that of its class."""
    if isinstance(obj, ModuleType):
        return obj.__name__
    cls = obj if isinstance(obj, type) else type(obj)
    return f"{cls.__module__}.{cls.__qualname__}"

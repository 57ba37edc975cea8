"""Put the old names into the classes, and the wrappers around functions; once.

Theory. In a class an old name is an `OldAttribute`, which tells of its use and then
does what the object at its home does, by the protocol of descriptors. A program's
subclass that sets such a name in its body gets the value applied to each of its
objects, as if it were assigned. No descriptor stands in the way of a name of today.

PERF: a class with a ``__getattr__`` would be simpler; CPython 3.11 reads every
attribute of its objects the slow way.
"""

from __future__ import annotations

import os
import sys
from collections import defaultdict
from functools import cache
from typing import Any
from weakref import WeakValueDictionary

from werkzeug.exceptions import default_exceptions

from insula._core import late
from insula._core.loading import load
from insula._core.naming import package_name
from insula.app import Blueprint, Insula
from insula.app.config import Config
from insula.context import AppContext, RequestContext
from insula.context.stacks import ContextStack
from insula.flask._legacy import OLD_NAMES
from insula.flask._old.hooks import home_of
from insula.flask._old.parameters import (
    WRAPPERS,
    check_app,
    check_blueprint,
    ending,
    make_app,
    register,
)
from insula.flask._telling import is_listing
from insula.http import Request, Response

__all__ = ["OldAttribute", "apps", "attach"]

#: The applications by the identity of their configuration.
apps: WeakValueDictionary[int, Any] = WeakValueDictionary()

_CLASSES: dict[str, type] = {
    "flask.Flask": Insula,
    "flask.Blueprint": Blueprint,
    "flask.Config": Config,
    "flask.Request": Request,
    "flask.Response": Response,
    "flask.ctx.RequestContext": RequestContext,
    "flask.ctx.AppContext": AppContext,
}
_KEYS = frozenset(
    row.name.partition("[")[2].rstrip("]")
    for row in OLD_NAMES
    if row.name.startswith("app.config[")
)


def _refuses(row: str) -> bool:
    from insula.flask._old.telling import is_refused

    return is_refused(row)


class OldAttribute:
    """An attribute that Flask's class had."""

    def __init__(self, row: str, home: str, *, is_ours: bool) -> None:
        self._row = row
        # An application of Insula has it, too: it is old for those of Flask alone.
        self._is_ours = is_ours
        self._name = row.rpartition(".")[2]
        self._path = home

    @property
    def home(self) -> Any:
        """What stands in for it."""
        return home_of(self._path)

    def __get__(self, instance: Any, owner: type) -> Any:
        held: Any = getattr(instance, "__dict__", ())
        if self._name in held:
            return held[self._name]
        if (
            not (self._is_ours and package_name() != "flask")
            and not is_listing(sys._getframe(1))
            and _refuses(self._row)
        ):
            what = (
                f"type object {owner.__name__!r}"
                if instance is None
                else f"{owner.__name__!r} object"
            )
            raise AttributeError(f"{what} has no attribute {self._name!r}")
        if instance is None:
            for cls in owner.__mro__:
                values: dict[str, Any] = vars(cls).get("_old_values", {})
                if self._name in values:
                    return values[self._name]
        home = self.home
        get = getattr(type(home), "__get__", None)
        return home if get is None else get(home, instance, owner)

    def __set__(self, instance: Any, value: Any) -> None:
        home = self.home
        if not hasattr(type(home), "__set__") or _refuses(self._row):
            # As on a class that does not know the name.
            instance.__dict__[self._name] = value
        else:
            home.__set__(instance, value)

    def __delete__(self, instance: Any) -> None:
        try:
            del instance.__dict__[self._name]
        except KeyError:
            raise AttributeError(self._name) from None


def _adopt(cls: type) -> None:
    """Take the old names that a class's body has set out of the class."""
    for name in [*vars(cls)]:
        attribute = _attributes(cls).get(name)
        value = vars(cls)[name]
        if attribute is None or isinstance(value, OldAttribute):
            continue
        if name in {"open_session", "save_session"} and cls is not Insula:
            if "session_interface" not in vars(cls) and not _refuses(attribute._row):
                interface = load("insula.flask._old.sessions", "MethodSessions")
                cls.session_interface = interface()  # type: ignore[attr-defined]  # an application's
            continue
        home = attribute.home
        # One that overrides what the framework never calls is the program's own.
        if not hasattr(type(home), "__set__") or hasattr(type(value), "__get__"):
            continue
        if _refuses(attribute._row):
            continue
        if "_old_values" not in vars(cls):
            cls._old_values = {}  # type: ignore[attr-defined]  # made here
        cls._old_values[name] = value  # type: ignore[attr-defined]  # likewise
        if cls in _CLASSES.values():
            setattr(cls, name, attribute)
        else:
            delattr(cls, name)


def _attributes(cls: type) -> dict[str, OldAttribute]:
    return _OF_APP if issubclass(cls, Insula) else _OF_BLUEPRINT


_OF_APP: dict[str, OldAttribute] = {}
_OF_BLUEPRINT: dict[str, OldAttribute] = {}


def _apply_values(instance: Any) -> None:
    """Assign what classes have set to one of their objects."""
    values: dict[str, Any] = {}
    classes = type(instance).__mro__
    ours = Insula if isinstance(instance, Insula) else Blueprint
    for cls in reversed(classes[: classes.index(ours) + 1]):
        if issubclass(cls, ours):
            _adopt(cls)
            values |= vars(cls).get("_old_values", {})
        else:
            values |= _mixed_in(cls, _attributes(type(instance)))
    for name, value in values.items():
        _attributes(type(instance))[name].home.__set__(instance, value)


def _mixed_in(cls: type, attributes: dict[str, OldAttribute]) -> dict[str, Any]:
    """Return what a class sets that is mixed into one of ours."""
    return {
        name: vars(cls)[name]
        for name in attributes.keys() & vars(cls).keys()
        if hasattr(type(attributes[name].home), "__set__")
        and not hasattr(type(vars(cls)[name]), "__get__")
        and not _refuses(attributes[name]._row)
    }


class _Handlers(defaultdict[Any, Any]):
    """The handlers of one scope, by status code and then by class.

    Until Flask 0.10 a code had a function, and programs put one there.
    """

    def __setitem__(self, code: Any, handlers: Any) -> None:
        if callable(handlers):
            from insula.flask._old.telling import is_refused

            said = "error_handler_spec has a function for a code, not since Flask 0.11"
            if not is_refused("app.error_handler_spec[None][code]=f", said):
                handlers = {default_exceptions.get(code, Exception): handlers}
        super().__setitem__(code, handlers)


def _handlers_of_scope() -> _Handlers:
    return _Handlers(dict)


def _finish_app(app: Any) -> None:
    """Do to a new application what is left to do at the end of its constructor."""
    apps[id(app.config)] = app
    app.error_handler_spec = defaultdict(_handlers_of_scope, app.error_handler_spec)
    _apply_values(app)
    for key in _KEYS & app.config.keys():
        load("insula.flask._old.settings", "set_key")(app.config, key, app.config[key])
    if os.environ.get("FLASK_ENV"):
        load("insula.flask._old.environment", "read_environment")(app)


def _watch_config() -> None:
    set_item, update = Config.__setitem__, Config.update

    def __setitem__(self: Any, key: str, value: Any) -> None:  # noqa: N807 - the class's
        set_item(self, key, value)
        if key in _KEYS:
            load("insula.flask._old.settings", "set_key")(self, key, value)

    def update_all(self: Any, *args: Any, **kwargs: Any) -> None:
        values: dict[str, Any] = dict(*args, **kwargs)
        update(self, values)
        for key in _KEYS & values.keys():
            load("insula.flask._old.settings", "set_key")(self, key, values[key])

    def __missing__(_self: Any, key: str) -> Any:  # noqa: N807 - the class's
        if key in _KEYS:
            return load("insula.flask._old.settings", "default_of")(key)
        raise KeyError(key)

    Config.__setitem__ = __setitem__  # type: ignore[method-assign]  # what this is for
    Config.update = update_all  # type: ignore[method-assign]  # likewise
    Config.__missing__ = __missing__  # type: ignore[attr-defined]  # likewise


def _without_old_names(cls: type, names: set[str]) -> None:
    """Keep the old names out of ``dir()`` of the class's objects."""
    own: Any = cls.__dir__

    def __dir__(self: Any) -> list[str]:  # noqa: N807 - the class's
        return [name for name in own(self) if name not in names or name in vars(self)]

    cls.__dir__ = __dir__  # type: ignore[method-assign,assignment]  # what this is for


def _adopting(cls: Any) -> None:
    def __init_subclass__(sub: Any, /, **kwargs: Any) -> None:  # noqa: N807 - the class's
        super(cls, sub).__init_subclass__(**kwargs)
        _adopt(sub)

    cls.__init_subclass__ = classmethod(__init_subclass__)


def _wrap_functions() -> None:
    for name, (modules, wrap) in WRAPPERS.items():
        wrapped = None
        for module in modules:
            names = vars(load(module))
            wrapped = wrapped or wrap(names[name])
            names[name] = wrapped


@cache
def attach() -> None:
    """Put everything in place."""
    hidden: dict[type, set[str]] = defaultdict(set)
    for row in OLD_NAMES:
        prefix, _, name = row.name.rpartition(".")
        cls = _CLASSES.get(prefix)
        if cls is None or "(" in row.name:
            continue
        is_ours = hasattr(cls, name)
        attribute = OldAttribute(row.name, row.home, is_ours=is_ours)
        if not is_ours:
            hidden[cls].add(name)
        if name in {"before_first_request_funcs", "got_first_request"}:
            # They tell by themselves, as the framework reads them as well.
            setattr(cls, name, attribute.home)
        else:
            setattr(cls, name, attribute)
        if cls is Insula:
            _OF_APP[name] = attribute
        elif cls is Blueprint:
            _OF_BLUEPRINT[name] = attribute
    for cls, names in hidden.items():
        _without_old_names(cls, names)
    _adopting(Insula)
    _adopting(Blueprint)
    Insula.__init__ = make_app(Insula.__init__, _finish_app)  # type: ignore[method-assign]  # what this is for
    Insula._check_setup_finished = check_app(Insula._check_setup_finished)  # type: ignore[method-assign]  # likewise
    Blueprint._check_setup_finished = check_blueprint(Blueprint._check_setup_finished)  # type: ignore[method-assign]  # likewise
    Blueprint.register = register(Blueprint.register)  # type: ignore[method-assign]  # likewise
    Blueprint.__init__ = ending(Blueprint.__init__, _apply_values)  # type: ignore[method-assign]  # likewise
    ContextStack.push = _push  # type: ignore[method-assign]  # likewise
    ContextStack.pop = _pop  # type: ignore[method-assign]  # likewise
    ContextStack._local = property(_local)  # type: ignore[attr-defined]  # likewise
    _watch_config()
    _wrap_functions()
    late.load_dotenv.retarget("insula.flask._old.environment:load_dotenv")


def _push(self: Any, item: Any) -> Any:
    return load("insula.flask._old.stacks", "push")(self, item)


def _pop(self: Any) -> Any:
    return load("insula.flask._old.stacks", "pop")(self)


def _local(self: Any) -> Any:
    return load("insula.flask._old.stacks", "LocalView")(self)

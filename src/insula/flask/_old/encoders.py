"""JSON as Flask did it before 2.3: by the classes ``JSONEncoder`` and ``JSONDecoder``.

Theory. An application on which such a class is set is given a provider that uses it
(`ClassProvider`), in the place of the default one. A provider of the program's own is
left alone, as it was by Flask 2.2. A blueprint's class is asked first, while a request
to the blueprint is answered.
"""

from __future__ import annotations

import io
import json
from typing import IO, Any

from jinja2.utils import htmlsafe_json_dumps

import insula.json as current
from insula.context.stacks import request_stack
from insula.flask._old.telling import tell
from insula.json.provider import DefaultJSONProvider, _default

__all__ = [
    "ClassProvider",
    "JSONDecoder",
    "JSONEncoder",
    "blueprint_decoder",
    "blueprint_encoder",
    "dump",
    "dump_arg_defaults",
    "dumps",
    "heed_class",
    "htmlsafe_dump",
    "htmlsafe_dumps",
    "json_decoder",
    "json_encoder",
    "load",
    "load_arg_defaults",
    "loads",
    "use_classes",
]


class JSONEncoder(json.JSONEncoder):
    """The standard library's, with the types that the application's provider knows."""

    def default(self, o: Any) -> Any:
        """Return what stands for ``o`` in the document."""
        return _default(o)


class JSONDecoder(json.JSONDecoder):
    """The standard library's."""


class ClassProvider(DefaultJSONProvider):
    """Serialize and parse by the classes of the application and the blueprint."""

    def _class(self, name: str) -> Any:
        app = self._get_app()
        ctx = request_stack.top
        if ctx is not None and ctx.app is app:
            blueprint = app.blueprints.get(ctx._request.blueprint)
            if blueprint is not None:
                found = class_of(blueprint, name)
                if found is not None:
                    return found
        return class_of(app, name)

    def dumps(self, obj: Any, **kwargs: Any) -> str:
        """Serialize ``obj`` to a string; keywords as for :func:`json.dumps`."""
        cls = kwargs.get("cls") or self._class("json_encoder")
        if cls is None:
            return super().dumps(obj, **kwargs)
        kwargs["cls"] = cls
        kwargs.setdefault("ensure_ascii", self.ensure_ascii)
        kwargs.setdefault("sort_keys", self.sort_keys)
        return json.dumps(obj, **kwargs)

    def loads(self, s: str | bytes, **kwargs: Any) -> Any:
        """Parse a JSON document; keyword arguments as for :func:`json.loads`."""
        cls = kwargs.get("cls") or self._class("json_decoder")
        if cls is not None:
            kwargs["cls"] = cls
        return super().loads(s, **kwargs)


def class_of(owner: Any, name: str) -> Any:
    """Return what is set on an application or a blueprint, or on its class."""
    return owner.__dict__.get(f"_{name}")


def use_classes(app: Any) -> None:
    """Have an application ask the classes; not where it has a provider of its own."""
    if type(app.json) is not DefaultJSONProvider:
        return
    provider = ClassProvider(app)
    for name, value in vars(app.json).items():
        vars(provider).setdefault(name, value)
    app.json = provider
    if app._jinja_env is not None:
        app._jinja_env.policies["json.dumps_function"] = provider.dumps


class _Coder:
    """The attribute of an application or a blueprint that holds a class."""

    def __init__(self, name: str, default: Any) -> None:
        self._name = name
        self._default = default

    def __get__(self, owner: Any, cls: type | None = None) -> Any:
        found = None if owner is None else class_of(owner, self._name)
        return self._default if found is None else found

    def __set__(self, owner: Any, value: Any) -> None:
        owner.__dict__[f"_{self._name}"] = value
        if hasattr(owner, "json"):
            use_classes(owner)
        elif value is not None:
            # NOTE: not by `record`, which is closed once it has been registered.
            owner.deferred_functions.append(_use_classes_of_state)


def _use_classes_of_state(state: Any) -> None:
    use_classes(state.app)


json_encoder = _Coder("json_encoder", JSONEncoder)
json_decoder = _Coder("json_decoder", JSONDecoder)
blueprint_encoder = _Coder("json_encoder", None)
blueprint_decoder = _Coder("json_decoder", None)


def htmlsafe_dumps(obj: Any, **kwargs: Any) -> str:
    """Serialize to what may stand in a ``<script>`` element, and in HTML."""
    return htmlsafe_json_dumps(obj, dumps=current.dumps, **kwargs)


def htmlsafe_dump(obj: Any, fp: IO[str], **kwargs: Any) -> None:
    """Write what :func:`htmlsafe_dumps` returns."""
    fp.write(str(htmlsafe_dumps(obj, **kwargs)))


def dump_arg_defaults(kwargs: dict[str, Any], app: Any = None) -> None:
    """Complete the keyword arguments of :func:`json.dumps`."""
    app = app or current._app()
    if app is None:
        kwargs.setdefault("sort_keys", True)
        kwargs.setdefault("cls", JSONEncoder)
        return
    kwargs.setdefault("cls", class_of(app, "json_encoder") or JSONEncoder)
    kwargs.setdefault("ensure_ascii", getattr(app.json, "ensure_ascii", True))
    kwargs.setdefault("sort_keys", getattr(app.json, "sort_keys", True))


def load_arg_defaults(kwargs: dict[str, Any], app: Any = None) -> None:
    """Complete the keyword arguments of :func:`json.loads`."""
    app = app or current._app()
    found = None if app is None else class_of(app, "json_decoder")
    kwargs.setdefault("cls", found or JSONDecoder)


def heed_class(kwargs: dict[str, Any]) -> None:
    """Have a subclass of the old encoder decide what it serializes.

    A function ``default``, which the provider adds, goes before the class's method.
    """
    cls = kwargs.get("cls")
    if isinstance(cls, type) and issubclass(cls, JSONEncoder):
        kwargs.setdefault("default", None)


def _taken(function: str, kwargs: dict[str, Any]) -> tuple[Any, str | None]:
    """Take ``app`` and ``encoding`` out of the keyword arguments."""
    for name in ("app", "encoding"):
        if name in kwargs:
            try:
                tell(f"flask.json.{function}({name}=)")
            except DeprecationWarning as exc:
                raise TypeError(
                    f"{function}() got an unexpected keyword argument {name!r}"
                ) from exc
    app = kwargs.pop("app", None)
    heed_class(kwargs)
    return (current if app is None else app.json), kwargs.pop("encoding", None)


def dumps(obj: Any, **kwargs: Any) -> Any:
    """Serialize ``obj``; to bytes where an encoding is given."""
    provider, encoding = _taken("dumps", kwargs)
    text: str = provider.dumps(obj, **kwargs)
    return text if encoding is None else text.encode(encoding)


def dump(obj: Any, fp: Any, **kwargs: Any) -> None:
    """Write ``obj``; as bytes where an encoding is given and the file takes them."""
    provider, encoding = _taken("dump", kwargs)
    if encoding is None or isinstance(fp, io.TextIOBase):
        provider.dump(obj, fp, **kwargs)
    else:
        fp.write(provider.dumps(obj, **kwargs).encode(encoding))


def loads(s: Any, **kwargs: Any) -> Any:
    """Parse a document, of bytes in an encoding."""
    provider, encoding = _taken("loads", kwargs)
    if encoding is not None and isinstance(s, bytes):
        s = s.decode(encoding)
    return provider.loads(s, **kwargs)


def load(fp: Any, **kwargs: Any) -> Any:
    """Parse the document in a file, of bytes in an encoding."""
    provider, encoding = _taken("load", kwargs)
    text = fp.read()
    if encoding is not None and isinstance(text, bytes):
        text = text.decode(encoding)
    return provider.loads(text, **kwargs)

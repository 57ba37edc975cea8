"""Print, as JSON, everything public that ``flask`` offers in this interpreter.

Run as a program: by an interpreter that has the real Flask, ``python dump.py``; by one
that has Insula, ``python dump.py insula``, which puts the stand-in in its place first
and reads from its input which modules to look at.
It imports nothing but the standard library and what ``flask`` itself brings, so that
both sides are looked at by the same eyes.

A module's names are those it defines, and those it takes from another module of the
same package; what it imports from elsewhere (``os``, ``typing``) is not its surface.
Every class is written once, under the module and name it was defined by, with its
inherited members; names point at it. Objects that first get their attributes when they
are made (an application, a request) are made, and listed under ``instances``.
"""

from __future__ import annotations

import ast
import importlib
import inspect
import json
import sys
from pathlib import Path
from types import (
    BuiltinFunctionType,
    ClassMethodDescriptorType,
    FunctionType,
    GenericAlias,
    MethodDescriptorType,
    ModuleType,
    UnionType,
    WrapperDescriptorType,
)
from typing import (
    TYPE_CHECKING,
    Any,
    ForwardRef,
    TypeAlias,
    TypeGuard,
    TypeVar,
    Union,
    get_args,
    get_origin,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Entry", "main"]

Entry: TypeAlias = dict[str, Any]

_PLAIN = (bool, int, float, str, bytes, type(None))

# What belongs to a class by being called on it; other descriptors make attributes.
_METHODS = (
    FunctionType,
    BuiltinFunctionType,
    ClassMethodDescriptorType,
    MethodDescriptorType,
    WrapperDescriptorType,
    classmethod,
    staticmethod,
)

# Private by its name, and yet the default of a public attribute.
_KNOWN = {"_AppCtxGlobals"}

#: The bases of each class that a value was written by.
MROS: dict[str, list[str]] = {}


def _is_class(value: object) -> TypeGuard[type[Any]]:
    # NOTE: before Python 3.11 `list[int]` passes for a class.
    return inspect.isclass(value) and not isinstance(value, GenericAlias)


def spelled(value: Any) -> Any:
    """Write a type in one way, in whichever of the several it was written."""
    if isinstance(value, ForwardRef):
        return value.__forward_arg__
    if isinstance(value, list):  # the parameters of a callable
        return [spelled(each) for each in value]
    origin, args = get_origin(value), get_args(value)
    if origin in {Union, UnionType}:
        # A union in a union is one with it, and the order says nothing.
        flat = [*map(spelled, args)]
        inner = [each for kind, *rest in filter(_is_union, flat) for each in rest]
        members = [each for each in flat if not _is_union(each)] + inner
        return ["Union", *sorted(members, key=repr)]
    if args:
        return [origin.__name__, *map(spelled, args)]
    return "NoneType" if value is None else getattr(value, "__name__", repr(value))


def _is_union(written: Any) -> bool:
    return isinstance(written, list) and written[:1] == ["Union"]


def plain(value: object) -> Any:  # noqa: PLR0911 - one answer per kind of value
    """Write a value so that two processes write equal ones alike."""
    kind = type(value)
    if kind in _PLAIN:
        return repr(value)
    if isinstance(value, (tuple, list)) and kind in {tuple, list}:
        return [kind.__name__, *(plain(item) for item in value)]
    if kind in {set, frozenset}:
        return [kind.__name__, *sorted(map(repr, value))]  # type: ignore[call-overload]  # narrowed by its exact type
    if kind is dict:
        return {repr(key): plain(item) for key, item in value.items()}  # type: ignore[attr-defined]  # narrowed by its exact type
    if _is_class(value):
        MROS[value.__name__] = [each.__name__ for each in value.__mro__]
        return f"<{value.__name__}>"
    if inspect.isroutine(value):
        return f"<{value.__name__}>"
    if isinstance(value, TypeVar):
        return [
            "TypeVar",
            spelled(value.__bound__),
            [spelled(each) for each in value.__constraints__],
            value.__covariant__,
            value.__contravariant__,
        ]
    if get_args(value):
        return "<type>"  # a union, a callable's: written in more ways than one
    MROS[kind.__name__] = [each.__name__ for each in kind.__mro__]
    return f"<{kind.__name__} object>"


def signature(function: Any) -> list[Entry] | None:
    """Write the parameters of a callable; None for one that cannot tell them."""
    try:
        found = inspect.signature(function)
    except (TypeError, ValueError):
        return None
    return [
        {
            "name": parameter.name,
            "kind": parameter.kind.name,
            **(
                {}
                if parameter.default is inspect.Parameter.empty
                else {"default": plain(parameter.default)}
            ),
        }
        for parameter in found.parameters.values()
    ]


def public(names: Any) -> list[str]:
    """Keep the names that do not begin with an underscore, and those known anyway."""
    return sorted(name for name in names if not name.startswith("_") or name in _KNOWN)


def own_names(module: ModuleType) -> set[str]:
    """Read from its source which names a module defines or takes from its package."""
    package = module.__name__.partition(".")[0]
    names: set[str] = set()
    for node in _statements(ast.parse(inspect.getsource(module)).body):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            names.add(node.name)
        elif isinstance(node, (ast.Assign, ast.AnnAssign)):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            names.update(each.id for each in targets if isinstance(each, ast.Name))
        elif isinstance(node, ast.ImportFrom) and (
            node.level or (node.module or "").partition(".")[0] == package
        ):
            names.update(alias.asname or alias.name for alias in node.names)
    return names


def _statements(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """Walk the statements that run when the module is imported."""
    for node in body:
        yield node
        if isinstance(node, ast.If):
            yield from _statements([*node.body, *node.orelse])
        elif isinstance(node, ast.Try):
            yield from _statements([*node.body, *node.orelse, *node.finalbody])


class Surface:
    """What has been seen of one package: its names, its classes, its instances."""

    def __init__(self) -> None:
        self.modules: dict[str, dict[str, Entry]] = {}
        self.classes: dict[str, dict[str, Entry]] = {}
        self.instances: dict[str, Entry] = {}
        self.mros = MROS

    def entry(self, value: Any) -> Entry:
        """Describe an object; a class is described once and named from then on."""
        if _is_class(value):
            return {"kind": "class", "class": self.class_of(value)}
        if inspect.isroutine(value):
            return {"kind": "function", "signature": signature(value)}
        if hasattr(type(value), "make_context") and hasattr(value, "params"):
            return command(value)
        return {"kind": "value", "value": plain(value)}

    def class_of(self, cls: type) -> str:
        """Describe a class with its members, and tell the name it is kept under."""
        home = f"{cls.__module__}.{cls.__qualname__}"
        if home not in self.classes:
            members: dict[str, Entry] = {}
            self.classes[home] = members
            members["__init__"] = {
                "kind": "function",
                "signature": signature(cls),
                "definer": home,
            }
            for name in public(dir(cls)):
                found = self.member(cls, name)
                if found is not None:
                    members[name] = found
        return home

    def member(self, cls: type, name: str) -> Entry | None:
        """Describe one member of a class, with the class that defines it."""
        for each in cls.__mro__:
            if name in vars(each):
                break
        else:
            return None
        raw = vars(each)[name]
        described: Entry
        if isinstance(raw, _METHODS):
            described = {
                "kind": "function",
                "signature": signature(getattr(cls, name)),
                "binding": {staticmethod: "static", classmethod: "class"}.get(
                    type(raw), "method"
                ),
            }
        elif not _is_class(raw) and hasattr(type(raw), "__get__"):
            settable = hasattr(type(raw), "__set__") or not hasattr(raw, "fget")
            if isinstance(raw, property):
                settable = raw.fset is not None
            described = {"kind": "attribute", "settable": settable}
        elif _is_class(raw):
            described = {"kind": "value", "value": plain(raw)}
        else:
            described = self.entry(raw)
        if described["kind"] != "command":
            described["definer"] = f"{each.__module__}.{each.__qualname__}"
        return described

    def module(self, name: str, *, whole: bool) -> None:
        """Describe the names of a module: all that can be read, or its own alone."""
        module = importlib.import_module(name)
        self.modules[name] = {
            each: self.entry(getattr(module, each))
            for each in public(dir(module) if whole else own_names(module))
            # A module has a turn of its own.
            if not isinstance(getattr(module, each, module), ModuleType)
        }

    def instance(self, name: str, value: Any) -> None:
        """Describe what an object that was made has, beside its class's members."""
        values: dict[str, Any] = {}
        for attribute in public(dir(value)):
            try:
                found = getattr(value, attribute)
            except Exception:  # noqa: S112 - what raises here has no value to compare
                continue
            if callable(found) and not _is_class(found):
                values[attribute] = "<callable>"
            else:
                values[attribute] = plain(found)
        self.instances[name] = values


def command(value: Any) -> Entry:
    """Describe a command of the command line: its parameters, its own commands."""
    return {
        "kind": "command",
        "name": value.name,
        "options": {
            parameter.name: {
                "opts": sorted([*parameter.opts, *parameter.secondary_opts]),
                # Click writes "none" in two ways.
                "default": None
                if type(parameter.default).__name__ == "Sentinel"
                or parameter.default is None
                else plain(parameter.default),
                "is_flag": getattr(parameter, "is_flag", False),
                "multiple": getattr(parameter, "multiple", False),
            }
            for parameter in value.params
        },
        "commands": {
            name: command(each)
            for name, each in sorted(getattr(value, "commands", {}).items())
        },
    }


def make_instances(surface: Surface, flask: Any) -> None:
    """Make the objects a program works with, and describe them."""
    cli = importlib.import_module("flask.cli")
    app = flask.Flask("surface", root_path="/surface", instance_path="/surface/var")
    surface.instances["config"] = {key: plain(app.config[key]) for key in app.config}
    surface.instance("app", app)
    surface.instance("config object", app.config)
    surface.instance("blueprint", flask.Blueprint("surface", "surface"))
    surface.instance("client", app.test_client())
    surface.instance("cli runner", app.test_cli_runner())
    surface.instance("url_map", app.url_map)
    surface.instance("json", app.json)
    surface.instance("session interface", app.session_interface)
    surface.instance("script info", cli.ScriptInfo())
    group = cli.FlaskGroup()
    surface.instances["flask group"] = command(group)
    jinja = app.jinja_env
    surface.instances["jinja options"] = {
        name: plain(getattr(jinja, name))
        for name in public(dir(jinja))
        if name != "globals" and not callable(getattr(jinja, name))
    }
    for kind in ("globals", "filters", "tests"):
        surface.instances[f"jinja {kind}"] = dict.fromkeys(getattr(jinja, kind), "")
    app.secret_key = "surface"
    with app.test_request_context("/x?a=1") as ctx:
        surface.instance("request context", ctx)
        surface.instance(
            "app context", importlib.import_module("flask.globals").app_ctx
        )
        surface.instance("request", flask.request)
        surface.instance("session", flask.session)
        surface.instance("g", flask.g)
        surface.instance("response", flask.make_response("x"))
        updated: Entry = {}
        app.update_template_context(updated)
        surface.instances["template context"] = dict.fromkeys(updated, "")


def modules_of(package: Any) -> list[str]:
    """Find the modules of a package by their files; some folders have no __init__."""
    root = Path(package.__file__).parent
    found = set()
    for path in root.rglob("*.py"):
        parts = [package.__name__, *path.relative_to(root).with_suffix("").parts]
        if parts[-1] != "__main__":
            found.add(".".join(parts).removesuffix(".__init__"))
    return sorted(found)


def main() -> None:
    """Print the surface of the ``flask`` of this interpreter."""
    if sys.argv[1:] == ["insula"]:
        importlib.import_module("insula.flask").install()
        chosen = sys.stdin.read().split()
    else:
        chosen = []
    flask = importlib.import_module("flask")
    surface = Surface()
    for name in chosen or modules_of(flask):
        try:
            surface.module(name, whole=bool(chosen))
        except ImportError:
            if not chosen:
                raise  # what is not there is seen by its lack, but not in the real one
    make_instances(surface, flask)
    json.dump(vars(surface), sys.stdout)


if __name__ == "__main__":
    main()

"""Mistakes in the rules: what no request reaches, and what it fails at."""

from __future__ import annotations

import ast
import inspect
import re
from typing import TYPE_CHECKING, Any

from werkzeug.exceptions import HTTPException
from werkzeug.routing import (
    AnyConverter,
    FloatConverter,
    IntegerConverter,
    PathConverter,
    RequestRedirect,
    UnicodeConverter,
    UUIDConverter,
)

from insula.app import Blueprint
from insula.cli.check.findings import Finding, Place
from insula.cli.check.project import place_of
from insula.cli.check.report import shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from werkzeug.routing import BaseConverter, Rule

    from insula.cli.check.project import Project

__all__ = ["check"]

_AUTOMATIC = {"HEAD", "OPTIONS"}
_ROUNDS = 3
_WORDS = ("qzxv", "k7wj2p", "yfgh-3")
_NUMBERS = (7, 41, 86031)


def check(project: Project) -> Iterator[Finding]:
    """Ask the router which rule answers what each rule matches."""
    by_endpoint = project.rules_by_endpoint()
    for endpoint, rules in by_endpoint.items():
        if all(rule.build_only for rule in rules):
            continue
        if project.app.view_functions.get(endpoint) is None and not all(
            _is_name_only(project, rule) for rule in rules
        ):
            yield Finding(
                "endpoint-without-view",
                f"The rule {rules[0].rule!r} leads to the endpoint {endpoint!r}, which"
                " has no view",
                f"register one with @app.endpoint({endpoint!r}), or remove the rule",
            )
    for rule in project.app.url_map.iter_rules():
        yield from _reach(project, rule)
        yield from _arguments(project, rule)
    yield from _blueprints(project)


# -- what no request reaches ---------------------------------------------------------


def _reach(project: Project, rule: Rule) -> Iterator[Finding]:
    methods = sorted((rule.methods or {"GET"}) - _AUTOMATIC)
    if rule.build_only or rule.alias or rule.endpoint not in project.app.view_functions:
        return
    taken: dict[str, Rule] = {}
    for method in methods:
        winner = _taken_by(project, rule, method)
        if winner is not None:
            taken[method] = winner
    if not taken:
        return
    place = project.place_of_endpoint(rule.endpoint)
    # Rules have no hash.
    for winner in {id(other): other for other in taken.values()}.values():
        lost = [method for method, other in taken.items() if other is winner]
        kinds = "" if len(lost) == len(methods) else f" for {', '.join(lost)}"
        where = _shown(project.place_of_endpoint(winner.endpoint))
        yield Finding(
            "rule-unreachable",
            f"The rule {rule.rule!r} of {rule.endpoint!r} is never reached{kinds}:"
            f" {winner.rule!r} of {winner.endpoint!r}{where} answers in its place",
            "change one of the rules or their methods, or remove one",
            place,
        )


def _is_name_only(project: Project, rule: Rule) -> bool:
    """Tell whether a rule only gives a URL, which another one answers, a name."""
    methods = (rule.methods or {"GET"}) - _AUTOMATIC
    return all(_taken_by(project, rule, method) is not None for method in methods)


def _taken_by(project: Project, rule: Rule, method: str) -> Rule | None:
    """Return the rule of another endpoint that answers all that ``rule`` matches."""
    winner: Rule | None = None
    for number in range(_ROUNDS):
        answer = _answer(project.app, rule, method, number)
        if answer is None or answer.endpoint == rule.endpoint:
            return None
        if winner is not None and answer is not winner:
            return None
        winner = answer
        if not rule.arguments:
            break
    return winner


def _answer(app: Any, rule: Rule, method: str, number: int) -> Rule | None:
    """Return the rule that answers an example of ``rule``, if that can be told."""
    domain = (rule.host if app.url_map.host_matching else rule.subdomain) or ""
    if "<" in domain:
        return None
    values = {}
    for name, converter in rule._converters.items():
        value = _example(converter, number)
        if value is None:
            return None
        values[name] = value
    if app.url_map.host_matching:
        adapter = app.url_map.bind(domain)
    else:
        adapter = app.url_map.bind("localhost", subdomain=domain)
    try:
        built = rule.build({**(rule.defaults or {}), **values})
        if built is None:
            return None
        found: Rule = adapter.match(
            built[1], method, return_rule=True, websocket=rule.websocket
        )[0]
    except (RequestRedirect, HTTPException, ValueError, LookupError):
        return None
    return found


def _example(converter: BaseConverter, number: int) -> Any:
    """Return a value that hardly any other rule means; ``None`` if none is known."""
    kind = type(converter)
    value: Any = None
    if kind is UnicodeConverter:
        value = _of_length(converter, _WORDS[number])
    elif kind is PathConverter:
        value = "/".join(_WORDS[: number + 1])
    elif kind is IntegerConverter or kind is FloatConverter:
        value = _NUMBERS[number] + (0 if kind is IntegerConverter else 0.5)
    elif kind is UUIDConverter:
        value = f"0f8fad5b-d9cb-469f-a165-7086772895{number}e"
    elif kind is AnyConverter:
        items = sorted(converter.items)  # type: ignore[attr-defined]  # of this kind
        value = items[number % len(items)]
    return value


def _of_length(converter: BaseConverter, word: str) -> str | None:
    """Return a text as long as the converter asks for, ``word`` if it may be."""
    long = word * 20
    for length in (len(word), *range(1, len(long))):
        if re.fullmatch(converter.regex, long[:length]):
            return long[:length]
    return None


def _shown(place: Place | None) -> str:
    return "" if place is None else f" ({shown(place)})"


# -- what a view does not take -------------------------------------------------------


def _arguments(project: Project, rule: Rule) -> Iterator[Finding]:
    app = project.app
    view = app.view_functions.get(rule.endpoint)
    if view is None or rule.build_only or app.url_value_preprocessors:
        return
    cls = getattr(view, "view_class", None)
    if cls is None:
        functions = [view] if project.find(view) is not None else []
        ahead = 0
    elif getattr(cls, "decorators", None):
        return
    else:
        names = [name.lower() for name in (rule.methods or set()) - _AUTOMATIC]
        methods = [getattr(cls, name, None) for name in [*names, "dispatch_request"]]
        functions = [method for method in methods if project.find(method) is not None]
        ahead = 1
    for function in functions:
        try:
            signature = inspect.signature(function, follow_wrapped=False)
        except (TypeError, ValueError):
            continue
        try:
            signature.bind(*[None] * ahead, **dict.fromkeys(rule.arguments))
        except TypeError as exc:
            handed = ", ".join(sorted(rule.arguments)) or "nothing"
            yield Finding(
                "view-arguments",
                f"The rule {rule.rule!r} hands {handed} to"
                f" {function.__qualname__}{_plain(signature)}, which fails ({exc})",
                "give both the same names",
                place_of(function),
            )


def _plain(signature: inspect.Signature) -> str:
    bare = [
        parameter.replace(annotation=inspect.Parameter.empty)
        for parameter in signature.parameters.values()
    ]
    return str(inspect.Signature(bare))


# -- what was not registered ---------------------------------------------------------


def _blueprints(project: Project) -> Iterator[Finding]:
    for source in project.sources:
        for name, value in vars(source.module).items():
            if (
                isinstance(value, Blueprint)
                and value.import_name == source.module.__name__
                and not value._got_registered_once
                and value.deferred_functions
            ):
                yield Finding(
                    "blueprint-unregistered",
                    f"The blueprint {name!r} is registered nowhere, so that its routes"
                    " are not there",
                    f"call app.register_blueprint({name})",
                    Place(source.file, _line_of(source.tree, name)),
                )


def _line_of(tree: ast.Module, name: str) -> int | None:
    for node in tree.body:
        if isinstance(node, ast.Assign) and any(
            isinstance(target, ast.Name) and target.id == name
            for target in node.targets
        ):
            return node.lineno
    return None

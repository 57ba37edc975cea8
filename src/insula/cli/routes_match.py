"""Which rule answers a path, and what became of the others.

Theory. The application itself is asked, through a request context that is not pushed:
what it says is what a request gets, whatever has been overridden. `routes_reasons`
then looks at each rule by itself and finds words for it.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from typing import Any
from urllib.parse import SplitResult, quote, unquote_to_bytes, urlsplit

import click
from werkzeug.exceptions import MethodNotAllowed
from werkzeug.routing import RequestRedirect

from insula.app.environment import get_debug_flag
from insula.cli.errors import LoadError
from insula.cli.routes_list import route_of
from insula.cli.routes_reasons import Asked, Look, look_at, order_of, why_after
from insula.cli.table import styled
from insula.context.stacks import app_stack
from insula.dispatch.sockets.websocket_context import WebsocketContext

__all__ = ["show_match"]

_NEAREST = 5
_ALIKE = 0.75  # from 0 to 1; less is another word
_WEBSOCKET = frozenset({"ws", "wss"})
_URL = re.compile(r"[a-z][a-z0-9+.-]*://", re.IGNORECASE)
_HIDDEN = frozenset({"HEAD", "OPTIONS"})


@dataclass(slots=True)
class _Answer:
    """What the application said, and why."""

    outcome: str
    rule: Any = None
    args: dict[str, Any] = field(default_factory=dict)
    status: int | None = None
    location: str | None = None
    allowed: list[str] | None = None
    reasons: list[str] = field(default_factory=list)
    others: list[tuple[Any, str]] = field(default_factory=list)
    others_are: str = "What else was looked at:"


def show_match(
    path: str,
    *,
    method: str | None,
    host: str | None,
    websocket: bool,
    as_json: bool,
) -> bool:
    """Print which rule answers; return whether one does.

    :param path: a path, with a query or without, or a whole URL.
    """
    app = _current()
    url = _split(path)
    websocket = websocket or url.scheme in _WEBSOCKET
    if not url.netloc and not path.startswith("/"):
        raise click.UsageError(
            f"A path begins with a slash: --match /{path.lstrip('/')}, or a whole URL."
        )
    if websocket and method not in {None, "GET"}:
        raise click.UsageError("A handshake is a GET; leave --method out.")
    method = (method or "GET").upper()
    ctx = _context(app, url, method, host or url.netloc or None, websocket=websocket)
    try:
        ctx.match_request()
    except Exception as exc:
        # Of a converter of the application's, or what a rule redirects to.
        if get_debug_flag():
            raise
        raise LoadError(f"Matching {path!r}", exc) from exc
    asked = Asked(
        domain=_domain_of(ctx),
        path=f"/{ctx.request.path.lstrip('/')}",
        method=method,
        websocket=websocket,
    )
    answer = _explain(app, ctx, asked)
    if as_json:
        click.echo(json.dumps(_as_dict(app, asked, answer), indent=2))
    else:
        _show(app, asked, answer)
    return answer.rule is not None or answer.location is not None


def _current() -> Any:
    # Itself and not its proxy, for it is handed on.
    top: Any = app_stack.top
    return top.app


def _split(path: str) -> SplitResult:
    if _URL.match(path):
        try:
            url = urlsplit(path)
            _ = url.port  # which is looked at when it is asked for
        except ValueError as exc:
            raise click.UsageError(
                f"{path!r} is no URL ({exc}); mend it, or give the path alone."
            ) from None
        return url
    # NOTE: what begins with two slashes is a path here, as in a request.
    path, _, query = path.partition("?")
    return SplitResult("", "", path, query, "")


def _context(
    app: Any, url: SplitResult, method: str, host: str | None, *, websocket: bool
) -> Any:
    base = None
    if host is not None:
        scheme = url.scheme or app.config["PREFERRED_URL_SCHEME"]
        base = f"{scheme}://{host}/{app.config['APPLICATION_ROOT'].lstrip('/')}"
    ctx = app.test_request_context("/", base_url=base, method=method)
    environ = ctx.request.environ
    # What the terminal sent in another encoding than it says are bytes, too.
    sent = (url.path or "/").encode("utf-8", "surrogateescape")
    environ["PATH_INFO"] = unquote_to_bytes(sent).decode("latin1")
    environ["QUERY_STRING"] = url.query
    ctx = app.request_context(environ)
    if not websocket:
        return ctx
    environ["wsgi.url_scheme"] = "wss" if url.scheme in {"wss", "https"} else "ws"
    request = app.websocket_class(environ)
    request.json_module = app.json
    return WebsocketContext(app, environ, request)


def _domain_of(ctx: Any) -> str | None:
    adapter = ctx.url_adapter
    if adapter is None:
        return None
    if adapter.map.host_matching or adapter.subdomain is None:
        return str(adapter.server_name)
    return str(adapter.subdomain)


def _explain(app: Any, ctx: Any, asked: Asked) -> _Answer:
    request = ctx.request
    exc = request.routing_exception
    looks = [look_at(rule, asked) for rule in app.url_map.iter_rules()]
    fits = [look for look in looks if look.fits or look.is_one_slash_off]
    fits.sort(key=order_of)
    rule = request.url_rule
    if rule is not None and exc is None:
        answer = _Answer("answered", rule=rule, args=dict(request.view_args or {}))
        answer.reasons = _why_this(asked, rule)
        answer.others = _losers(fits, rule, asked)
        if not answer.others:
            answer.reasons.append("no other rule is of this path")
        return answer
    if isinstance(exc, RequestRedirect):
        return _explain_redirect(app, exc, looks, fits, asked)
    answer = _Answer("refused", status=getattr(exc, "code", None) or 404)
    answer.reasons = [str(getattr(exc, "name", "Not Found"))]
    if isinstance(exc, MethodNotAllowed):
        answer.allowed = sorted(exc.valid_methods or ())
        answer.others_are = "The rules of this path:"
        answer.others = [(look.rule, look.why_not(asked)) for look in fits]
        return answer
    if asked.domain is None:
        answer.reasons.append(str(getattr(exc, "description", None) or exc))
        return answer
    _explain_not_found(answer, looks, fits, asked)
    return answer


def _why_this(asked: Asked, rule: Any) -> list[str]:
    reasons = []
    if asked.method == "OPTIONS" and getattr(rule, "provide_automatic_options", False):
        reasons.append("OPTIONS is answered without the view, with the rule's methods")
    if asked.method == "HEAD":
        reasons.append("HEAD is answered by GET's view, without the body")
    if rule.methods is None:
        reasons.append("the rule takes every method")
    return reasons


def _losers(fits: list[Look], rule: Any, asked: Asked) -> list[tuple[Any, str]]:
    winner = next((look for look in fits if look.rule is rule), None)
    losers = []
    for look in fits:
        if look.rule is rule:
            continue
        why = look.why_not(asked)
        if not why and winner is not None:
            why = why_after(winner, look)
        losers.append((look.rule, why or "it is tried later"))
    return losers


def _explain_redirect(
    app: Any, exc: RequestRedirect, looks: list[Look], fits: list[Look], asked: Asked
) -> _Answer:
    answer = _Answer("redirected", status=exc.code, location=exc.new_url)
    takes = [look for look in fits if not look.why_not(asked, slash_may_lack=True)]
    merged = asked
    if not takes and "//" in asked.path:
        merged = asked.with_merged_slashes()
        looks = [look_at(look.rule, merged) for look in looks]
        takes = [look for look in looks if look.fits or look.is_one_slash_off]
        takes = [
            look for look in takes if not look.why_not(merged, slash_may_lack=True)
        ]
        takes.sort(key=order_of)
        answer.reasons.append("slashes in a row are merged (merge_slashes)")
    if not takes:
        return answer
    first = takes[0]
    answer.rule = first.rule
    rule = first.rule
    if first.lacks_slash:
        answer.reasons.append(
            "the rule ends in a slash and the path does not (strict_slashes)"
        )
    elif rule.alias:
        answer.reasons.append(
            f"the rule is an alias of another of endpoint {rule.endpoint!r}"
        )
    elif rule.redirect_to is not None:
        answer.reasons.append("the rule says so (redirect_to)")
    elif merged is asked:
        answer.reasons.append(
            f"another rule of {rule.endpoint!r} has these values as defaults"
            " (redirect_defaults)"
        )
    answer.others = _losers(takes, rule, merged)
    if not any(rule is known for known in app.url_map.iter_rules()):
        answer.rule = None
    return answer


def _explain_not_found(
    answer: _Answer, looks: list[Look], fits: list[Look], asked: Asked
) -> None:
    for look in fits:
        if not look.why_not(asked):
            refusal = look.refusal()
            if refusal:
                answer.others_are = "The rule that fits, after which none is tried:"
                answer.others = [(look.rule, refusal)]
                return
    if fits:
        answer.others_are = "The rules of this path:"
        answer.others = [(look.rule, look.why_not(asked)) for look in fits]
        return
    deepest = max((look.depth for look in looks), default=0)
    near = [
        look
        for look in looks
        if look.wrong_domain or (deepest and look.depth == deepest)
    ]
    near.sort(key=lambda look: (look.wrong_domain, order_of(look)))
    if len(near) > _NEAREST:
        # Of many that go as far, those that are written alike; the sort is stable.
        near.sort(key=lambda look: -_likeness(look.rule, asked))
    answer.others_are = "The nearest rules:"
    answer.others = [(look.rule, look.why_not(asked)) for look in near[:_NEAREST]]
    if near:
        return
    answer.reasons.append("no rule begins like this path")
    alike = [look for look in looks if _likeness(look.rule, asked) >= _ALIKE]
    alike.sort(key=lambda look: -_likeness(look.rule, asked))
    answer.others = [(look.rule, look.why_not(asked)) for look in alike[:_NEAREST]]


def _likeness(rule: Any, asked: Asked) -> float:
    return SequenceMatcher(None, asked.path, rule.rule).ratio()


# -- what is printed -----------------------------------------------------------------


def _as_dict(app: Any, asked: Asked, answer: _Answer) -> dict[str, Any]:
    from insula.cli.routes import as_dict

    return {
        "path": asked.path,
        "method": asked.method,
        "domain": asked.domain or None,
        "websocket": asked.websocket,
        "outcome": answer.outcome,
        "status": answer.status,
        "location": answer.location,
        "allowed": answer.allowed,
        "route": as_dict(route_of(app, answer.rule)) if answer.rule else None,
        "args": {name: repr(value) for name, value in answer.args.items()},
        "reasons": answer.reasons,
        "others": [
            as_dict(route_of(app, rule)) | {"reason": reason}
            for rule, reason in answer.others
        ],
    }


def _show(app: Any, asked: Asked, answer: _Answer) -> None:
    where = f" on {asked.domain}" if asked.domain else ""
    kind = "WebSocket" if asked.websocket else asked.method
    # What moves the cursor is shown as it is written in a URL.
    path = "".join(c if c.isprintable() else quote(c) for c in asked.path)
    click.secho(f"{kind} {path}{where}", bold=True)
    if answer.outcome == "answered":
        click.echo("  is answered by")
        _show_rule(app, asked, answer.rule, colour="green")
        for name, value in answer.args.items():
            click.echo(f"    {name} = {value!r}")
    elif answer.outcome == "redirected":
        code = click.style(str(answer.status), fg="yellow")
        click.echo(f"  is redirected to {answer.location} ({code})")
        if answer.rule is not None:
            click.echo("  by")
            _show_rule(app, asked, answer.rule, colour="yellow")
    else:
        name = click.style(f"{answer.status} {answer.reasons.pop(0)}", fg="red")
        click.echo(f"  is answered by no rule: {name}")
        if answer.allowed:
            click.echo(f"  allowed: {', '.join(answer.allowed)}")
    for reason in answer.reasons:
        click.echo(f"  {reason}")
    if answer.others:
        click.echo(f"\n{answer.others_are}")
    for rule, reason in answer.others:
        _show_rule(app, asked, rule, colour=None)
        click.secho(f"    {reason}", dim=True)


def _show_rule(app: Any, asked: Asked, rule: Any, *, colour: str | None) -> None:
    route = route_of(app, rule)
    name = styled(route.endpoint, fg=colour, bold=bool(colour))
    if route.kind == "no view":
        place = "  has no view: a request for it is an error"
    else:
        place = f"  {route.source}" if route.source else ""
        place += "" if route.kind == "sync" else f" ({route.kind})"
    click.echo(f"  {name}{place}")
    names = [name for name in route.methods if name not in _HIDDEN - {asked.method}]
    methods = "WebSocket" if rule.websocket else ", ".join(names or route.methods)
    domain = f"{route.domain} " if route.domain else ""
    click.echo(f"    {methods or 'any method'} {domain}{route.rule}")

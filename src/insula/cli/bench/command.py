"""The command line of ``insula bench``."""

from __future__ import annotations

import asyncio
import json
import ssl
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from insula.app import Insula
from insula.cli.bench.load import Load, LoadOptions, why
from insula.cli.bench.report import Progress, print_result
from insula.cli.bench.server import Server
from insula.cli.bench.target import Target, parse_url, path_of, read_headers
from insula.cli.complete import complete_targets
from insula.cli.errors import BriefCommand
from insula.cli.script_info import ScriptInfo

if TYPE_CHECKING:
    from collections.abc import Sequence

    from insula.cli.bench.result import Result

__all__ = ["bench_command"]

_INTERRUPTED = 130
"""The exit code of shells for a program that Ctrl-C has ended."""
_DEFAULTS = LoadOptions()
_SECONDS = click.FloatRange(min=0, min_open=True, max=86400)


@click.command("bench", cls=BriefCommand, short_help="Put a quick load on a route.")
@click.argument("target", metavar="URL|PATH|ENDPOINT", shell_complete=complete_targets)
@click.argument("values", nargs=-1, metavar="[NAME=VALUE]...")
@click.option(
    "-c",
    "--connections",
    metavar="N",
    type=click.IntRange(1, 10_000),
    default=_DEFAULTS.connections,
    show_default=True,
    help="How many ask at once.",
)
@click.option(
    "-d",
    "--duration",
    metavar="SECONDS",
    type=_SECONDS,
    default=_DEFAULTS.duration,
    show_default=True,
    help="How long.",
)
@click.option(
    "-w",
    "--warm-up",
    metavar="SECONDS",
    type=click.FloatRange(0, 86400),
    default=_DEFAULTS.warm_up,
    show_default=True,
    help="How long before, which is not counted.",
)
@click.option(
    "--timeout",
    metavar="SECONDS",
    type=_SECONDS,
    default=_DEFAULTS.timeout,
    show_default=True,
    help="How long one answer may take.",
)
@click.option(
    "-X", "--method", metavar="METHOD", help="The method; GET, or POST with --data."
)
@click.option(
    "-H",
    "--header",
    "headers",
    metavar="'NAME: VALUE'",
    multiple=True,
    help="A header to send; may be repeated.",
)
@click.option("--data", help="The body; with @ before it, the name of a file.")
@click.option("--insecure", is_flag=True, help="Take any certificate of https.")
@click.option(
    "--threads", metavar="N", type=click.IntRange(1), help="Threads of its own server."
)
@click.option(
    "--processes", metavar="N", type=click.IntRange(1), help="Processes of it."
)
@click.option(
    "--interface", type=click.Choice(["auto", "wsgi", "asgi"]), help="How it serves."
)
@click.option("--json", "as_json", is_flag=True, help="Print an object of JSON.")
@click.pass_context
def bench_command(ctx: click.Context, /, target: str, **options: Any) -> None:
    """Ask a URL, or a route of the application, as fast as it answers.

    A route is a path, or an endpoint with its values; the application is served
    for it in a process of its own, as insula run does. Ctrl-C shows what there
    is so far.
    """
    method, headers, data = _request(options)
    url = target if "://" in target else None
    server: Any = nullcontext()
    path = ""
    if url is None:
        info = ctx.ensure_object(ScriptInfo)
        path = _path(info, target, options["values"], method)
        server = Server(info.app_import_path, _server_options(options))
    else:
        _check_is_url(url, options)
    load = LoadOptions(
        connections=options["connections"],
        duration=options["duration"],
        warm_up=options["warm_up"],
        timeout=options["timeout"],
    )
    progress = Progress()
    try:
        if url is None:
            progress.say("starting the server ...")
        with server:
            url = url or f"{server.url}{path}"
            asked = parse_url(url, method=method, headers=headers, data=data)
            result = _run(asked, load, progress, insecure=options["insecure"])
    finally:
        progress.clear()
    if options["as_json"]:
        head = {"method": method, "url": url, "connections": load.connections}
        click.echo(json.dumps({**head, **result.as_json()}, indent=2))
    else:
        failed = any(status >= 500 for status in result.statuses)  # noqa: PLR2004 - an error of the server
        said = server.last_error() if isinstance(server, Server) and failed else None
        served = f" ({target})" if path and not target.startswith("/") else ""
        print_result(result, load, title=f"{method} {path or url}{served}", said=said)
    if result.interrupted:
        ctx.exit(_INTERRUPTED)
    if not result.latencies:
        ctx.exit(1)


def _request(
    options: dict[str, Any],
) -> tuple[str, list[tuple[str, str]], bytes | None]:
    data: bytes | None = None
    text = options["data"]
    if text is not None and text.startswith("@"):
        try:
            data = Path(text[1:]).read_bytes()
        except OSError as exc:
            raise click.UsageError(
                f"The file {text[1:]!r} cannot be read: {exc.strerror}."
            ) from None
    elif text is not None:
        data = text.encode()
    method = (options["method"] or ("GET" if data is None else "POST")).upper()
    if not method.isalpha() or not method.isascii():
        raise click.UsageError(f"{method!r} is no method; give one such as POST.")
    return method, read_headers(options["headers"]), data


def _path(info: ScriptInfo, target: str, values: Sequence[str], method: str) -> str:
    app = info.load_app()
    pairs = {}
    for value in values:
        name, equals, text = value.partition("=")
        if not equals or not name:
            raise click.UsageError(
                f"{value!r} is no value of an endpoint; write it as NAME=VALUE."
            )
        pairs[name] = text
    if not isinstance(app, Insula) and not target.startswith("/"):
        raise click.UsageError(
            f"A {type(app).__name__} has no endpoints; give a path that starts with"
            " '/'."
        )
    return path_of(app, target, pairs, method=method)


def _check_is_url(url: str, options: dict[str, Any]) -> None:
    parse_url(url)
    for name in ("threads", "processes", "interface"):
        if options[name] is not None:
            raise click.UsageError(
                f"--{name} is for a server of its own, and {url!r} has one already;"
                " leave it out, or give a route."
            )
    if options["values"]:
        raise click.UsageError(
            f"{options['values'][0]!r} is for an endpoint, and {url!r} is a URL; write"
            " the value into it."
        )


def _server_options(options: dict[str, Any]) -> list[str]:
    words = []
    for name in ("threads", "processes", "interface"):
        if options[name] is not None:
            words += [f"--{name}", str(options[name])]
    return words


def _run(
    target: Target, options: LoadOptions, progress: Progress, *, insecure: bool
) -> Result:
    tls = None
    if target.secure:
        tls = ssl.create_default_context()
        if insecure:
            tls.check_hostname = False
            tls.verify_mode = ssl.CERT_NONE

    async def ask() -> Result:
        return await Load(target, options, tls=tls, tick=progress).run()

    try:
        return asyncio.run(ask())
    except ssl.SSLCertVerificationError as exc:
        raise click.ClickException(
            f"The certificate of {target.host}:{target.port} is not trusted"
            f" ({exc.verify_message}); with --insecure it is taken."
        ) from None
    except OSError as exc:
        raise click.ClickException(
            f"Nothing answers at {target.host}:{target.port} ({why(exc)}); start the"
            " server, or mend the URL."
        ) from None

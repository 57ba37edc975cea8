"""``insula run``: serve the application."""

from __future__ import annotations

import os
from functools import partial
from typing import TYPE_CHECKING, Any

import click

from insula._core import late
from insula.app.environment import get_debug_flag
from insula.cli.complete import complete_apps
from insula.cli.errors import BriefCommand, LoadError, NoAppException
from insula.cli.params import CertParamType, SeparatedPathType, pair_with_key
from insula.cli.script_info import ScriptInfo
from insula.servers import (
    DEFAULT_THREADS,
    ServerError,
    ServerOptions,
    is_running_from_reloader,
)
from insula.servers.patched import start_patched

if TYPE_CHECKING:
    from insula.servers.mounts import Mounts

__all__ = ["run_command"]

_DEFAULTS = ServerOptions()


def _joined(
    _ctx: click.Context, _param: click.Parameter, value: Any
) -> list[str] | None:
    return [path for paths in value for path in paths] or None


def _asked_mounts(
    ctx: click.Context, info: ScriptInfo, app_path: str | None, options: dict[str, Any]
) -> list[tuple[str, str, str]]:
    """Return place, application and name of what is to be mounted; none is loaded.

    The application that is named as if it were alone is at "/".
    """
    from insula.servers.mounts.file import check_places, read_mounts

    file: str | None = options["mounts"]
    try:
        found = read_mounts(file) if file else []
        found += [(place, target, "") for place, target in options["mount"]]
        root = app_path or info.app_import_path
        if root is not None and (app_path or all(each[0] != "/" for each in found)):
            found.append(("/", root, ""))
        check_places(found)
    except ValueError as exc:
        raise click.UsageError(str(exc), ctx) from None
    return found


def _load_mounts(asked: list[tuple[str, str, str]], *, reports: bool = True) -> Mounts:
    from insula.servers.mounts import Mounts

    mounts = Mounts()
    mounts.reports = reports
    for place, target, name in asked:
        mounts.add_mount(place, target, name=name)
    return mounts


def _checked(mounts: Mounts) -> Mounts:
    """Return the mounts; raise where a name leads nowhere, or none could be loaded."""
    failures = [mount.failure for mount in mounts.mounts]
    is_down = bool(failures) and all(failures)
    for mount in mounts.mounts:
        if isinstance(mount.failure, NoAppException):
            # Mounts are named by another option.
            said = mount.failure.format_message().replace(" with --app ", " as ")
            raise NoAppException(f"Mount {str(mount.place)!r}: {said}")
    if not is_down or get_debug_flag():
        for mount in mounts.mounts:
            mount.report()
    if is_down:
        place = str(mounts.mounts[0].place)
        raise LoadError(
            f"No mount could be loaded; that at {place!r}", failures[0] or OSError()
        )
    return mounts


class _MountType(click.ParamType):  # type: ignore[type-arg]  # generic since click 8.4
    """``PLACE=APP``."""

    name = "place=app"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, str]:
        """Return the place and the application's name."""
        if isinstance(value, tuple):
            return value
        place, sign, target = str(value).partition("=")
        if not (place and sign and target):
            self.fail(
                f"{value!r} is no mount; write PLACE=APP, such as"
                " /admin=admin:create_app() or api.localhost=api:app.",
                param,
                ctx,
            )
        return place, target


@click.command("run", cls=BriefCommand, short_help="Serve the application.")
@click.argument(
    "app_path", required=False, metavar="[APP]", shell_complete=complete_apps
)
@click.option("-h", "--host", default="127.0.0.1", help="The address to listen on.")
@click.option("-p", "--port", default=5000, help="The port; 0 for any free one.")
@click.option(
    "--threads",
    type=int,
    default=None,
    help=f"Threads of each process (default {DEFAULT_THREADS}).",
)
@click.option(
    "--with-threads/--without-threads",
    default=True,
    help="Answer requests in threads, or strictly in turn.",
)
@click.option(
    "--greenlets",
    type=int,
    default=0,
    metavar="N",
    help="Serve with gevent: up to N requests at once, in one thread.",
)
@click.option(
    "--interface",
    type=click.Choice(["auto", "wsgi", "asgi"]),
    default=_DEFAULTS.interface,
    show_default=True,
    help="How APP is called; auto: as ASGI where it has a WebSocket or an async view.",
)
@click.option(
    "--mount",
    type=_MountType(),
    multiple=True,
    metavar="PLACE=APP",
    help="Mount one more application: /admin=admin:app, api.localhost=api:app,"
    " *.example.org/v2=api:create_app(2). Can be given again.",
)
@click.option(
    "--mounts",
    type=click.Path(exists=True, dir_okay=False),
    metavar="FILE",
    help="Mount what a file of INI lists: sections with 'place' and 'app'.",
)
@click.option("--processes", default=1, help="Worker processes.")
@click.option(
    "--reload/--no-reload", default=None, help="Restart on changes; on in debug mode."
)
@click.option(
    "--debugger/--no-debugger", default=None, help="The debugger; on in debug mode."
)
@click.option(
    "--cert",
    type=CertParamType(),
    is_eager=True,
    help="A certificate file, 'adhoc', or an SSLContext to import.",
)
@click.option(
    "--key",
    type=click.Path(exists=True, dir_okay=False, resolve_path=True),
    callback=pair_with_key,
    expose_value=False,
    help="The certificate's key.",
)
@click.option(
    "--extra-files",
    type=SeparatedPathType(),
    multiple=True,
    callback=_joined,
    help=f"Restart when these change, too; {os.pathsep!r} separates several.",
)
@click.option(
    "--exclude-patterns",
    type=SeparatedPathType(),
    multiple=True,
    callback=_joined,
    help=f"Files that do not restart; {os.pathsep!r} separates several.",
)
@click.option(
    "--drain-timeout",
    type=float,
    default=_DEFAULTS.drain_timeout,
    metavar="SECONDS",
    show_default=True,
    help="How long requests in flight may take when the server stops.",
)
@click.option(
    "--body-timeout",
    type=float,
    default=_DEFAULTS.body_timeout,
    metavar="SECONDS",
    show_default=True,
    help="How long each block of a request's body is waited for.",
)
@click.option("--access-log/--no-access-log", default=True, help="Log each request.")
@click.pass_context
def run_command(ctx: click.Context, /, app_path: str | None, **options: Any) -> None:
    """Serve APP, an import string such as shop:app or shop:create_app()."""
    info = ctx.ensure_object(ScriptInfo)
    asked = None
    if options["mount"] or options["mounts"]:
        asked = _asked_mounts(ctx, info, app_path, options)
    elif app_path:
        info.app_import_path = app_path
    debug = get_debug_flag()
    reload = debug if options["reload"] is None else options["reload"]
    debugger = debug if options["debugger"] is None else options["debugger"]
    threads = options["threads"]
    try:
        if options["greenlets"] and (
            threads is not None or not options["with_threads"]
        ):
            raise ServerError(  # noqa: TRY301 - one way out for all that cannot start
                f"greenlets={options['greenlets']} serves without threads; leave out"
                " --greenlets, or the option that is about threads."
            )
        if threads is None:
            threads = DEFAULT_THREADS
        checked = ServerOptions(
            host=options["host"],
            port=options["port"],
            threads=threads if options["with_threads"] else 1,
            processes=options["processes"],
            greenlets=options["greenlets"],
            use_reloader=reload,
            use_debugger=debugger,
            extra_files=(
                *(options["extra_files"] or ()),
                *([options["mounts"]] if options["mounts"] else ()),
            ),
            exclude_patterns=tuple(options["exclude_patterns"] or ()),
            ssl_context=options["cert"],
            access_log=options["access_log"],
            interface=options["interface"],
            drain_timeout=options["drain_timeout"],
            body_timeout=options["body_timeout"],
        )
        if checked.greenlets and not (reload and not is_running_from_reloader()):
            # NOTE: before the application is loaded; the reloader's parent loads none.
            start_patched(checked.greenlets)
        if reload or is_running_from_reloader():
            # An application that fails to load is shown then, and reloaded.
            late.serve(
                partial(_load_mounts, asked) if asked else info.load_app, checked
            )
        else:
            # Loaded at once, so that a name that is wrong ends the command.
            app = (
                _checked(_load_mounts(asked, reports=False))
                if asked
                else info.load_app()
            )
            late.serve(lambda: app, checked, loaded=app)
    except ServerError as exc:
        raise click.ClickException(str(exc)) from None


for _parameter in run_command.params:
    # FLASK_RUN_PORT and so on are click's doing (see InsulaGroup); these come first.
    if isinstance(_parameter, click.Option) and _parameter.name is not None:
        _parameter.envvar = f"INSULA_RUN_{_parameter.name.upper()}"

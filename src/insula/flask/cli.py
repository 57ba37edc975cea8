"""The command line: the very group that is the command ``insula``.

PERF: names are imported when they are first used (PEP 562). Flask imports this module
with itself, and the command line with its servers takes 25 ms that an application
which another program serves has no use for.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from insula.flask._typevars import F

if TYPE_CHECKING:
    from collections.abc import Callable

    import click
    from werkzeug.serving import is_running_from_reloader
    from werkzeug.utils import import_string

    from insula.app.environment import get_debug_flag, get_load_dotenv
    from insula.cli.dotenv import load_dotenv
    from insula.cli.errors import NoAppException
    from insula.cli.find import (
        _called_with_wrong_args,
        find_app_by_string,
        find_best_app,
        locate_app,
        prepare_import,
    )
    from insula.cli.group import AppGroup, with_appcontext
    from insula.cli.main import APP_OPTION as _app_option  # noqa: N811 - Flask's name
    from insula.cli.main import DEBUG_OPTION as _debug_option  # noqa: N811 - Flask's name
    from insula.cli.main import ENV_FILE_OPTION as _env_file_option  # noqa: N811 - Flask's name
    from insula.cli.main import InsulaGroup as FlaskGroup
    from insula.cli.main import main as cli
    from insula.cli.main import read_env_files as _env_file_callback
    from insula.cli.main import set_app as _set_app
    from insula.cli.main import set_debug as _set_debug
    from insula.cli.params import CertParamType, SeparatedPathType
    from insula.cli.params import pair_with_key as _validate_key
    from insula.cli.routes import routes_command
    from insula.cli.run import run_command
    from insula.cli.script_info import ScriptInfo, pass_script_info
    from insula.cli.shell import shell_command
    from insula.cli.version import get_version, version_option
    from insula.flask.serving import run_simple, show_server_banner
    from insula.proxies import current_app
    from insula.servers import ServerOptions

__all__ = [
    "AppGroup",
    "CertParamType",
    "F",
    "FlaskGroup",
    "NoAppException",
    "ScriptInfo",
    "SeparatedPathType",
    "_app_option",
    "_called_with_wrong_args",
    "_debug_option",
    "_env_file_callback",
    "_env_file_option",
    "_path_is_ancestor",
    "_set_app",
    "_set_debug",
    "_validate_key",
    "cli",
    "click",
    "current_app",
    "find_app_by_string",
    "find_best_app",
    "get_debug_flag",
    "get_load_dotenv",
    "get_version",
    "import_string",
    "is_running_from_reloader",
    "load_dotenv",
    "locate_app",
    "main",
    "pass_script_info",
    "prepare_import",
    "routes_command",
    "run_command",
    "run_simple",
    "shell_command",
    "show_server_banner",
    "version_option",
    "with_appcontext",
]

# Where each name lives, and under which name if under another.
_HOMES: dict[str, tuple[str, str | None]] = {
    "AppGroup": ("insula.cli.group", "AppGroup"),
    "CertParamType": ("insula.cli.params", "CertParamType"),
    "FlaskGroup": ("insula.cli.main", "InsulaGroup"),
    "NoAppException": ("insula.cli.errors", "NoAppException"),
    "ScriptInfo": ("insula.cli.script_info", "ScriptInfo"),
    "SeparatedPathType": ("insula.cli.params", "SeparatedPathType"),
    "_app_option": ("insula.cli.main", "APP_OPTION"),
    "_called_with_wrong_args": ("insula.cli.find", "_called_with_wrong_args"),
    "_debug_option": ("insula.cli.main", "DEBUG_OPTION"),
    "_env_file_callback": ("insula.cli.main", "read_env_files"),
    "_env_file_option": ("insula.cli.main", "ENV_FILE_OPTION"),
    "_set_app": ("insula.cli.main", "set_app"),
    "_set_debug": ("insula.cli.main", "set_debug"),
    "_validate_key": ("insula.cli.params", "pair_with_key"),
    "cli": ("insula.cli.main", "main"),
    "click": ("click", None),
    "current_app": ("insula.proxies", "current_app"),
    "find_app_by_string": ("insula.cli.find", "find_app_by_string"),
    "find_best_app": ("insula.cli.find", "find_best_app"),
    "get_debug_flag": ("insula.app.environment", "get_debug_flag"),
    "get_load_dotenv": ("insula.app.environment", "get_load_dotenv"),
    "get_version": ("insula.cli.version", "get_version"),
    "import_string": ("werkzeug.utils", "import_string"),
    "is_running_from_reloader": ("werkzeug.serving", "is_running_from_reloader"),
    "load_dotenv": ("insula.cli.dotenv", "load_dotenv"),
    "locate_app": ("insula.cli.find", "locate_app"),
    "pass_script_info": ("insula.cli.script_info", "pass_script_info"),
    "prepare_import": ("insula.cli.find", "prepare_import"),
    "routes_command": ("insula.cli.routes", "routes_command"),
    "run_command": ("insula.cli.run", "run_command"),
    "run_simple": ("insula.flask.serving", "run_simple"),
    "shell_command": ("insula.cli.shell", "shell_command"),
    "show_server_banner": ("insula.flask.serving", "show_server_banner"),
    "version_option": ("insula.cli.version", "version_option"),
    "with_appcontext": ("insula.cli.group", "with_appcontext"),
}


def __getattr__(name: str) -> Any:
    from insula._core.loading import load

    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module 'flask.cli' has no attribute {name!r}")
    value = load(*home)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


def _path_is_ancestor(path: str, other: str) -> bool:
    # A leftover of Flask's, which nothing there uses.
    return Path(other).is_relative_to(path)


def main() -> None:
    """Run the command."""
    # Through the module, where a name that is not yet here is imported.
    sys.modules[__name__].cli.main()


def _serve(
    load: Callable[[], Any], options: ServerOptions, *, loaded: Any = None
) -> None:
    """Serve what ``load()`` returns, for the command ``run``.

    Programs replace ``flask.cli.run_simple``, which that command calls in Flask; then
    it is called, with Flask's arguments. So is ours, which hands them on, where the
    application asks for Werkzeug's server.
    """
    from insula.flask.serving import run_simple as own
    from insula.flask.serving import speaks_on_sockets
    from insula.servers import serve

    found = sys.modules[__name__].run_simple
    if found is own and not speaks_on_sockets(load, options):
        serve(load, options, loaded=loaded)
    else:
        found(
            options.host,
            options.port,
            load(),
            use_reloader=options.use_reloader,
            use_debugger=options.use_debugger,
            threaded=options.threads > 1,
            ssl_context=options.ssl_context,
            extra_files=list(options.extra_files) or None,
            exclude_patterns=list(options.exclude_patterns) or None,
        )

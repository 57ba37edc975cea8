"""The command line: the very group that is the command ``insula``."""

from __future__ import annotations

from pathlib import Path

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
from insula.cli.main import APP_OPTION, DEBUG_OPTION, ENV_FILE_OPTION
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

__all__ = [
    "AppGroup",
    "CertParamType",
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

_app_option = APP_OPTION
_debug_option = DEBUG_OPTION
_env_file_option = ENV_FILE_OPTION


def _path_is_ancestor(path: str, other: str) -> bool:
    # A leftover of Flask's, which nothing there uses.
    return Path(other).is_relative_to(path)


def main() -> None:
    """Run the command."""
    cli.main()

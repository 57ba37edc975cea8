"""The test client and the command runner."""

from __future__ import annotations

from click.testing import CliRunner, Result
from werkzeug.test import Client
from werkzeug.wrappers import Request as BaseRequest

from insula.cli.script_info import ScriptInfo
from insula.sessions import SessionMixin
from insula.testing import (
    EnvironBuilder,
)
from insula.testing import (
    InsulaClient as FlaskClient,
)
from insula.testing import (
    InsulaCliRunner as FlaskCliRunner,
)
from insula.testing.client import werkzeug_version as _get_werkzeug_version

__all__ = [
    "BaseRequest",
    "CliRunner",
    "Client",
    "EnvironBuilder",
    "FlaskCliRunner",
    "FlaskClient",
    "Result",
    "ScriptInfo",
    "SessionMixin",
    "_get_werkzeug_version",
    "_werkzeug_version",
]

_werkzeug_version = ""  # where Flask keeps what the function found

"""``FLASK_ENV``, which said whether a program is being developed, from Flask 1.0 on."""

from __future__ import annotations

import os
from typing import Any

from insula.flask._old.telling import is_refused

__all__ = [
    "get_env",
    "is_development",
    "load_dotenv",
    "read_environment",
    "set_debug_flag",
]

_NAME = "FLASK_ENV"
_SAID = "The variable FLASK_ENV is not read since Flask 2.3"
_DEVELOPMENT = "development"


def get_env() -> str:
    """Return ``FLASK_ENV``, by default ``"production"``."""
    return os.environ.get(_NAME) or "production"


def _means_debug() -> bool:
    return get_env() == _DEVELOPMENT and not (
        os.environ.get("FLASK_DEBUG") or os.environ.get("INSULA_DEBUG")
    )


def is_development() -> bool:
    """Tell whether ``FLASK_ENV`` turns debug mode on; tell that it is set."""
    return _means_debug() and not is_refused(_NAME, _SAID)


def read_environment(app: Any) -> None:
    """Give a new application what ``FLASK_ENV`` says; tell that it is set."""
    if is_refused(_NAME, _SAID):
        return
    dict.setdefault(app.config, "ENV", get_env())
    if _means_debug():
        app.debug = True


def set_debug_flag() -> None:
    """Turn debug mode on for a command line, before it decides by it."""
    if _means_debug():
        os.environ["FLASK_DEBUG"] = "1"


def load_dotenv(*args: Any, **kwargs: Any) -> bool:
    """Read ``.env`` files, which may hold ``FLASK_ENV``."""
    from insula.cli.dotenv import load_dotenv as own

    loaded = own(*args, **kwargs)
    set_debug_flag()
    return loaded

"""What the process's environment variables say; Flask's names are read, too."""

from __future__ import annotations

import os

__all__ = ["get_debug_flag", "get_load_dotenv"]

_NO = frozenset({"0", "false", "no"})


def get_debug_flag() -> bool:
    """Return whether ``FLASK_DEBUG`` (or ``INSULA_DEBUG``) turns debug mode on."""
    value = os.environ.get("INSULA_DEBUG") or os.environ.get("FLASK_DEBUG")
    return bool(value) and value.lower() not in _NO  # type: ignore[union-attr]  # a str


def get_load_dotenv(default: bool = True) -> bool:
    """Return whether ``.env`` files are read; ``FLASK_SKIP_DOTENV`` says no."""
    value = os.environ.get("FLASK_SKIP_DOTENV")
    if not value:
        return default
    return value.lower() in _NO

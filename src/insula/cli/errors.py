"""Errors of the command line: one line and an exit code, no traceback."""

from __future__ import annotations

import click

__all__ = ["NoAppException"]


class NoAppException(click.UsageError):
    """No application could be found or loaded."""

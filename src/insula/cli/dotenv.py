"""Environment variables from ``.env`` and ``.flaskenv``, read by python-dotenv."""

from __future__ import annotations

import os
from pathlib import Path

import click

__all__ = ["load_dotenv"]


def load_dotenv(
    path: str | os.PathLike[str] | None = None, load_defaults: bool = True
) -> bool:
    """Set the variables of files that the environment does not have yet.

    :param path: a file to read first.
    :param load_defaults: also read the nearest ``.env``, then the nearest
        ``.flaskenv``, from the current folder upwards.
    :return: whether a file was read. Without python-dotenv none is, and where
        there is one a line says so.
    """
    try:
        import dotenv
    except ImportError:
        if path or Path(".env").is_file() or Path(".flaskenv").is_file():
            click.secho(
                " * There are .env files; install python-dotenv to use them.",
                fg="yellow",
                err=True,
            )
        return False
    values: dict[str, str | None] = {}
    if load_defaults:
        for name in (".flaskenv", ".env"):
            found = dotenv.find_dotenv(name, usecwd=True)
            if found:
                values |= dotenv.dotenv_values(found, encoding="utf-8")
    if path is not None and Path(path).is_file():
        values |= dotenv.dotenv_values(path, encoding="utf-8")
    for key, value in values.items():
        if key not in os.environ and value is not None:
            os.environ[key] = value
    return bool(values)

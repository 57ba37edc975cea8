"""The modules that Flask has no more, and ``flask.ext.NAME``.

An extension was imported as ``flask.ext.login``, wherever it lived: in ``flask_login``,
or, as extensions of Flask 0.7 did, in ``flaskext.login``. Either is looked for, in this
order; the module that is found is the one of that name, not a second one.
"""

from __future__ import annotations

from importlib.util import find_spec

import insula.flask.json as json  # noqa: PLR0402 - see the rules of insula.flask._modules
from insula.flask._old.telling import is_refused, rows

__all__ = ["extension", "home_of_module", "json"]

_EXT = "flask.ext."


def home_of_module(fullname: str) -> str:
    """Return the name of the module that stands in for an old one; tell of its use.

    Nothing where there is no such module, or the filters of warnings refuse it.

    :raises ModuleNotFoundError: for an extension that is not installed.
    """
    if fullname.startswith(_EXT):
        return _home_of_extension(fullname)
    row = rows().get(fullname)
    # Of `flask.ext` itself there is no use.
    if row is None or (fullname != "flask.ext" and is_refused(fullname)):
        return ""
    return row.home


def _home_of_extension(fullname: str) -> str:
    name, dot, rest = fullname.removeprefix(_EXT).partition(".")
    home = extension(name)
    if home is None:
        raise ModuleNotFoundError(
            f"No module named {fullname!r}: neither flask_{name} nor flaskext.{name} is"
            " installed.",
            name=fullname,
        )
    if rest:
        return home + dot + rest
    said = f"{fullname!r} is {home!r} since Flask 1.0"
    return "" if is_refused("flask.ext", said) else home


def extension(name: str) -> str | None:
    """Return the name of the module of an extension; ``None`` without one."""
    for home in (f"flask_{name}", f"flaskext.{name}"):
        try:
            if find_spec(home) is not None:
                return home
        except ModuleNotFoundError as exc:
            if exc.name is None or not home.startswith(exc.name):
                raise
    return None

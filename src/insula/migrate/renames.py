"""Old names whose modern name means the very same: these are rewritten.

Most are read from the stand-in's table when they are needed: its new rows count.

Rules: a name is one of them only if whatever was done with it goes on doing the same.
``flask.safe_join`` does not (it answered 404, Werkzeug's returns ``None``), nor does
``werkzeug.contrib.fixers.ProxyFix`` (it trusted other headers), nor ``safe_str_cmp``
(``compare_digest`` refuses text beyond ASCII): such names are reported. What imports a
name goes on binding it as it did, so no other line changes.

Sources: the changelogs of Flask, Werkzeug and Jinja, and what of each is there today
(the tests look).
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from insula._core.loading import load

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Renamed", "renamed", "renames"]


class Renamed(NamedTuple):
    """Where a name is today.

    :param since: what removed the old one.
    """

    module: str
    name: str
    since: str

    @property
    def dotted(self) -> str:
        """Its full name."""
        return f"{self.module}.{self.name}" if self.name else self.module


# What the stand-in's table says of names that are only elsewhere today.
_MOVED = re.compile(r"import (?:it|\w+) from ([a-z_][\w.]*)")

_OTHERS = """
    flask.helpers.Markup                 markupsafe:Markup             Flask 2.0
    flask.templating.Markup              markupsafe:Markup             Flask 2.0
    flask.helpers.json                   flask:json                    Flask 0.10
    flask.scaffold                       flask.sansio:scaffold         Flask 3.0
    flask.scaffold.Scaffold              flask.sansio.scaffold:Scaffold      Flask 3.0
    flask.scaffold.setupmethod           flask.sansio.scaffold:setupmethod   Flask 3.0
    flask.scaffold._endpoint_from_view_func  flask.sansio.scaffold:_endpoint_from_view_func  Flask 3.0
    flask.scaffold.find_package          flask.sansio.scaffold:find_package  Flask 3.0
    jinja2.contextfilter                 jinja2:pass_context           Jinja 3.1
    jinja2.contextfunction               jinja2:pass_context           Jinja 3.1
    jinja2.evalcontextfilter             jinja2:pass_eval_context      Jinja 3.1
    jinja2.evalcontextfunction           jinja2:pass_eval_context      Jinja 3.1
    jinja2.environmentfilter             jinja2:pass_environment       Jinja 3.1
    jinja2.environmentfunction           jinja2:pass_environment       Jinja 3.1
    jinja2.filters.contextfilter         jinja2:pass_context           Jinja 3.1
    jinja2.filters.evalcontextfilter     jinja2:pass_eval_context      Jinja 3.1
    jinja2.filters.environmentfilter     jinja2:pass_environment       Jinja 3.1
    jinja2.utils.contextfunction         jinja2:pass_context           Jinja 3.1
    werkzeug.BaseRequest                 werkzeug.wrappers:Request     Werkzeug 1.0
    werkzeug.BaseResponse                werkzeug.wrappers:Response    Werkzeug 1.0
    werkzeug.wrappers.BaseRequest        werkzeug.wrappers:Request     Werkzeug 2.1
    werkzeug.wrappers.BaseResponse       werkzeug.wrappers:Response    Werkzeug 2.1
"""  # noqa: E501 - a table; a row is a row


@cache
def renames() -> dict[str, Renamed]:
    """Return the names that are rewritten, by the old one.

    A row of the stand-in's table counts if its object is somebody else's, under the
    same name, in the module that the row says to write; or if it says from where of
    Flask's to import the name.
    """
    found: dict[str, Renamed] = {}
    for row in _others():
        found[row[0]] = Renamed(*row[1:])
    module = load("insula.flask._legacy")
    for old in (*module.OLD_NAMES, *getattr(module, "OTHER_NAMES", ())):
        new = _moved(old.name, old.home, old.instead, old.removed)
        if new is not None:
            found.setdefault(old.name, new)
    return found


def _others() -> Iterator[tuple[str, str, str, str]]:
    for row in _OTHERS.strip().splitlines():
        old, new, since = row.split(None, 2)
        module, _, name = new.partition(":")
        yield old, module, name, since


def _moved(old: str, home: str, instead: str, removed: str) -> Renamed | None:
    name = old.rpartition(".")[2]
    since = f"Flask {removed}" if removed[:1].isdigit() else removed
    module, _, today = home.partition(":")
    if not module.startswith("insula"):
        plain = instead.rstrip(".").endswith(f"{module}.{name}")
        said = _MOVED.match(instead)
        if today == name and (plain or (said and said[1].rstrip(".") == module)):
            return Renamed(module, name, since)
        return None
    said = _MOVED.match(instead)
    if said is not None and not module.startswith("insula.flask._"):
        return Renamed(said[1].rstrip("."), name, since)
    return None


def renamed(dotted: str) -> Renamed | None:
    """Return where a name is today, if it only has another."""
    if dotted.startswith("flask.ext."):
        name, _, rest = dotted.removeprefix("flask.ext.").partition(".")
        module = f"flask_{name}"
        return Renamed(f"{module}.{rest}" if rest else module, "", "Flask 1.0")
    return renames().get(dotted)

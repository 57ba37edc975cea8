"""Mistakes in the settings: the secret key, the session's cookie, debug mode."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Any

from insula.cli.check.assigned import debug_in_code, settings_in
from insula.cli.check.findings import Finding, Place
from insula.sessions import SecureCookieSessionInterface

if TYPE_CHECKING:
    from collections.abc import Iterator

    from insula.cli.check.project import Project

__all__ = ["check"]

_SHORTEST = 16
_MAKE_KEY = "python -c 'import secrets; print(secrets.token_hex(32))'"
_SAMESITES = {None, "Strict", "Lax", "None"}


def check(project: Project) -> Iterator[Finding]:
    """Look at the settings as they are once the application is made."""
    uses = first_use_of_session(project)
    if uses is not None and _is_signed_cookie(project.app):
        yield from _key(project, uses)
        yield from _cookie(project, uses)
    yield from debug_in_code(project)
    config = project.app.config
    if project.production and project.app.debug:
        yield Finding(
            "debug-in-production",
            "Debug mode is on, so that a visitor who makes an error happen sees the"
            " code",
            "unset INSULA_DEBUG and FLASK_DEBUG, and leave --debug out",
        )
    if project.production and project.app.testing:
        yield Finding(
            "testing-in-production",
            "TESTING is on, so that errors go past the error handlers",
            "set it in tests only",
        )
    name = config.get("SERVER_NAME")
    if isinstance(name, str) and ("/" in name or " " in name):
        yield Finding(
            "server-name-malformed",
            f"SERVER_NAME is {name!r}, which no request's host can be",
            "give a host, and a port if need be: 'example.org' or 'localhost:5000'",
        )


def first_use_of_session(project: Project) -> Place | None:
    """Return where the project's code first reads or writes the session."""
    for source in project.sources:
        lines = [
            node.lineno
            for node in source.nodes
            if isinstance(node, (ast.Name, ast.Attribute))
            and source.resolve(node) in {"insula.session", "insula.flash"}
        ]
        if lines:
            return Place(source.file, min(lines))
    return None


def _is_signed_cookie(app: Any) -> bool:
    interface = app.session_interface
    own = SecureCookieSessionInterface
    return isinstance(interface, own) and (
        type(interface).open_session is own.open_session
        and type(interface).get_signing_serializer is own.get_signing_serializer
    )


def _key(project: Project, uses: Place) -> Iterator[Finding]:
    key = project.app.secret_key
    if not key:
        yield Finding(
            "secret-key-missing",
            "The session is used here, and no SECRET_KEY signs it, so that writing to"
            " it fails",
            f"set SECRET_KEY to what this prints: {_MAKE_KEY}",
            uses,
        )
        return
    if isinstance(key, (str, bytes)) and len(key) < _SHORTEST:
        yield Finding(
            "secret-key-weak",
            f"The SECRET_KEY has {len(key)} characters and can be guessed, and who"
            " knows it can be any user",
            f"set it to what this prints: {_MAKE_KEY}",
            _literal_key(project, key),
        )
        return
    place = _literal_key(project, key)
    if place is not None:
        yield Finding(
            "secret-key-in-code",
            "The SECRET_KEY stands in the code, and whoever reads that can be any user",
            "read it from the environment or from a file outside of version control",
            place,
        )


def _literal_key(project: Project, key: Any) -> Place | None:
    """Return where the key that is in effect stands in the code, if it does."""
    for source in project.sources:
        for node in source.nodes:
            for name, value in settings_in(node):
                if name in {"SECRET_KEY", "secret_key"} and (
                    isinstance(value, ast.Constant) and value.value == key
                ):
                    return Place(source.file, value.lineno)
    return None


def _cookie(project: Project, uses: Place) -> Iterator[Finding]:
    config = project.app.config
    secure = config["SESSION_COOKIE_SECURE"]
    samesite = config["SESSION_COOKIE_SAMESITE"]
    if samesite not in _SAMESITES:
        yield Finding(
            "session-cookie-rejected",
            f"SESSION_COOKIE_SAMESITE is {samesite!r}, with which setting the cookie"
            " fails",
            "set 'Lax', 'Strict', 'None' or None",
        )
    elif not secure and (samesite == "None" or config["SESSION_COOKIE_PARTITIONED"]):
        which = (
            "SESSION_COOKIE_SAMESITE='None'"
            if samesite == "None"
            else "SESSION_COOKIE_PARTITIONED"
        )
        yield Finding(
            "session-cookie-rejected",
            f"{which} without SESSION_COOKIE_SECURE makes a cookie that browsers drop",
            "set SESSION_COOKIE_SECURE=True",
        )
    if not config["SESSION_COOKIE_HTTPONLY"]:
        yield Finding(
            "session-cookie-readable",
            "SESSION_COOKIE_HTTPONLY is off, so that a script on the page can take the"
            " session",
            "leave it on",
        )
    if not project.production:
        return
    if not secure:
        yield Finding(
            "session-cookie-insecure",
            "SESSION_COOKIE_SECURE is off, so that the session's cookie is sent without"
            " TLS, too",
            "set it to True",
            uses,
        )
    if samesite is None:
        yield Finding(
            "session-cookie-samesite",
            "SESSION_COOKIE_SAMESITE is not set, so that some browsers send the cookie"
            " with forms of other sites",
            "set it to 'Lax' or 'Strict'",
            uses,
        )

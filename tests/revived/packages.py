"""Releases that today's Flask breaks, and what is to be known of each to run it."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["PACKAGES", "Package"]

_SQLALCHEMY = ("SQLAlchemy==1.4.54",)


@dataclass(frozen=True, slots=True)
class Package:
    """A release.

    :param name: the project's name, as its authors write it.
    :param release: the version, the last of its kind.
    :param needs: releases of its age that it is used with, as for pip.
    :param tests: what of its archive pytest is handed; nothing if it has no tests that
        a Python of today can run.
    :param for_tests: what these need besides.
    """

    name: str
    release: str
    needs: tuple[str, ...] = ()
    tests: tuple[str, ...] = ()
    for_tests: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """The name without what all of them begin with."""
        return self.name.removeprefix("Flask-").lower()


PACKAGES = (
    Package(
        "Flask-Admin",
        "1.5.3",
        ("WTForms==2.3.3", "SQLAlchemy==1.3.24", "Flask-SQLAlchemy==2.5.1"),
    ),
    Package("Flask-Assets", "2.0"),
    Package("Flask-Autodoc", "0.1.2"),
    Package("Flask-Cache", "0.13.1", tests=("test_cache.py",)),
    Package("Flask-Classy", "0.6.10"),
    Package("Flask-JWT", "0.3.2", tests=("tests",)),
    Package("Flask-Login", "0.4.1"),
    Package("Flask-OAuthlib", "0.9.6"),
    Package("Flask-RESTful", "0.3.8"),
    Package(
        "Flask-Security",
        "3.0.0",
        (
            *_SQLALCHEMY,
            "Flask-Login==0.4.1",
            "Flask-Mail==0.9.1",
            "Flask-SQLAlchemy==2.5.1",
            "Flask-WTF==0.14.3",
            "WTForms==2.3.3",
            "bcrypt<4",
            "email-validator<2",
            "pytz",
        ),
    ),
    Package(
        "Flask-SQLAlchemy",
        "2.5.1",
        _SQLALCHEMY,
        tests=("tests",),
        for_tests=("mock", "blinker"),
    ),
    Package("Flask-Uploads", "0.2.1"),
    Package("Flask-WTF", "0.14.3", ("WTForms==2.3.3",), tests=("tests",)),
)
"""All of them; a program of tests/revived/programs uses each for what it is for."""

"""Rows of the table of old names in groups that share most of a row.

A group is a module: since when its names were there, which release is without them, in
which module is what stands in for them, and the names, each with what to write today.
An empty text stands for the name's place of today, which is the group's home.
"""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["Group", "alike", "plain"]


class Group(NamedTuple):
    """Names of one module that went together."""

    module: str
    since: str
    removed: str
    home: str
    """A module; ``.urls`` is short for ``insula.flask._bygone.urls``."""
    names: dict[str, str]


def plain(names: str) -> dict[str, str]:
    """Return names that are in their group's home today, or stand in for it there."""
    return dict.fromkeys(names.split(), "")


def alike(today: str, names: str) -> dict[str, str]:
    """Return names in whose place the same is written today."""
    return dict.fromkeys(names.split(), today)

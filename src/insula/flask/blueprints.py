"""Blueprints."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from insula.app import Blueprint, BlueprintSetupState
from insula.app import Blueprint as SansioBlueprint
from insula.proxies import current_app
from insula.shortcuts import send_from_directory

if TYPE_CHECKING:
    from insula.cli.group import AppGroup

__all__ = [
    "AppGroup",
    "Blueprint",
    "BlueprintSetupState",
    "SansioBlueprint",
    "current_app",
    "send_from_directory",
]


def __getattr__(name: str) -> Any:
    # PERF: late for the reason that insula.flask.cli gives.
    from insula._core.loading import load

    if name != "AppGroup":
        raise AttributeError(f"module 'flask.blueprints' has no attribute {name!r}")
    value = load("insula.cli.group", name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})

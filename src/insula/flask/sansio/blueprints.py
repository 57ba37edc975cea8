"""Blueprints, one with those of `flask.blueprints`."""

from __future__ import annotations

from collections.abc import Callable

from insula.app import Blueprint, BlueprintSetupState
from insula.app.registrar import (
    Registrar as Scaffold,
)
from insula.app.registrar import (
    endpoint_from_view_func as _endpoint_from_view_func,
)
from insula.app.registrar import (
    setupmethod,
)

__all__ = [
    "Blueprint",
    "BlueprintSetupState",
    "DeferredSetupFunction",
    "Scaffold",
    "_endpoint_from_view_func",
    "setupmethod",
]

DeferredSetupFunction = Callable[[BlueprintSetupState], None]

"""Blueprints."""

from __future__ import annotations

from insula.app import Blueprint, BlueprintSetupState
from insula.app import Blueprint as SansioBlueprint
from insula.cli.group import AppGroup
from insula.proxies import current_app
from insula.shortcuts import send_from_directory

__all__ = [
    "AppGroup",
    "Blueprint",
    "BlueprintSetupState",
    "SansioBlueprint",
    "current_app",
    "send_from_directory",
]

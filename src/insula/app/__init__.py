"""The application: what users configure and register things on."""

from insula.app.application import Insula
from insula.app.blueprint import Blueprint
from insula.app.config import Config
from insula.app.setup_state import BlueprintSetupState

__all__ = ["Blueprint", "BlueprintSetupState", "Config", "Insula"]

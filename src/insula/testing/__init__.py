"""Testing an application: a client, requests made of parameters, a command runner."""

from insula.testing.builder import EnvironBuilder
from insula.testing.client import InsulaClient
from insula.testing.runner import InsulaCliRunner

__all__ = ["EnvironBuilder", "InsulaCliRunner", "InsulaClient"]

"""The configuration."""

from __future__ import annotations

from werkzeug.utils import import_string

from insula.app.config import Config, ConfigAttribute

__all__ = ["Config", "ConfigAttribute", "import_string"]

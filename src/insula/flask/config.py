"""The configuration."""

from __future__ import annotations

from werkzeug.utils import import_string

from insula.app.config import Config, ConfigAttribute
from insula.flask._typevars import T

__all__ = ["Config", "ConfigAttribute", "T", "import_string"]

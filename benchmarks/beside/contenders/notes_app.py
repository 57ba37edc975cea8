"""The demo application, on Insula or, with nothing but the import changed, on Flask.

NOTES_ON names the package. Flask stands in under the name that the demo imports; that
is for this comparison only, and shows that the demo uses nothing Flask does not have.
"""

from __future__ import annotations

import os
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

__all__ = ["app"]

# The demo is run from its folder, not installed.
sys.path.insert(0, str(Path(__file__).parents[3] / "examples" / "notes"))


def _make() -> Any:
    if os.environ["NOTES_ON"] == "flask":
        flask: Any = import_module("flask")
        flask.Insula = flask.Flask
        sys.modules["insula"] = flask
    notes: Any = import_module("notes")
    made = notes.create_app()
    import_module("notes.db").create_tables(made)
    return made


app = _make()

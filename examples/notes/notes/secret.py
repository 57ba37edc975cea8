"""The key that signs the session cookies: made once, kept in the instance folder."""

from __future__ import annotations

import contextlib
import os
import secrets
import tempfile
from pathlib import Path

__all__ = ["read_or_create_key"]


def read_or_create_key(path: Path) -> str:
    """Return the key in the file; make the file, readable by its owner only, if new.

    Processes that start at the same moment agree on one key: a file is written aside
    and linked into place, which succeeds for the first of them alone.
    """
    if not path.exists():
        # mkstemp makes files of mode 0600.
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=".secret_key-")
        try:
            with os.fdopen(handle, "w") as file:
                file.write(secrets.token_hex(32))
            with contextlib.suppress(FileExistsError):
                path.hardlink_to(name)
        finally:
            Path(name).unlink()
    return path.read_text().strip()

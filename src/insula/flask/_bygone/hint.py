"""Say that a name which cannot be imported is one that ``--legacy`` brings back."""

from __future__ import annotations

import re

from insula.flask._bygone.rows import GONE, rows_by_module

__all__ = ["hint"]

_NAME = re.compile(r"cannot import name '(\w+)'")


def _is_old(error: ImportError) -> bool:
    module = error.name or ""
    if isinstance(error, ModuleNotFoundError):
        return module in GONE
    match = _NAME.search(str(error))
    return match is not None and match[1] in rows_by_module().get(module, {})


def hint(error: BaseException) -> str:
    """Return a line for an error that came of an old name, no text for any other."""
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, ImportError) and _is_old(seen):
            return (
                f"{seen.name} had this before; `insula as-flask --legacy …` (or"
                " INSULA_LEGACY=1) brings such names back."
            )
        seen = seen.__cause__ or seen.__context__
    return ""

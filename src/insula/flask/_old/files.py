"""``send_file`` and ``send_from_directory`` with the parameters of before Flask 2.0."""

from __future__ import annotations

from typing import Any

from insula.flask._old.telling import tell

__all__ = ["renamed"]

_SENT = {
    "add_etags": "etag",
    "attachment_filename": "download_name",
    "cache_timeout": "max_age",
}
_NEW = {
    "send_file": {"filename_or_fp": "path_or_file", **_SENT},
    "send_from_directory": {"filename": "path", **_SENT},
}


def renamed(function: str, given: dict[str, Any]) -> dict[str, Any]:
    """Return keyword arguments under their names of today.

    :raises TypeError: where the filters of warnings refuse one.
    """
    new = _NEW[function]
    taken = {}
    for name, value in given.items():
        if name in new:
            _tell(function, name)
        taken[new.get(name, name)] = value
    return taken


def _tell(function: str, name: str) -> None:
    row = f"flask.{function}({name}=)"
    if name in _SENT:
        row = f"flask.send_file({name}=)"
    try:
        tell(row)
    except DeprecationWarning as exc:
        raise TypeError(
            f"{function}() got an unexpected keyword argument {name!r}"
        ) from exc

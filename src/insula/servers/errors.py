"""The one error of this floor: a server that cannot start, and why.

Rules of the file: a message is one line, says what happened, with which value, and
how to mend it, so that `run_simple` and the command line can print it without a
traceback.
"""

from __future__ import annotations

__all__ = ["ServerError"]


class ServerError(Exception):
    """A server could not be started as asked; the message is one line for a person."""

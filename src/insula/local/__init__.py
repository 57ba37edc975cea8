"""State that belongs to one thread, greenlet or task: the isolation core.

Standard library only; importable on its own. Every module here imports only from those
before it: ident, inherit, storage, forward, proxy, stack, local, manager.
"""

from insula.local.ident import get_ident
from insula.local.local import IdentLocal, Local
from insula.local.manager import LocalManager, release_local
from insula.local.proxy import LocalProxy
from insula.local.stack import LocalStack

__all__ = [
    "IdentLocal",
    "Local",
    "LocalManager",
    "LocalProxy",
    "LocalStack",
    "get_ident",
    "release_local",
]

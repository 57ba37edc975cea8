"""One mount: a place, the application there, and how it came to be.

Rules of the file: what an application's code raises while it is loaded is kept and
shown, and goes no further; a name that leads to no application is such an error, too,
and `failure` tells whoever wants to end for it.

Theory. An application that is named (``admin:create_app()``) is imported by the mount,
so the mount knows what it takes to load it again. Which modules came in with it is
noted: `modules` reads it.
"""

from __future__ import annotations

import sys
import traceback
from typing import TYPE_CHECKING, Any

from insula._core import late
from insula.app.environment import get_debug_flag
from insula.servers.mounts.failed import FailedMount, from_their_code
from insula.servers.mounts.sessions import settle
from insula.servers.signals import Stopped
from insula.servers.terminal import say

if TYPE_CHECKING:
    from collections.abc import Callable

    from insula.servers.mounts.place import Place
    from insula.servers.mounts.sessions import Settled

__all__ = ["EXTENSION", "Mount"]

EXTENSION = "insula.mounts"
"""The key in an application's ``extensions`` under which it finds its mounts."""


class Mount:
    """An application at a place."""

    def __init__(
        self, place: Place, target: Callable[..., Any] | str, name: str
    ) -> None:
        self.place = place
        self.name = name
        #: The name of the application, where it is loaded by name.
        self.target = target if isinstance(target, str) else None
        #: What is called: the application, or what says why there is none.
        self.application: Any = None if isinstance(target, str) else target
        #: The module that the name is in, and those that were imported with it.
        self.roots: frozenset[str] = frozenset()
        #: The modules that were there before.
        self.before: frozenset[str] = frozenset()
        self._settled: Settled = {}
        self._path = place.path

    def __repr__(self) -> str:
        return f"<Mount {str(self.place)!r} {self.called}>"

    @property
    def called(self) -> str:
        """What the application is called in messages."""
        if self.target is not None:
            return self.target
        app = self.application
        name = getattr(app, "import_name", None) or getattr(app, "__name__", None)
        return name if isinstance(name, str) else type(app).__name__

    @property
    def failure(self) -> BaseException | None:
        """Why there is no application, or ``None``."""
        app = self.application
        return app.exc if isinstance(app, FailedMount) else None

    def load(self) -> Any:
        """Return the named application, imported; or what says why there is none."""
        before = frozenset(sys.modules)
        module = ""
        try:
            named = late.named_app(self.target)
            module = named.module
            application = named.load()
            if get_debug_flag() and hasattr(application, "debug"):
                application.debug = True
        except Stopped:
            raise
        except (Exception, SystemExit) as exc:  # noqa: BLE001 - shown by the mount
            application = self.failed(from_their_code(exc))
        self.roots = frozenset({module, *(sys.modules.keys() - before)})
        self.before = before
        return application

    def loaded_like(self, other: Mount) -> None:
        """Take over what is known of how another mount was loaded."""
        self.roots = other.roots
        self.before = other.before

    def failed(self, exc: BaseException, verb: str = "loaded") -> FailedMount:
        """Return what answers for the application.

        :param verb: what it could not be.
        """
        return FailedMount(str(self.place), f"{self.called} could not be {verb}", exc)

    def report(self) -> None:
        """Say why the mount is down, if it is."""
        app = self.application
        if isinstance(app, FailedMount):
            traceback.print_exception(app.exc, file=sys.stderr)
            say(
                f" * The mount {str(self.place)!r} is down: {app.what}"
                f" ({type(app.exc).__name__}).",
                fg="red",
            )

    def settle(self, mounts: Any, application: Any, path: str) -> None:
        """Let an application know where it is.

        :param mounts: the `Mounts` that this is one of.
        :param application: this mount's, or one that is mounted within it.
        :param path: where that is within all that these are mounted in.
        """
        extensions = getattr(application, "extensions", None)
        if not isinstance(extensions, dict):
            return
        found = extensions.get(EXTENSION)
        before = self._settled
        if found is None or found[0].root is not mounts.root:
            before = {} if found is None else found[1]._settled
            extensions[EXTENSION] = (mounts, self)
        elif found[1] is not self:
            return  # at several places, it is settled at the first
        settled = settle(application, path, before)
        if application is self.application:
            self._settled = settled
            self._path = path

    def replace(self, mounts: Any, application: Any) -> None:
        """Put another application in this one's place."""
        self.application = application
        self._settled = {}
        self.settle(mounts, application, self._path)

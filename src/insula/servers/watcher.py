"""The files whose change means that the server must start anew.

Rules of the file: nothing but `stat` is asked of the system, once per interval; the
standard library is not watched.

Theory. In a process that serves, a `Watcher` compares the modification times of the
files of imported modules, and of `extra_files`. Where the application could not be
loaded nobody knows which file will mend it, so `sources` also finds every Python file
below the folders of the project.
"""

from __future__ import annotations

import fnmatch
import os
import sys
import sysconfig
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from insula.servers.terminal import say

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from insula.servers.options import ServerOptions

__all__ = ["RELOAD", "Watcher", "sources"]

RELOAD = 3
"""Exit code of a process that wants to be started anew; Werkzeug's number."""

_MOST_FILES = 10_000
_NOT_SOURCES = frozenset({"__pycache__", "node_modules", "site-packages"})


class Watcher(threading.Thread):
    """Calls `stop` when a file in use here changes, or the parent is gone.

    A change that `reload` takes in is none.

    Made before the application is loaded, so that a change in between is seen.
    """

    def __init__(self, options: ServerOptions) -> None:
        super().__init__(name="insula-reloader", daemon=True)
        self._options = options
        self._parent = os.getppid()
        self._began = time.time_ns()
        self._known: dict[str, int] = {}
        self.stop: Callable[[], Any] = lambda: None
        """What ends the server; set it before `start`."""
        self.reload: Callable[[list[str]], bool] = lambda paths: False  # noqa: ARG005 - by default, none can
        """What takes in changed files without a restart, and tells whether it did."""
        self.all_sources = False
        """Whether to watch what is not imported too: nobody knows what is missing."""
        self.changed = False
        """Whether a file has changed: the process should be started anew."""

    def run(self) -> None:
        """Compare modification times until one differs."""
        while os.getppid() == self._parent:
            looked = time.time_ns()
            paths = self._changed_files()
            if paths:
                say(f" * Detected a change in {', '.join(paths)}; reloading", fg="cyan")
                if not self.reload(paths):
                    self.changed = True
                    break
                self._began = looked
            time.sleep(self._options.reloader_interval)
        self.stop()

    def _changed_files(self) -> list[str]:
        options = self._options
        times = dict(_stamps(_used_files(options), options))
        if self.all_sources:
            times |= sources(options)
        found = []
        for path, changed in times.items():
            known = self._known.get(path)
            self._known[path] = changed
            if self._is_new(path, changed) if known is None else changed != known:
                found.append(path)
        return found

    def _is_new(self, path: str, changed: int) -> bool:
        """Tell whether a file that is first seen now has changed since we began.

        Whoever writes a file may give it any time, and one in the future is no news by
        itself; when the system was last told something of it nobody can choose.
        """
        return self._began <= changed and self._began <= _told(path)


def _told(path: str) -> int:
    """Return when the system was last told something of a file; 0 if it has none."""
    try:
        return Path(path).stat().st_ctime_ns
    except OSError:
        return 0


def _used_files(options: ServerOptions) -> Iterator[str]:
    """Yield the files of the modules imported so far, but the standard library's."""
    standard = sysconfig.get_path("stdlib") + os.sep
    packages = standard + "site-packages"
    for module in list(sys.modules.values()):
        path = getattr(module, "__file__", None)
        if isinstance(path, str) and (
            not path.startswith(standard) or path.startswith(packages)
        ):
            yield path
    yield from options.extra_files


def _stamps(paths: Iterator[str], options: ServerOptions) -> Iterator[tuple[str, int]]:
    for path in paths:
        if any(fnmatch.fnmatch(path, pattern) for pattern in options.exclude_patterns):
            continue
        try:
            yield path, Path(path).stat().st_mtime_ns
        except OSError:
            continue  # a module from an archive, or a file being replaced


def sources(options: ServerOptions) -> dict[str, int]:
    """Return the times of the source files below the project's folders."""
    return dict(_stamps(_source_files(options), options))


def _source_files(options: ServerOptions) -> Iterator[str]:
    count = 0
    for root in sorted(_roots()):
        for folder, folders, files in os.walk(root):
            folders[:] = [
                name
                for name in folders
                if not name.startswith(".")
                and name not in _NOT_SOURCES
                and not Path(folder, name, "pyvenv.cfg").exists()
            ]
            for name in files:
                if name.endswith(".py"):
                    yield f"{folder}{os.sep}{name}"
                    count += 1
            if count > _MOST_FILES:
                break
    yield from options.extra_files


def _roots() -> set[str]:
    """Return the folders of the user's own code: where it starts, and its path."""
    roots = {str(Path(path).absolute()) for path in [*sys.path, os.curdir]}
    installed = (sys.prefix, sys.base_prefix)
    return {
        root
        for root in roots
        if Path(root).is_dir()
        and "site-packages" not in root
        and not any(
            root == base or root.startswith(base + os.sep + "lib") for base in installed
        )
    }

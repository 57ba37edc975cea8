"""Put the stand-in in the place of ``flask``.

Theory of operation
-------------------
A finder, first on ``sys.meta_path``, answers for ``flask`` and all below it: its loader
hands out the module ``insula.flask…`` of that name, so that one module object stands
under both names in ``sys.modules``. The same finder answers
:mod:`importlib.metadata` for the distribution ``Flask``: the version that is stood in
for, and the command. Its files are in the folder that ``insula as-flask`` puts on the
path, where they are found by programs that ask no finder.

``flask_script`` is answered for in the same way, whether Flask-Script is installed or
not: it asks Flask for modules that Flask 2 has no more.

Rules: nothing of the real Flask may be loaded; nothing of Insula is, but this file.

Sources: the Python language reference, section 5.3; "Extending the search algorithm" of
the documentation of ``importlib.metadata``.
"""

from __future__ import annotations

import os
import re
import sys
from importlib import import_module
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.metadata import DistributionFinder, PathDistribution
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from insula._core import late, naming

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from importlib.metadata import Distribution
    from types import CodeType, ModuleType

__all__ = ["FLASK_VERSION", "SCRIPT_VERSION", "answer", "install", "is_installed"]

FLASK_VERSION = "3.1.3"
"""The newest Flask whose interface is stood in for."""

SCRIPT_VERSION = "2.0.6"
"""The newest Flask-Script, likewise."""

_HERE = "insula.flask"
_HOMES = {"flask": _HERE, "flask_script": f"{_HERE}._script"}
# The distributions, by the names that they are asked for.
_DISTRIBUTIONS = {
    "flask": f"flask-{FLASK_VERSION}",
    "flask_script": f"flask_script-{SCRIPT_VERSION}",
}

# Of these `insula.flask._old.modules` knows.
_OLD_MODULES = (
    "flask._compat",
    "flask.exceptions",
    "flask.ext",
    "flask.exthook",
    "flask.module",
    "flask.scaffold",
)

# Whose class of proxies says yes of ours, too; see `_recognised`.
_PROXIES = "werkzeug.local"

_BOOT = Path(__file__).resolve().parent / "boot"


def _home(name: str) -> str:
    top, dot, rest = name.partition(".")
    return _HOMES[top] + dot + rest


class _Loader(Loader):
    """Hand out the module that stands in for another."""

    _own: tuple[Any, Any] = (None, None)

    def __init__(self, home: str) -> None:
        self._home = home

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        self._name = spec.name
        module = import_module(self._home)
        self._own = (module.__spec__, module.__loader__)
        return module

    def exec_module(self, module: ModuleType) -> None:
        # It has been run under its own name; its spec, which the import system has
        # overwritten by now, stays its own, too.
        try:
            if self._name.startswith("flask") and self._home.startswith(_HERE):
                from insula.flask._old.hooks import hook

                hook(module, self._name)
            if module.__name__ == _HERE:
                # As in Flask all of it comes at once; other threads wait for it, for
                # the spec that is here now says that this is being imported.
                from insula.flask._modules import bring

                bring()
        finally:
            module.__spec__, module.__loader__ = self._own

    def get_code(self, fullname: str) -> CodeType | None:
        """Return the code of ``flask.__main__``, for ``python -m flask``."""
        spec = find_spec(self._home)
        if spec is None or spec.loader is None:
            raise ImportError(f"There is no module {fullname!r}.", name=fullname)
        loader: Any = spec.loader
        code: CodeType | None = loader.get_code(spec.name)
        return code


class _Finder(MetaPathFinder):
    """Find ``flask`` and ``flask_script``, as modules and as distributions."""

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None,
        target: ModuleType | None = None,
    ) -> ModuleSpec | None:
        if fullname == _PROXIES:
            from insula.flask._amending import find_to_amend
            from insula.flask._recognised import recognise

            return find_to_amend(fullname, self, path, target, recognise)
        if fullname.partition(".")[0] not in _HOMES:
            return None
        home = _home(fullname)
        if fullname.startswith(_OLD_MODULES):
            from insula.flask._old.modules import home_of_module

            home = home_of_module(fullname)
        found = find_spec(home) if home else None
        if found is None:
            return None
        spec = ModuleSpec(fullname, _Loader(home), origin=found.origin)
        spec.submodule_search_locations = found.submodule_search_locations
        return spec

    def find_distributions(
        self, context: DistributionFinder.Context | None = None
    ) -> Iterable[Distribution]:
        if context is None:
            context = DistributionFinder.Context()
        if context.name is None and str(_BOOT) in context.path:
            # Who lists all finds it there.
            return []
        if context.name is None:
            names = list(_DISTRIBUTIONS.values())
        else:
            name = re.sub(r"[-_.]+", "_", context.name).lower()
            names = [_DISTRIBUTIONS[name]] if name in _DISTRIBUTIONS else []
        return [PathDistribution(_BOOT / f"{name}.dist-info") for name in names]


def is_installed() -> bool:
    """Tell whether ``flask`` is answered for."""
    return any(isinstance(finder, _Finder) for finder in sys.meta_path)


def answer() -> None:
    """Answer for ``flask``, and change nothing else; :func:`install` does both.

    :raises ImportError: if the real Flask has been imported.
    """
    if is_installed():
        return
    real = sys.modules.get("flask")
    if real is not None:
        raise ImportError(
            "The stand-in cannot take the place of flask: the real one is imported"
            f" already, from {getattr(real, '__file__', None)}. Call"
            " insula.flask.install() before anything imports flask, or start the"
            " program with `insula as-flask`.",
            name="flask",
        )
    sys.meta_path.insert(0, _Finder())
    if _PROXIES in sys.modules:
        from insula.flask._recognised import recognise

        recognise(sys.modules[_PROXIES])


def install(*, legacy: bool | None = None) -> None:
    """Put the stand-in in the place of ``flask``; a second time does nothing.

    :param legacy: bring back old names of Werkzeug and of others, too, which changes
        these for the whole process (see docs/legacy.md); by default, if the variable
        ``INSULA_LEGACY`` of the environment says so.
    :raises ImportError: if the real Flask has been imported.
    """
    answer()
    if legacy is None:
        legacy = os.environ.get("INSULA_LEGACY", "").lower() in {"1", "true", "yes"}
    if legacy:
        from insula.flask._bygone.finder import put_in_place

        put_in_place()
    if naming.package_name() == "flask":
        return
    naming.show_as("flask")
    late.run_simple.retarget("insula.flask.serving:run_simple")
    late.serve.retarget("insula.flask.cli:_serve")
    late.import_hint.retarget("insula.flask._bygone.hint:hint")

"""Put the stand-in in place as Python starts; `insula as-flask` sets the path to here.

Python imports the first module of this name on its path. One that it would have found
without us is run after, as if we were not there. An interpreter without Insula (of
another environment, started by chance) is left as it is.
"""  # noqa: INP001 - a folder on the path, not a package

from __future__ import annotations

import sys
from importlib.machinery import PathFinder
from importlib.util import module_from_spec
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent


def _put_in_place() -> None:
    try:
        from insula.flask.place import install
    except ModuleNotFoundError as exc:
        if exc.name is None or exc.name.partition(".")[0] != "insula":
            raise
        return
    install()
    _hint_at_legacy()


def _hint_at_legacy() -> None:
    show = sys.excepthook

    def excepthook(kind: Any, error: BaseException, place: Any) -> None:
        if place is not None and place.tb_frame.f_globals.get("__name__") == "code":
            # NOTE: before Python 3.13 a prompt hands its own frame to any hook.
            place = place.tb_next
            error.__traceback__ = place
        show(kind, error, place)
        if isinstance(error, ImportError):
            from insula.flask._bygone.hint import hint

            line = hint(error)
            if line and sys.stderr is not None:
                sys.stderr.write(f"{line}\n")

    sys.excepthook = excepthook


def _run_the_next() -> None:
    rest = [entry for entry in sys.path if Path(entry or ".").resolve() != HERE]
    spec = PathFinder.find_spec("sitecustomize", rest)
    if spec is None or spec.loader is None:
        return
    module = module_from_spec(spec)
    sys.modules["sitecustomize"] = module
    spec.loader.exec_module(module)


if __name__ == "sitecustomize":
    _put_in_place()
    _run_the_next()

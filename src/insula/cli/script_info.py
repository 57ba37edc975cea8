"""Load the application that a command is for.

It is named by ``--app``, else by ``INSULA_APP`` or ``FLASK_APP``, else looked for in
``wsgi.py`` and ``app.py``. A name is ``module``, ``module:name``, ``module:factory()``
or ``module:factory("argument")``; the module may be a path. See :mod:`insula.cli.find`.
"""

from __future__ import annotations

import os
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from insula._core.naming import variable
from insula.app import Insula
from insula.app.config import given_settings
from insula.app.environment import get_debug_flag, get_load_dotenv
from insula.cli.errors import LoadError, NoAppException
from insula.cli.find import (
    NamedApp,
    find_best_app,
    load_module,
    prepare_import,
)

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["ScriptInfo", "pass_script_info", "traceback_of_loading"]


class ScriptInfo:
    """What a command line knows of its application; click hands it to each command.

    :param app_import_path: the name of the application.
    :param create_app: a function that makes it, in place of a name.
    :param set_debug_flag: set the application's debug mode from the environment.
    :param load_dotenv_defaults: read ``.env`` and ``.flaskenv``, too.
    """

    def __init__(
        self,
        app_import_path: str | None = None,
        create_app: Callable[..., Any] | None = None,
        set_debug_flag: bool = True,
        load_dotenv_defaults: bool = True,
    ) -> None:
        self.app_import_path = app_import_path
        self.create_app = create_app
        self.set_debug_flag = set_debug_flag
        #: Whether the usual files of variables are read, too.
        self.load_dotenv_defaults = get_load_dotenv(load_dotenv_defaults)
        #: For the use of commands.
        self.data: dict[Any, Any] = {}
        #: The import string of settings that hold over the application's own.
        self.settings: str | None = None
        self._loaded_app: Any = None

    def load_app(self) -> Any:
        """Return the application, loaded the first time.

        :raises NoAppException: if there is none.
        """
        if self._loaded_app is None:
            app = self._load()
            if self.set_debug_flag and isinstance(app, Insula):
                app.debug = get_debug_flag()
            self._loaded_app = app
        return self._loaded_app

    def _load(self) -> Any:
        try:
            if self.settings is None:
                return self._make()
            with given_settings(self.settings, self._values()):
                return self._make()
        except click.ClickException:
            raise
        except (Exception, SystemExit) as exc:
            # A program that asks for the application gets the error itself.
            if get_debug_flag() or click.get_current_context(silent=True) is None:
                raise
            raise LoadError("Loading the application", exc) from exc

    def _make(self) -> Any:
        return self.create_app() if self.create_app is not None else self._find()

    def _values(self) -> dict[str, Any]:
        from insula.manage.classes.settings import load_settings, values_of

        return values_of(load_settings(str(self.settings)))

    @property
    def app_name(self) -> str | None:
        """What the command line or the environment calls the application."""
        return (
            self.app_import_path
            or os.environ.get("INSULA_APP")
            or os.environ.get("FLASK_APP")
        )

    def _find(self) -> Any:
        path = self.app_name
        if path:
            return NamedApp(path).load()
        for file in ("wsgi.py", "app.py"):
            if Path(file).is_file():
                return find_best_app(load_module(prepare_import(file), file))
        raise NoAppException(
            "Could not locate an application: name it with --app MODULE[:NAME] (or the"
            f" environment variable {variable('APP')}), or make a 'wsgi.py' or 'app.py'"
            " in the current folder."
        )


def traceback_of_loading(exc: BaseException) -> str | None:
    """Return the traceback of an error from where the application's code begins.

    :return: ``None`` if it was not raised by that, while it was loaded.
    """
    from insula.servers.mounts.failed import from_their_code

    whole = tb = exc.__traceback__
    while tb is not None and tb.tb_frame.f_code is not ScriptInfo._load.__code__:
        tb = tb.tb_next
    theirs = from_their_code(exc.with_traceback(tb))
    # The place of a SyntaxError is in the error.
    if theirs.__traceback__ is None and (
        tb is None or not isinstance(exc, SyntaxError)
    ):
        exc.with_traceback(whole)
        return None
    return "".join(traceback.format_exception(theirs))


pass_script_info = click.make_pass_decorator(ScriptInfo, ensure=True)

"""The application class: it composes, and composes only.

What it does stands elsewhere: answering requests in :mod:`insula.dispatch`, registering
in `registrar` and `registration`, templates in `templates`, URLs in `urls`, files in
`files`. This module holds the defaults, the construction and the entry points to what
lives on higher floors (server, test client), which are reached through
:mod:`insula._core.late`.
"""

from __future__ import annotations

import os
import weakref
from pathlib import Path
from typing import TYPE_CHECKING, Any

from werkzeug.datastructures import ImmutableDict
from werkzeug.exceptions import Aborter

from insula._core import late
from insula._core.lazy import lazy
from insula._core.loading import late_attribute
from insula.app.config import DEFAULTS, Config, ConfigAttribute
from insula.app.environment import get_debug_flag, get_load_dotenv
from insula.app.files import StaticFiles
from insula.app.log import create_logger
from insula.app.paths import find_package
from insula.app.registrar import Registrar
from insula.app.registration import Registration
from insula.app.serving import Serving
from insula.app.templates import Templates
from insula.app.urls import Urls
from insula.context.globals import AppGlobals
from insula.dispatch import AsgiWay
from insula.http import Request, Response
from insula.json.provider import DefaultJSONProvider, JSONProvider
from insula.routing import Rule, RuleMap
from insula.sessions import SecureCookieSessionInterface, SessionInterface

if TYPE_CHECKING:
    import logging
    from datetime import timedelta

    from insula.context import RequestContext
    from insula.templating import Environment
    from insula.testing import InsulaClient, InsulaCliRunner

__all__ = ["Insula"]


def _make_timedelta(value: timedelta | int | None) -> timedelta | None:
    from datetime import timedelta

    if value is None or isinstance(value, timedelta):
        return value
    return timedelta(seconds=value)


class Insula(Registration, Serving, Templates, Urls, StaticFiles, AsgiWay, Registrar):
    """A WSGI and ASGI application, and the place where everything is registered.

    :param import_name: the module it is defined in, usually ``__name__``.
    :param static_url_path: where static files are served.
    :param static_folder: the folder of static files, relative to ``root_path``.
    :param static_host: the host of the static route, with ``host_matching``.
    :param host_matching: match rules by host.
    :param subdomain_matching: match rules by subdomain of ``SERVER_NAME``.
    :param template_folder: the folder of templates, relative to ``root_path``.
    :param instance_path: an absolute path for what is not under version control.
    :param instance_relative_config: relative configuration files start there.
    :param root_path: where relative folders start; found from ``import_name``.
    """

    # See Registrar.
    __slots__ = (
        "_by_task",
        "_coroutine_views",
        "_direct_views",
        "_got_first_request",
        "_http_answer",
        "_known_hosts",
        "_makes_app_context",
        "_opens_session_lazily",
        "_router",
        "_short_field",
        "blueprints",
        "config",
        "extensions",
        "instance_path",
        "json",
        "shell_context_processors",
        "subdomain_matching",
        "teardown_appcontext_funcs",
        "url_build_error_handlers",
        "url_map",
    )

    config: Config
    json: JSONProvider

    default_config: dict[str, Any] = ImmutableDict(DEFAULTS)

    request_class: type[Request] = Request
    response_class: type[Response] = Response
    websocket_class: type[Any] = late_attribute("insula.http.websocket", "Websocket")
    session_interface: SessionInterface = SecureCookieSessionInterface()
    json_provider_class: type[JSONProvider] = DefaultJSONProvider
    app_ctx_globals_class: type[Any] = AppGlobals
    config_class: type[Config] = Config
    aborter_class: type[Aborter] = Aborter
    jinja_environment: type[Environment] = late_attribute(
        "insula.templating", "Environment"
    )
    jinja_options: dict[str, Any] = {}  # noqa: RUF012 - each application copies it
    url_rule_class: type[Any] = Rule
    url_map_class: type[Any] = RuleMap
    test_client_class: type[Any] | None = None
    test_cli_runner_class: type[Any] | None = None

    testing = ConfigAttribute[bool]("TESTING")
    secret_key = ConfigAttribute[Any]("SECRET_KEY")
    permanent_session_lifetime = ConfigAttribute[Any](
        "PERMANENT_SESSION_LIFETIME", get_converter=_make_timedelta
    )

    def __init__(
        self,
        import_name: str,
        static_url_path: str | None = None,
        static_folder: str | os.PathLike[str] | None = "static",
        static_host: str | None = None,
        host_matching: bool = False,
        subdomain_matching: bool = False,
        template_folder: str | os.PathLike[str] | None = "templates",
        instance_path: str | None = None,
        instance_relative_config: bool = False,
        root_path: str | None = None,
    ) -> None:
        self._init_decisions()
        self._init_first_request()
        self._init_matching()
        super().__init__(
            import_name=import_name,
            static_folder=static_folder,
            static_url_path=static_url_path,
            template_folder=template_folder,
            root_path=root_path,
        )
        if instance_path is None:
            instance_path = self.auto_find_instance_path()
        elif not Path(instance_path).is_absolute():
            raise ValueError(
                f"An instance path must be absolute, and {instance_path!r} is not."
            )
        self.instance_path = instance_path
        self.config = self.make_config(instance_relative_config)
        # Code writes into it: an option of one application is not another's.
        self.jinja_options = dict(self.jinja_options)
        # A way of the application's own is asked at once; else it can wait.
        cls = type(self)
        if self.aborter_class is not Aborter or cls.make_aborter is not _make_aborter:
            self.aborter = self.make_aborter()
        self.json = self.json_provider_class(self)
        self.url_build_error_handlers: list[Any] = []
        self.teardown_appcontext_funcs: list[Any] = []
        self.shell_context_processors: list[Any] = []
        self.blueprints: dict[str, Any] = {}
        #: What extensions keep for themselves, by their name.
        self.extensions: dict[str, Any] = {}
        self.url_map = self.url_map_class(host_matching=host_matching)
        self.subdomain_matching = subdomain_matching
        if self.has_static_folder:
            self._add_static_route(static_host, host_matching)

    def _add_static_route(self, static_host: str | None, host_matching: bool) -> None:
        if bool(static_host) != host_matching:
            raise AssertionError(
                "static_host and host_matching go together: the static route needs a"
                " host where, and only where, hosts are matched."
            )
        # NOTE: by a weak reference, so that an application that is dropped goes at
        # once and not with the next garbage collection.
        self_ref = weakref.ref(self)
        self.add_url_rule(
            f"{self.static_url_path}/<path:filename>",
            endpoint="static",
            host=static_host,
            view_func=lambda **kwargs: self_ref().send_static_file(**kwargs),  # type: ignore[union-attr]  # it is being called
        )

    def _check_setup_finished(self, f_name: str) -> None:
        if self.got_first_request:
            raise AssertionError(
                f"The setup method '{f_name}' can no longer be called on the"
                f" application {self.name!r}: it has answered its first request, and"
                " requests would not agree on what is registered. Move the call, and"
                " imports that lead to it, before the application is served."
            )

    # -- what it is called and where it lives ----------------------------------------

    @lazy
    def name(self) -> str:
        """The import name; for an application that is run as a script, the file's."""
        if self.import_name == "__main__":
            import sys

            file = getattr(sys.modules["__main__"], "__file__", None)
            return "__main__" if file is None else Path(file).stem
        return self.import_name

    def _cli_name(self) -> str:
        return self.name

    def auto_find_instance_path(self) -> str:
        """Return where the instance folder is: beside the package, or in its prefix."""
        prefix, package_path = find_package(self.import_name)
        if prefix is None:
            return str(Path(package_path, "instance"))
        return str(Path(prefix, "var", f"{self.name}-instance"))

    def open_instance_resource(
        self, resource: str, mode: str = "rb", encoding: str | None = "utf-8"
    ) -> Any:
        """Open a file of the instance folder, for reading or writing."""
        path = Path(self.instance_path, resource)
        if "b" in mode:
            return path.open(mode)
        return path.open(mode, encoding=encoding)

    # -- its parts -------------------------------------------------------------------

    def make_config(self, instance_relative: bool = False) -> Config:
        """Return the configuration to start with."""
        defaults = dict(self.default_config)
        defaults["DEBUG"] = get_debug_flag()
        root = self.instance_path if instance_relative else self.root_path
        return self.config_class(root, defaults)

    def make_aborter(self) -> Aborter:
        """Return what ``abort`` calls."""
        return self.aborter_class()

    @lazy
    def aborter(self) -> Aborter:
        """What ``abort`` calls; see :meth:`make_aborter`."""
        # PERF: it holds a table of all exceptions, 1.2 KB.
        return Aborter()

    @property
    def debug(self) -> bool:
        """Whether debug mode is on; ``DEBUG`` of the configuration."""
        debug: bool = self.config["DEBUG"]
        return debug

    @debug.setter
    def debug(self, value: bool) -> None:
        self.config["DEBUG"] = value
        if self.config["TEMPLATES_AUTO_RELOAD"] is None:
            self.jinja_env_auto_reload(value)

    @lazy
    def logger(self) -> logging.Logger:
        """The application's logger, of its :attr:`name`."""
        return create_logger(self)

    # -- serving and testing -----------------------------------------------------------

    def run(
        self,
        host: str | None = None,
        port: int | None = None,
        debug: bool | None = None,
        load_dotenv: bool = True,
        **options: Any,
    ) -> None:
        """Serve the application until it is interrupted.

        :param host: the address to listen on; ``0.0.0.0`` for all. By default that
            of ``SERVER_NAME``, else ``127.0.0.1``.
        :param port: by default that of ``SERVER_NAME``, else 5000; 0 for any free one.
        :param debug: set debug mode; it turns reloader and debugger on.
        :param load_dotenv: read ``.env`` and ``.flaskenv`` first.
        :param options: of :func:`insula.servers.run_simple`: ``threaded`` (on by
            default), ``processes``, ``interface`` (``"wsgi"`` or ``"asgi"``; chosen
            by what there is to serve unless said), ``use_reloader``,
            ``use_debugger``, ``ssl_context``, …
        """
        if os.environ.get("FLASK_RUN_FROM_CLI") == "true":
            # `insula run` imports the application and serves it by itself.
            return
        if get_load_dotenv(load_dotenv):
            late.load_dotenv()
            if "FLASK_DEBUG" in os.environ:
                self.debug = get_debug_flag()
        if debug is not None:
            self.debug = bool(debug)

        name, _, name_port = (self.config["SERVER_NAME"] or "").partition(":")
        host = host or name or "127.0.0.1"
        if port is None:
            port = int(name_port or 5000)
        options.setdefault("use_reloader", self.debug)
        options.setdefault("use_debugger", self.debug)
        options.setdefault("threaded", True)
        try:
            late.run_simple(host, port, self, **options)
        finally:
            # Set-up is open again for a program that goes on after the server.
            self._got_first_request = False

    def test_client(self, use_cookies: bool = True, **kwargs: Any) -> InsulaClient:
        """Return a client that calls the application directly."""
        from insula.testing import InsulaClient

        client: InsulaClient = (self.test_client_class or InsulaClient)(
            self, self.response_class, use_cookies=use_cookies, **kwargs
        )
        return client

    def test_cli_runner(self, **kwargs: Any) -> InsulaCliRunner:
        """Return a runner of the application's commands."""
        from insula.testing import InsulaCliRunner

        runner: InsulaCliRunner = (self.test_cli_runner_class or InsulaCliRunner)(
            self, **kwargs
        )
        return runner

    def test_request_context(self, *args: Any, **kwargs: Any) -> RequestContext:
        """Return a request context made of a path, a method, data and so on.

        :param args: as for :class:`insula.testing.EnvironBuilder`, as are ``kwargs``.
        """
        from insula.testing import EnvironBuilder

        builder = EnvironBuilder(self, *args, **kwargs)
        try:
            environ = builder.get_environ()
        finally:
            builder.close()
        return self.request_context(environ)


_make_aborter = Insula.make_aborter

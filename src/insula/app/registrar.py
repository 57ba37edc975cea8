"""What an application and a blueprint share: where hooks, routes and files are.

The tables are plain dictionaries, keyed by the blueprint's name or ``None`` for the
application; users and extensions write to them directly.
"""

from __future__ import annotations

import os
import sys
from collections import defaultdict
from functools import update_wrapper
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, TypeVar

from werkzeug.exceptions import HTTPException, default_exceptions

from insula._core.late import app_group
from insula._core.lazy import lazy
from insula.app.paths import get_root_path
from insula.app.templates import default_context

if TYPE_CHECKING:
    from collections.abc import Callable

    from click import Group
    from jinja2 import BaseLoader

    from insula._core.types import ErrorHandlerCallable, RouteCallable
    from insula.app.typevars import (
        AfterT,
        BeforeT,
        ContextProcessorT,
        DefaultsT,
        ErrorHandlerT,
        PreprocessorT,
        RouteT,
        TeardownT,
    )

__all__ = ["Registrar", "endpoint_from_view_func", "registering", "setupmethod"]

F = TypeVar("F", bound="Callable[..., Any]")
_UNSET: Any = object()


def setupmethod(f: F) -> F:
    """Refuse a call of method ``f`` once set-up is over."""
    name = f.__name__

    def checked(self: Registrar, *args: Any, **kwargs: Any) -> Any:
        self._check_setup_finished(name)
        return f(self, *args, **kwargs)

    return update_wrapper(checked, f)  # type: ignore[return-value]  # same signature


def registering(add: Callable[..., Any], name: Any) -> Any:
    """Return a decorator that adds a function under ``name``.

    Used bare, a decorator is handed the function in the place of the name.
    """
    if callable(name):
        add(name)
        return name

    def decorator(f: F) -> F:
        add(f, name=name)
        return f

    return decorator


def endpoint_from_view_func(view_func: Callable[..., Any] | None) -> str:
    """Return the endpoint of a view that was given none: its name."""
    if view_func is None:
        raise AssertionError("A rule needs an endpoint or a view to name it after.")
    return view_func.__name__


def _handlers_of_scope() -> defaultdict[int | None, dict[Any, Any]]:
    return defaultdict(dict)


class Registrar:
    """Keep hooks, routes, templates and static files; base of app and blueprint.

    :param import_name: the module it is defined in, usually ``__name__``.
    :param static_folder: a folder of static files, relative to ``root_path``.
    :param static_url_path: where they are served; the folder's name by default.
    :param template_folder: a folder of templates, relative to ``root_path``.
    :param root_path: where relative folders start; found from ``import_name``.
    """

    # PERF: CPython calls methods of an object fastest while its __dict__ has fewer
    # than 30 entries; with slots an application keeps room for its user's.
    __slots__ = (
        "__dict__",
        "after_request_funcs",
        "before_request_funcs",
        "error_handler_spec",
        "import_name",
        "root_path",
        "teardown_request_funcs",
        "template_context_processors",
        "template_folder",
        "url_default_functions",
        "url_value_preprocessors",
        "view_functions",
    )

    name: str
    _static_folder: str | None = None
    _static_url_path: str | None = None

    def __init__(
        self,
        import_name: str,
        static_folder: str | os.PathLike[str] | None = None,
        static_url_path: str | None = None,
        template_folder: str | os.PathLike[str] | None = None,
        root_path: str | None = None,
    ) -> None:
        self.import_name = import_name
        self.static_folder = static_folder
        self.static_url_path = static_url_path
        self.template_folder = template_folder
        if root_path is None:
            root_path = get_root_path(import_name)
        self.root_path = root_path
        self.view_functions: dict[str, Callable[..., Any]] = {}
        self.error_handler_spec: dict[
            str | None, dict[int | None, dict[type[Exception], Callable[..., Any]]]
        ] = defaultdict(_handlers_of_scope)
        self.before_request_funcs: dict[str | None, list[Any]] = defaultdict(list)
        self.after_request_funcs: dict[str | None, list[Any]] = defaultdict(list)
        self.teardown_request_funcs: dict[str | None, list[Any]] = defaultdict(list)
        self.template_context_processors: dict[str | None, list[Any]] = defaultdict(
            list, {None: [default_context]}
        )
        self.url_value_preprocessors: dict[str | None, list[Any]] = defaultdict(list)
        self.url_default_functions: dict[str | None, list[Any]] = defaultdict(list)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name!r}>"

    def _check_setup_finished(self, f_name: str) -> None:
        raise NotImplementedError(f"{type(self).__name__} must say when {f_name} ends.")

    @lazy
    def cli(self) -> Group:
        """The group of click commands registered here."""
        group: Group = app_group.resolve()()
        group.name = self._cli_name()
        return group

    def _cli_name(self) -> str:
        return self.name

    # -- files -------------------------------------------------------------------

    @property
    def static_folder(self) -> str | None:
        """The absolute path of the static files, ``None`` without."""
        if self._static_folder is None:
            return None
        return os.path.join(self.root_path, self._static_folder)  # noqa: PTH118 - str

    @static_folder.setter
    def static_folder(self, value: str | os.PathLike[str] | None) -> None:
        if value is not None:
            value = os.fspath(value).rstrip(r"\/")
        self._static_folder = value

    @property
    def has_static_folder(self) -> bool:
        """Whether there is a static folder."""
        return self.static_folder is not None

    @property
    def static_url_path(self) -> str | None:
        """The URL prefix of the static files; the folder's name by default."""
        if self._static_url_path is not None:
            return self._static_url_path
        if self.static_folder is not None:
            # NOTE: of "folder/" the name is empty, and so the files are at the root.
            return f"/{os.path.basename(self.static_folder)}".rstrip("/")  # noqa: PTH119
        return None

    @static_url_path.setter
    def static_url_path(self, value: str | None) -> None:
        if value is not None:
            value = value.rstrip("/")
        self._static_url_path = value

    @lazy
    def jinja_loader(self) -> BaseLoader | None:
        """The loader of the template folder, ``None`` without."""
        if self.template_folder is None:
            return None
        from jinja2 import FileSystemLoader

        return FileSystemLoader(Path(self.root_path, self.template_folder))

    def open_resource(
        self, resource: str, mode: str = "rb", encoding: str | None = None
    ) -> IO[Any]:
        """Open a file relative to :attr:`root_path`, for reading.

        :raises ValueError: for a mode that writes.
        """
        if mode not in {"r", "rt", "rb"}:
            raise ValueError(
                f"Resources can only be opened for reading: mode {mode!r} is none of"
                " 'r', 'rt', 'rb'."
            )
        path = Path(self.root_path, resource)
        if mode == "rb":
            return path.open(mode)
        return path.open(mode, encoding=encoding or "utf-8")

    # -- routes ------------------------------------------------------------------

    def _method_route(
        self, method: str, rule: str, options: dict[str, Any]
    ) -> Callable[[RouteT], RouteT]:
        if "methods" in options:
            raise TypeError(
                f"{method.lower()}() registers {method} alone; for 'methods' use"
                " route()."
            )
        return self.route(rule, methods=[method], **options)

    @setupmethod
    def get(self, rule: str, **options: Any) -> Callable[[RouteT], RouteT]:
        """Register a view for GET; see :meth:`route`."""
        return self._method_route("GET", rule, options)

    @setupmethod
    def post(self, rule: str, **options: Any) -> Callable[[RouteT], RouteT]:
        """Register a view for POST; see :meth:`route`."""
        return self._method_route("POST", rule, options)

    @setupmethod
    def put(self, rule: str, **options: Any) -> Callable[[RouteT], RouteT]:
        """Register a view for PUT; see :meth:`route`."""
        return self._method_route("PUT", rule, options)

    @setupmethod
    def delete(self, rule: str, **options: Any) -> Callable[[RouteT], RouteT]:
        """Register a view for DELETE; see :meth:`route`."""
        return self._method_route("DELETE", rule, options)

    @setupmethod
    def patch(self, rule: str, **options: Any) -> Callable[[RouteT], RouteT]:
        """Register a view for PATCH; see :meth:`route`."""
        return self._method_route("PATCH", rule, options)

    @setupmethod
    def route(self, rule: str, **options: Any) -> Callable[[RouteT], RouteT]:
        """Register the decorated view for a URL rule; see :meth:`add_url_rule`."""

        def decorator(f: RouteT) -> RouteT:
            endpoint = options.pop("endpoint", None)
            self.add_url_rule(rule, endpoint, f, **options)
            return f

        return decorator

    @setupmethod
    def add_url_rule(
        self,
        rule: str,
        endpoint: str | None = None,
        view_func: RouteCallable | None = None,
        provide_automatic_options: bool | None = None,
        **options: Any,
    ) -> None:
        """Register a rule and, where given, its view.

        :param endpoint: the name to build URLs by; the view's name by default.
        :param provide_automatic_options: whether OPTIONS is answered without the view.
        :param options: of :class:`werkzeug.routing.Rule`, ``methods`` among them.
        """
        raise NotImplementedError(f"{type(self).__name__} must define add_url_rule().")

    @setupmethod
    def endpoint(self, endpoint: str) -> Callable[[RouteT], RouteT]:
        """Register the decorated view for an endpoint whose rules are added apart."""

        def decorator(f: RouteT) -> RouteT:
            self.view_functions[endpoint] = f
            return f

        return decorator

    # -- hooks -------------------------------------------------------------------

    @setupmethod
    def before_request(self, f: BeforeT) -> BeforeT:
        """Call ``f()`` before each request; what it returns, if not None, answers."""
        self.before_request_funcs.setdefault(None, []).append(f)
        return f

    @setupmethod
    def after_request(self, f: AfterT) -> AfterT:
        """Call ``f(response)`` after each request; it returns the response to send."""
        self.after_request_funcs.setdefault(None, []).append(f)
        return f

    @setupmethod
    def teardown_request(self, f: TeardownT) -> TeardownT:
        """Call ``f(exc)`` when the request context ends, whatever happened."""
        self.teardown_request_funcs.setdefault(None, []).append(f)
        return f

    @setupmethod
    def context_processor(self, f: ContextProcessorT) -> ContextProcessorT:
        """Call ``f()`` for each template; its dictionary joins the context."""
        self.template_context_processors[None].append(f)
        return f

    @setupmethod
    def url_value_preprocessor(self, f: PreprocessorT) -> PreprocessorT:
        """Call ``f(endpoint, view_args)`` before the view; it may change the latter."""
        self.url_value_preprocessors[None].append(f)
        return f

    @setupmethod
    def url_defaults(self, f: DefaultsT) -> DefaultsT:
        """Call ``f(endpoint, values)`` when a URL is built; it may add values."""
        self.url_default_functions[None].append(f)
        return f

    @setupmethod
    def errorhandler(
        self, code_or_exception: type[Exception] | int
    ) -> Callable[[ErrorHandlerT], ErrorHandlerT]:
        """Register the decorated function for a status code or an exception class."""

        def decorator(f: ErrorHandlerT) -> ErrorHandlerT:
            self.register_error_handler(code_or_exception, f)
            return f

        return decorator

    @setupmethod
    def register_error_handler(
        self, code_or_exception: type[Exception] | int, f: ErrorHandlerCallable
    ) -> None:
        """Register ``f(error)`` for a status code or an exception class."""
        exc_class, code = self._get_exc_class_and_code(code_or_exception)
        self.error_handler_spec[None][code][exc_class] = f

    @staticmethod
    def _get_exc_class_and_code(
        exc_class_or_code: type[Exception] | int,
    ) -> tuple[type[Exception], int | None]:
        if isinstance(exc_class_or_code, int):
            exc_class: Any = default_exceptions.get(exc_class_or_code)
            if exc_class is None:
                raise ValueError(
                    f"There is no exception for the status code {exc_class_or_code}."
                    " Use a subclass of HTTPException that has this code."
                )
        else:
            exc_class = exc_class_or_code
        if isinstance(exc_class, Exception):
            raise TypeError(
                f"{exc_class!r} is an instance, not a class. Register its class, or a"
                " status code."
            )
        if not (isinstance(exc_class, type) and issubclass(exc_class, Exception)):
            raise ValueError(  # noqa: TRY004 - as in Flask
                f"'{getattr(exc_class, '__name__', exc_class)}' is not a subclass of"
                " Exception. Register an exception class or a status code."
            )
        if issubclass(exc_class, HTTPException):
            return exc_class, exc_class.code
        return exc_class, None


def caller_of_setup() -> str:
    """Return ``file:line`` of the code outside of this package that is running."""
    frame: Any = sys._getframe()
    here = str(Path(__file__).parent.parent)
    while frame is not None and frame.f_code.co_filename.startswith(here):
        frame = frame.f_back
    if frame is None:
        return "an unknown place"
    return f"{Path(frame.f_code.co_filename).name}:{frame.f_lineno}"

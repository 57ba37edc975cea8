"""What only an application registers: rules, blueprints, names for templates."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, overload

from insula.app.registrar import (
    caller_of_setup,
    endpoint_from_view_func,
    registering,
    setupmethod,
)
from insula.app.sockets import Sockets

if TYPE_CHECKING:
    from collections.abc import Callable, ValuesView

    from insula._core.types import RouteCallable, TemplateTestCallable
    from insula.app.blueprint import Blueprint
    from insula.app.typevars import (
        BeforeFirstT,
        FilterT,
        GlobalT,
        ShellProcessorT,
        TeardownT,
        TestT,
    )

__all__ = ["Registration"]


class Registration(Sockets):
    """Register on the application itself."""

    config: Any
    url_map: Any
    url_rule_class: Any
    jinja_env: Any
    blueprints: dict[str, Any]
    teardown_appcontext_funcs: list[Any]
    shell_context_processors: list[Any]
    before_first_request_funcs: list[Any]

    # Where each endpoint was registered, "file:line", for the message of a clash.
    _registered_at: dict[str, str] | None = None

    @setupmethod
    def register_blueprint(self, blueprint: Blueprint, **options: Any) -> None:
        """Register a blueprint; options override its own ``url_prefix`` and so on."""
        blueprint.register(self, options)

    def iter_blueprints(self) -> ValuesView[Blueprint]:
        """Return the registered blueprints, in the order of registration."""
        return self.blueprints.values()

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

        :raises AssertionError: if the endpoint has another view already.
        """
        if endpoint is None:
            endpoint = endpoint_from_view_func(view_func)
        options["endpoint"] = endpoint
        methods = options.pop("methods", None)
        if methods is None:
            methods = getattr(view_func, "methods", None) or ("GET",)
        if isinstance(methods, str):
            raise TypeError(
                f"methods={methods!r}: allowed methods must be a list of strings, for"
                ' example: @app.route(..., methods=["POST"])'
            )
        methods = {item.upper() for item in methods}
        required = set(getattr(view_func, "required_methods", ()))

        if provide_automatic_options is None:
            provide_automatic_options = getattr(
                view_func, "provide_automatic_options", None
            )
        if provide_automatic_options is None:
            provide_automatic_options = (
                "OPTIONS" not in methods and self.config["PROVIDE_AUTOMATIC_OPTIONS"]
            )
        if provide_automatic_options:
            required.add("OPTIONS")
        methods |= required

        rule_obj = self.url_rule_class(rule, methods=methods, **options)
        rule_obj.provide_automatic_options = provide_automatic_options
        self.url_map.add(rule_obj)
        if view_func is not None:
            self._register_view(endpoint, view_func)

    def _add_websocket(
        self,
        rule: str,
        endpoint: str | None,
        view_func: Callable[..., Any] | None,
        options: dict[str, Any],
    ) -> None:
        if endpoint is None:
            endpoint = endpoint_from_view_func(view_func)
        options |= {"websocket": True, "methods": ("GET",)}
        self.add_url_rule(
            rule, endpoint, view_func, provide_automatic_options=False, **options
        )
        self.websocket_endpoints.add(endpoint)

    def _register_view(self, endpoint: str, view_func: Callable[..., Any]) -> None:
        if self._registered_at is None:
            self._registered_at = {}
        known = self.view_functions.get(endpoint)
        if known is not None and known != view_func:
            where = self._registered_at.get(endpoint, "an unknown place")
            raise AssertionError(
                f"Endpoint {endpoint!r} is already registered at {where}, for another"
                " view function; choose another endpoint= or remove one."
            )
        self._registered_at.setdefault(endpoint, caller_of_setup())
        self.view_functions[endpoint] = view_func

    # -- names for templates ---------------------------------------------------------

    @overload
    def template_filter(self, name: FilterT) -> FilterT: ...
    @overload
    def template_filter(
        self, name: str | None = None
    ) -> Callable[[FilterT], FilterT]: ...
    @setupmethod
    def template_filter(self, name: Any = None) -> Any:
        """Register the decorated function as a template filter."""
        return registering(self.add_template_filter, name)

    @setupmethod
    def add_template_filter(
        self, f: Callable[..., Any], name: str | None = None
    ) -> None:
        """Register ``f`` as a template filter; by its own name by default."""
        self.jinja_env.filters[name or f.__name__] = f

    @overload
    def template_test(self, name: TestT) -> TestT: ...
    @overload
    def template_test(self, name: str | None = None) -> Callable[[TestT], TestT]: ...
    @setupmethod
    def template_test(self, name: Any = None) -> Any:
        """Register the decorated function as a template test."""
        return registering(self.add_template_test, name)

    @setupmethod
    def add_template_test(
        self, f: TemplateTestCallable, name: str | None = None
    ) -> None:
        """Register ``f`` as a template test; by its own name by default."""
        self.jinja_env.tests[name or f.__name__] = f

    @overload
    def template_global(self, name: GlobalT) -> GlobalT: ...
    @overload
    def template_global(
        self, name: str | None = None
    ) -> Callable[[GlobalT], GlobalT]: ...
    @setupmethod
    def template_global(self, name: Any = None) -> Any:
        """Register the decorated function as a template global."""
        return registering(self.add_template_global, name)

    @setupmethod
    def add_template_global(
        self, f: Callable[..., Any], name: str | None = None
    ) -> None:
        """Register ``f`` as a template global; by its own name by default."""
        self.jinja_env.globals[name or f.__name__] = f

    # -- hooks -----------------------------------------------------------------------

    @setupmethod
    def before_first_request(self, f: BeforeFirstT) -> BeforeFirstT:
        """Call ``f()`` once in each process, before its first request is answered."""
        self.before_first_request_funcs.append(f)
        return f

    @setupmethod
    def teardown_appcontext(self, f: TeardownT) -> TeardownT:
        """Call ``f(exc)`` when an application context ends, whatever happened."""
        self.teardown_appcontext_funcs.append(f)
        return f

    @setupmethod
    def shell_context_processor(self, f: ShellProcessorT) -> ShellProcessorT:
        """Call ``f()`` for the shell; its dictionary joins the shell's names."""
        self.shell_context_processors.append(f)
        return f

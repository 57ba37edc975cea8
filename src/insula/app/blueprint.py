"""Blueprints: a part of an application, registered on it later, or on another part."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any, overload

from insula.app.files import StaticFiles
from insula.app.registrar import registering, setupmethod
from insula.app.setup_state import BlueprintSetupState, once
from insula.app.sockets import Sockets

if TYPE_CHECKING:
    import os
    from collections.abc import Callable

    from insula._core.types import RouteCallable, TemplateTestCallable
    from insula.app.typevars import (
        AfterSocketT,
        AfterT,
        BeforeFirstT,
        BeforeT,
        ContextProcessorT,
        DefaultsT,
        ErrorHandlerT,
        FilterT,
        GlobalT,
        PreprocessorT,
        TeardownT,
        TestT,
    )

__all__ = ["Blueprint"]

_UNSET: Any = object()


class Blueprint(StaticFiles, Sockets):
    """Record routes, hooks, templates and commands for an application to come.

    :param name: prepended to its endpoints; without dots.
    :param url_prefix: prepended to its rules.
    :param subdomain: where its rules match, unless they say otherwise.
    :param url_defaults: default values of its rules' variable parts.
    :param cli_group: the group of its commands: its name by default, ``None`` to
        put them beside the application's.

    The other parameters are those of :class:`~insula.app.registrar.Registrar`.
    """

    _got_registered_once = False

    def __init__(
        self,
        name: str,
        import_name: str,
        static_folder: str | os.PathLike[str] | None = None,
        static_url_path: str | None = None,
        template_folder: str | os.PathLike[str] | None = None,
        url_prefix: str | None = None,
        subdomain: str | None = None,
        url_defaults: dict[str, Any] | None = None,
        root_path: str | None = None,
        cli_group: str | None = _UNSET,
    ) -> None:
        super().__init__(
            import_name=import_name,
            static_folder=static_folder,
            static_url_path=static_url_path,
            template_folder=template_folder,
            root_path=root_path,
        )
        if not name:
            raise ValueError("'name' may not be empty: endpoints are named after it.")
        if "." in name:
            raise ValueError(
                f"'name' may not contain a dot: {name!r}; dots separate nested names."
            )
        self.name = name
        self.url_prefix = url_prefix
        self.subdomain = subdomain
        self.deferred_functions: list[Callable[[BlueprintSetupState], None]] = []
        self.url_values_defaults = {} if url_defaults is None else url_defaults
        self.cli_group = cli_group
        self._blueprints: list[tuple[Blueprint, dict[str, Any]]] = []

    def _check_setup_finished(self, f_name: str) -> None:
        if self._got_registered_once:
            raise AssertionError(
                f"The setup method '{f_name}' can no longer be called on the blueprint"
                f" '{self.name}': it has been registered, and what is added now would"
                " be missed. Move the call, and imports that lead to it, before"
                " register_blueprint()."
            )

    # -- registering -------------------------------------------------------------

    @setupmethod
    def record(self, func: Callable[[BlueprintSetupState], None]) -> None:
        """Call ``func(state)`` at each registration."""
        self.deferred_functions.append(func)

    @setupmethod
    def record_once(self, func: Callable[[BlueprintSetupState], None]) -> None:
        """Call ``func(state)`` at the first registration on an application."""
        self.record(once(func))

    def make_setup_state(
        self, app: Any, options: dict[str, Any], first_registration: bool = False
    ) -> BlueprintSetupState:
        """Return the state that recorded functions are handed; to be overridden."""
        return BlueprintSetupState(self, app, options, first_registration)

    @setupmethod
    def register_blueprint(self, blueprint: Blueprint, **options: Any) -> None:
        """Nest a blueprint in this one."""
        if blueprint is self:
            raise ValueError(f"Cannot register a blueprint on itself: {self.name!r}.")
        self._blueprints.append((blueprint, options))

    def register(self, app: Any, options: dict[str, Any]) -> None:
        """Register everything on ``app``; ``app.register_blueprint`` calls this.

        :raises ValueError: if the name is taken.
        """
        own_name = options.get("name", self.name)
        name = f"{options.get('name_prefix', '')}.{own_name}".lstrip(".")
        if name in app.blueprints:
            whose = "this" if app.blueprints[name] is self else "a different"
            where = f" '{name}'" if own_name != name else ""
            raise ValueError(
                f"The name '{own_name}' is already registered for {whose} blueprint"
                f"{where}. Choose another with name= when registering it."
            )
        first = not any(blueprint is self for blueprint in app.blueprints.values())
        app.blueprints[name] = self
        self._got_registered_once = True
        state = self.make_setup_state(app, options, first)
        if self.has_static_folder:
            state.add_url_rule(
                f"{self.static_url_path}/<path:filename>",
                view_func=self.send_static_file,
                endpoint="static",
            )
        self._merge_blueprint_funcs(app, name)
        for deferred in self.deferred_functions:
            deferred(state)
        self._register_commands(app, name, options.get("cli_group", self.cli_group))
        for nested, nested_options in self._blueprints:
            nested.register(app, _nested_options(state, name, nested, nested_options))

    def _register_commands(self, app: Any, name: str, group: str | None) -> None:
        if "cli" not in self.__dict__ or not self.cli.commands:
            return
        if group is None:
            app.cli.commands.update(self.cli.commands)
            return
        self.cli.name = name if group is _UNSET else group
        app.cli.add_command(self.cli)

    def _merge_blueprint_funcs(self, app: Any, name: str) -> None:
        def under(key: str | None) -> str:
            return name if key is None else f"{name}.{key}"

        for key, handlers in self.error_handler_spec.items():
            app.error_handler_spec[under(key)] = defaultdict(
                dict, {code: dict(by_class) for code, by_class in handlers.items()}
            )
        app.view_functions.update(self.view_functions)
        for table in (
            "before_request_funcs",
            "after_request_funcs",
            "teardown_request_funcs",
            "before_websocket_funcs",
            "after_websocket_funcs",
            "teardown_websocket_funcs",
            "url_default_functions",
            "url_value_preprocessors",
            "template_context_processors",
        ):
            for key, functions in getattr(self, table).items():
                getattr(app, table)[under(key)].extend(functions)

    @setupmethod
    def add_url_rule(
        self,
        rule: str,
        endpoint: str | None = None,
        view_func: RouteCallable | None = None,
        provide_automatic_options: bool | None = None,
        **options: Any,
    ) -> None:
        """Record a rule; prefix and name are added when it is registered."""
        if endpoint and "." in endpoint:
            raise ValueError(f"'endpoint' may not contain a dot: {endpoint!r}.")
        view_name = getattr(view_func, "__name__", "")
        if "." in view_name:
            raise ValueError(f"'view_func' name may not contain a dot: {view_name!r}.")
        self.record(
            lambda state: state.add_url_rule(
                rule,
                endpoint,
                view_func,
                provide_automatic_options=provide_automatic_options,
                **options,
            )
        )

    def _add_websocket(
        self,
        rule: str,
        endpoint: str | None,
        view_func: Callable[..., Any] | None,
        options: dict[str, Any],
    ) -> None:
        if endpoint and "." in endpoint:
            raise ValueError(f"'endpoint' may not contain a dot: {endpoint!r}.")
        self.record(
            lambda state: state.add_websocket(rule, endpoint, view_func, **options)
        )

    # -- hooks and names for the whole application ---------------------------------

    def _record_app(self, register: Callable[[Any], None]) -> None:
        self.record_once(lambda state: register(state.app))

    @setupmethod
    def before_app_request(self, f: BeforeT) -> BeforeT:
        """Like :meth:`before_request`, for every request of the application."""
        self._record_app(
            lambda app: app.before_request_funcs.setdefault(None, []).append(f)
        )
        return f

    @setupmethod
    def before_app_first_request(self, f: BeforeFirstT) -> BeforeFirstT:
        """Call ``f()`` once, before the application's first request."""
        self._record_app(lambda app: app.before_first_request_funcs.append(f))
        return f

    @setupmethod
    def after_app_request(self, f: AfterT) -> AfterT:
        """Like :meth:`after_request`, for every request of the application."""
        self._record_app(
            lambda app: app.after_request_funcs.setdefault(None, []).append(f)
        )
        return f

    @setupmethod
    def teardown_app_request(self, f: TeardownT) -> TeardownT:
        """Like :meth:`teardown_request`, for every request of the application."""
        self._record_app(
            lambda app: app.teardown_request_funcs.setdefault(None, []).append(f)
        )
        return f

    @setupmethod
    def before_app_websocket(self, f: BeforeT) -> BeforeT:
        """Like :meth:`before_websocket`, for every WebSocket of the application."""
        self._record_app(lambda app: app.before_websocket_funcs[None].append(f))
        return f

    @setupmethod
    def after_app_websocket(self, f: AfterSocketT) -> AfterSocketT:
        """Like :meth:`after_websocket`, for every WebSocket of the application."""
        self._record_app(lambda app: app.after_websocket_funcs[None].append(f))
        return f

    @setupmethod
    def teardown_app_websocket(self, f: TeardownT) -> TeardownT:
        """Like :meth:`teardown_websocket`, for every WebSocket of the application."""
        self._record_app(lambda app: app.teardown_websocket_funcs[None].append(f))
        return f

    @setupmethod
    def app_context_processor(self, f: ContextProcessorT) -> ContextProcessorT:
        """Like :meth:`context_processor`, for every template of the application."""
        self._record_app(
            lambda app: app.template_context_processors.setdefault(None, []).append(f)
        )
        return f

    @setupmethod
    def app_url_value_preprocessor(self, f: PreprocessorT) -> PreprocessorT:
        """Like :meth:`url_value_preprocessor`, for every request."""
        self._record_app(
            lambda app: app.url_value_preprocessors.setdefault(None, []).append(f)
        )
        return f

    @setupmethod
    def app_url_defaults(self, f: DefaultsT) -> DefaultsT:
        """Like :meth:`url_defaults`, for every URL of the application."""
        self._record_app(
            lambda app: app.url_default_functions.setdefault(None, []).append(f)
        )
        return f

    @setupmethod
    def app_errorhandler(
        self, code: type[Exception] | int
    ) -> Callable[[ErrorHandlerT], ErrorHandlerT]:
        """Like :meth:`errorhandler`, for every request of the application."""

        def decorator(f: ErrorHandlerT) -> ErrorHandlerT:
            self._record_app(lambda app: app.errorhandler(code)(f))
            return f

        return decorator

    @overload
    def app_template_filter(self, name: FilterT) -> FilterT: ...
    @overload
    def app_template_filter(
        self, name: str | None = None
    ) -> Callable[[FilterT], FilterT]: ...
    @setupmethod
    def app_template_filter(self, name: Any = None) -> Any:
        """Register a template filter; by its own name by default."""
        return registering(self.add_app_template_filter, name)

    @setupmethod
    def add_app_template_filter(
        self, f: Callable[..., Any], name: str | None = None
    ) -> None:
        """Register ``f`` as a template filter."""
        self._record_app(lambda app: app.add_template_filter(f, name=name))

    @overload
    def app_template_test(self, name: TestT) -> TestT: ...
    @overload
    def app_template_test(
        self, name: str | None = None
    ) -> Callable[[TestT], TestT]: ...
    @setupmethod
    def app_template_test(self, name: Any = None) -> Any:
        """Register a template test; by its own name by default."""
        return registering(self.add_app_template_test, name)

    @setupmethod
    def add_app_template_test(
        self, f: TemplateTestCallable, name: str | None = None
    ) -> None:
        """Register ``f`` as a template test."""
        self._record_app(lambda app: app.add_template_test(f, name=name))

    @overload
    def app_template_global(self, name: GlobalT) -> GlobalT: ...
    @overload
    def app_template_global(
        self, name: str | None = None
    ) -> Callable[[GlobalT], GlobalT]: ...
    @setupmethod
    def app_template_global(self, name: Any = None) -> Any:
        """Register a template global; by its own name by default."""
        return registering(self.add_app_template_global, name)

    @setupmethod
    def add_app_template_global(
        self, f: Callable[..., Any], name: str | None = None
    ) -> None:
        """Register ``f`` as a template global."""
        self._record_app(lambda app: app.add_template_global(f, name=name))


def _nested_options(
    state: BlueprintSetupState, name: str, nested: Blueprint, options: dict[str, Any]
) -> dict[str, Any]:
    options = options.copy()
    subdomain = options.get("subdomain")
    if subdomain is None:
        subdomain = nested.subdomain
    parts = [part for part in (subdomain, state.subdomain) if part is not None]
    if parts:
        options["subdomain"] = ".".join(parts)
    prefix = options.get("url_prefix")
    if prefix is None:
        prefix = nested.url_prefix
    if state.url_prefix is not None and prefix is not None:
        prefix = f"{state.url_prefix.rstrip('/')}/{prefix.lstrip('/')}"
    elif prefix is None:
        prefix = state.url_prefix
    if prefix is not None:
        options["url_prefix"] = prefix
    options["name_prefix"] = name
    return options

"""The application's side of templates: its Jinja environment and their context."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from insula.context.current import g, request, session
from insula.context.lifetime import GONE
from insula.context.stacks import app_stack, request_stack
from insula.sessions.flash import get_flashed_messages

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from insula.templating import DispatchingJinjaLoader, Environment

__all__ = ["Templates", "default_context"]

_AUTOESCAPED = (".html", ".htm", ".xml", ".xhtml", ".svg")


class Templates:
    """Make the Jinja environment and complete the context of a template."""

    config: Any
    debug: bool
    jinja_environment: Any
    jinja_options: Any
    shell_context_processors: list[Any]
    template_context_processors: dict[str | None, list[Any]]
    url_for: Callable[..., str]
    ensure_sync: Callable[..., Any]

    _jinja_env: Environment | None = None

    @property
    def jinja_env(self) -> Environment:
        """The Jinja environment, made when it is first needed."""
        if self._jinja_env is None:
            self._jinja_env = self.create_jinja_environment()
        return self._jinja_env

    @jinja_env.setter
    def jinja_env(self, value: Environment) -> None:
        self._jinja_env = value

    def jinja_env_auto_reload(self, value: bool) -> None:
        """Set whether changed templates are noticed, once there is an environment."""
        if self._jinja_env is not None:
            self._jinja_env.auto_reload = value

    def create_jinja_environment(self) -> Environment:
        """Return a new environment, of :attr:`jinja_options` and the configuration."""
        options = dict(self.jinja_options)
        options.setdefault("autoescape", self.select_jinja_autoescape)
        if "auto_reload" not in options:
            auto_reload = self.config["TEMPLATES_AUTO_RELOAD"]
            options["auto_reload"] = self.debug if auto_reload is None else auto_reload
        env: Environment = self.jinja_environment(self, **options)
        env.globals.update(
            url_for=self.url_for,
            get_flashed_messages=_get_flashed_messages,
            config=self.config,
            # Also put into each context; here for imported templates.
            request=request,
            session=session,
            g=g,
        )
        env.policies["json.dumps_function"] = self.json.dumps  # type: ignore[attr-defined]  # of the application
        return env

    def create_global_jinja_loader(self) -> DispatchingJinjaLoader:
        """Return the loader of the environment; override to load in another way."""
        from insula.templating import DispatchingJinjaLoader

        return DispatchingJinjaLoader(self)

    def select_jinja_autoescape(self, filename: str | None) -> bool:
        """Tell whether a template is escaped: by its suffix; text without one is."""
        return filename is None or filename.endswith(_AUTOESCAPED)

    def update_template_context(self, context: dict[str, Any]) -> None:
        """Add what the context processors give; what is in ``context`` wins."""
        given = context.copy()
        ctx = request_stack.top
        scopes: tuple[str | None, ...] = (None,)
        if ctx is not None:
            scopes = (None, *reversed(ctx._request.blueprints))
        for scope in scopes:
            for processor in self.template_context_processors.get(scope, ()):
                context.update(self.ensure_sync(processor)())
        context.update(given)

    def make_shell_context(self) -> dict[str, Any]:
        """Return the names that a shell starts with."""
        names: dict[str, Any] = {"app": self, "g": g}
        for processor in self.shell_context_processors:
            names.update(processor())
        return names


def default_context() -> dict[str, Any]:
    """Return what every template's context starts with: a context processor."""
    context: dict[str, Any] = {}
    app_ctx = app_stack.top
    # Of a context that has ended nothing: a template that asks all the same meets the
    # proxies among the environment's globals, which say so.
    if app_ctx is not None and app_ctx._live_app is not None:
        context["g"] = app_ctx.g
    ctx = request_stack.top
    if ctx is not None and ctx._live is not GONE:
        context["request"] = ctx._request
    return context


def _get_flashed_messages(
    with_categories: bool = False, category_filter: Iterable[str] = ()
) -> list[str] | list[tuple[str, str]]:
    return get_flashed_messages(
        request_stack.top,
        with_categories=with_categories,
        category_filter=category_filter,
    )

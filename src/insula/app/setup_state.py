"""What a blueprint's recorded functions are handed when it is registered."""

from __future__ import annotations

from functools import update_wrapper
from typing import TYPE_CHECKING, Any

from insula.app.registrar import endpoint_from_view_func

if TYPE_CHECKING:
    from collections.abc import Callable

    from insula._core.types import RouteCallable

__all__ = ["BlueprintSetupState"]


class BlueprintSetupState:
    """One registration of a blueprint on an application.

    :param options: what ``register_blueprint`` was given; it overrides the blueprint's.
    :param first_registration: whether the application has not seen it before.
    """

    def __init__(
        self, blueprint: Any, app: Any, options: Any, first_registration: bool
    ) -> None:
        self.app = app
        self.blueprint = blueprint
        self.options = options
        self.first_registration = first_registration
        subdomain = options.get("subdomain")
        self.subdomain = blueprint.subdomain if subdomain is None else subdomain
        url_prefix = options.get("url_prefix")
        self.url_prefix = blueprint.url_prefix if url_prefix is None else url_prefix
        self.name = options.get("name", blueprint.name)
        self.name_prefix = options.get("name_prefix", "")
        self.url_defaults = {
            **blueprint.url_values_defaults,
            **(options.get("url_defaults") or {}),
        }

    def add_url_rule(
        self,
        rule: str,
        endpoint: str | None = None,
        view_func: RouteCallable | None = None,
        **options: Any,
    ) -> None:
        """Add a rule to the application, under this registration's prefix and name."""
        self._add(self.app.add_url_rule, rule, endpoint, view_func, options)

    def add_websocket(
        self,
        rule: str,
        endpoint: str | None = None,
        view_func: Callable[..., Any] | None = None,
        **options: Any,
    ) -> None:
        """Add a rule for WebSockets, as :meth:`add_url_rule` does one for requests."""
        self._add(self.app.add_websocket, rule, endpoint, view_func, options)

    def _add(
        self,
        add: Callable[..., None],
        rule: str,
        endpoint: str | None,
        view_func: Callable[..., Any] | None,
        options: dict[str, Any],
    ) -> None:
        if self.url_prefix is not None:
            prefix = self.url_prefix.rstrip("/")
            rule = f"{prefix}/{rule.lstrip('/')}" if rule else self.url_prefix
        options.setdefault("subdomain", self.subdomain)
        if endpoint is None:
            endpoint = endpoint_from_view_func(view_func)
        defaults = {**self.url_defaults, **(options.pop("defaults", None) or {})}
        add(
            rule,
            f"{self.name_prefix}.{self.name}.{endpoint}".lstrip("."),
            view_func,
            defaults=defaults,
            **options,
        )


def once(func: Callable[[Any], None]) -> Callable[[Any], None]:
    """Wrap a recorded function to run at a blueprint's first registration only."""

    def run(state: BlueprintSetupState) -> None:
        if state.first_registration:
            func(state)

    return update_wrapper(run, func)

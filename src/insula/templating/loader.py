"""The loader that looks in the application's folder, then in its blueprints'."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jinja2 import BaseLoader, TemplateNotFound

from insula.context.stacks import request_stack
from insula.templating.explain import explain_template_loading_attempts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from jinja2 import Environment

__all__ = ["DispatchingJinjaLoader"]

Source = tuple[str, "str | None", "Callable[[], bool] | None"]


class DispatchingJinjaLoader(BaseLoader):
    """Ask the application's loader first, then each blueprint's.

    :param app: the application.
    """

    def __init__(self, app: Any) -> None:
        self.app = app

    def get_source(self, environment: Environment, template: str) -> Source:
        """Return the source of ``template`` from the first loader that has it.

        :raises jinja2.TemplateNotFound: if none has.
        """
        if self.app.config["EXPLAIN_TEMPLATE_LOADING"]:
            return self._get_source_explained(environment, template)
        for _, loader in self._iter_loaders():
            try:
                return loader.get_source(environment, template)
            except TemplateNotFound:
                continue
        raise TemplateNotFound(template)

    def _get_source_explained(self, environment: Environment, template: str) -> Source:
        attempts: list[tuple[BaseLoader, Any, Source | None]] = []
        found: Source | None = None
        for owner, loader in self._iter_loaders():
            try:
                source = loader.get_source(environment, template)
            except TemplateNotFound:
                attempts.append((loader, owner, None))
                continue
            attempts.append((loader, owner, source))
            if found is None:
                found = source
        ctx = request_stack.top
        blueprint = ctx._request.blueprint if ctx is not None else None
        explain_template_loading_attempts(self.app, template, attempts, blueprint)
        if found is None:
            raise TemplateNotFound(template)
        return found

    def _iter_loaders(self) -> Iterator[tuple[Any, BaseLoader]]:
        for owner in (self.app, *self.app.iter_blueprints()):
            loader = owner.jinja_loader
            if loader is not None:
                yield owner, loader

    def list_templates(self) -> list[str]:
        """Return the names of all templates."""
        names: set[str] = set()
        for _, loader in self._iter_loaders():
            names.update(loader.list_templates())
        return list(names)

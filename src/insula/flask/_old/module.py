"""``flask.module``: modules, which are blueprints since Flask 0.7.

In a request of a module an endpoint without a dot is the module's, and one that begins
with a dot the application's; of blueprints the reverse is true. Templates of a module
are found below its name.
"""

from __future__ import annotations

import weakref
from pathlib import Path
from typing import TYPE_CHECKING, Any

from insula._core.lazy import lazy
from insula.app import Blueprint
from insula.context.stacks import get_request_node

if TYPE_CHECKING:
    from jinja2 import BaseLoader

__all__ = [
    "Blueprint",
    "Module",
    "blueprint_is_module",
    "is_old_module",
    "modules",
    "register_module",
]


def blueprint_is_module(bp: object) -> bool:
    """Tell whether a blueprint is a module."""
    return isinstance(bp, Module)


class Module(Blueprint):
    """A blueprint that is named after its module and finds its folders by itself.

    :param import_name: the module it is defined in, usually ``__name__``.
    :param name: the last part of ``import_name`` by default.
    :param static_path: where its files are served; below its prefix by default.
    """

    def __init__(
        self,
        import_name: str,
        name: str | None = None,
        url_prefix: str | None = None,
        static_path: str | None = None,
        subdomain: str | None = None,
    ) -> None:
        if name is None:
            _, dot, name = import_name.rpartition(".")
            if not dot:
                raise AssertionError(
                    f"A module needs a name: {import_name!r} is no part of a package"
                    " to be named after; give name=."
                )
        super().__init__(
            name,
            import_name,
            url_prefix=url_prefix,
            subdomain=subdomain,
            template_folder="templates",
            static_url_path=static_path,
        )
        if Path(self.root_path, "static").is_dir():
            self.static_folder = "static"

    @lazy
    def jinja_loader(self) -> BaseLoader:
        """The loader of its templates, which go by ``name/template``."""
        from jinja2 import FileSystemLoader, PrefixLoader

        folder = Path(self.root_path, "templates")
        return PrefixLoader({self.name: FileSystemLoader(folder)})

    def register(self, app: Any, options: dict[str, Any]) -> None:
        """Register it, and have the endpoints of its requests mean what they did."""
        super().register(app, options)
        if "_url_for" not in vars(app):
            app._url_for = _UrlFor(app)


class _UrlFor:
    """The application's builder of URLs, where it has modules."""

    def __init__(self, app: Any) -> None:
        # NOTE: the application has it; see `weakref.ref` in its constructor.
        self._app = weakref.ref(app)

    def __call__(self, endpoint: str, *args: Any) -> Any:
        app: Any = self._app()
        ctx: Any = get_request_node()[0]
        if ctx is not None and ctx.app is app:
            name = ctx._request.blueprint
            if blueprint_is_module(app.blueprints.get(name)):
                if "." not in endpoint:
                    endpoint = f"{name}.{endpoint}"
                else:
                    endpoint = endpoint.removeprefix(".")
        return type(app)._url_for(app, endpoint, *args)


def register_module(app: Any, module: Any, **options: Any) -> None:
    """Register a module; of the application's class."""
    if not blueprint_is_module(module):
        raise AssertionError(
            f"register_module() takes a Module, not {module!r}; register a blueprint"
            " by register_blueprint()."
        )
    app.register_blueprint(module, **options)


@property  # type: ignore[misc]  # it is put into a class by its name
def modules(app: Any) -> dict[str, Any]:
    """The blueprints that are modules."""
    found = app.blueprints.items()
    return {name: bp for name, bp in found if blueprint_is_module(bp)}


@property  # type: ignore[misc]  # it is put into a class by its name
def is_old_module(request: Any) -> bool:
    """Whether the blueprint of the request is a module."""
    from insula.proxies import current_app

    return blueprint_is_module(current_app.blueprints.get(request.blueprint))

"""``flask.module``: modules, which are blueprints since Flask 0.7."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from insula.app import Blueprint

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


def register_module(app: Any, module: Any, **options: Any) -> None:
    """Register a module; of the application's class."""
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

"""The application of @name@. The factory only composes: each concept has its file."""

from __future__ import annotations

from typing import Any

from insula import Insula

from @package@ import errors, pages

__all__ = ["create_app"]


def create_app(config: dict[str, Any] | None = None) -> Insula:
    """Return a new application.

    Later settings win: those here, instance/config.py, variables of the environment
    that begin with @PREFIX@_, and `config`.
    """
    app = Insula(__name__, instance_relative_config=True)
    app.config["SESSION_COOKIE_SAMESITE"] = "Lax"
    app.config.from_pyfile("config.py", silent=True)
    app.config.from_prefixed_env("@PREFIX@")
    app.config.from_mapping(config or {})

    app.register_blueprint(pages.bp)
    errors.init_app(app)
    return app

"""The stand-in for the module ``flask``: Insula's own objects under Flask's names.

:func:`install` puts it in the place of ``flask``. Each module here re-exports; none
holds more than what only these names need. As in the package root, names and modules
are imported when they are first used (PEP 562).
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from insula.flask.place import FLASK_VERSION, install, is_installed

if TYPE_CHECKING:
    from insula._core.signals import (
        appcontext_popped,
        appcontext_pushed,
        appcontext_tearing_down,
        before_render_template,
        got_request_exception,
        message_flashed,
        request_finished,
        request_started,
        request_tearing_down,
        template_rendered,
    )
    from insula.app import Blueprint, Config
    from insula.app import Insula as Flask
    from insula.context import (
        after_this_request,
        copy_current_request_context,
        has_app_context,
        has_request_context,
    )
    from insula.dispatch import stream_with_context
    from insula.flask import (
        app as app,
    )
    from insula.flask import (
        blueprints as blueprints,
    )
    from insula.flask import (
        cli as cli,
    )
    from insula.flask import (
        config as config,
    )
    from insula.flask import (
        ctx as ctx,
    )
    from insula.flask import (
        debughelpers as debughelpers,
    )
    from insula.flask import (
        helpers as helpers,
    )
    from insula.flask import (
        json as json,
    )
    from insula.flask import (
        logging as logging,
    )
    from insula.flask import (
        sansio as sansio,
    )
    from insula.flask import (
        sessions as sessions,
    )
    from insula.flask import (
        signals as signals,
    )
    from insula.flask import (
        templating as templating,
    )
    from insula.flask import (
        testing as testing,
    )
    from insula.flask import (
        typing as typing,
    )
    from insula.flask import (
        views as views,
    )
    from insula.flask import (
        wrappers as wrappers,
    )
    from insula.http import Request, Response
    from insula.proxies import current_app, g, request, session
    from insula.shortcuts import (
        abort,
        flash,
        get_flashed_messages,
        get_template_attribute,
        make_response,
        redirect,
        render_template,
        render_template_string,
        send_file,
        send_from_directory,
        stream_template,
        stream_template_string,
        url_for,
    )
    from insula.shortcuts import jsonify as jsonify  # its return type

__all__ = [
    "Blueprint",
    "Config",
    "Flask",
    "Request",
    "Response",
    "abort",
    "after_this_request",
    "appcontext_popped",
    "appcontext_pushed",
    "appcontext_tearing_down",
    "before_render_template",
    "copy_current_request_context",
    "current_app",
    "flash",
    "g",
    "get_flashed_messages",
    "get_template_attribute",
    "got_request_exception",
    "has_app_context",
    "has_request_context",
    "install",
    "json",
    "jsonify",
    "make_response",
    "message_flashed",
    "redirect",
    "render_template",
    "render_template_string",
    "request",
    "request_finished",
    "request_started",
    "request_tearing_down",
    "send_file",
    "send_from_directory",
    "session",
    "stream_template",
    "stream_template_string",
    "stream_with_context",
    "template_rendered",
    "url_for",
]

# Where each name lives.
_HOMES = {
    "Blueprint": "insula.app",
    "Config": "insula.app",
    "Flask": "insula.app",
    "Request": "insula.http",
    "Response": "insula.http",
    "abort": "insula.shortcuts",
    "after_this_request": "insula.context",
    "appcontext_popped": "insula._core.signals",
    "appcontext_pushed": "insula._core.signals",
    "appcontext_tearing_down": "insula._core.signals",
    "before_render_template": "insula._core.signals",
    "copy_current_request_context": "insula.context",
    "current_app": "insula.proxies",
    "flash": "insula.shortcuts",
    "g": "insula.proxies",
    "get_flashed_messages": "insula.shortcuts",
    "get_template_attribute": "insula.shortcuts",
    "got_request_exception": "insula._core.signals",
    "has_app_context": "insula.context",
    "has_request_context": "insula.context",
    "jsonify": "insula.json",
    "make_response": "insula.shortcuts",
    "message_flashed": "insula._core.signals",
    "redirect": "insula.shortcuts",
    "render_template": "insula.shortcuts",
    "render_template_string": "insula.shortcuts",
    "request": "insula.proxies",
    "request_finished": "insula._core.signals",
    "request_started": "insula._core.signals",
    "request_tearing_down": "insula._core.signals",
    "send_file": "insula.shortcuts",
    "send_from_directory": "insula.shortcuts",
    "session": "insula.proxies",
    "stream_template": "insula.shortcuts",
    "stream_template_string": "insula.shortcuts",
    "stream_with_context": "insula.dispatch",
    "template_rendered": "insula._core.signals",
    "url_for": "insula.shortcuts",
}
_MODULES = frozenset(
    {
        "app",
        "blueprints",
        "cli",
        "config",
        "ctx",
        "debughelpers",
        "globals",
        "helpers",
        "json",
        "logging",
        "sansio",
        "sessions",
        "signals",
        "templating",
        "testing",
        "typing",
        "views",
        "wrappers",
    }
)

# NOTE: the builtin `globals` is not to be had here: it is a module of this package.
_names = vars(sys.modules[__name__])


def __getattr__(name: str) -> Any:
    from insula._core.loading import load

    if name == "__version__":
        import warnings

        warnings.warn(
            "'flask.__version__' is deprecated; use feature detection, or"
            " importlib.metadata.version('flask').",
            DeprecationWarning,
            stacklevel=2,
        )
        return FLASK_VERSION
    if (name in _MODULES or name in _HOMES) and is_installed():
        from insula.flask._modules import bring

        bring()
    if name in _MODULES:
        return load(f"insula.flask.{name}")
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module 'flask' has no attribute {name!r}")
    value = load(home, "Insula" if name == "Flask" else name)
    _names[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*_names, *__all__, *_MODULES})

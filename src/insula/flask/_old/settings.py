"""Settings that were attributes of the application, and keys that nobody reads.

A key of the latter kind does something when it is set: its value goes where it belongs
today, on ``app.json`` for one. What no program sets is neither there nor told of; a key
that is asked for by name all the same has the value that it had by default.
"""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from insula.flask._old.attach import apps
from insula.flask._old.environment import get_env
from insula.flask._old.logs import rename
from insula.flask._old.telling import is_refused

if TYPE_CHECKING:
    import os
    from collections.abc import Callable

__all__ = [
    "KEYS",
    "default_of",
    "env",
    "from_json",
    "preserve_context",
    "propagate_exceptions",
    "request_globals_class",
    "send_file_max_age_default",
    "session_cookie_name",
    "set_key",
    "static_path",
    "templates_auto_reload",
    "use_x_sendfile",
]

_NOTHING = object()


def _on_json(name: str) -> Callable[[Any, Any], None]:
    def apply(app: Any, value: Any) -> None:
        # Flask 2.2 took None for a key that is not set.
        if value is not None and hasattr(app.json, name):
            setattr(app.json, name, value)

    return apply


def _set_pretty(app: Any, value: Any) -> None:
    if value is not None and hasattr(app.json, "compact"):
        # NOTE: without it documents are pretty in debug mode all the same.
        app.json.compact = False if value else None


def _set_logger_name(app: Any, value: Any) -> None:
    if value is not None:
        rename(app, value)


def _leave(app: Any, value: Any) -> None:
    """Do nothing."""


#: The keys, with their defaults of old and what setting one does to the application.
KEYS: dict[str, tuple[Any, Callable[[Any, Any], None]]] = {
    "ENV": ("production", _leave),
    "JSON_AS_ASCII": (True, _on_json("ensure_ascii")),
    "JSON_SORT_KEYS": (True, _on_json("sort_keys")),
    "JSONIFY_MIMETYPE": ("application/json", _on_json("mimetype")),
    "JSONIFY_PRETTYPRINT_REGULAR": (False, _set_pretty),
    "LOGGER_HANDLER_POLICY": ("always", _leave),
    "LOGGER_NAME": (None, _set_logger_name),
    "PRESERVE_CONTEXT_ON_EXCEPTION": (None, _leave),
}


def set_key(config: Any, key: str, value: Any) -> None:
    """Tell that a key is set, and apply it to the application it belongs to."""
    app = apps.get(id(config))
    if is_refused(f"app.config[{key}]") or app is None or app.config is not config:
        return
    KEYS[key][1](app, value)


def default_of(key: str) -> Any:
    """Return the value that a key had by default.

    :raises KeyError: where the filters of warnings refuse the key.
    """
    if is_refused(f"app.config[{key}]"):
        raise KeyError(key)
    return get_env() if key == "ENV" else KEYS[key][0]


def _read(app: Any, key: str) -> Any:
    return dict.get(app.config, key)


def _write(app: Any, key: str, value: Any) -> None:
    # The attribute has been told of; the key need not be.
    dict.__setitem__(app.config, key, value)


def _setting(key: str) -> property:
    return property(
        lambda app: _read(app, key), lambda app, value: _write(app, key, value)
    )


session_cookie_name = _setting("SESSION_COOKIE_NAME")
use_x_sendfile = _setting("USE_X_SENDFILE")


def _env(app: Any) -> str:
    name = _read(app, "ENV")
    return get_env() if name is None else name


def _set_env(app: Any, value: str) -> None:
    _write(app, "ENV", value)


env = property(_env, _set_env)


def _max_age(app: Any) -> timedelta | None:
    value: Any = _read(app, "SEND_FILE_MAX_AGE_DEFAULT")
    return timedelta(seconds=value) if isinstance(value, int) else value


def _set_max_age(app: Any, value: Any) -> None:
    _write(app, "SEND_FILE_MAX_AGE_DEFAULT", value)


send_file_max_age_default = property(_max_age, _set_max_age)


def _propagates(app: Any) -> bool:
    value: bool | None = _read(app, "PROPAGATE_EXCEPTIONS")
    return bool(app.testing or app.debug) if value is None else value


def _set_propagates(app: Any, value: Any) -> None:
    _write(app, "PROPAGATE_EXCEPTIONS", value)


propagate_exceptions = property(_propagates, _set_propagates)


def _preserves(app: Any) -> bool:
    value: bool | None = _read(app, "PRESERVE_CONTEXT_ON_EXCEPTION")
    return bool(app.debug) if value is None else value


def _set_preserves(app: Any, value: Any) -> None:
    _write(app, "PRESERVE_CONTEXT_ON_EXCEPTION", value)


preserve_context = property(_preserves, _set_preserves)


def _auto_reloads(app: Any) -> bool:
    value: bool | None = _read(app, "TEMPLATES_AUTO_RELOAD")
    return bool(app.debug) if value is None else value


def _set_auto_reloads(app: Any, value: Any) -> None:
    _write(app, "TEMPLATES_AUTO_RELOAD", value)
    app.jinja_env_auto_reload(_auto_reloads(app))


templates_auto_reload = property(_auto_reloads, _set_auto_reloads)


def _globals_class(app: Any) -> Any:
    return app.app_ctx_globals_class


def _set_globals_class(app: Any, value: Any) -> None:
    app.app_ctx_globals_class = value


request_globals_class = property(_globals_class, _set_globals_class)


def _static_path(app: Any) -> Any:
    return app.static_url_path


def _set_static_path(app: Any, value: Any) -> None:
    app.static_url_path = value


static_path = property(_static_path, _set_static_path)


def from_json(
    config: Any, filename: str | os.PathLike[str], silent: bool = False
) -> bool:
    """Load a file of JSON; of the class of configurations."""
    loaded: bool = config.from_file(filename, load=json.load, silent=silent)
    return loaded

"""Old attributes of Werkzeug's requests and responses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from insula.flask._bygone.structures import put
from insula.flask._bygone.telling import tell

if TYPE_CHECKING:
    from types import ModuleType

__all__ = ["amend_werkzeug_wrappers"]

_UTF_8 = "nothing: texts are UTF-8"


def _is_xhr(instance: Any, owner: type) -> Any:  # noqa: ARG001 - of the descriptor
    if instance is None:
        return False
    said: str = instance.headers.get("X-Requested-With", "")
    return said.lower() == "xmlhttprequest"


class _UserAgents:
    """The class of ``request.user_agent``: one that reads browsers, when it is used."""

    def __get__(self, instance: Any, owner: type) -> Any:
        from insula.flask._bygone.useragents import UserAgent

        return UserAgent


def _amend_set_cookie(cls: Any) -> None:
    base = cls.set_cookie

    def set_cookie(
        self: Any, key: str, value: Any = "", *args: Any, **kwargs: Any
    ) -> None:
        if "charset" in kwargs and tell(
            "'charset' is an old argument of set_cookie(), removed in Werkzeug 3.0."
            f" Today: {_UTF_8}."
        ):
            kwargs.pop("charset")
        if isinstance(value, bytes) and tell(
            "A cookie's value as bytes is old, removed in Werkzeug 3.0. Today: a text."
        ):
            value = value.decode()
        base(self, key, value, *args, **kwargs)

    set_cookie.__doc__ = base.__doc__
    cls.set_cookie = set_cookie


def _amend_json(cls: Any) -> None:
    """Have a body that is not said to be JSON be None, as it was before 2.1."""
    base = cls.on_json_loading_failed

    def on_json_loading_failed(self: Any, e: ValueError | None) -> Any:
        if e is None and tell(
            "request.json of another type than JSON is None because of legacy=True;"
            " since Werkzeug 2.1 it is an error. Today: request.get_json(silent=True)."
        ):
            return None
        return base(self, e)

    on_json_loading_failed.__doc__ = base.__doc__
    cls.on_json_loading_failed = on_json_loading_failed


def amend_werkzeug_wrappers(module: ModuleType) -> None:
    """Give requests and responses their old attributes."""
    request, response = module.Request, module.Response
    put(
        request,
        "is_xhr",
        "Werkzeug 1.0",
        "a header of your own, or request.headers.get('X-Requested-With')",
        _is_xhr,
    )
    for cls, name, value in (
        (request, "charset", "utf-8"),
        (request, "url_charset", "utf-8"),
        (request, "encoding_errors", "replace"),
        (request, "disable_data_descriptor", False),
        (response, "charset", "utf-8"),
    ):
        put(
            cls,
            name,
            "Werkzeug 3.0",
            _UTF_8,
            lambda instance, owner, value=value: value,  # noqa: ARG005 - of the descriptor
        )
    request.user_agent_class = _UserAgents()
    _amend_json(request)
    _amend_set_cookie(response)

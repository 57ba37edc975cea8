"""Old ``werkzeug.wrappers``: the parts that Request and Response were made of.

Both have all of it today, so a part here adds nothing. What it does is answer
:func:`isinstance` and :func:`issubclass` as it did: each request is an ``AcceptMixin``.
"""

from __future__ import annotations

from typing import Any

from werkzeug.wrappers import Request, Response

__all__ = [
    "AcceptMixin",
    "AuthorizationMixin",
    "BaseRequest",
    "BaseResponse",
    "CORSRequestMixin",
    "CORSResponseMixin",
    "CommonRequestDescriptorsMixin",
    "CommonResponseDescriptorsMixin",
    "ETagRequestMixin",
    "ETagResponseMixin",
    "JSONMixin",
    "PlainRequest",
    "ResponseStreamMixin",
    "StreamOnlyMixin",
    "UserAgentMixin",
    "WWWAuthenticateMixin",
]


class _Part(type):
    """The class of a part: its instances are those of the wholes that it is in."""

    wholes: tuple[type, ...] = ()

    def __instancecheck__(cls, instance: Any) -> bool:
        return cls.__subclasscheck__(type(instance))

    def __subclasscheck__(cls, subclass: type) -> bool:
        wholes = vars(cls).get("wholes", ())
        return issubclass(subclass, wholes) or type.__subclasscheck__(cls, subclass)


class _BaseRequest(Request, metaclass=_Part):
    wholes = (Request,)


class _BaseResponse(Response, metaclass=_Part):
    wholes = (Response,)


def _part(name: str, *wholes: type) -> Any:
    # A class of the user's that has a part needs no `wholes` of its own, so none is
    # inherited: vars() above.
    return _Part(
        name,
        (),
        {
            "wholes": wholes,
            "__module__": "werkzeug.wrappers",
            "__doc__": f"A part of {' and '.join(each.__name__ for each in wholes)}.",
            "__slots__": (),
        },
    )


def _named(cls: Any, name: str) -> Any:
    cls.__name__ = cls.__qualname__ = name
    cls.__module__ = "werkzeug.wrappers"
    return cls


BaseRequest = _named(_BaseRequest, "BaseRequest")
BaseResponse = _named(_BaseResponse, "BaseResponse")
AcceptMixin = _part("AcceptMixin", Request)
AuthorizationMixin = _part("AuthorizationMixin", Request)
CommonRequestDescriptorsMixin = _part("CommonRequestDescriptorsMixin", Request)
CORSRequestMixin = _part("CORSRequestMixin", Request)
ETagRequestMixin = _part("ETagRequestMixin", Request)
UserAgentMixin = _part("UserAgentMixin", Request)
CommonResponseDescriptorsMixin = _part("CommonResponseDescriptorsMixin", Response)
CORSResponseMixin = _part("CORSResponseMixin", Response)
ETagResponseMixin = _part("ETagResponseMixin", Response)
ResponseStreamMixin = _part("ResponseStreamMixin", Response)
WWWAuthenticateMixin = _part("WWWAuthenticateMixin", Response)
JSONMixin = _part("JSONMixin", Request, Response)


class StreamOnlyMixin:
    """Leaves the body in its stream: no form, no files are read from it."""

    disable_data_descriptor = True
    want_form_data_parsed = False


class PlainRequest(StreamOnlyMixin, Request):
    """A request whose body stays in its stream."""

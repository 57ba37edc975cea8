"""Our proxies are proxies for those who ask by Werkzeug's class, too.

Extensions tell a proxy from what it stands for by
``isinstance(value, werkzeug.local.LocalProxy)``, for ``request`` is not to be touched
outside a request. Where the stand-in is, that name is a class derived from Werkzeug's
own, which changes nothing of it, but says yes of Insula's proxies. A program that makes
proxies with it makes Werkzeug's.

Source: the Python language reference, section 3.3.4, "Customizing instance and subclass
checks".
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from types import ModuleType

__all__ = ["recognise"]


class _Recognising(type):
    """The class of a class that has Insula's proxies among its instances."""

    def __instancecheck__(cls, instance: Any) -> bool:
        # NOTE: not of what it stands for, which may not be there.
        return issubclass(type(instance), cls)

    def __subclasscheck__(cls, subclass: Any) -> bool:
        if "_recognised" not in vars(cls):
            return super().__subclasscheck__(subclass)  # one that is derived from it
        return issubclass(subclass, vars(cls)["_recognised"])


def recognise(module: ModuleType) -> None:
    """Have the module's ``LocalProxy`` say yes of ours; a second time does nothing."""
    own: Any = vars(module)["LocalProxy"]
    if isinstance(own, _Recognising):
        return
    from insula.local import LocalProxy

    members = {
        "__doc__": own.__doc__,
        "__module__": own.__module__,
        "__slots__": (),
        "_recognised": (own, LocalProxy),
    }
    vars(module)["LocalProxy"] = _Recognising("LocalProxy", (own,), members)

"""Class-based views: a class whose instances answer requests."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from insula._core.asynchrony import is_async
from insula.context.current import current_app, request

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection

    from insula._core.types import ResponseReturnValue

__all__ = ["MethodView", "View", "http_method_funcs"]

http_method_funcs = frozenset(
    {"get", "post", "head", "options", "delete", "put", "trace", "patch"}
)


class View:
    """Subclass, define :meth:`dispatch_request`, register ``View.as_view("name")``."""

    #: The methods that the view answers; the rule's by default.
    methods: ClassVar[Collection[str] | None] = None
    #: Whether OPTIONS is answered without the view.
    provide_automatic_options: ClassVar[bool | None] = None
    #: Decorators of the view function, the innermost first.
    decorators: ClassVar[list[Callable[..., Any]]] = []
    #: Whether each request gets an instance of its own.
    init_every_request: ClassVar[bool] = True

    def dispatch_request(
        self, *args: Any, **kwargs: Any
    ) -> ResponseReturnValue | Awaitable[ResponseReturnValue]:
        """Answer the request; the URL's variable parts are keyword arguments."""
        raise NotImplementedError(
            f"{type(self).__name__} must define dispatch_request()."
        )

    @classmethod
    def as_view(
        cls, name: str, *class_args: Any, **class_kwargs: Any
    ) -> Callable[..., ResponseReturnValue]:
        """Return a view function.

        :param name: its name, and so its endpoint.
        :param class_args: for the constructor, as are ``class_kwargs``.
        """
        shared: Any = None
        if cls.init_every_request:

            def view(**kwargs: Any) -> Any:
                instance = view.view_class(*class_args, **class_kwargs)  # type: ignore[attr-defined]  # set below
                return current_app.ensure_sync(instance.dispatch_request)(**kwargs)

        else:
            shared = cls(*class_args, **class_kwargs)

            def view(**kwargs: Any) -> Any:
                return current_app.ensure_sync(shared.dispatch_request)(**kwargs)

        if cls.decorators:
            view.__name__ = name
            view.__module__ = cls.__module__
            for decorator in cls.decorators:
                view = decorator(view)

        # Attributes that registration and extensions look at. They are set on the
        # function and not in a closure, so that a decorator may copy them.
        attributes: dict[str, Any] = {
            "view_class": cls,
            "__name__": name,
            "__doc__": cls.__doc__,
            "__module__": cls.__module__,
            "methods": cls.methods,
            "provide_automatic_options": cls.provide_automatic_options,
        }
        for key, value in attributes.items():
            setattr(view, key, value)
        if not cls.decorators and cls._is_async():

            async def twin(**kwargs: Any) -> Any:
                instance: View = (
                    view.view_class(*class_args, **class_kwargs)  # type: ignore[attr-defined]  # set above
                    if cls.init_every_request
                    else shared
                )
                return await instance._dispatch_on_loop(**kwargs)

            # What an event loop calls, for this very function and no copy of it.
            view._async_twin = (view, twin)  # type: ignore[attr-defined]  # of our own
        return view

    @classmethod
    def _is_async(cls) -> bool:
        """Tell whether a request is answered without anything synchronous."""
        return is_async(cls.dispatch_request)

    async def _dispatch_on_loop(self, **kwargs: Any) -> Any:
        return await self.dispatch_request(**kwargs)  # type: ignore[misc]  # it is async


class MethodView(View):
    """A view with a method per HTTP method: ``def get(self)``, ``def post(self)``."""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "methods" in cls.__dict__:
            return
        methods: set[str] = set()
        for base in cls.__bases__:
            methods.update(getattr(base, "methods", None) or ())
        methods.update(key.upper() for key in http_method_funcs if hasattr(cls, key))
        if methods:
            cls.methods = methods

    def dispatch_request(self, *args: Any, **kwargs: Any) -> ResponseReturnValue:
        """Call the method that is named as the request's; GET's answers HEAD, too."""
        return current_app.ensure_sync(self._method())(*args, **kwargs)  # type: ignore[no-any-return]  # the method's

    def _method(self) -> Callable[..., Any]:
        name = request.method.lower()
        method: Callable[..., Any] | None = getattr(self, name, None)
        if method is None and name == "head":
            method = getattr(self, "get", None)
        if method is None:
            raise AssertionError(f"Unimplemented method {request.method!r}")
        return method

    @classmethod
    def _is_async(cls) -> bool:
        if cls.dispatch_request is not MethodView.dispatch_request:
            return super()._is_async()
        methods = [getattr(cls, key, None) for key in http_method_funcs]
        return all(is_async(method) for method in methods if method is not None)

    async def _dispatch_on_loop(self, **kwargs: Any) -> Any:
        if type(self).dispatch_request is not MethodView.dispatch_request:
            return await super()._dispatch_on_loop(**kwargs)
        return await self._method()(**kwargs)

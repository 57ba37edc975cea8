"""Handlers of errors by status code, and by the blueprint that they are for."""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping
from typing import Any

__all__ = [
    "ErrorHandlers",
    "blueprint_order",
    "error_handlers",
    "register_error_handler",
]


class ErrorHandlers(MutableMapping[int, Any]):
    """The application's own handlers by the code of what they handle."""

    def __init__(self, app: Any) -> None:
        self._app = app

    def _spec(self) -> Any:
        return self._app.error_handler_spec[None]

    def __getitem__(self, code: int) -> Any:
        handlers = self._spec().get(code)
        if not handlers:
            raise KeyError(code)
        return next(iter(handlers.values()))

    def __setitem__(self, code: int, handler: Any) -> None:
        self._app.register_error_handler(code, handler)

    def __delitem__(self, code: int) -> None:
        del self._spec()[code]

    def __iter__(self) -> Iterator[int]:
        return iter([code for code, found in self._spec().items() if code and found])

    def __len__(self) -> int:
        return sum(1 for _ in self)


def _assign(app: Any, handlers: Any) -> None:
    own = ErrorHandlers(app)
    for code in own:
        del own[code]
    # NOTE: not `update`, whose frame would be taken for the program's.
    for code, handler in handlers.items():
        own[code] = handler


error_handlers = property(ErrorHandlers, _assign)


def register_error_handler(
    app: Any, key: str | None, code_or_exception: Any, f: Any
) -> None:
    """Register a handler for a blueprint, or for all; of the application's class."""
    exc_class, code = app._get_exc_class_and_code(code_or_exception)
    app.error_handler_spec[key][code][exc_class] = f


def _blueprints(app: Any) -> list[Any]:
    return [*app.iter_blueprints()]


blueprint_order = property(_blueprints)

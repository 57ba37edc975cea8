"""Static files of an application or a blueprint, and sending files in general."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from insula.context.current import current_app, request
from insula.context.stacks import get_app_node
from insula.http.files import send_from_directory

__all__ = ["StaticFiles", "file_options"]


def _app() -> Any:
    # PERF: several of its attributes are read for one file.
    ctx = get_app_node()[0]
    app = None if ctx is None else ctx._live_app
    return current_app if app is None else app


def file_options(app: Any, kwargs: dict[str, Any]) -> dict[str, Any]:
    """Complete the options of ``send_file`` from the request and ``app``."""
    if kwargs.get("max_age") is None:
        kwargs["max_age"] = app.get_send_file_max_age
    kwargs.update(
        environ=request.environ,
        use_x_sendfile=app.config["USE_X_SENDFILE"],
        response_class=app.response_class,
        _root_path=app.root_path,
    )
    return kwargs


def _prepare_send_file_kwargs(**kwargs: Any) -> dict[str, Any]:
    # Flask's name, which extensions call: for the current application.
    return file_options(current_app, kwargs)


class StaticFiles:
    """Send the files of :attr:`static_folder`."""

    has_static_folder: bool
    static_folder: str | None

    def get_send_file_max_age(self, filename: str | None) -> int | None:  # noqa: ARG002 - for overrides
        """Return for how many seconds a file may be cached; ``None``: ask each time.

        ``SEND_FILE_MAX_AGE_DEFAULT`` of the configuration.
        """
        value: Any = _app().config["SEND_FILE_MAX_AGE_DEFAULT"]
        if isinstance(value, timedelta):
            return int(value.total_seconds())
        age: int | None = value
        return age

    def send_static_file(self, filename: str) -> Any:
        """Answer with a file of the static folder; the view of the static route.

        :raises RuntimeError: if there is no static folder.
        """
        folder = self.static_folder
        if folder is None:
            raise RuntimeError(
                f"{self!r} has no static folder: set 'static_folder' to serve"
                " static files."
            )
        return send_from_directory(
            folder,
            filename,
            **file_options(_app(), {"max_age": self.get_send_file_max_age(filename)}),
        )

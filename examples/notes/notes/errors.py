"""What is shown when something goes wrong: a page to people, JSON to programs."""

from __future__ import annotations

from werkzeug.exceptions import HTTPException, UnprocessableEntity
from werkzeug.wrappers import Response

from insula import Insula, json, render_template, request

__all__ = ["InvalidFieldsError", "init_app"]

MESSAGES = {
    403: "You are not allowed to see this.",
    404: "There is nothing here. The address may be mistyped, or the page is gone.",
    500: "Something broke on our side. It has been noted; try again in a moment.",
}


class InvalidFieldsError(UnprocessableEntity):
    """Some fields of a document cannot be taken as they are."""

    description = "Some fields are not valid."

    def __init__(self, fields: dict[str, str]) -> None:
        super().__init__()
        self.fields = fields


def init_app(app: Insula) -> None:
    """Answer every HTTP error, and every exception as error 500."""
    app.register_error_handler(HTTPException, show_error)


def show_error(exc: HTTPException) -> Response | HTTPException:
    """Return the error as a page, or under /api as JSON."""
    if exc.response is not None or exc.code is None:
        return exc  # it says itself what to answer
    # The exception's own response has the headers that belong to it, as Allow with 405.
    response = Response(status=exc.code, headers=exc.get_headers())
    if request.path.startswith("/api/"):
        error = {"status": exc.code, "name": exc.name, "message": _message(exc)}
        if isinstance(exc, InvalidFieldsError):
            error["fields"] = exc.fields
        response.set_data(json.dumps({"error": error}) + "\n")
        response.content_type = "application/json"
    else:
        response.set_data(
            render_template(
                "error.html", code=exc.code, name=exc.name, message=_message(exc)
            )
        )
    return response


def _message(exc: HTTPException) -> str:
    # Werkzeug's own sentence stands on the class; abort()'s on the exception.
    if exc.description == type(exc).description and exc.code in MESSAGES:
        return MESSAGES[exc.code]
    return exc.description or exc.name

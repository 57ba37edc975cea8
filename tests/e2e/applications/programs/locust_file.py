"""Users for locust, a page of its own beside locust's, and one that needs a session."""

# What is imported is in the environment of the application only.
# mypy: disable-error-code="import-not-found, untyped-decorator, misc"

from __future__ import annotations

from typing import Any

from flask import (
    Blueprint,
    redirect,
    request,
    session,
    url_for,
)
from flask_login import (
    UserMixin,
    login_user,
)
from locust import (
    HttpUser,
    constant,
    events,
    task,
)

pages = Blueprint("pages", __name__)


@pages.route("/count", methods=["GET", "POST"])
def count() -> Any:
    """Count in the session."""
    if request.method == "POST":
        session["count"] = session.get("count", 0) + int(request.form["by"])
        return redirect(url_for(".count"))
    return {"count": session.get("count", 0)}


class Person(UserMixin):
    """Somebody who may look at locust's pages."""

    id = "ada"


@pages.route("/sign-in", methods=["POST"])
def sign_in() -> Any:
    """Let in whoever has a name, as locust's own page asks."""
    if not request.form.get("username"):
        return "no name", 403
    login_user(Person())
    return redirect(url_for("locust.index"))


@events.init.add_listener
def extend(environment: Any, **_: Any) -> None:
    """Add a page to locust's."""
    if environment.web_ui:
        environment.web_ui.app.secret_key = "not secret"
        environment.web_ui.app.register_blueprint(pages)
        if environment.web_ui.web_login:
            environment.web_ui.auth_args = {"username_password_callback": "/sign-in"}
            environment.web_ui.login_manager.user_loader(lambda _: Person())


class Visitor(HttpUser):
    """Asks locust's own server, which is there in any case."""

    wait_time = constant(0.1)

    @task(3)
    def look(self) -> None:
        """Read a page."""
        self.client.get("/count")

    @task
    def miss(self) -> None:
        """Ask for one that is not there."""
        self.client.get("/nowhere")

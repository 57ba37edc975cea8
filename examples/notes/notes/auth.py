"""Pages about accounts: register, log in, log out, the account itself.

The session holds the user's id and nothing else about them. It is emptied at every
login and logout, so that nothing planted in it before lives on (session fixation).
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, ParamSpec, TypeVar

from insula import (
    Blueprint,
    flash,
    g,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from notes.accounts import (
    NameTakenError,
    add_user,
    check_login,
    drop_token,
    find_user,
    new_token,
)
from notes.forms import AccountForm

if TYPE_CHECKING:
    from collections.abc import Callable

    from werkzeug.wrappers import Response

    from notes.models import User

__all__ = ["bp", "login_required"]

P = ParamSpec("P")
R = TypeVar("R")

bp = Blueprint("auth", __name__)


@bp.before_app_request
def load_user() -> None:
    """Put the session's user on `g`, for every view of the application."""
    g.user = None
    if request.endpoint == "static":
        return
    user_id = session.get("user_id")
    if user_id is not None:
        g.user = find_user(user_id)


def login_required(view: Callable[P, R]) -> Callable[P, R | Response]:
    """Send whoever is not logged in to the login page, and back afterwards."""

    @functools.wraps(view)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> R | Response:
        if g.user is None:
            flash("Log in to see this page.", "info")
            here = request.full_path.rstrip("?") if request.method == "GET" else None
            return redirect(url_for("auth.login", next=here))
        return view(*args, **kwargs)

    return guarded


@bp.get("/register")
def register() -> str | Response:
    """Show the form for a new account."""
    if g.user is not None:
        return redirect(url_for("notes.index"))
    return render_template("auth/register.html", name="", errors={})


@bp.post("/register")
def create_account() -> tuple[str, int] | Response:
    """Make an account and log it in."""
    form = AccountForm(request.form.get("name", ""), request.form.get("password", ""))
    errors = form.errors()
    if not errors and form.password != request.form.get("repeat"):
        errors["repeat"] = "The passwords differ."
    if not errors:
        try:
            user = add_user(form.name, form.password)
        except NameTakenError:
            errors["name"] = "This name is taken; choose another."
        else:
            _log_in(user)
            flash(f"Welcome, {user.name}! Your account is ready.", "success")
            return redirect(url_for("notes.index"))
    return render_template("auth/register.html", name=form.name, errors=errors), 422


@bp.get("/login")
def login() -> str | Response:
    """Show the login form."""
    if g.user is not None:
        return redirect(url_for("notes.index"))
    return render_template("auth/login.html", name="")


@bp.post("/login")
def start_session() -> tuple[str, int] | Response:
    """Check name and password, and log in."""
    name = request.form.get("name", "")
    # Longer than any password of ours: not worth the work of hashing.
    password = request.form.get("password", "")[:257]
    user = check_login(name, password)
    if user is None:
        # One message for both, so that it does not tell which names exist.
        flash("Name or password is wrong.", "error")
        return render_template("auth/login.html", name=name), 401
    _log_in(user)
    flash(f"Welcome back, {user.name}.", "success")
    return redirect(_local_target(request.args.get("next")) or url_for("notes.index"))


@bp.post("/logout")
def logout() -> Response:
    """Forget who is logged in."""
    session.clear()
    flash("You are logged out.", "info")
    return redirect(url_for("notes.index"))


@bp.get("/account")
@login_required
def account() -> str:
    """Show the account and its token for the API."""
    return render_template("auth/account.html", token=None)


@bp.post("/account/token")
@login_required
def make_token() -> str:
    """Make a new token and show it, this once."""
    token = new_token(g.user.id)
    load_user()
    return render_template("auth/account.html", token=token)


@bp.post("/account/token/revoke")
@login_required
def revoke_token() -> Response:
    """Make the token worthless."""
    drop_token(g.user.id)
    flash("The token is revoked.", "success")
    return redirect(url_for("auth.account"))


def _log_in(user: User) -> None:
    session.clear()
    session["user_id"] = user.id


def _local_target(target: str | None) -> str | None:
    """Return the path if it leads to a page of this application, never elsewhere.

    Browsers read two slashes, of either kind, as the start of another host, and they
    drop control characters.
    """
    if not target or not target.startswith("/") or target[1:2] in {"/", "\\"}:
        return None
    return target if target.isprintable() else None

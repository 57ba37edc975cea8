"""Flask-Login 0.4 remembers who is logged in."""

# ruff: noqa: ANN001, ANN201, ANN204 - written as such programs were
# mypy: ignore-errors

from flask import Flask
from flask_login import (
    LoginManager,
    UserMixin,
    current_user,
    login_required,
    login_user,
    logout_user,
)

app = Flask(__name__)
app.secret_key = "key"
manager = LoginManager(app)
manager.login_view = "login"


class User(UserMixin):
    def __init__(self, id):
        self.id = id


@manager.user_loader
def load_user(user_id):
    return User(user_id)


@app.route("/login")
def login():
    login_user(User("grace"), remember=True)
    return "in"


@app.route("/logout")
@login_required
def logout():
    logout_user()
    return "out"


@app.route("/me")
@login_required
def me():
    return current_user.get_id()


client = app.test_client()
answer = client.get("/me")
assert answer.status_code == 302, answer.status
assert "/login?next=" in answer.headers["Location"]
assert client.get("/login").data == b"in"
assert client.get("/me").data == b"grace"
with client.session_transaction() as session:
    session.clear()
assert client.get("/me").data == b"grace", "by the cookie that remembers"
client.get("/logout")
assert client.get("/me").status_code == 302

"""Flask-Security 3.0 registers people, lets them in, and knows what they may."""

# ruff: noqa: ANN201 - written as such programs were
# mypy: ignore-errors

from flask import Flask
from flask_security import (
    RoleMixin,
    Security,
    SQLAlchemyUserDatastore,
    UserMixin,
    current_user,
    login_required,
    roles_required,
)
from flask_sqlalchemy import SQLAlchemy

app = Flask(__name__)
app.config.update(
    SECRET_KEY="key",
    SECURITY_PASSWORD_HASH="pbkdf2_sha512",
    SECURITY_PASSWORD_SALT="salt",
    SECURITY_REGISTERABLE=True,
    SECURITY_SEND_REGISTER_EMAIL=False,
    SQLALCHEMY_DATABASE_URI="sqlite://",
    SQLALCHEMY_TRACK_MODIFICATIONS=False,
    WTF_CSRF_ENABLED=False,
)
db = SQLAlchemy(app)
roles_users = db.Table(
    "roles_users",
    db.Column("user_id", db.Integer, db.ForeignKey("user.id")),
    db.Column("role_id", db.Integer, db.ForeignKey("role.id")),
)


class Role(db.Model, RoleMixin):
    id = db.Column(db.Integer, primary_key=True)
    name = db.Column(db.String(80), unique=True)


class User(db.Model, UserMixin):
    id = db.Column(db.Integer, primary_key=True)
    email = db.Column(db.String(255), unique=True)
    password = db.Column(db.String(255))
    active = db.Column(db.Boolean)
    roles = db.relationship("Role", secondary=roles_users)


people = SQLAlchemyUserDatastore(db, User, Role)
security = Security(app, people)


@app.before_first_request
def make_tables():
    db.create_all()
    people.find_or_create_role("boss")
    db.session.commit()


@app.route("/me")
@login_required
def me():
    return current_user.email


@app.route("/office")
@roles_required("boss")
def office():
    return "office"


client = app.test_client()
form = {
    "email": "ada@example.com",
    "password": "engines",
    "password_confirm": "engines",
}
answer = client.post("/register", data=form)
assert answer.status_code == 302, answer.data
assert client.get("/me").data == b"ada@example.com"
assert client.get("/office").status_code == 302
with app.app_context():
    people.add_role_to_user("ada@example.com", "boss")
    db.session.commit()
assert client.get("/office").data == b"office"
client.get("/logout")
assert client.get("/me").status_code == 302
form["password"] = "no engines"
assert b"Invalid password" in client.post("/login", data=form).data
form["password"] = "engines"
assert client.post("/login", data=form).status_code == 302
assert client.get("/me").data == b"ada@example.com"

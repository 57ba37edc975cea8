"""Flask-JWT hands out a token, and lets in who has one."""

# ruff: noqa: ANN001, ANN201, ANN204 - written as such programs were
# mypy: ignore-errors

from flask import Flask, json
from flask_jwt import JWT, current_identity, jwt_required


class User(object):  # noqa: UP004
    def __init__(self, id, username):
        self.id = id
        self.username = username


ada = User(1, "ada")


def authenticate(username, password):
    return ada if (username, password) == ("ada", "lovelace") else None


def identity(payload):
    return ada if payload["identity"] == 1 else None


app = Flask(__name__)
app.config["SECRET_KEY"] = "a long enough key for a test of it"
jwt = JWT(app, authenticate, identity)


@app.route("/protected")
@jwt_required()
def protected():
    return f"for {current_identity.username}"


client = app.test_client()
assert client.get("/protected").status_code == 401
answer = client.post(
    "/auth",
    data=json.dumps({"username": "ada", "password": "lovelace"}),
    content_type="application/json",
)
token = json.loads(answer.data)["access_token"]
answer = client.get("/protected", headers={"Authorization": "JWT " + token})
assert answer.data == b"for ada", answer.data

"""Flask-OAuthlib sends people to another server, and asks it who they are."""

# ruff: noqa: ANN001, ANN201, ANN204 - written as such programs were
# mypy: ignore-errors

from flask import Flask, jsonify, request, session
from flask_oauthlib.client import OAuth

app = Flask(__name__)
app.secret_key = "key"
remote = OAuth(app).remote_app(
    "other",
    consumer_key="program",
    consumer_secret="secret",
    request_token_params={"scope": "email"},
    base_url="https://other.example/",
    access_token_method="POST",
    access_token_url="/token",
    authorize_url="https://other.example/authorize",
)
other = Flask("other")


@other.route("/token", methods=["POST"])
def token():
    assert request.form["code"] == "a code"
    return jsonify(access_token="a token", token_type="Bearer")


@other.route("/me")
def who():
    assert request.headers["Authorization"] == "Bearer a token"
    return jsonify(name="ada")


class Answer(object):  # noqa: UP004
    def __init__(self, response):
        self.code = response.status_code
        self.headers = {"content-type": response.content_type}


def ask(uri, headers=None, data=None, method=None):
    answer = other.test_client().open(
        uri, headers=headers, data=data, method=method or ("POST" if data else "GET")
    )
    return Answer(answer), answer.data


remote.http_request = ask


@remote.tokengetter
def get_token():
    return session.get("token")


@app.route("/login")
def login():
    return remote.authorize(callback="https://localhost/back", state="any & all")


@app.route("/back")
def back():
    session["token"] = (remote.authorized_response()["access_token"], "")
    return remote.get("me").data["name"]


client = app.test_client()
answer = client.get("/login")
assert answer.status_code == 302
place = answer.headers["Location"]
assert place.startswith("https://other.example/authorize?response_type=code"), place
assert "client_id=program" in place
assert client.get("/back?code=a+code&state=any+%26+all").data == b"ada"

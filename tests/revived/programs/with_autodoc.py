"""Flask-Autodoc writes a page about an application's routes."""

# ruff: noqa: ANN001, ANN201 - written as such programs were
# mypy: ignore-errors

from flask import Flask
from flask_autodoc import Autodoc

app = Flask(__name__)
auto = Autodoc(app)


@app.route("/posts")
@auto.doc(groups=["posts", "public"])
def posts():
    """Return all posts."""
    return ""


@app.route("/post/<int:id>", methods=["POST"])
@auto.doc(groups=["posts", "private"])
def post(id):
    """Create a new post."""
    return ""


@app.route("/documentation")
def documentation():
    return auto.html("posts", title="The blog")


page = app.test_client().get("/documentation").data.decode()
assert "The blog" in page
assert "Return all posts." in page
assert "Create a new post." in page
with app.app_context():
    assert [each["rule"] for each in auto.generate("private")] == ["/post/<int:id>"]

"""Flask-SQLAlchemy 2 with the SQLAlchemy of its time."""

# ruff: noqa: ANN001, ANN201 - written as such programs were
# mypy: ignore-errors

from flask import Flask, jsonify
from flask_sqlalchemy import SQLAlchemy, get_debug_queries

app = Flask(__name__)
app.config["SQLALCHEMY_DATABASE_URI"] = "sqlite://"
app.config["SQLALCHEMY_TRACK_MODIFICATIONS"] = False
app.config["SQLALCHEMY_RECORD_QUERIES"] = True
db = SQLAlchemy(app)


class User(db.Model):
    id = db.Column(db.Integer, primary_key=True)
    name = db.Column(db.String(80), unique=True)
    posts = db.relationship("Post", backref="user", lazy="dynamic")


class Post(db.Model):
    id = db.Column(db.Integer, primary_key=True)
    title = db.Column(db.String(80))
    user_id = db.Column(db.Integer, db.ForeignKey("user.id"))


@app.route("/users/<int:page>")
def users(page):
    found = User.query.order_by(User.name).paginate(page, 2)
    queries = len(get_debug_queries())
    return jsonify(
        names=[user.name for user in found.items], pages=found.pages, queries=queries
    )


@app.route("/user/<name>")
def user(name):
    found = User.query.filter_by(name=name).first_or_404()
    return jsonify(titles=[post.title for post in found.posts])


with app.app_context():
    db.create_all()
    db.session.add(User(name="ada", posts=[Post(title="notes")]))
    db.session.add_all([User(name="grace"), User(name="mary")])
    db.session.commit()
client = app.test_client()
first = client.get("/users/1").json
assert first["names"] == ["ada", "grace"], first
assert first["pages"] == 2
assert first["queries"] >= 2
assert client.get("/users/3").status_code == 404
assert client.get("/user/ada").json == {"titles": ["notes"]}
assert client.get("/user/nobody").status_code == 404

"""Flask-Cache keeps what a view and a function have made."""

# ruff: noqa: ANN001, ANN201 - written as such programs were
# mypy: ignore-errors

from flask import Flask
from flask_cache import Cache

app = Flask(__name__)
app.config["CACHE_TYPE"] = "simple"
cache = Cache(app)
made = []


@app.route("/slow")
@cache.cached(timeout=50)
def slow():
    made.append("view")
    return f"number {len(made)}"


@cache.memoize(50)
def add(a, b):
    made.append("add")
    return a + b


client = app.test_client()
assert client.get("/slow").data == b"number 1"
assert client.get("/slow").data == b"number 1"
with app.app_context():
    assert add(1, 2) == add(1, 2) == 3
    assert made == ["view", "add"]
    cache.delete_memoized(add)
    add(1, 2)
    cache.clear()
assert client.get("/slow").data == b"number 4"
assert made == ["view", "add", "add", "view"]

"""Flask-Classy makes routes of the methods of a class."""

# ruff: noqa: ANN001, ANN201 - written as such programs were
# mypy: ignore-errors

from flask import Flask
from flask_classy import FlaskView, route


class QuotesView(FlaskView):
    quotes = ("Begin at the beginning.", "Curiouser and curiouser!")

    def index(self):
        return " ".join(self.quotes)

    def get(self, id):
        return self.quotes[int(id)]

    @route("/word/<int:number>/<name>")
    def word(self, number, name):
        return f"{name}: {self.quotes[number].split()[0]}"

    def before_get(self, id):
        assert id.isdigit()


app = Flask(__name__)
QuotesView.register(app)
client = app.test_client()
assert (
    client.get("/quotes/").data == b"Begin at the beginning. Curiouser and curiouser!"
)
assert client.get("/quotes/1").data == b"Curiouser and curiouser!"
assert client.get("/quotes/word/0/alice").data == b"alice: Begin"

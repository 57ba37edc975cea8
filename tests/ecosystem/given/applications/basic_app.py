"""The application that Flask-DebugToolbar's tests load; its archive has none.

Its page reads a row by Flask-SQLAlchemy, so that the panel of queries has one.
"""

# mypy: ignore-errors
# What it imports is in the environments of the suite only.
from __future__ import annotations

from flask import Flask, render_template_string
from flask_debugtoolbar import DebugToolbarExtension
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import text

app = Flask(__name__)
app.config |= {
    "DEBUG": True,
    "SECRET_KEY": "of a test",
    "SQLALCHEMY_DATABASE_URI": "sqlite://",
    "SQLALCHEMY_RECORD_QUERIES": True,
}
toolbar = DebugToolbarExtension(app)
database = SQLAlchemy(app)


@app.get("/")
def index() -> str:
    """Show a page that has a body, where the toolbar goes."""
    (one,) = database.session.execute(text("select 1")).one()
    return render_template_string("<html><body>{{ one }}</body></html>", one=one)

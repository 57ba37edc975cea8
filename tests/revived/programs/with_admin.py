"""Flask-Admin 1.5 shows tables, and takes rows."""

# ruff: noqa: ANN201 - written as such programs were
# mypy: ignore-errors

from flask import Flask
from flask_admin import Admin, BaseView, expose
from flask_admin.contrib.sqla import ModelView
from flask_sqlalchemy import SQLAlchemy

app = Flask(__name__)
app.secret_key = "key"
app.config["SQLALCHEMY_DATABASE_URI"] = "sqlite://"
app.config["SQLALCHEMY_TRACK_MODIFICATIONS"] = False
db = SQLAlchemy(app)


class Book(db.Model):
    id = db.Column(db.Integer, primary_key=True)
    title = db.Column(db.String(80))


class StateView(BaseView):
    @expose("/")
    def index(self):
        return f"{Book.query.count()} books"


admin = Admin(app, name="Library", template_mode="bootstrap3")
admin.add_view(ModelView(Book, db.session))
admin.add_view(StateView(name="State", endpoint="state"))
with app.app_context():
    db.create_all()
client = app.test_client()
assert b"Library" in client.get("/admin/").data
answer = client.post("/admin/book/new/", data={"title": "Notes on the Engine"})
assert answer.status_code == 302, answer.status
page = client.get("/admin/book/").data.decode()
assert "Notes on the Engine" in page
assert client.get("/admin/state/").data == b"1 books"

"""Flask-WTF 0.14 checks a form and its token."""

# ruff: noqa: ANN201 - written as such programs were
# mypy: ignore-errors

import io
import re

from flask import Flask, render_template_string
from flask_wtf import CSRFProtect, FlaskForm
from flask_wtf.file import FileField, FileRequired
from wtforms import StringField
from wtforms.validators import DataRequired

app = Flask(__name__)
app.secret_key = "key"
CSRFProtect(app)


class GuestForm(FlaskForm):
    name = StringField("Name", validators=[DataRequired()])
    photo = FileField("Photo", validators=[FileRequired()])


@app.route("/", methods=["GET", "POST"])
def index():
    form = GuestForm()
    if form.validate_on_submit():
        return f"{form.name.data} {form.photo.data.filename}"
    return render_template_string("{{ form.hidden_tag() }}{{ form.errors }}", form=form)


client = app.test_client()
token = re.search(r'value="([^"]+)"', client.get("/").data.decode()).group(1)
assert client.post("/", data={"name": "ada"}).status_code == 400
answer = client.post("/", data={"csrf_token": token, "name": ""})
assert b"This field is required." in answer.data
photo = (io.BytesIO(b"pixels"), "ada.png")
answer = client.post("/", data={"csrf_token": token, "name": "ada", "photo": photo})
assert answer.data == b"ada ada.png", answer.data

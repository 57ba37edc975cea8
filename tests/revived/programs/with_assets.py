"""Flask-Assets puts files together, and names the result in a template."""

# ruff: noqa: ANN201 - written as such programs were
# mypy: ignore-errors

import tempfile
from pathlib import Path

from flask import Flask, render_template_string
from flask_assets import Bundle, Environment

home = tempfile.mkdtemp()
static = Path(home) / "static"
static.mkdir()
for name, text in (("a.css", "a { color: red }"), ("b.css", "b { color: blue }")):
    (static / name).write_text(text)

app = Flask(__name__, root_path=home)
assets = Environment(app)
assets.register("all", Bundle("a.css", "b.css", output="all.css"))


@app.route("/")
def index():
    return render_template_string(
        "{% assets 'all' %}<link href='{{ ASSET_URL }}'>{% endassets %}"
    )


client = app.test_client()
page = client.get("/").data.decode()
assert page.startswith("<link href='/static/all.css?"), page
text = client.get("/static/all.css").data
assert text == b"a { color: red }\nb { color: blue }", text

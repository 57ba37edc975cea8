"""Flask-Uploads saves files, and serves them."""

# ruff: noqa: ANN001, ANN201 - written as such programs were
# mypy: ignore-errors

import io
import tempfile

from flask import Flask, request
from flask_uploads import IMAGES, UploadNotAllowed, UploadSet, configure_uploads

app = Flask(__name__)
app.config["UPLOADED_PHOTOS_DEST"] = tempfile.mkdtemp()
photos = UploadSet("photos", IMAGES)
configure_uploads(app, (photos,))


@app.route("/upload", methods=["POST"])
def upload():
    try:
        return photos.url(photos.save(request.files["photo"]))
    except UploadNotAllowed:
        return "no", 400


client = app.test_client()


def send(name):
    return client.post("/upload", data={"photo": (io.BytesIO(b"pixels"), name)})


assert send("a program.exe").status_code == 400
url = send("../my cat.png").data.decode()
assert url.endswith("/_uploads/photos/my_cat.png"), url
assert client.get(url).data == b"pixels"
assert send("my cat.png").data.decode().endswith("my_cat_1.png")

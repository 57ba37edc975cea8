"""The application on Quart."""

from benchmarks.beside.asgi.apps.flasklike import make_app

__all__ = ["app"]

app = make_app("quart", "Quart")

"""The application on Insula."""

from benchmarks.beside.asgi.apps.flasklike import make_app

__all__ = ["app"]

app = make_app("insula", "Insula")

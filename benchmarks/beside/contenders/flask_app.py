"""The application on Flask."""

from benchmarks.beside.contenders.flasklike import make_apps, micros

__all__ = ["APPS", "MICROS", "app"]

APPS = make_apps("flask", "Flask")
MICROS = micros("flask", APPS["main"])
app = APPS["main"]

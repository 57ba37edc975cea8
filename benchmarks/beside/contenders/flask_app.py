"""The application on Flask."""

from benchmarks.beside.contenders.flasklike import make_apps, makers, micros

__all__ = ["APPS", "MAKERS", "MICROS", "app"]

APPS = make_apps("flask", "Flask")
MICROS = micros("flask", APPS["main"])
MAKERS = makers("flask", "Flask", APPS["main"])
app = APPS["main"]

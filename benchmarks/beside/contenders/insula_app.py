"""The application on Insula."""

from benchmarks.beside.contenders.flasklike import make_apps, micros

__all__ = ["APPS", "MICROS", "app"]

APPS = make_apps("insula", "Insula")
MICROS = micros("insula", APPS["main"])
app = APPS["main"]

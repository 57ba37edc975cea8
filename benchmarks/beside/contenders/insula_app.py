"""The application on Insula."""

from benchmarks.beside.contenders.flasklike import make_apps, makers, micros

__all__ = ["APPS", "MAKERS", "MICROS", "app"]

APPS = make_apps("insula", "Insula")
MICROS = micros("insula", APPS["main"])
MAKERS = makers("insula", "Insula", APPS["main"])
app = APPS["main"]

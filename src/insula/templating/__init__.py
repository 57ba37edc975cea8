"""Jinja, bound to an application: environment, loader, rendering."""

from insula.templating.environment import Environment
from insula.templating.loader import DispatchingJinjaLoader
from insula.templating.render import render, stream

__all__ = ["DispatchingJinjaLoader", "Environment", "render", "stream"]

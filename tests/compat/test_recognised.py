"""Extensions that know a proxy by Werkzeug's class know ours."""

from __future__ import annotations

import subprocess
import sys

import pytest

# Each is run where the stand-in has been put in place before, and where after.
PROGRAM = """
from flask import Flask, current_app, g, request, session
from flask.globals import app_ctx, request_ctx
from werkzeug.local import Local, LocalProxy, LocalStack

for proxy in (current_app, g, request, session, app_ctx, request_ctx):
    assert isinstance(proxy, LocalProxy), type(proxy)
assert issubclass(type(request), LocalProxy)
for other in (None, "text", Flask, Flask("x"), Local(), LocalStack(), object()):
    assert not isinstance(other, LocalProxy), other

user = LocalProxy(lambda: "ada")
assert type(user) is LocalProxy and isinstance(user, LocalProxy)
assert user == "ada" and user._get_current_object() == "ada"
local = Local()
local.name = "bob"
assert isinstance(local("name"), LocalProxy) and local("name") == "bob"


class Own(LocalProxy):
    pass


assert isinstance(Own(lambda: 1), LocalProxy) and not isinstance(user, Own)
assert not isinstance(request, Own)
assert LocalProxy.__module__ == "werkzeug.local" and LocalProxy.__name__ == "LocalProxy"
assert not hasattr(user, "__dict__") or vars(user) is not None

import copy, werkzeug.local
assert copy.copy(user) == "ada"
assert werkzeug.local.__loader__ is werkzeug.local.__spec__.loader
assert type(werkzeug.local.__loader__).__name__ == "SourceFileLoader"

# As Flask-Injector asks the globals of templates.
app = Flask("x")
found = [name for name, value in app.jinja_env.globals.items()
         if isinstance(value, LocalProxy)]
assert {"g", "request", "session"} <= {*found}
"""


@pytest.mark.parametrize("before", ["", "import werkzeug.local\n"])
def test_proxies_are_instances_of_werkzeugs_class(before: str) -> None:
    program = f"{before}import insula.flask\ninsula.flask.install()\n{PROGRAM}"
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")

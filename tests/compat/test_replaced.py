"""What programs put in the place of functions of Flask and its server is called."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING, Any

from insula import Insula
from insula.flask import templating

if TYPE_CHECKING:
    import pytest


def test_render_that_was_replaced_is_called_until_it_is_put_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    app = Insula(__name__)
    seen: list[tuple[Any, Any, Any]] = []

    def render(application: Any, template: Any, context: Any) -> str:
        seen.append((application, template.name, context))
        return "instead"

    with app.app_context():
        with monkeypatch.context() as patch:
            patch.setattr(templating, "_render", render)
            patch.setattr(
                templating, "_stream", lambda *args: iter(["s", str(args[2])])
            )
            instead = templating.render_template_string("real {{ x }}", x=1)
            streamed = list(templating.stream_template_string("real", x=1))
        real = templating.render_template_string("real {{ x }}", x=1)
        pieces = list(templating.stream_template_string("real {{ x }}", x=1))

    assert instead == "instead"
    assert seen == [(app, None, {"x": 1})]
    assert streamed == ["s", "{'x': 1}"]
    assert real == "real 1"
    assert "".join(pieces) == "real 1"


PROGRAM = """
import os, signal, socketserver, threading, time
from urllib.error import URLError
from urllib.request import urlopen
from flask import Flask

app = Flask(__name__)
app.get("/")(lambda: "served")
bind = socketserver.TCPServer.server_bind

def ask(port):
    while True:  # what is bound does not listen yet
        try:
            print(urlopen(f"http://127.0.0.1:{port}/").read().decode(), flush=True)
            break
        except URLError:
            time.sleep(0.01)
    os.kill(os.getpid(), signal.SIGTERM)

def server_bind(self):
    bind(self)
    assert self.server_address == self.socket.getsockname()
    print("bound", flush=True)
    threading.Thread(target=ask, args=self.server_address[1:]).start()

socketserver.TCPServer.server_bind = server_bind
app.run(port=0)
"""


def test_socket_is_bound_by_what_replaced_the_method_of_pythons_server() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "insula", "as-flask", "python", "-c", PROGRAM],
        stdout=subprocess.PIPE,
        text=True,
        check=False,
        timeout=60,
    )

    assert done.stdout.splitlines()[0] == "bound"
    assert done.stdout.splitlines()[-1] == "served"
    assert done.returncode == 0

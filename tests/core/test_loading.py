"""Names that are loaded late are found by whichever thread asks first."""

from __future__ import annotations

import subprocess
import sys

import pytest

# Each in a process of its own: only the first use loads anything.
PROGRAM = """
import sys, threading
import {package} as package

def use(name):
    gate.wait()
    try:
        getattr(package, name)
    except BaseException as error:
        failed.append(f"{{name}}: {{error!r}}")

names = "{app} jsonify redirect request Response url_for send_file Blueprint".split()
names *= 3
gate, failed = threading.Barrier(len(names)), []
sys.setswitchinterval(1e-5)
threads = [threading.Thread(target=use, args=(name,)) for name in names]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(len(threads), failed)
"""


@pytest.mark.parametrize("package", ["insula", "insula.flask"])
def test_names_are_found_by_many_threads_that_ask_at_once(package: str) -> None:
    app = "Flask" if package == "insula.flask" else "Insula"
    program = PROGRAM.format(package=package, app=app)
    runs = [
        subprocess.Popen(
            [sys.executable, "-c", program], stdout=subprocess.PIPE, text=True
        )
        for _ in range(3)
    ]
    assert [run.communicate(timeout=60)[0] for run in runs] == ["24 []\n"] * 3

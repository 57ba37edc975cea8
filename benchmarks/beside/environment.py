"""An environment for the peers, and a description of this machine without its paths.

Rules of the file: the peers are installed by name, by the interpreter that runs this;
what they share with Insula (Werkzeug, Granian) comes in the same versions, by way of
the constraints.
"""

from __future__ import annotations

import json
import os
import platform
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = [
    "ROOT",
    "environment",
    "installed",
    "machine",
    "merged",
    "peers_python",
]

ROOT = Path(__file__).parents[2]
PEERS = (
    *("flask[async]", "falcon", "bottle", "starlette", "blacksheep", "quart"),
    *("granian", "gunicorn", "uvicorn", "httptools", "uvloop", "websockets"),
    "sqlalchemy",
)


def peers_python() -> str:
    """Return the interpreter of the peers' environment; make that if need be."""
    folder = ROOT / ".cache" / "bench"
    python = folder / "bin" / "python"
    ready = folder / "ready"
    constraints = ROOT / "constraints.txt"
    stamp = f"{sys.version} {PEERS} {constraints.read_text()}"
    if not ready.exists() or ready.read_text() != stamp:
        print("Making an environment for the peers ...", file=sys.stderr)
        subprocess.run(
            [sys.executable, "-m", "venv", "--clear", str(folder)], check=True
        )
        install = [str(python), "-m", "pip", "install", "-q", "-c", str(constraints)]
        subprocess.run([*install, *PEERS], check=True)
        ready.write_text(stamp)
    return str(python)


def environment() -> dict[str, str]:
    """Return what every contender is started with: Insula is there, as it stands here.

    It is not installed among the peers, for whom the ASGI side shares one environment.
    """
    return {**os.environ, "PYTHONPATH": str(ROOT / "src")}


def installed(python: str, *packages: str) -> dict[str, str]:
    """Return the versions of packages in an interpreter's environment."""
    program = (
        "import json, sys; from importlib.metadata import version;"
        " print(json.dumps({name: version(name) for name in sys.argv[1:]}))"
    )
    run = subprocess.run(
        [python, "-c", program, *packages], capture_output=True, text=True, check=True
    )
    found: dict[str, str] = json.loads(run.stdout)
    return found


def merged(found: Iterable[Mapping[str, str]]) -> str:
    """Return what environments have in words; of a package that differs, both."""
    versions: dict[str, list[str]] = {}
    for environment_ in found:
        for name, version in environment_.items():
            seen = versions.setdefault(name, [])
            if version not in seen:
                seen.append(version)
    return ", ".join(f"{name} {' and '.join(seen)}" for name, seen in versions.items())


def machine() -> str:
    """Return what the figures were measured on."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (
        f"{_processor()}, {os.cpu_count()} CPUs, {memory:.0f} GiB,"
        f" {platform.system()} {'.'.join(platform.release().split('.')[:2])},"
        f" {platform.python_implementation()} {platform.python_version()}"
    )


def _processor() -> str:
    try:
        text = Path("/proc/cpuinfo").read_text()
    except OSError:
        return platform.machine()
    found = re.search(r"^model name\s*: (.+)$", text, re.MULTILINE)
    return found[1] if found else platform.machine()

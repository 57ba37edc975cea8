"""Ask a server with curl, and write the answer so that two can be compared.

Left out of an answer is what the server, and not the application, decides: the version
of HTTP, the date, its name, and how the body is framed. Where two different servers
answer, the reason phrase is the server's, too.
"""

from __future__ import annotations

import hashlib
import re
import shlex
import subprocess
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from tests.suites.sources import SuiteError

if TYPE_CHECKING:
    from tests.e2e.applications.application import Facts, Stage

__all__ = ["answers", "curl", "one_by_one", "read"]

OF_THE_SERVER = frozenset(
    {
        *("connection", "date", "keep-alive", "server", "transfer-encoding"),
        "last-modified",  # of a file: when it was installed
    }
)
# A compressed body is longer or shorter with the number of the port that is in it.
OF_THE_PORT = frozenset({"content-length"})
AT_ONCE = 4
SHOWN = 1000  # characters; a longer body is told by its digest
# What is another in every run, or in every installation.
CHANCE = (
    (re.compile(r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b"), "UUID"),
    (re.compile(r'((?:nonce|opaque)=)"?[0-9a-f]+"?'), r"\1RANDOM"),
    (re.compile(r"(boundary=-+)[0-9A-Za-z]+"), r"\1RANDOM"),
    (re.compile(r"(?<=m)1\d{9}(?=[.\"])"), "TIME"),  # of a file, in its name
    (re.compile(r"(session=\.?[\w-]+)\.[\w-]+\.[\w-]+"), r"\1.SIGNED"),  # with the time
    (re.compile(r"[\w-]{22,}~[0-9a-f]{64}"), "SIGNED"),  # Dash's, likewise
    (re.compile(r"\d{4}-\d\d-\d\d-\d\dh\d\d"), "TIME"),
    (re.compile(r'"\d+\.\d+-(\d+)-\d+"'), r'"FILE OF \1"'),
)


def curl(stage: Stage, line: str) -> list[Any]:
    """Ask once; return each answer: its status, headers and body.

    :param line: arguments of curl; a word that begins with a slash is a path.
    :raises SuiteError: if curl has no answer.
    """
    words = [
        stage.base + word if word.startswith("/") else word
        for word in shlex.split(line)
    ]
    done = subprocess.run(
        ["curl", "-s", "-i", "--path-as-is", "--max-time", "30", *words],
        capture_output=True,
        check=False,
        cwd=stage.folder,
    )
    if done.returncode:
        raise SuiteError(f"curl {line} ended with {done.returncode}.")
    return read(done.stdout, stage)


def answers(stage: Stage, lines: str) -> Facts:
    """Ask once for each line that is not empty, a few at a time."""
    wanted = [line.strip() for line in lines.splitlines() if line.strip()]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return dict(zip(wanted, pool.map(partial(curl, stage), wanted), strict=True))


def one_by_one(stage: Stage, lines: str) -> Facts:
    """Ask once for each line that is not empty, in this order."""
    wanted = [line.strip() for line in lines.splitlines() if line.strip()]
    return {line: curl(stage, line) for line in wanted}


def read(rest: bytes, stage: Stage) -> list[Any]:
    """Read what curl printed: every head, and the body of the last answer."""
    seen: list[Any] = []
    while rest.startswith(b"HTTP/"):
        head, _, rest = rest.partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        status = first.partition(" ")[2]
        if status.startswith("1"):
            continue  # interim: "go on" is the server's to say
        headers = [line.partition(": ")[::2] for line in lines]
        left_out = OF_THE_SERVER
        if any(name.lower() == "content-encoding" for name, _ in headers):
            left_out |= OF_THE_PORT
        told = sorted(
            f"{name.lower()}: {_plain(_in_order(name, value), stage)}"
            for name, value in headers
            if name.lower() not in left_out
        )
        seen.append([status if stage.one_server else status[:3], told])
    return [*seen, _body(rest, stage)]


def _in_order(name: str, value: str) -> str:
    # Methods come out of a set: in another order in every process.
    return ", ".join(sorted(value.split(", "))) if name.lower() == "allow" else value


def _body(data: bytes, stage: Stage) -> str:
    text = _plain(data.decode("latin-1"), stage)
    if len(text) <= SHOWN and text.isprintable() | text.isascii():
        return text
    digest = hashlib.sha256(text.encode("latin-1")).hexdigest()[:16]
    return f"{len(data)} bytes, {digest}"


def _plain(text: str, stage: Stage) -> str:
    """Return the text without what is another in every run."""
    text = text.replace(urlsplit(stage.base).netloc, "HOST")
    for pattern, instead in CHANCE:
        text = pattern.sub(instead, text)
    return text

"""moto's server, driven by boto3: S3 and DynamoDB, also sixteen requests at once."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING

from tests.e2e.applications.application import Application, Way
from tests.e2e.applications.starting import PROGRAMS
from tests.suites.environments import clean_environment
from tests.suites.sources import SuiteError

if TYPE_CHECKING:
    from tests.e2e.applications.application import Facts, Stage

__all__ = ["APPLICATION"]

LIMIT = 240  # seconds


def _by_boto3(stage: Stage) -> Facts:
    client = [str(stage.python), str(PROGRAMS / "moto_client.py"), stage.base]
    if stage.one_server:
        # NOTE: Granian hands over the path decoded. Where moto is not told what was
        # sent, it takes a per cent sign in a key for the beginning of an escape.
        client.append("raw")
    done = subprocess.run(
        client,
        env=clean_environment() | {"HOME": str(stage.folder)},
        capture_output=True,
        text=True,
        check=False,
        timeout=LIMIT,
    )
    if done.returncode:
        raise SuiteError(done.stderr)
    facts: Facts = json.loads(done.stdout)
    return facts


def _way(command: str, *, on_flask: str = "", one_server: bool = False) -> Way:
    return Way(
        command,
        "S3 and DynamoDB round trips by boto3",
        _by_boto3,
        on_flask=on_flask,
        one_server=one_server,
        ready="/moto-api/",
        variables=(("PYTHONPATH", "{programs}"),),
    )


APPLICATION = Application(
    "moto",
    ("moto[server]", "boto3", "gunicorn"),
    (
        _way("moto_server -p {port}", one_server=True),
        _way("gunicorn --threads 8 -b 127.0.0.1:{port} moto_app:app", one_server=True),
        _way(
            "insula --app moto_app:app run --port {port}",
            on_flask="gunicorn --threads 8 -b 127.0.0.1:{port} moto_app:app",
        ),
    ),
)

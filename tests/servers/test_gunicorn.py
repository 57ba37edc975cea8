"""The application under gunicorn's gevent worker, unchanged."""

from __future__ import annotations

import importlib.util
import json
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from benchmarks.sleepers import answers_of
from tests.servers.conftest import Served
from tests.servers.test_greenlets import GET, LONG, post_late

if TYPE_CHECKING:
    from collections.abc import Iterator

PROGRAMS = Path(__file__).parent / "programs"


class Gunicorn(Served):
    @property
    def port(self) -> int:
        return int(self.wait_for(r"Listening at: http://127.0.0.1:(\d+)").group(1))


@pytest.fixture
def gunicorn(tmp_path: Path) -> Iterator[Gunicorn]:
    assert importlib.util.find_spec("gunicorn")
    command = [sys.executable, "-m", "gunicorn", "-k", "gevent", "-b", "127.0.0.1:0"]
    folder = ["--pythonpath", str(PROGRAMS), "--worker-tmp-dir", str(tmp_path)]
    served = Gunicorn([*command, *folder, "islands:app"], {}, tmp_path)
    yield served
    served.kill_group()


@pytest.mark.parametrize("kind", ["sync", "async", "stream"])
def test_requests_at_once_each_have_their_own_values(gunicorn: Any, kind: str) -> None:
    gunicorn.wait_for("Booting worker")
    requests = [GET.format(f"/login/{number}", "") for number in range(100)]
    cookies = [
        re.findall(r"(?i)set-cookie: ([^;]*)", answer)[0]
        for answer in answers_of(gunicorn.port, requests)
    ]
    requests = [
        GET.format(f"/{kind}/{number}?value={number}", f"Cookie: {cookie}\r\n")
        for number, cookie in enumerate(cookies)
    ]
    for number, answer in enumerate(answers_of(gunicorn.port, requests)):
        assert answer.startswith("HTTP/1.1 200"), answer
        assert json.dumps([number] * 30) in answer
    assert gunicorn.stop() == 0
    assert "Traceback" not in gunicorn.output


@pytest.mark.parametrize("way", ["awaited", "plain", "streamed"])
def test_async_view_reads_a_body_that_comes_late(gunicorn: Any, way: str) -> None:
    gunicorn.wait_for("Booting worker")
    assert post_late(gunicorn, way, LONG).endswith(f"\r\n\r\n{LONG}")
    assert gunicorn.stop() == 0
    assert "Traceback" not in gunicorn.output

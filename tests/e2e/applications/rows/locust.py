"""locust's web interface (gevent), by curl and in Chromium, where a test is started."""

from __future__ import annotations

import json
import time
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.request import urlopen

from selenium.webdriver.common.by import By
from selenium.webdriver.support import expected_conditions as expect
from selenium.webdriver.support.wait import WebDriverWait
from tests.e2e.applications.application import Application, Way
from tests.e2e.applications.asking import answers, curl, one_by_one
from tests.e2e.chromium import chromium, console_errors

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.e2e.applications.application import Facts, Stage

__all__ = ["APPLICATION"]

PATIENCE = 60.0
ENOUGH = 20  # requests
STILL = r"""
/
/tasks
/exceptions
/exceptions/csv
/count
-L -c jar -b jar -d "by=2" /count
-d "by=x" /count
-d "user_count=none" /swarm
/swarm
/nowhere
-I /
-X OPTIONS /swarm
/assets/none.js
/stats/requests
"""
LOGIN = r"""
/stats/requests
/
-L /tasks
-d username= /sign-in
-c who -L -d username=ada /sign-in
-b who -c who /stats/requests
-b who -c who /tasks
-b who -c who -L /logout
-b who /tasks
/login
"""


def _stats(stage: Stage) -> Any:
    with urlopen(f"{stage.base}/stats/requests", timeout=PATIENCE) as answer:
        return json.load(answer)


def _until_enough(stage: Stage) -> Any:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        seen = _stats(stage)
        asked = {each["name"]: each["num_requests"] for each in seen["stats"]}
        if asked.get("Aggregated", 0) >= ENOUGH and "/nowhere" in asked:
            return seen
        time.sleep(0.2)
    raise AssertionError(f"locust has asked too little: {_stats(stage)}")


def _swarm(stage: Stage) -> Facts:
    start = f"-d user_count=4 -d spawn_rate=4 -d host={stage.base} /swarm"
    facts: Facts = {"swarm": curl(stage, start)}
    seen = _until_enough(stage)
    facts["asked"] = sorted({each["name"] for each in seen["stats"]})
    facts["state"] = [seen["state"], seen["user_count"]]
    facts["errors"] = sorted(
        [each["name"], each["error"].replace(stage.base, "")] for each in seen["errors"]
    )
    facts["stop"] = curl(stage, "/stop")
    facts["then"] = _stats(stage)["state"]
    for path in ("/stats/requests/csv", "/stats/failures/csv", "/stats/report"):
        # Numbers of this run are in the body; the rest of the head is the same.
        status, *body = curl(stage, path)
        kind = [each for each in status[1] if each.startswith("content-type")]
        facts[path] = [status[0], kind, bool(body)]
    facts["reset"] = curl(stage, "/stats/reset")
    return facts


def _in_chromium(stage: Stage) -> Facts:
    with chromium(stage.folder / "profile", PATIENCE) as driver:
        wait = WebDriverWait(driver, PATIENCE)

        def present(selector: str) -> Any:
            where = (By.CSS_SELECTOR, selector)
            return wait.until(expect.presence_of_element_located(where))

        driver.get(stage.base + "/")
        entry = present("input[name=userCount]")
        facts: Facts = {"page": driver.title, "users": entry.get_attribute("value")}
        host = present("input[name=host]")
        driver.execute_script("arguments[0].select()", host)
        host.send_keys(stage.base)
        present("button[type=submit]").click()
        seen = _until_enough(stage)
        body = (By.TAG_NAME, "body")
        wait.until(expect.text_to_be_present_in_element(body, "RUNNING"))
        facts["started by hand"] = [seen["state"], seen["user_count"]]
        facts["console"] = console_errors(driver)
        facts["stopped by hand"] = curl(stage, "/stop")
        return facts


def _drive(stage: Stage) -> Facts:
    return {**answers(stage, STILL), **_in_chromium(stage), **_swarm(stage)}


def _way(done: str, drive: Callable[[Stage], Facts], *options: str) -> Way:
    command = "locust -f {programs}/locust_file.py --web-host 127.0.0.1"
    return Way(
        " ".join(
            [command, "--web-port {port} --host http://127.0.0.1:{port}", *options]
        ),
        done,
        drive,
        # gevent's, on both sides.
        one_server=True,
    )


APPLICATION = Application(
    "locust",
    ("locust",),
    (
        _way("its pages by curl, a load test by them and in Chromium", _drive),
        _way(
            "Flask-Login asks who is there",
            partial(one_by_one, lines=LOGIN),
            "--web-login",
        ),
    ),
)

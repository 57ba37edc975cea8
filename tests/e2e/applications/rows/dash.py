"""A Dash application in headless Chromium, where callbacks change the page."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from selenium.webdriver.common.by import By
from selenium.webdriver.support import expected_conditions as expect
from selenium.webdriver.support.wait import WebDriverWait
from tests.e2e.applications.application import Application, Way
from tests.e2e.applications.asking import answers
from tests.e2e.chromium import chromium, console_errors

if TYPE_CHECKING:
    from selenium.webdriver import Chrome
    from tests.e2e.applications.application import Facts, Stage

__all__ = ["APPLICATION"]

PATIENCE = 60.0
LINES = r"""
/own
/_dash-layout
/_dash-dependencies
/assets/none.css
-X POST -d "{" -H "Content-Type: application/json" /_dash-update-component
-X GET /_dash-update-component
/any/path/is/the/page
"""


def _in_chromium(stage: Stage, *, debug: bool) -> Facts:
    with chromium(stage.folder / "profile", PATIENCE) as driver:
        facts = _visit(driver, stage.base)
        if debug:
            # Dash's tools show the traceback, the one of the debugger, in a frame.
            facts["error shown"] = _shown(driver, ".dash-fe-error__title")
    if not debug:
        facts |= answers(stage, LINES)
    return facts


def _visit(driver: Chrome, base: str) -> Facts:
    wait = WebDriverWait(driver, PATIENCE)

    def text(place: str, wanted: str) -> str:
        where = (By.ID, place)
        wait.until(expect.text_to_be_present_in_element(where, wanted))
        return driver.find_element(*where).text

    driver.get(base + "/")
    facts: Facts = {"first": text("summary", "up to 25")}
    wait.until(expect.title_is("A chart"))
    wait.until(expect.presence_of_element_located((By.CSS_SELECTOR, "#chart svg")))
    facts["bars or lines"] = len(driver.find_elements(By.CSS_SELECTOR, "#chart .trace"))
    driver.find_element(By.ID, "name").send_keys("Ada")
    for times in (1, 2, 3):
        driver.find_element(By.ID, "greet").click()
        facts[f"greeted {times}"] = text("greeting", f"Ada, {times}")
    driver.get(base + "/elsewhere?a=b")
    facts["other path"] = text("summary", "up to 25")
    driver.find_element(By.ID, "name").send_keys("Eve")
    driver.find_element(By.ID, "greet").click()
    facts["session kept"] = text("greeting", "Eve, 1, 4")
    facts["errors before"] = console_errors(driver)
    driver.find_element(By.ID, "break").click()
    wait.until(lambda _: any("500" in line for line in _logged(driver, facts)))
    facts["errors after"] = any("500" in line for line in facts.pop("console"))
    facts["still"] = text("broken", "whole")
    return facts


def _logged(driver: Chrome, facts: Facts) -> list[str]:
    lines: list[str] = facts.setdefault("console", [])
    lines += console_errors(driver)
    return lines


def _shown(driver: Chrome, selector: str) -> str:
    where = (By.CSS_SELECTOR, selector)
    wait = WebDriverWait(driver, PATIENCE)
    return wait.until(expect.presence_of_element_located(where)).text


def _way(command: str, *, one_server: bool = False, debug: bool = False) -> Way:
    return Way(
        command,
        "callbacks in Chromium" + ", tools for developers" * debug,
        partial(_in_chromium, debug=debug),
        one_server=one_server,
        ready="/_dash-layout",
        variables=(() if debug else (("PYTHONPATH", "{programs}"),)),
    )


APPLICATION = Application(
    "dash",
    ("dash", "gunicorn"),
    (
        _way("python {programs}/dash_app.py {port}"),
        _way("python {programs}/dash_app.py {port} debug", debug=True),
        _way("flask --app dash_app:server run --port {port}"),
        _way(
            "gunicorn --threads 4 -b 127.0.0.1:{port} dash_app:server", one_server=True
        ),
    ),
)

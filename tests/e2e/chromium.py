"""Debian's Chromium without a screen, driven through Selenium."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

from selenium.webdriver import Chrome, ChromeOptions, ChromeService

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["chromium", "console_errors"]

FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--window-size=1280,900",
]
# Selenium looks for no driver and reports nothing: all is here.
OFFLINE = {"SE_OFFLINE": "true", "SE_AVOID_STATS": "true"}


@contextmanager
def chromium(profile: Path, patience: float) -> Iterator[Chrome]:
    """Open a browser with a profile of its own; close it at the end.

    :param patience: seconds that a page may take to load.
    """
    options = ChromeOptions()
    options.binary_location = "/usr/bin/chromium"
    for flag in [*FLAGS, f"--user-data-dir={profile}"]:
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    service = ChromeService("/usr/bin/chromedriver", env=os.environ | OFFLINE)
    driver = Chrome(options, service)
    try:
        driver.set_page_load_timeout(patience)
        yield driver
    finally:
        driver.quit()


def console_errors(driver: Chrome) -> list[str]:
    """Return the errors and warnings logged since last asked."""
    entries = driver.get_log("browser")  # type: ignore[no-untyped-call]  # Selenium types its Chrome methods in part
    return [e["message"] for e in entries if e["level"] in {"SEVERE", "WARNING"}]

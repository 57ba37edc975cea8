"""The demo application in a real browser, served as `make demo` serves it.

Debian's Chromium is driven through Selenium. Each test has a server process, an
instance folder and a browser profile of its own, and fails when the browser's console
shows an error that the test did not mean to cause.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, build_opener

import pytest
from selenium.common.exceptions import WebDriverException
from selenium.webdriver.common.by import By
from selenium.webdriver.support import expected_conditions as expect
from selenium.webdriver.support.wait import WebDriverWait
from tests.e2e.chromium import chromium, console_errors

if TYPE_CHECKING:
    from collections.abc import Iterator

    from selenium.webdriver import Chrome
    from selenium.webdriver.remote.webelement import WebElement

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(180)]

DEMO = Path(__file__).parents[2] / "examples" / "notes"
PATIENCE = 20.0
PHONE = 390


class Server:
    """The demo as a process in a process group of its own."""

    def __init__(self, instance: Path, **env: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "notes"],
            cwd=DEMO,
            env=os.environ
            | {"PORT": "0", "PYTHONUNBUFFERED": "1"}
            | {"NOTES_INSTANCE_PATH": str(instance)}
            | env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self.lines: list[str] = []
        self.url = ""
        self._ready = threading.Event()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        started = self._ready.wait(PATIENCE)
        if not (started and self.url):
            self.stop()
            raise AssertionError(f"The demo did not start:\n{self.output}")

    @property
    def output(self) -> str:
        return "".join(self.lines)

    def stop(self) -> int:
        """End the server as Ctrl-C or a supervisor would, and return its exit code."""
        self.process.terminate()
        try:
            return self.process.wait(PATIENCE)
        finally:
            if self.process.returncode is None:
                os.killpg(self.process.pid, signal.SIGKILL)
                self.process.wait(PATIENCE)
            self._reader.join(PATIENCE)
            assert self.process.stdout is not None
            self.process.stdout.close()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.append(line)
            if found := re.search(r"Running on (http://[\d.]+:\d+)", line):
                self.url = found[1]
                self._ready.set()
        self._ready.set()


class Browser:
    """What a person does with a browser, and what they see."""

    def __init__(self, driver: Chrome, base: str) -> None:
        self.driver = driver
        self.base = base

    def open(self, path: str) -> None:
        self.driver.get(self.base + path)

    def find(self, selector: str) -> WebElement:
        wait = WebDriverWait(self.driver, PATIENCE)
        return wait.until(
            expect.presence_of_element_located((By.CSS_SELECTOR, selector))
        )

    def all(self, selector: str) -> list[WebElement]:
        return self.driver.find_elements(By.CSS_SELECTOR, selector)

    def fill(self, **fields: str) -> None:
        for name, text in fields.items():
            entry = self.find(f"[name={name}]")
            entry.clear()
            entry.send_keys(text)

    def leave(self, target: WebElement) -> None:
        """Click, and wait until another page stands there, complete."""
        # A mark on the page, and not the staleness of an element: asked in the moment
        # of the change, the driver may answer neither yes nor no, but fail.
        self.run("document.documentElement.dataset.old = 1")
        target.click()
        fresh = (
            "return document.readyState === 'complete'"
            " && !('old' in document.documentElement.dataset)"
        )
        wait = WebDriverWait(
            self.driver, PATIENCE, ignored_exceptions=[WebDriverException]
        )
        wait.until(lambda _: self.run(fresh))

    def run(self, script: str) -> Any:
        return self.driver.execute_script(script)

    def press(self, text: str) -> None:
        buttons = [b for b in self.all("main button, nav button") if b.text == text]
        assert len(buttons) == 1, f"{len(buttons)} buttons {text!r} on {self.text}"
        self.leave(buttons[0])

    def follow(self, text: str) -> None:
        links = [a for a in self.all("a") if a.text.strip() == text]
        assert links, f"no link {text!r} on {self.text}"
        self.leave(links[0])

    @property
    def text(self) -> str:
        return self.find("body").text

    @property
    def path(self) -> str:
        return self.driver.current_url.removeprefix(self.base)

    @property
    def heading(self) -> str:
        return self.find("h1").text

    @property
    def flashes(self) -> list[str]:
        return [item.text for item in self.all(".flash")]

    def register(self, name: str, password: str = "correct horse") -> None:
        self.open("/register")
        self.fill(name=name, password=password, repeat=password)
        self.press("Sign up")

    def write_note(self, title: str, body: str) -> None:
        self.open("/notes/new")
        self.fill(title=title, body=body)
        self.press("Save")

    def console_errors(self) -> list[str]:
        """Return the errors logged since last asked."""
        return console_errors(self.driver)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    server = Server(tmp_path / "instance")
    yield server
    code = server.stop()
    assert "Traceback" not in server.output
    assert code == 0, server.output


@pytest.fixture
def browser(server: Server, tmp_path: Path) -> Iterator[Browser]:
    with chromium(tmp_path / "profile", PATIENCE) as driver:
        browser = Browser(driver, server.url)
        yield browser
        assert browser.console_errors() == []


def test_visitor_registers_writes_edits_deletes_and_logs_out(browser: Browser) -> None:
    browser.open("/")
    browser.follow("Create an account")
    browser.fill(name="ada", password="correct horse", repeat="correct horse")
    browser.press("Sign up")
    assert browser.flashes == ["Welcome, ada! Your account is ready."]
    assert "No notes yet" in browser.text

    browser.follow("Write your first note")
    browser.fill(
        title="Ferry", body="Leaves at <b>07:40</b>\nfrom https://harbour.example"
    )
    browser.find("[name=pinned]").click()
    browser.press("Save")
    assert browser.flashes == ["Note saved."]
    assert browser.heading == "Ferry"
    assert "Leaves at <b>07:40</b>\nfrom" in browser.text
    assert [a.text for a in browser.all(".body a")] == ["https://harbour.example"]

    browser.follow("Edit")
    browser.fill(title="Ferry in winter")
    browser.press("Save")
    assert browser.flashes == ["Changes saved."]
    assert browser.heading == "Ferry in winter"

    browser.follow("All notes")
    assert browser.flashes == []
    assert [card.text for card in browser.all(".card h2")] == ["Ferry in winter"]
    assert len(browser.all(".card.pinned")) == 1

    browser.follow("Ferry in winter")
    browser.follow("Delete")
    assert browser.heading == "Delete this note?"
    browser.press("Delete")
    assert browser.flashes == ["“Ferry in winter” is deleted."]
    assert "No notes yet" in browser.text

    browser.press("Log out")
    assert browser.flashes == ["You are logged out."]
    assert not browser.all(".top button")


def test_login_after_wrong_password_returns_to_page_asked_for(browser: Browser) -> None:
    browser.register("ada")
    browser.press("Log out")

    browser.open("/account")
    assert browser.flashes == ["Log in to see this page."]
    browser.fill(name="ada", password="wrong horse")
    browser.press("Log in")
    assert browser.flashes == ["Name or password is wrong."]
    errors = browser.console_errors()
    assert len(errors) == 1, errors
    assert "401" in errors[0]

    browser.fill(password="correct horse")
    browser.press("Log in")
    assert browser.flashes == ["Welcome back, ada."]
    assert browser.path == "/account"


def test_search_narrows_notes_to_matching(browser: Browser) -> None:
    browser.register("ada")
    browser.write_note("Plums", "The old tree by the wall")
    browser.write_note("Tomatoes", "South wall, 100%")

    browser.open("/")
    browser.fill(q="wall 100%")
    browser.press("Search")

    assert [card.text for card in browser.all(".card h2")] == ["Tomatoes"]
    assert "1 note with" in browser.text


def test_unknown_page_shows_error_page_with_way_back(browser: Browser) -> None:
    browser.open("/no/such/page")

    assert browser.heading == "Not Found"
    errors = browser.console_errors()
    assert len(errors) == 1, errors
    assert "404" in errors[0]
    browser.follow("Back to the start")
    assert browser.path == "/"


def test_every_page_fits_a_phone(browser: Browser) -> None:
    browser.driver.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride",
        {"width": PHONE, "height": 844, "deviceScaleFactor": 1, "mobile": True},
    )
    widths: dict[str, int] = {}

    def measure(name: str) -> None:
        # NOTE: a phone's window grows with a page that is too wide, so the page is
        # compared with the number and not with the window.
        widths[name] = browser.run("return document.documentElement.scrollWidth")

    for path in ["/", "/login", "/register", "/no/such/page"]:
        browser.open(path)
        measure(path)
    browser.register("a-rather-long-name-with-32-chars")
    measure("no notes yet")
    browser.write_note("W" * 120, "https://long.example/" + "x" * 300)
    for path in ["/", "/notes/1", "/notes/1/edit", "/notes/1/delete", "/account"]:
        browser.open(path)
        measure(path)
    browser.press("Create a new token")
    measure("token")

    assert {name: w for name, w in widths.items() if w > PHONE} == {}
    errors = browser.console_errors()
    assert len(errors) == 1, errors  # the page that is not there


def test_worker_processes_share_accounts_and_notes(tmp_path: Path) -> None:
    server = Server(tmp_path / "instance", PROCESSES="2")
    try:
        # Each call opens a new connection, which either worker may take.
        browse = build_opener(HTTPCookieProcessor()).open

        def see(path: str) -> str:
            with browse(server.url + path, timeout=PATIENCE) as response:
                page: str = response.read().decode()
                return page

        def send(path: str, **fields: str) -> None:
            found = re.search(r'name="csrf_token" value="([^"]+)', see(path))
            assert found
            data = urlencode(fields | {"csrf_token": found[1]}).encode()
            with browse(server.url + path, data, timeout=PATIENCE) as response:
                assert response.status == 200

        password = "correct horse"
        send("/register", name="ada", password=password, repeat=password)
        for number in range(4):
            send("/notes/new", title=f"note {number}")
        with ThreadPoolExecutor(8) as pool:
            pages = list(pool.map(see, ["/"] * 40))
    finally:
        server.stop()

    assert {page.count("<article") for page in pages} == {4}
    assert "Traceback" not in server.output

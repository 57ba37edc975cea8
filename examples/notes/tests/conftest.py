"""Applications with an instance folder of their own, and people who use them."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

# The demo is run from its folder, not installed.
sys.path.insert(0, str(Path(__file__).parents[1]))

TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')
PASSWORD = "correct horse"


class Person:
    """Someone with a browser: fills in forms as the pages show them."""

    def __init__(self, client: Any, name: str) -> None:
        self.client = client
        self.name = name

    def see(self, path: str, status: int = 200) -> str:
        """Open a page and return it."""
        response = self.client.get(path)
        assert response.status_code == status, response.text
        text: str = response.text
        return text

    def token(self, path: str) -> str:
        """Return the CSRF token of a page's form."""
        found = TOKEN.search(self.see(path))
        assert found, f"no form on {path}"
        return found[1]

    def send(self, path: str, *, form: str | None = None, **fields: str) -> Any:
        """Fill in the form on a page (that of the path itself) and send it."""
        fields["csrf_token"] = self.token(form or path)
        return self.client.post(path, data=fields)

    def register(self) -> Person:
        """Make an account, and be logged in."""
        response = self.send(
            "/register", name=self.name, password=PASSWORD, repeat=PASSWORD
        )
        assert response.status_code == 302, response.text
        return self

    def log_in(self, *, form: str = "/login", password: str = PASSWORD) -> Any:
        """Send name and password through a login form."""
        return self.send(form, name=self.name, password=password)

    def write(self, title: str, body: str = "", **fields: str) -> str:
        """Write a note and return its address."""
        response = self.send("/notes/new", title=title, body=body, **fields)
        assert response.status_code == 302, response.text
        location: str = response.location
        return location

    def api_token(self) -> str:
        """Ask for a token for programs."""
        page = self.send("/account/token", form="/account").text
        found = re.search(r'<code id="token">([^<]+)</code>', page)
        assert found, page
        return found[1]


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Any]:
    from notes import create_app
    from notes.db import create_tables, get_engine

    settings = {"TESTING": True, "PASSWORD_METHOD": "pbkdf2:sha256:1"}
    app = create_app(settings, instance_path=tmp_path / "instance")
    create_tables(app)
    yield app
    get_engine(app).dispose()


@pytest.fixture
def person(app: Any) -> Callable[[str], Person]:
    """Return a maker of people without an account."""
    return lambda name: Person(app.test_client(), name)


@pytest.fixture
def ada(person: Callable[[str], Person]) -> Person:
    return person("ada").register()


@pytest.fixture
def bob(person: Callable[[str], Person]) -> Person:
    return person("bob").register()

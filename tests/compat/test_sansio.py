"""The application class of ``flask.sansio``, from which other frameworks derive."""

from __future__ import annotations

from unittest.mock import Mock

from insula import Insula
from insula.flask.sansio.app import App


class Derived(App):
    """A framework that serves static files in its own way."""

    def __init__(self) -> None:
        super().__init__(__name__)
        self.add_url_rule(
            "/own/<path:filename>",
            endpoint="static",
            view_func=lambda filename: filename,
        )


def test_derived_application_registers_the_endpoint_static_itself() -> None:
    client = Derived().test_client()

    assert client.get("/own/a.css").text == "a.css"
    assert client.get("/static/a.css").status_code == 404


def test_every_application_is_one_and_only_a_derived_one_is_derived() -> None:
    app = Insula(__name__)

    assert isinstance(app, App)
    assert issubclass(Insula, App)
    assert isinstance(Derived(), App)
    assert isinstance(Derived(), Insula)
    assert not isinstance(app, Derived)
    assert not issubclass(Insula, Derived)
    assert not isinstance("app", App)
    assert isinstance(Mock(spec=Derived), Derived)

"""Attributes of ours that give way to what others assign under their names."""

from __future__ import annotations

from typing import Any

from insula import Insula, Request
from insula._core.lazy import yielding


class Thing:
    reads = 0

    @yielding
    def name(self) -> str:
        """Return the name."""
        self.reads += 1
        return f"computed {self.reads}"


def test_yielding_attribute_is_computed_at_each_read_until_one_is_assigned() -> None:
    thing: Any = Thing()

    before = [thing.name, thing.name]
    thing.name = "assigned"
    assigned = thing.name
    del thing.name

    assert before == ["computed 1", "computed 2"]
    assert assigned == "assigned"
    assert thing.name == "computed 3"
    assert Thing.name.__doc__ == "Return the name."


def test_application_and_request_keep_what_a_subclass_assigns_to_our_names() -> None:
    class Own(Request):
        def __init__(self, environ: Any) -> None:
            super().__init__(environ)
            self.last_event_id: Any = "own"

    class App(Insula):
        request_class = Own

        def __init__(self) -> None:
            super().__init__(__name__)
            self.background_tasks: Any = "own"
            self.isolates_requests: Any = False

    app = App()
    ids: list[Any] = []

    @app.get("/")
    def index() -> str:
        from insula import request

        ids.append(request.last_event_id)
        return str(app.background_tasks)

    assert app.test_client().get("/").text == "own"
    assert ids == ["own"]

"""WebSockets are registered on applications and blueprints."""

from __future__ import annotations

import pytest

from insula import Blueprint, Insula, url_for


async def view() -> None: ...


def test_websocket_registers_rule_and_view(app: Insula) -> None:
    decorated = app.websocket("/ws/<int:room>", endpoint="chat")(view)
    assert decorated is view
    assert app.view_functions["chat"] is view
    (rule,) = [rule for rule in app.url_map.iter_rules() if rule.endpoint == "chat"]
    assert rule.websocket
    assert rule.methods == {"GET", "HEAD"}
    assert app.websocket_endpoints == {"chat"}
    with app.test_request_context(base_url="https://example.org"):
        assert url_for("chat", room=3) == "wss://example.org/ws/3"


def test_add_websocket_names_the_endpoint_after_the_view(app: Insula) -> None:
    app.add_websocket("/ws", view_func=view)
    assert app.view_functions["view"] is view


def test_websocket_of_a_blueprint_has_its_prefix_and_name(app: Insula) -> None:
    outer = Blueprint("outer", "outer", url_prefix="/outer")
    inner = Blueprint("inner", "inner", url_prefix="/inner")
    inner.websocket("/ws")(view)
    inner.add_websocket("/other", "other", view)
    outer.register_blueprint(inner)
    app.register_blueprint(outer)
    assert app.websocket_endpoints == {"outer.inner.view", "outer.inner.other"}
    with app.test_request_context():
        assert url_for("outer.inner.view") == "ws://localhost/outer/inner/ws"


def test_websocket_has_no_methods(app: Insula) -> None:
    with pytest.raises(TypeError, match="a handshake is a GET"):
        app.websocket("/ws", methods=["POST"])(view)


def test_websocket_of_a_blueprint_has_an_endpoint_without_dots() -> None:
    with pytest.raises(ValueError, match=r"may not contain a dot: 'a\.b'"):
        Blueprint("bp", "bp").websocket("/ws", endpoint="a.b")(view)


@pytest.mark.parametrize(
    "hook", ["before_websocket", "after_websocket", "teardown_websocket"]
)
def test_hooks_are_kept_in_tables_as_those_of_requests(app: Insula, hook: str) -> None:
    blueprint = Blueprint("bp", "bp")

    def function(*_: object) -> None: ...

    assert getattr(app, hook)(function) is function
    getattr(blueprint, hook)(function)
    kind, _, rest = hook.partition("_")
    assert getattr(blueprint, f"{kind}_app_{rest}")(function) is function
    app.register_blueprint(blueprint)
    table = getattr(app, f"{hook}_funcs")
    assert table == {None: [function, function], "bp": [function]}

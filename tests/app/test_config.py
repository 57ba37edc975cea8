"""Configuration: where values come from, and what is refused."""

from __future__ import annotations

import copy
import json
import pickle
import weakref
from typing import TYPE_CHECKING, Any

import pytest

from insula import Config, Insula

if TYPE_CHECKING:
    from pathlib import Path

SECRET = "lower case names are left out"
UPPER = 1


def test_object_gives_its_upper_case_attributes() -> None:
    config = Config("/")
    config.from_object(__name__)
    assert config["UPPER"] == 1
    assert config["SECRET"] == SECRET
    assert "pytest" not in config


def test_file_of_python_is_executed(tmp_path: Path) -> None:
    (tmp_path / "a.cfg").write_text("from math import pi as _pi\nTWO_PI = 2 * _pi\n")
    config = Config(tmp_path)
    assert config.from_pyfile("a.cfg")
    assert round(config["TWO_PI"], 2) == 6.28
    assert not config.from_pyfile("missing.cfg", silent=True)
    with pytest.raises(OSError, match=r"missing\.cfg"):
        config.from_pyfile("missing.cfg")


def test_file_of_any_format_is_loaded_by_a_function(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text('{"TITLE": "x", "lower": 1}')
    config = Config(tmp_path)
    assert config.from_file("a.json", load=json.load)
    assert dict(config) == {"TITLE": "x"}
    assert config.from_file(
        "a.json", load=lambda f: {"SIZE": len(f.read())}, text=False
    )
    assert config["SIZE"] == 26


def test_variable_names_the_file(tmp_path: Path, monkeypatch: Any) -> None:
    (tmp_path / "a.cfg").write_text("TITLE = 'from a file'\n")
    config = Config("/")
    with pytest.raises(RuntimeError, match="SHOP_SETTINGS"):
        config.from_envvar("SHOP_SETTINGS")
    assert not config.from_envvar("SHOP_SETTINGS", silent=True)
    monkeypatch.setenv("SHOP_SETTINGS", str(tmp_path / "a.cfg"))
    assert config.from_envvar("SHOP_SETTINGS")
    assert config["TITLE"] == "from a file"


@pytest.mark.parametrize(
    ("text", "value"),
    [("1", 1), ("true", True), ('"x"', "x"), ("plain", "plain"), ("[1]", [1])],
)
def test_variables_with_the_prefix_are_json_or_text(
    monkeypatch: Any, text: str, value: object
) -> None:
    monkeypatch.setenv("INSULA_TEST_KEY", text)
    config = Config("/")
    config.from_prefixed_env("INSULA_TEST")
    assert config["KEY"] == value


def test_two_underscores_go_into_a_nested_value(monkeypatch: Any) -> None:
    monkeypatch.setenv("INSULA_TEST_DB__pool__size", "5")
    monkeypatch.setenv("INSULA_TEST_DB__echo", "true")
    config = Config("/", {"DB": {"echo": False, "url": "x"}})
    config.from_prefixed_env("INSULA_TEST")
    assert config["DB"] == {"echo": True, "url": "x", "pool": {"size": 5}}


def test_mapping_and_keywords_give_their_upper_case_names() -> None:
    config = Config("/")
    config.from_mapping({"A": 1, "b": 2}, C=3, d=4)
    assert dict(config) == {"A": 1, "C": 3}
    with pytest.raises(TypeError):
        config.from_mapping({}, {})  # type: ignore[call-arg]  # the mistake itself


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, {"store": 1, "path": 2}),
        ({"lowercase": False}, {"STORE": 1, "PATH": 2}),
        ({"trim_namespace": False}, {"image_store": 1, "image_path": 2}),
    ],
)
def test_namespace_is_the_part_with_a_prefix(
    options: dict[str, bool], expected: dict[str, int]
) -> None:
    config = Config("/", {"IMAGE_STORE": 1, "IMAGE_PATH": 2, "OTHER": 3})
    assert config.get_namespace("IMAGE_", **options) == expected


def test_attributes_of_the_application_are_its_configuration(app: Insula) -> None:
    app.secret_key = "new"
    app.testing = True
    assert (app.config["SECRET_KEY"], app.config["TESTING"]) == ("new", True)
    app.config["PERMANENT_SESSION_LIFETIME"] = 60
    assert app.permanent_session_lifetime.total_seconds() == 60


def test_configuration_class_may_be_replaced() -> None:
    class Own(Config):
        pass

    class OwnApp(Insula):
        config_class = Own

    assert type(OwnApp("own").config) is Own


def test_copies_keep_the_root_path_and_what_was_set_on_the_object() -> None:
    config: Any = Config("/there", {"A": 1})
    config.owner = "shop"
    for twin in (copy.copy(config), pickle.loads(pickle.dumps(config))):  # noqa: S301 - its own
        assert (twin, twin.root_path, twin.owner) == ({"A": 1}, "/there", "shop")
    assert weakref.ref(config)() is config

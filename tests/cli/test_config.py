"""`insula config`: what holds, what is masked, and where it came from."""

from __future__ import annotations

import copy
import json
import pickle
import sys
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from insula import Insula
from insula.app.config import Config, Origin
from insula.cli.config import config_command
from insula.cli.config_values import MASK, is_secret, masked
from insula.cli.script_info import ScriptInfo

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from click.testing import Result

SETTINGS = """
class Base:
    DATABASE = "postgresql://me:secret@localhost/shop"

class Production(Base):
    COLOUR = "red"
    COLOUR = "blue"
"""


def here() -> int:
    return sys._getframe(1).f_lineno


@pytest.fixture
def config(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """Run the command on an application."""
    for name in ("COLUMNS", "FLASK_DEBUG", "INSULA_DEBUG"):
        monkeypatch.delenv(name, raising=False)

    def run(app: Insula, *args: str, **variables: str) -> Result:
        obj = ScriptInfo(create_app=lambda: app)
        return CliRunner().invoke(
            config_command, args, obj=obj, env=variables, prog_name="insula config"
        )

    return run


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make a folder of settings in each form."""
    (tmp_path / "shop_settings.py").write_text(SETTINGS)
    (tmp_path / "local.cfg").write_text('NAME = "a"\nif True:\n    NAME = "b"\n')
    (tmp_path / "more.toml").write_text("# LIMIT\n\nLIMIT = 3\n")
    (tmp_path / "more.json").write_text('{\n  "SIZE": 4\n}\n')
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "shop_settings", raising=False)
    return tmp_path


def origins(done: Result) -> dict[str, tuple[Any, ...]]:
    return {
        key: tuple(item["origin"][part] for part in ("kind", "file", "line"))
        for key, item in json.loads(done.output).items()
    }


def test_each_setting_says_where_it_came_from(
    config: Callable[..., Result], files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHOP_REGION", "eu")
    monkeypatch.setenv("SHOP_DEEP__a__b", "1")
    app = Insula(__name__, root_path=str(files))
    app.config.from_object("shop_settings.Production")
    app.config.from_pyfile("local.cfg")
    app.config.from_file("more.toml", load=lambda _: {"LIMIT": 3}, text=False)
    app.config.from_file("more.json", load=json.load)
    app.config.from_prefixed_env("SHOP")
    line = here()
    app.config["ONE"] = 1
    app.config.update(TWO=2)
    app.config.from_mapping(THREE=3)
    app.config.setdefault("FOUR", 4)
    app.config |= {"FIVE": 5}
    app.secret_key = "x"
    found = origins(config(app, "--json"))
    settings = str(files / "shop_settings.py")
    assert found["DATABASE"] == ("object", settings, 3)
    assert found["COLOUR"] == ("object", settings, 7)
    assert found["NAME"] == ("file", str(files / "local.cfg"), 3)
    assert found["LIMIT"] == ("file", str(files / "more.toml"), 3)
    assert found["SIZE"] == ("file", str(files / "more.json"), 2)
    assert found["REGION"] == found["DEEP"] == ("environment", None, None)
    names = ("ONE", "TWO", "THREE", "FOUR", "FIVE", "SECRET_KEY")
    for n, name in enumerate(names, start=1):
        kind = "default" if name == "FOUR" else "code"
        assert found[name] == (kind, __file__, line + n)
    assert found["SERVER_NAME"] == ("default", None, None)


def test_object_and_module_are_named(config: Callable[..., Result]) -> None:
    class Own:
        KEPT = 1

    app = Insula(__name__)
    app.config.from_object(Own())
    app.config.from_object("insula.app.config")
    found = json.loads(config(app, "--json", "kept", "defaults").output)
    assert found["KEPT"]["origin"]["name"].endswith(".Own")
    assert found["DEFAULTS"]["origin"]["name"] == "insula.app.config"
    assert found["DEFAULTS"]["origin"]["file"].endswith("config.py")


def test_changed_leaves_defaults_out(config: Callable[..., Result]) -> None:
    app = Insula(__name__)
    assert config(app, "--changed").output == "Every setting is at its default.\n"
    app.config["TESTING"] = False
    app.config.setdefault("PAGE_SIZE", 20)
    done = config(app, "--changed").output.splitlines()
    assert [line.split()[0] for line in done[2:]] == ["TESTING"]


@pytest.mark.parametrize(
    ("variables", "source"),
    [({}, "default"), ({"FLASK_DEBUG": "1"}, "$FLASK_DEBUG")],
)
def test_debug_comes_from_what_commands_take_it_from(
    config: Callable[..., Result], variables: dict[str, str], source: str
) -> None:
    app = Insula(__name__)
    app.config["DEBUG"] = True
    line = config(app, "debug", **variables).output.splitlines()[-1]
    assert line.split() == ["DEBUG", str(bool(variables)), source]


def test_values_are_shortened_only_where_there_is_no_room(
    config: Callable[..., Result],
) -> None:
    app = Insula(__name__)
    app.config["LONG"] = "x" * 200
    narrow = config(app, COLUMNS="80").output.splitlines()
    assert all(len(line) <= 80 for line in narrow)
    assert sum("…" in line for line in narrow) == 1
    for args in (["--verbose"], ["long"]):
        assert "x" * 200 in config(app, *args, COLUMNS="80").output
    assert "x" * 200 in config(app).output


def test_no_output_has_a_secret(config: Callable[..., Result]) -> None:
    app = Insula(__name__)
    app.config |= {
        "SECRET_KEY": "hidden",
        "SECRET_KEY_FALLBACKS": ["hidden"],
        "DB": {"password": "hidden", "url": "redis://:hidden@localhost"},
        "URLS": ("amqp://me:hidden@a/b",),
        "DSN_OF": "host=a password=hidden",
        "POOL": type("P", (), {"__repr__": lambda _: "<P user=a, pwd=hidden>"})(),
    }
    for args in ([], ["--json"], ["--verbose"], ["secret_key"]):
        done = config(app, *args)
        assert done.exit_code == 0
        assert "hidden" not in done.output
        assert MASK in done.output


@pytest.mark.parametrize(
    ("key", "value", "shown"),
    [
        ("SECRET_KEY", None, None),
        ("SECRET_KEY", "", ""),
        ("SECRET_KEY", b"x", MASK),
        ("MAIL_PASSWORD", 1234, MASK),
        ("API_TOKEN", "x", MASK),
        ("CHECK_TOKEN", True, True),
        ("TOKEN_AGE", timedelta(1), timedelta(1)),
        ("CACHE_KEY_PREFIX", "shop:", "shop:"),
        ("PRIVATE_KEY", {"d": "x"}, MASK),
        ("A", "http://a/b", "http://a/b"),
        ("A", "http://u:p@a/b", f"http://u:{MASK}@a/b"),
        ("A", ["http://u:p@a"], [f"http://u:{MASK}@a"]),
        ("A", {"b": {"token": "x"}}, {"b": {"token": MASK}}),
        ("A", 3, 3),
    ],
)
def test_masked_replaces_what_is_secret(key: str, value: Any, shown: Any) -> None:
    assert masked(key, value) == shown


@pytest.mark.parametrize("key", ["DEBUG", "SESSION_COOKIE_NAME", "MAX_FORM_PARTS"])
def test_usual_settings_are_no_secrets(key: str) -> None:
    assert not is_secret(key)


def test_unknown_setting_is_one_line(config: Callable[..., Result]) -> None:
    done = config(Insula(__name__), "secret_kez")
    assert done.exit_code == 1
    assert done.output == (
        "Error: There is no setting 'SECRET_KEZ'; did you mean SECRET_KEY?\n"
    )


def test_configuration_of_another_class_says_nothing_of_its_origins(
    config: Callable[..., Result],
) -> None:
    app = Insula(__name__)
    app.config = dict(app.config)  # type: ignore[assignment]  # as some do
    assert config(app, "testing").output.split()[-1] == "unknown"


# -- what is noted leaves the dictionary one -------------------------------------------


def test_config_is_copied_and_pickled_with_its_origins() -> None:
    config = Config("", {"A": 1})
    config["B"] = 2
    for made in (copy.copy(config), pickle.loads(pickle.dumps(config))):  # noqa: S301 - of our own
        assert made == {"A": 1, "B": 2}
        assert made.root_path == ""
        assert type(made) is Config
        assert made.origin("B").kind == "code"


def test_config_that_is_written_as_a_dictionary_stays_one() -> None:
    config = Config("", {"A": 1})
    assert config.setdefault("A", 5) == 1
    assert config.setdefault("B") is None
    config.update([("C", 3)], D=4)
    config |= {"E": 5}
    assert type(config) is Config
    assert config == {"A": 1, "B": None, "C": 3, "D": 4, "E": 5}
    assert config.origin("A") == config.origin("nowhere") == Origin("default")
    assert type(config.copy()) is dict

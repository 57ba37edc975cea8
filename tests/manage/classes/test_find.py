from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import pytest

from insula import Blueprint, Insula
from insula.manage import (
    CommandError,
    call_command,
    find_commands,
    get_commands,
    load_command_class,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

APP = "from insula import Insula\napp = Insula(__name__)\n"
BLUEPRINT = "from insula import Blueprint\nbp = Blueprint({!r}, __name__)\n"


def saying(text: str) -> str:
    return (
        "from insula.manage import BaseCommand\n"
        "class Command(BaseCommand):\n"
        f"    def handle(self, *args, **options):\n        return {text!r}\n"
    )


def test_commands_of_the_package_are_found_and_not_imported(
    project: Callable[..., Any],
) -> None:
    app = project(
        "found_shop.web",
        found_shop____init__="",
        found_shop__web=APP,
        found_shop__management__commands__tell=saying("told"),
        found_shop__management__commands___shared="1 / 0",
        found_shop__management__commands__broken="1 / 0",
        found_shop__management__commands__package____init__="",
    )
    with app.app_context():
        assert get_commands() == {"broken": "found_shop", "tell": "found_shop"}
        assert "found_shop.management" not in sys.modules
        assert call_command("tell") == "told"
        assert load_command_class("found_shop", "tell").handle() == "told"
    assert "found_shop.management.commands.tell" in sys.modules


def test_blueprints_bring_commands_and_the_application_has_the_last_word(
    project: Callable[..., Any],
) -> None:
    app = project(
        "parts_shop",
        parts_shop____init__=(
            f"{APP}"
            "from parts_shop.blog import bp as blog\n"
            "from parts_shop.news.views import bp as news\n"
            "from parts_shop.tags import bp as tags\n"
            "news.register_blueprint(tags)\n"
            "app.register_blueprint(blog)\napp.register_blueprint(news)\n"
        ),
        parts_shop__management__commands__all=saying("app"),
        parts_shop__blog____init__=BLUEPRINT.format("blog"),
        parts_shop__news____init__="",
        parts_shop__news__views=BLUEPRINT.format("news"),
        parts_shop__tags____init__=BLUEPRINT.format("tags"),
        **{
            f"parts_shop__{part}__management__commands__{name}": saying(part)
            for part in ("blog", "news", "tags")
            for name in ("all", part, "parts", *(["two"] if part != "tags" else []))
        },
    )
    with app.app_context():
        said = {name: call_command(name) for name in get_commands()}
    assert said == {
        "all": "app",
        "blog": "blog",
        "news": "news",
        "tags": "tags",
        "parts": "tags",
        "two": "news",
    }


def test_module_in_no_package_has_the_commands_beside_it(
    project: Callable[..., Any], tmp_path: Path
) -> None:
    app = project("lone_app", lone_app=APP, management__commands__tell=saying("beside"))
    with app.app_context():
        assert get_commands() == {"tell": ""}
        assert call_command("tell") == "beside"
        assert load_command_class("", "tell").handle() == "beside"


def test_two_modules_in_two_folders_have_their_own_commands(
    project: Callable[..., Any], tmp_path: Path
) -> None:
    app = project("left_app", left_app=APP, management__commands__tell=saying("left"))
    other = tmp_path / "other" / "management" / "commands"
    other.mkdir(parents=True)
    (other / "tell.py").write_text(saying("right"))
    (other / "only.py").write_text(saying("only"))
    right = Insula("right_app", root_path=str(tmp_path / "other"))
    for current, expected in ((app, "left"), (right, "right"), (app, "left")):
        with current.app_context():
            assert call_command("tell") == expected
    with right.app_context():
        assert call_command("only") == "only"


def test_package_without_a_file_has_commands_in_each_of_its_folders(
    project: Callable[..., Any], tmp_path: Path
) -> None:
    app = project(
        "spread_shop.web",
        spread_shop__web=APP,
        spread_shop__management__commands__near=saying("near"),
    )
    far = tmp_path / "far" / "spread_shop" / "management" / "commands"
    far.mkdir(parents=True)
    (far / "away.py").write_text(saying("away"))
    sys.path.append(str(tmp_path / "far"))
    with app.app_context():
        assert call_command("near") == "near"
        assert call_command("away") == "away"


def test_application_without_commands_has_none() -> None:
    app = Insula("json")
    app.register_blueprint(Blueprint("blog", "email.mime"))
    assert find_commands(app) == {}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "has no class 'Command', which is to be the command 'odd'; define it"),
        ("Command = 1", "has no class 'Command'"),
        ("class Command: pass", "does not derive from insula.manage.BaseCommand"),
    ],
)
def test_module_without_a_command_says_what_is_missing(
    text: str, message: str, project: Callable[..., Any]
) -> None:
    app = project("odd_app", odd_app=APP, management__commands__odd=text)
    with app.app_context(), pytest.raises(CommandError, match=message) as info:
        call_command("odd")
    assert "odd.py" in info.value.message

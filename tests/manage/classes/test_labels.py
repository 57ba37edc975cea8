from __future__ import annotations

from typing import Any

import pytest

from insula import Blueprint, Insula
from insula.manage import AppCommand, AppConfig, CommandError, LabelCommand
from insula.manage.classes.call import call_command


class Upper(LabelCommand):
    label = "file"

    async def handle_label(self, label: str, **options: Any) -> str:
        return label.upper() * int(options["verbosity"])


class Where(AppCommand):
    seen: list[AppConfig]

    def handle_app_config(self, app_config: AppConfig, **options: Any) -> str:
        self.seen = [*getattr(self, "seen", []), app_config]
        return f"{app_config.label}: {app_config.name}"


def test_label_command_handles_each_label(capsys: pytest.CaptureFixture[str]) -> None:
    assert call_command(Upper(), "a", "b", verbosity=2) == "AA\nBB"
    assert capsys.readouterr().out == "AA\nBB\n"
    with pytest.raises(CommandError, match=r"Give at least one file\."):
        call_command(Upper())


def test_app_command_is_handed_blueprints_and_the_application() -> None:
    app = Insula("shop")
    blog, tags = Blueprint("blog", "json"), Blueprint("tags", "json.decoder")
    blog.register_blueprint(tags)
    app.register_blueprint(blog)
    command = Where()
    with app.app_context():
        text = call_command(command, "shop", "blog", "blog.tags")
        assert text == "shop: shop\nblog: json\nblog.tags: json.decoder"
        assert [config.part for config in command.seen] == [app, blog, tags]
        config = command.seen[1]
        assert config.module is not None
        assert config.module.__name__ == "json"
        assert config.path == blog.root_path
        with pytest.raises(CommandError) as info:
            call_command(Where(), "blog", "blgo")
    assert info.value.message == (
        "There is no part 'blgo' in the application; its parts are shop, blog,"
        " blog.tags."
    )
    assert info.value.returncode == 2


def test_app_command_without_names_says_what_is_missing() -> None:
    with pytest.raises(CommandError, match="Give the name of a blueprint"):
        call_command(Where())

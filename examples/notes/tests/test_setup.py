"""Settings, the secret key, the database, commands, filters."""

from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest


def test_secret_key_is_made_once_and_readable_by_owner_only(tmp_path: Path) -> None:
    from notes import create_app

    first = create_app(instance_path=tmp_path)
    second = create_app(instance_path=tmp_path)

    assert len(first.config["SECRET_KEY"]) == 64
    assert first.config["SECRET_KEY"] == second.config["SECRET_KEY"]
    assert stat.S_IMODE((tmp_path / "secret_key").stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["secret_key"]


def test_secret_key_is_one_when_many_start_at_once(tmp_path: Path) -> None:
    from notes.secret import read_or_create_key

    barrier = Barrier(8)

    def start(_number: int) -> str:
        barrier.wait(10)
        return read_or_create_key(tmp_path / "secret_key")

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(start, range(8)))) == 1


def test_environment_gives_instance_folder_and_settings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from notes import create_app

    monkeypatch.setenv("NOTES_INSTANCE_PATH", str(tmp_path / "kept"))
    monkeypatch.setenv("NOTES_SECRET_KEY", "from the environment")
    monkeypatch.setenv("NOTES_NOTES_PER_PAGE", "4")

    app = create_app()

    assert Path(app.instance_path) == tmp_path / "kept"
    assert app.config["SECRET_KEY"] == "from the environment"
    assert app.config["NOTES_PER_PAGE"] == 4
    assert not (tmp_path / "kept" / "secret_key").exists()


@pytest.mark.parametrize("text", ["http", "-1", "80.0"])
def test_number_that_is_none_ends_the_start_with_one_line(
    monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    from notes.__main__ import number_from_env

    monkeypatch.setenv("PORT", text)

    with pytest.raises(SystemExit, match=f"^PORT='{text}' is not a number") as end:
        number_from_env("PORT", 5000)
    assert "\n" not in str(end.value)


def test_two_applications_in_one_process_share_nothing(tmp_path: Path) -> None:
    from notes import create_app
    from notes.accounts import add_user, check_login
    from notes.db import create_tables, get_engine

    settings = {"PASSWORD_METHOD": "pbkdf2:sha256:1"}
    one, two = (create_app(settings, instance_path=tmp_path / n) for n in "ab")
    for app in (one, two):
        create_tables(app)
    with one.app_context():
        add_user("ada", "correct horse")
        with two.app_context():
            assert check_login("ada", "correct horse") is None
        assert check_login("ada", "correct horse") is not None
    for app in (one, two):
        get_engine(app).dispose()


def test_session_is_one_per_context_and_closed_with_it(app: Any) -> None:
    from notes.db import get_engine, get_session
    from sqlalchemy import text

    pool: Any = get_engine(app).pool
    with app.app_context():
        session = get_session()
        assert get_session() is session
        session.execute(text("SELECT 1"))
        assert pool.checkedout() == 1
    assert pool.checkedout() == 0


def test_request_that_needs_no_database_opens_none(app: Any) -> None:
    from notes.db import get_engine
    from sqlalchemy import event

    opened: list[object] = []
    event.listen(get_engine(app), "checkout", lambda *args: opened.append(args))

    assert app.test_client().get("/").status_code == 200
    with app.test_client().get("/static/style.css") as response:
        assert response.status_code == 200

    assert opened == []


@pytest.mark.usefixtures("ada")
def test_database_keeps_times_with_their_zone(app: Any) -> None:
    from notes.db import get_session
    from notes.models import User

    with app.app_context():
        user = get_session().get(User, 1)
        assert user is not None
        assert user.created.tzinfo == timezone.utc
        assert abs(user.created - datetime.now(timezone.utc)) < timedelta(minutes=1)


def test_deleting_a_user_deletes_their_notes(app: Any, ada: Any) -> None:
    from notes.db import get_session
    from notes.models import Note, User

    ada.write("Ferry")
    with app.app_context():
        db = get_session()
        db.delete(db.get(User, 1))
        db.commit()
        assert db.get(Note, 1) is None
    assert "Create an account" in ada.see("/")


def test_commands_prepare_database_and_add_user(tmp_path: Path) -> None:
    from notes import create_app
    from notes.db import get_engine

    app = create_app({"PASSWORD_METHOD": "pbkdf2:sha256:1"}, instance_path=tmp_path)
    runner = app.test_cli_runner()
    secret = ["--password", "correct horse"]

    assert runner.invoke(args=["init-db"]).output == "The database is ready.\n"
    assert runner.invoke(args=["add-user", "ada", *secret]).output == "Added ada.\n"
    again = runner.invoke(args=["add-user", "Ada", *secret])
    bad = runner.invoke(args=["add-user", "a", *secret])
    get_engine(app).dispose()

    assert (again.exit_code, bad.exit_code) == (1, 1)
    assert "The name 'Ada' is taken; choose another." in again.output
    assert "Use 2 to 32 letters" in bad.output


@pytest.mark.parametrize(
    ("passed", "words"),
    [
        (timedelta(seconds=59), "just now"),
        (timedelta(seconds=-5), "just now"),
        (timedelta(minutes=1), "1 minute ago"),
        (timedelta(minutes=119), "1 hour ago"),
        (timedelta(hours=47), "1 day ago"),
        (timedelta(days=6, hours=23), "6 days ago"),
        (timedelta(days=7), "8 March"),
        (timedelta(days=365), "15 March 2025"),
    ],
)
def test_ago_says_time_in_words(passed: timedelta, words: str) -> None:
    from notes.filters import ago

    today = datetime(2026, 3, 15, 12, tzinfo=timezone.utc)

    assert ago(today - passed, today=today) == words


def test_moment_is_an_element_with_the_time_itself() -> None:
    from notes.filters import moment

    value = datetime(2021, 5, 1, 12, 30, 59, 7, tzinfo=timezone.utc)

    assert moment(value) == (
        '<time datetime="2021-05-01T12:30:59.000007+00:00"'
        ' title="2021-05-01 12:30 UTC">1 May 2021</time>'
    )
    assert hasattr(moment(value), "__html__")

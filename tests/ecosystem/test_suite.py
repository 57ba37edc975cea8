"""The rows that there are, and which of them are chosen."""

from __future__ import annotations

import pytest
from tests.ecosystem.services import SERVICES
from tests.ecosystem.suite import Suite, all_suites, chosen, normal

SUITES = [Suite("Flask-Login"), Suite("flask_smorest")]
NAMED = [
    "Flask-Caching",
    "Flask-Cors",
    "Flask-DebugToolbar",
    "Flask-JWT-Extended",
    "Flask-Login",
    "Flask-Migrate",
    "Flask-RESTful",
    "Flask-Session",
    "flask-smorest",
    "Flask-SocketIO",
    "Flask-SQLAlchemy",
    "Flask-WTF",
]


def test_suites_are_chosen_by_any_spelling_in_the_order_that_was_asked_for() -> None:
    names = ["Flask.Smorest", "flask_login", "flask-smorest"]

    assert chosen(names, SUITES) == [SUITES[1], SUITES[0]]
    assert chosen([], SUITES) == SUITES


def test_suite_that_is_not_there_is_named_with_those_that_are() -> None:
    with pytest.raises(
        LookupError, match=r"no suite of flask-loggin; there are flask-"
    ):
        chosen(["flask-loggin", "flask-login"], SUITES)


def test_suites_are_each_there_once_and_in_order() -> None:
    keys = [suite.key for suite in all_suites()]

    assert keys == sorted(set(keys))
    assert set(map(normal, NAMED)) <= set(keys)


def test_suites_ask_for_services_that_there_are_and_say_why_tests_are_left_out() -> (
    None
):
    for suite in all_suites():
        assert set(suite.services) <= set(SERVICES)
        assert all(suite.left_out.values())

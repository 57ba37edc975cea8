"""Names that are rewritten: each has to be where it is said to be."""

from __future__ import annotations

from importlib import import_module

import pytest

from insula.migrate.renames import renamed, renames


@pytest.mark.parametrize("old", sorted(renames()))
def test_new_name_is_there(old: str) -> None:
    new = renames()[old]
    module = new.module
    if module.partition(".")[0] == "flask":
        module = f"insula.{module}"
    assert hasattr(import_module(module), new.name)


@pytest.mark.parametrize(
    "name",
    [
        "flask.safe_join",  # raised NotFound, returns None today
        "flask.json.JSONEncoder",
        "flask.helpers.url_quote",
        "flask._request_ctx_stack",
        "werkzeug.contrib.fixers.ProxyFix",
        "werkzeug.security.safe_str_cmp",
        "werkzeug.urls.url_quote",
    ],
)
def test_what_only_resembles_a_name_of_today_is_left(name: str) -> None:
    assert renamed(name) is None


def test_row_of_the_stand_ins_table_counts_by_itself() -> None:
    found = renamed("collections.Mapping")
    assert found is not None
    assert found.dotted == "collections.abc.Mapping"
    found = renamed("flask.app.url_for")
    assert found is not None
    assert found.dotted == "flask.url_for"

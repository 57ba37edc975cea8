"""`insula check`: what is in templates."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.cli.check.shop import ids

if TYPE_CHECKING:
    from tests.cli.check.shop import Check

TEMPLATE = """\
{% extends "base.html" %}
{% block a %}
%s
{% endblock %}
"""


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("template-syntax", "{% if a %}"),
        ("template-syntax", "{{ a|no_such_filter }}"),
        ("template-syntax", "{{ a + }}"),
        ("template-missing", '{% include "gone.html" %}'),
        ("template-missing", '{% from "gone.html" import a %}'),
        ("url-endpoint-unknown", "{{ url_for('gone') }}"),
        ("url-value-missing", "{{ url_for('item') }}"),
        ("static-file-missing", "{{ url_for('static', filename='gone.css') }}"),
    ],
)
def test_mistake_in_a_template_is_found(
    check: Check, folder: Path, name: str, line: str
) -> None:
    pages = folder / "templates"
    pages.mkdir()
    (pages / "base.html").write_text("{% block a %}{% endblock %}")
    (pages / "page.html").write_text(TEMPLATE.replace("%s", line))
    found = check('@app.get("/<int:n>")\ndef item(n): return "a"')
    assert ids(found) == [name]
    assert found[0]["file"] == str(Path("templates", "page.html"))
    assert found[0]["line"] in {3, 4}
    silenced = f"{line}{{# insula: ignore[{name}] #}}"
    if name != "template-syntax":
        (pages / "page.html").write_text(TEMPLATE.replace("%s", silenced))
        assert not check('@app.get("/<int:n>")\ndef item(n): return "a"')


def test_template_that_is_right_is_not_found(check: Check, folder: Path) -> None:
    pages = folder / "templates"
    pages.mkdir()
    (folder / "static").mkdir()
    (folder / "static" / "a.css").write_text("")
    (pages / "base.html").write_text("{% block a %}{% endblock %}")
    lines = """
    {% include "gone.html" ignore missing %}
    {% include ["gone.html", "base.html"] %}
    {% include name %}
    {{ url_for(name) }}{{ url_for('item', **values) }}{{ url_for('item', n=1) }}
    {{ url_for('static', filename='a.css') }}{{ url_for('static', filename=name) }}
    """
    (pages / "page.html").write_text(TEMPLATE.replace("%s", lines))
    (pages / "logo.png").write_bytes(b"\x89{% not a template")
    assert not check('@app.get("/<int:n>")\ndef item(n): return "a"')

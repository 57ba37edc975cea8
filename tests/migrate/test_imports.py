"""Rewriting: what becomes of each form of import, and of what refers to it."""

from __future__ import annotations

import ast
import sys
import textwrap

import pytest

from insula.migrate.imports import Rewriting
from insula.migrate.names import Names
from insula.migrate.text import SourceText


def rewritten(text: str) -> str:
    source = SourceText(text.encode())
    tree = source.parse()
    return source.changed(Rewriting(source, Names(tree), set()).edits).decode()


SAME = [
    ("import flask", "import insula.flask as flask"),
    ("import flask as f", "import insula.flask as f"),
    ("import os, flask, sys", "import os, insula.flask as flask, sys"),
    ("import flask.json", "import insula.flask as flask"),
    ("import flask.views as v", "import insula.flask.views as v"),
    ("from flask import Flask", "from insula.flask import Flask"),
    (
        "from flask import Flask, request as r",
        "from insula.flask import Flask, request as r",
    ),
    ("from flask import *", "from insula.flask import *"),
    (
        "from flask.views import MethodView",
        "from insula.flask.views import MethodView",
    ),
    (
        "from  flask  import(Flask,\n  g)  # x",
        "from  insula.flask  import(Flask,\n  g)  # x",
    ),
    ("from \\\n  flask import g", "from \\\n  insula.flask import g"),
    ("if x: import flask; y = 1", "if x: import insula.flask as flask; y = 1"),
    ("'é'; import flask", "'é'; import insula.flask as flask"),
    ("from . import flask", "from . import flask"),
    ("from .flask import x", "from .flask import x"),
    ("import flask_login", "import flask_login"),
    ("import insula.flask as flask", "import insula.flask as flask"),
    ("'import flask'", "'import flask'"),
]


@pytest.mark.parametrize(("old", "new"), SAME)
def test_import_of_flask_becomes_one_of_insula_flask(old: str, new: str) -> None:
    assert rewritten(old) == new


OLD = [
    ("from flask import Markup", "from markupsafe import Markup"),
    (
        "from flask import Flask, Markup",
        "from insula.flask import Flask\nfrom markupsafe import Markup",
    ),
    (
        "from flask import Markup as M, Flask, escape",
        "from insula.flask import Flask\nfrom markupsafe import Markup as M, escape",
    ),
    ("from flask import escape, Markup", "from markupsafe import escape, Markup"),
    (
        "from werkzeug import secure_filename as s, check_password_hash",
        (
            "from werkzeug.utils import secure_filename as s\n"
            "from werkzeug.security import check_password_hash"
        ),
    ),
    (
        "from jinja2 import contextfilter",
        "from jinja2 import pass_context as contextfilter",
    ),
    ("from flask.ext.login import X", "from flask_login import X"),
    ("from flask.ext.a.b import X", "from flask_a.b import X"),
    (
        "from flask.ext import login, wtf as w",
        "import flask_login as login, flask_wtf as w",
    ),
    ("import flask.ext.login as l", "import flask_login as l"),
    (
        "from flask.scaffold import Scaffold",
        "from insula.flask.sansio.scaffold import Scaffold",
    ),
    (
        "from collections import Mapping, deque",
        "from collections import deque\nfrom collections.abc import Mapping",
    ),
    (
        "if x: from flask import g, Markup",
        "if x: from insula.flask import g; from markupsafe import Markup",
    ),
    (
        "from flask import (\n    Flask,\n    Markup,  # html\n    g,\n)\n",
        (
            "from insula.flask import (\n    Flask,\n    # html\n    g,\n)\n"
            "from markupsafe import Markup\n"
        ),
    ),
    (
        "from flask import (\n    Flask,\n    Markup\n)\n",
        "from insula.flask import (\n    Flask,\n)\nfrom markupsafe import Markup\n",
    ),
    (
        "from flask import (Flask, Markup)",
        "from insula.flask import (Flask)\nfrom markupsafe import Markup",
    ),
    (
        "from flask import (\n    Flask, Markup,  # html\n    g)\n",
        (
            "from insula.flask import (\n    Flask,  # html\n    g)\n"
            "from markupsafe import Markup\n"
        ),
    ),
    (
        "from flask import (\n    Flask\n    , Markup\n    , g)\n",
        (
            "from insula.flask import (\n    Flask\n    , g)\n"
            "from markupsafe import Markup\n"
        ),
    ),
    (
        "from flask import Flask, \\\n    Markup, \\\n    g\n",
        "from insula.flask import Flask, \\\n    g\nfrom markupsafe import Markup\n",
    ),
    ("from flask import safe_join", "from insula.flask import safe_join"),
    (
        "from flask.json import JSONEncoder",
        "from insula.flask.json import JSONEncoder",
    ),
]


@pytest.mark.parametrize(("old", "new"), OLD)
def test_old_name_is_imported_from_where_it_is_today(old: str, new: str) -> None:
    assert rewritten(old) == new


CHAINS = [
    (
        "import flask\nflask.escape(flask.request)",
        (
            "import insula.flask as flask\nimport markupsafe\n"
            "markupsafe.escape(flask.request)"
        ),
    ),
    (
        "import markupsafe\nimport flask as f\nf.Markup('')",
        "import markupsafe\nimport insula.flask as f\nmarkupsafe.Markup('')",
    ),
    (
        "import flask.ext.login\nflask.ext.login.X; flask.g",
        "import insula.flask as flask, flask_login\nflask_login.X; flask.g",
    ),
    (
        "import werkzeug\nwerkzeug.secure_filename('')",
        "import werkzeug\nimport werkzeug.utils\nwerkzeug.utils.secure_filename('')",
    ),
    ("import jinja2\njinja2.contextfilter", "import jinja2\njinja2.pass_context"),
    (
        "import flask\nflask.scaffold.Scaffold",
        "import insula.flask as flask\nflask.sansio.scaffold.Scaffold",
    ),
    (
        "from flask import json\njson.Markup",
        "from insula.flask import json\nimport markupsafe\nmarkupsafe.Markup",
    ),
    (
        "from flask import *\nMarkup('')",
        "from insula.flask import *\nfrom markupsafe import Markup\nMarkup('')",
    ),
    (
        "import flask.json, flask.views",
        "import insula.flask as flask, insula.flask.views",
    ),
    (
        "import flask\nimport flask.json",
        "import insula.flask as flask\nimport insula.flask.json",
    ),
    (
        "if x:\n    import flask.json\nelse:\n    import flask.views",
        (
            "if x:\n    import insula.flask as flask\nelse:\n"
            "    import insula.flask as flask"
        ),
    ),
]


@pytest.mark.parametrize(("old", "new"), CHAINS)
def test_chain_of_attributes_follows(old: str, new: str) -> None:
    assert rewritten(old) == new


LEFT = [
    # Somebody else's name.
    "import insula.flask as flask\ndef f(flask):\n    return flask.escape\n",
    "import insula.flask as flask\nflask = make()\nflask.escape\n",
    # There is no name free for the module.
    "import insula.flask as flask\nmarkupsafe = 1\nflask.escape\n",
    # It is assigned to.
    "import insula.flask as flask\nflask.escape = 1\n",
    # The program has an answer already.
    (
        "try:\n    from insula.flask import escape\nexcept ImportError:\n"
        "    from markupsafe import escape\n"
    ),
    # It may be of the other module.
    "from insula.flask import *\nfrom .x import *\nMarkup('')\n",
]


@pytest.mark.parametrize("text", LEFT)
def test_what_cannot_be_told_is_left(text: str) -> None:
    assert rewritten(text) == text


@pytest.mark.parametrize("old", [old for old, _ in SAME + OLD + CHAINS])
def test_second_rewriting_changes_nothing(old: str) -> None:
    once = rewritten(old)
    assert rewritten(once) == once


@pytest.mark.parametrize("old", [old for old, _ in SAME + OLD + CHAINS])
@pytest.mark.parametrize("end", ["\r\n", "\r"])
def test_ends_of_lines_stay(old: str, end: str) -> None:
    assert rewritten(old.replace("\n", end)).replace(end, "\n").count("\r") == 0


def test_all_kinds_of_blocks_are_reached() -> None:
    text = textwrap.dedent("""\
        from typing import TYPE_CHECKING
        if TYPE_CHECKING:
            from flask import Flask
        try:
            import flask
        except ImportError:
            flask = None
        else:
            from flask import g
        finally:
            pass

        class A:
            from flask import request

            async def f(self):
                with self:
                    from flask import session
                for i in j:
                    import flask.views
                while 1:
                    match i:
                        case 1:
                            from flask import json
    """)
    new = rewritten(text)
    assert "from flask" not in new
    assert "import flask" not in new
    modules = [
        node.module
        for node in ast.walk(ast.parse(new))
        if isinstance(node, ast.ImportFrom)
    ]
    assert modules.count("insula.flask") == 5


F_STRINGS = [
    "f'{flask.escape(x)}'",
    "f'é {flask.g} {flask.escape(x)!r:>{flask.g}}'",
    "f'''\n {1}\n  {flask.escape(\n x)}'''",
    "f'{x:{flask.escape(x)}}' f'{flask.escape}'",
    "('a'\n f'é{flask.escape(x)}')",
    "f'{flask.escape(x)}' + 'é' + flask.escape(y)",
]


@pytest.mark.parametrize("expression", F_STRINGS)
def test_chain_in_an_f_string_is_rewritten_or_left_whole(expression: str) -> None:
    new = rewritten(f"import flask\nz = {expression}\n")
    line = new.partition("z = ")[2].rstrip("\n")
    back = line.replace("markupsafe.escape", "flask.escape")
    assert back == expression
    if sys.version_info >= (3, 12):
        assert "flask.escape" not in line


def test_name_in_try_that_is_none_without_flask_is_followed() -> None:
    text = "try:\n    import flask\nexcept ImportError:\n    flask = None\nflask.Markup"
    assert rewritten(text).endswith("markupsafe.Markup")


def test_statement_behind_one_in_a_function_has_its_indentation() -> None:
    text = "def f():\n\tfrom flask import g, Markup\n\treturn g\n"
    assert rewritten(text) == (
        "def f():\n\tfrom insula.flask import g\n\tfrom markupsafe import Markup\n"
        "\treturn g\n"
    )

"""Commands of installed plugins, of either group, with and without a Flask."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import pytest

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable
    from pathlib import Path

    Run: TypeAlias = Callable[..., subprocess.CompletedProcess[str]]

# As extensions of Flask have it.
PLUGIN = """
import click
from flask import current_app
from flask.cli import with_appcontext

@click.command()
@with_appcontext
def cli():
    print(current_app.name, type(current_app._get_current_object()).__module__)
"""
# Another Flask that is installed, and is not to be used.
OTHER_FLASK = "raise RuntimeError('the other Flask is imported')\n"


@pytest.fixture
def plugins(tmp_path: Path) -> Callable[..., str]:
    """Install plugins by name and text; return the path to add."""

    def install(group: str = "flask.commands", **texts: str) -> str:
        site = tmp_path / "site"
        info = site / "plugin-1.dist-info"
        info.mkdir(parents=True)
        (info / "METADATA").write_text(
            "Metadata-Version: 2.1\nName: plugin\nVersion: 1\n"
        )
        lines = [f"{name} = the_{name}:cli\n" for name in texts]
        (info / "entry_points.txt").write_text("".join([f"[{group}]\n", *lines]))
        for name, text in texts.items():
            (site / f"the_{name}.py").write_text(text)
        return str(site)

    return install


@pytest.mark.parametrize("other", [True, False], ids=["other", "none"])
def test_plugin_that_imports_flask_runs_on_the_application(
    insula: Run, plugins: Callable[..., str], tmp_path: Path, other: bool
) -> None:
    path = plugins(plug=PLUGIN)
    if other:
        (tmp_path / "site" / "flask.py").write_text(OTHER_FLASK)
    done = insula("--app", "one", "plug", PYTHONPATH=path)
    assert (done.stdout, done.stderr) == ("one insula.app.application\n", "")


def test_plugin_leaves_the_name_that_texts_show(
    insula: Run, plugins: Callable[..., str], folder: Path
) -> None:
    (folder / "app.py").write_text(
        "from insula import Insula, g\napp = Insula('x')\n"
        "app.cli.command('show')(lambda: print(repr(g)))\n"
    )
    done = insula("show", PYTHONPATH=plugins(plug=PLUGIN))
    assert done.stdout == "<insula.g of 'x'>\n"
    code = "from insula import Insula; import insula.flask; insula.flask.install()"
    (folder / "app.py").write_text(
        f"{code}\nfrom flask import Flask, g\napp = Flask('x')\n"
        "app.cli.command('show')(lambda: print(repr(g)))\n"
    )
    done = insula("show", PYTHONPATH=str(folder / "site"))
    assert done.stdout == "<flask.g of 'x'>\n"


def test_flask_is_left_alone_where_no_plugin_asks_for_it(
    insula: Run, plugins: Callable[..., str], folder: Path
) -> None:
    path = plugins("insula.commands", plug="import click\ncli = click.Group()\n")
    (folder / "app.py").write_text(
        "import sys\nfrom insula import Insula\napp = Insula('x')\n"
        "app.cli.command('show')(lambda: print('insula.flask' in sys.modules))\n"
    )
    assert insula("show", PYTHONPATH=path).stdout == "False\n"


@pytest.mark.parametrize("group", ["insula.commands", "flask.commands"])
@pytest.mark.parametrize("text", ["import not_there", "1 / 0", "", "x = ("], ids=str)
def test_plugin_that_fails_is_one_line_and_the_others_run(
    insula: Run, plugins: Callable[..., str], group: str, text: str
) -> None:
    fine = "import click\n@click.command()\ndef cli(): print('fine')\n"
    path = plugins(group, bad=text, good=fine)
    for args in (["good"], ["--app", "one", "routes"], ["--help"]):
        done = insula(*args, PYTHONPATH=path)
        lines = [line for line in done.stderr.splitlines() if "Could not" not in line]
        assert done.returncode == 0
        (line,) = filter(None, lines)
        assert line.startswith("Warning: the command 'bad' of the plugin 'plugin'")
        assert "(the_bad:cli)" in line
    assert insula("good", PYTHONPATH=path).stdout == "fine\n"


def test_plugins_are_left_out_where_the_real_flask_is_imported(
    insula: Run, plugins: Callable[..., str], folder: Path
) -> None:
    path = plugins(plug=PLUGIN)
    (folder / "flask.py").write_text("")
    (folder / "sitecustomize.py").write_text("import flask\n")
    done = insula("--app", "one", "routes", PYTHONPATH=f"{folder}:{path}")
    assert done.returncode == 0
    (line,) = done.stderr.splitlines()
    assert line.startswith("Warning: plugins of 'flask.commands' are left out: ")
    assert str(folder / "flask.py") in line


def test_as_flask_starts_whatever_plugins_there_are(
    insula: Run, plugins: Callable[..., str]
) -> None:
    path = plugins(plug=PLUGIN, bad="import not_there")
    done = insula("as-flask", "python", "-c", "print('runs')", PYTHONPATH=path)
    assert (done.stdout, done.stderr) == ("runs\n", "")
    done = insula("as-flask", "flask", "--app", "one", "plug", PYTHONPATH=path)
    assert done.stdout == "one insula.app.application\n"
    assert done.stderr.count("\n") == 1

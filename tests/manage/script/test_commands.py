"""The commands that are there: the server, the shell, the list of rules, cleaning."""

from __future__ import annotations

import io
import sys
from typing import TYPE_CHECKING, Any

import pytest

from insula import Insula, current_app
from insula.manage import Clean, InvalidCommand, Manager, Server, Shell, ShowUrls

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Run = Callable[..., Any]


class Noted(Insula):
    """An application that notes how it is served."""

    def run(self, *args: Any, **options: Any) -> None:
        assert not args
        self.config["SERVED"] = options


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> Callable[..., dict[str, Any]]:
    """Return a function that runs ``runserver`` and gives what it serves with."""
    monkeypatch.delenv("WERKZEUG_RUN_MAIN", raising=False)

    def run_server(app: Any, server: Server, *words: str) -> dict[str, Any]:
        manager = Manager(app)
        manager.add_command("runserver", server)
        manager.handle("manage.py", ["runserver", *words])
        options: dict[str, Any] = manager.app.config["SERVED"]
        return options

    return run_server


@pytest.fixture
def noted() -> Insula:
    return Noted("shop", static_folder=None)


def test_server_is_run_with_its_defaults(served: Run, noted: Insula) -> None:
    assert served(noted, Server()) == {
        "host": "127.0.0.1",
        "port": 5000,
        "debug": False,
        "use_debugger": False,
        "use_reloader": False,
        "threaded": True,
        "processes": 1,
        "passthrough_errors": False,
        "ssl_context": None,
    }


def test_server_is_run_with_its_options(served: Run, noted: Insula) -> None:
    server = Server(host="::1", use_debugger=True, threaded=False, drain_timeout=1)
    options = served(noted, server, "-p", "0", "-R", "--processes", "2")
    assert options["host"] == "::1"
    assert options["port"] == 0
    assert options["processes"] == 2
    assert options["debug"]
    assert not options["use_reloader"]
    assert not options["threaded"]
    assert options["drain_timeout"] == 1
    options = served(
        noted, Server(), "-h", "h", "-d", "--ssl-crt", "c", "--ssl-key", "k"
    )
    assert options["ssl_context"] == ("c", "k")
    assert options["use_reloader"]


def test_half_of_a_certificate_is_an_error(served: Run, noted: Insula) -> None:
    with pytest.raises(InvalidCommand, match="--ssl-key is missing"):
        served(noted, Server(), "--ssl-crt", "c")


def test_debug_mode_that_is_left_open_is_on_for_the_server(
    served: Run, noted: Insula, capsys: pytest.CaptureFixture[str]
) -> None:
    noted.config["DEBUG"] = None
    assert served(noted, Server())["use_debugger"]
    assert "DEBUG is None" in capsys.readouterr().err


def test_call_of_a_server_can_be_overridden(served: Run, noted: Insula) -> None:
    class Own(Server):
        def __call__(self, app: Any = None, *args: Any, **options: Any) -> None:
            app.config["SERVED"] = {"own": options["port"]}

    assert served(lambda: noted, Own(), "-r", "-p", "7") == {"own": 7}


class Late:
    """Notes what is to be served under the reloader."""

    def __init__(self) -> None:
        self.load: Any = None
        self.options: Any = None

    def __call__(self, load: Any, options: Any) -> None:
        self.load, self.options = load, options


@pytest.mark.parametrize("child", [False, True])
@pytest.mark.parametrize(
    ("words", "debugger"), [(["-r"], False), (["-d"], True), (["-rD"], False)]
)
def test_application_is_made_late_under_the_reloader(
    monkeypatch: pytest.MonkeyPatch, words: list[str], *, debugger: bool, child: bool
) -> None:
    late = Late()
    monkeypatch.setattr("insula._core.late.serve", late)
    monkeypatch.setattr("insula._core.late.load_dotenv", lambda: None)
    monkeypatch.setenv("WERKZEUG_RUN_MAIN", "true" if child else "")

    def broken() -> Insula:
        raise SyntaxError("broken")

    manager = Manager(broken)
    manager.handle("manage.py", ["runserver", *words])
    assert late.options.use_reloader
    assert late.options.use_debugger is debugger
    with pytest.raises(SyntaxError):
        late.load()


def test_child_of_the_reloader_is_in_the_debug_mode_that_made_it_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    late = Late()
    monkeypatch.setattr("insula._core.late.serve", late)
    monkeypatch.setattr("insula._core.late.load_dotenv", lambda: None)
    monkeypatch.setenv("WERKZEUG_RUN_MAIN", "true")
    manager = Manager(lambda: Insula("shop", static_folder=None))
    manager.handle("manage.py", ["runserver"])
    assert late.options.use_debugger
    manager.handle("manage.py", ["runserver", "-r"])
    assert not late.options.use_debugger


def test_wrong_option_of_a_late_server_is_one_line(run: Run) -> None:
    manager = Manager(lambda: None)
    done = run(manager, "runserver", "-d", "-p", "99999")
    assert done.code == 1
    assert done.err.startswith("Error: Port 99999 is not")


# --- shell


class Terminal(io.StringIO):
    """What is typed at a prompt."""

    def isatty(self) -> bool:
        return True


def test_shell_runs_what_is_piped_in_without_a_prompt(
    app: Insula, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = "for n in range(2):\n    print(n, app.name)\n\nprint('end')\n"
    monkeypatch.setattr("sys.stdin", io.StringIO(program))
    done = run(Manager(app), "shell")
    assert (done.out, done.err) == ("0 shop\n1 shop\nend\n", "")


@pytest.fixture
def without_others(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have no other prompt than Python's."""
    for name in ("ptpython.ipython", "ptpython.repl", "bpython", "IPython"):
        monkeypatch.setitem(sys.modules, name, None)


@pytest.mark.usefixtures("without_others")
def test_shell_has_the_names_of_the_application(
    app: Insula, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    app.shell_context_processor(lambda: {"answer": 42})
    monkeypatch.setattr("sys.stdin", Terminal("print(app.name, answer)\n"))
    done = run(Manager(app), "shell")
    assert "shop 42\n" in done.out
    assert "application shop" in done.err


@pytest.mark.usefixtures("without_others")
def test_shell_has_the_names_that_a_function_returns(
    app: Insula, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    manager = Manager(app)

    @manager.shell
    def names(of: Insula) -> dict[str, Any]:
        return {"it": of, "here": current_app.name}

    monkeypatch.setattr("sys.stdin", Terminal("print(it.name, here)\n"))
    assert "shop shop\n" in run(manager, "shell").out
    manager.add_command("shell", Shell("Hello!", lambda: {"it": 1}))
    monkeypatch.setattr("sys.stdin", Terminal("print(it)\n"))
    done = run(manager, "shell")
    assert "1\n" in done.out
    assert "Hello!" in done.err


def test_error_of_what_is_piped_in_shows_its_own_lines(
    app: Insula, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    manager = Manager(app)
    manager.add_command("shell", Shell())
    monkeypatch.setattr("sys.stdin", io.StringIO("x = 1\nx.gone\n"))
    done = run(manager, "shell")
    assert done.code == 1
    assert done.err.splitlines()[:3] == [
        "Traceback (most recent call last):",
        '  File "<stdin>", line 2, in <module>',
        "    x.gone",
    ]


PROMPT = "def embed(**options): print(__name__, sorted(options))\n"


def test_shell_takes_the_first_prompt_that_may_be_used(
    app: Insula, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "ptpython").mkdir()
    for name in ("ptpython/__init__", "ptpython/repl", "bpython", "IPython"):
        (tmp_path / f"{name}.py").write_text(PROMPT)
    broken = "raise ImportError\n"
    (tmp_path / "ptpython" / "ipython.py").write_text(broken)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr("sys.stdin", Terminal())
    manager = Manager(app)
    no: list[str] = []
    for name, prompt in (
        ("ptpython", "ptpython.repl ['globals', 'history_filename']"),
        ("bpython", "bpython ['banner', 'locals_']"),
        ("ipython", "IPython ['banner1', 'user_ns']"),
    ):
        assert run(manager, "shell", *no).out == f"{prompt}\n"
        no.append(f"--no-{name}")
    manager.add_command("shell", Shell(use_ptpython=False, use_bpython=False))
    assert run(manager, "shell").out.startswith("IPython")
    for name in ("ptpython", "ptpython.repl", "bpython", "IPython"):
        monkeypatch.delitem(sys.modules, name)


# --- rules and files


def test_rules_are_shown_in_order(app: Insula, run: Run) -> None:
    app.add_url_rule("/a", "zebra", lambda: "", methods=["POST"])
    app.add_url_rule("/b/<int:n>", "bear", lambda n: n)
    manager = Manager(app)
    manager.add_command("urls", ShowUrls())
    by_rule = """\
Rule        Endpoint
----------  --------
/           index
/a          zebra
/b/<int:n>  bear
"""
    assert run(manager, "urls").out == by_rule
    by_endpoint = run(manager, "urls", "--order", "endpoint").out.splitlines()
    assert [line.split()[-1] for line in by_endpoint[2:]] == ["bear", "index", "zebra"]
    assert run(manager, "urls", "--order", "methods").code == 0
    with pytest.raises(InvalidCommand, match="--order size"):
        manager.handle("manage.py", ["urls", "--order", "size"])


@pytest.mark.parametrize(
    ("url", "row"),
    [
        ("/b/3", "/b/<int:n>  bear      {'n': 3}"),
        ("/a", "/a    zebra     {}"),
        ("/c", "<redirects to http://localhost/c/>"),
        ("/nope", "<404 Not Found>"),
    ],
)
def test_rule_of_a_url_is_shown(app: Insula, run: Run, url: str, row: str) -> None:
    app.add_url_rule("/a", "zebra", lambda: "", methods=["POST"])
    app.add_url_rule("/b/<int:n>", "bear", lambda n: n)
    app.add_url_rule("/c/", "folder", lambda: "")
    manager = Manager(app)
    manager.add_command("urls", ShowUrls())
    assert run(manager, "urls", url).out.splitlines()[2:] == [row]


def test_compiled_files_are_removed_and_named(
    app: Insula, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a" / "__pycache__").mkdir(parents=True)
    for name in ("a/__pycache__/x.pyc", "b.pyo", "keep.py", "keep.pyx"):
        (tmp_path / name).touch()
    monkeypatch.chdir(tmp_path)
    manager = Manager(app)
    manager.add_command("clean", Clean())
    expected = ["Removing a/__pycache__/x.pyc", "Removing b.pyo"]
    assert run(manager, "clean").out.splitlines() == expected
    assert sorted(p.name for p in tmp_path.glob("*.*")) == ["keep.py", "keep.pyx"]

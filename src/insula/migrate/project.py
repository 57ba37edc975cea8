"""Read a project, and say what is to be done with it.

Theory. All sources are parsed, since one that is Python 2 keeps the program from
running wherever it stands; those in which none of the names occurs are not looked at
any further. Nothing is imported or run. A file that is reached by several links is read
once; one that lies elsewhere, behind a link, is reported and not written.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from insula.deps import Environment
from insula.deps.notebooks import cells_of
from insula.deps.own import OwnModules
from insula.deps.sources import find_files, is_dev, is_source, parse
from insula.migrate.differences import Seen, Shared, differing, note_shared
from insula.migrate.extensions import Extensions, is_requirements
from insula.migrate.findings import Change, Finding, Report
from insula.migrate.imports import Rewriting, is_flask
from insula.migrate.names import Names
from insula.migrate.old import Old, old_names, table
from insula.migrate.starting import is_about_starting, starts
from insula.migrate.strings import strings
from insula.migrate.templates import is_template, old_in_template
from insula.migrate.text import SourceText, Unreadable, replace_file

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

__all__ = ["apply", "examine"]

_KEPT = re.compile(r"#.*\bmigrate:\s*keep\b")
_IMPORT = "is insula.flask; nothing else in the line changes"


@dataclass(frozen=True, slots=True)
class _Source:
    path: Path
    text: SourceText
    names: Names
    dev: bool


def examine(
    root: Path,
    *,
    exclude: Sequence[str] = (),
    environment: Environment | None = None,
) -> Report:
    """Read what is below a folder, or one file.

    :param exclude: names, paths or patterns of what is left out.
    :param environment: what is installed.
    """
    return _Examiner(root, exclude, environment or Environment()).run()


def apply(report: Report) -> list[Path]:
    """Write what is to be changed, and return the files that were written.

    What cannot be written becomes a finding; the others are.
    """
    written = []
    for change in report.changes:
        try:
            replace_file(change.path, change.old, change.new)
        except OSError as exc:
            said = f"cannot be written: {exc.strerror}"
            name = change.path.name
            report.findings.append(Finding("unwritten", change.path, 0, name, said))
        else:
            written.append(change.path)
    return written


def _is_wanted(path: Path) -> bool:
    return (
        is_source(path)
        or is_template(path)
        or is_requirements(path)
        or is_about_starting(path)
    )


class _Examiner:
    def __init__(
        self, root: Path, exclude: Sequence[str], environment: Environment
    ) -> None:
        self._root = root
        self.report = Report()
        seen: set[Path] = set()
        self._files: list[Path] = []
        for path in find_files(root, exclude, wanted=_is_wanted):
            real = path.resolve()
            if real not in seen:
                seen.add(real)
                self._files.append(path)
        self._shared = Shared()
        self._extensions = Extensions(self.report, environment)
        python = [path.resolve() for path in self._files if is_source(path)]
        self._own = OwnModules(root.resolve(), python)
        # Without one of these a source has nothing to say.
        tops = {name.partition(".")[0] for name in table().rows}
        tops |= {"insula", "ContextVar", "AUTOMATIC_OPTIONS"}
        self._mentions = re.compile(rf"{'|'.join(sorted(tops))}")

    def run(self) -> Report:
        """Read all files, and return what was found."""
        self.report.files = len(self._files)
        sources: list[_Source] = []
        for path in self._files:
            if is_requirements(path):
                self._extensions.declare(path)
            if path.suffix.lower() == ".ipynb":
                self._read_notebook(path)
            elif is_source(path) or path == self._root:
                sources += self._read(path)
            elif is_template(path):
                for old in old_in_template(self._text(path)):
                    self._add_old(path, old, set())
            elif is_about_starting(path):
                for kind, line, name, said in starts(self._text(path)):
                    self._add(kind, path, line, name, said)
        for source in sources:
            self._look_at(source)
        order = {path: number for number, path in enumerate(self._files)}
        self.report.findings.sort(key=lambda one: (order[one.path], one.cell, one.line))
        return self.report

    def _add(self, kind: str, path: Path, line: int, name: str, said: str) -> None:
        self.report.findings.append(Finding(kind, path, line, name, said))

    def _add_old(
        self, path: Path, old: Old, rewritten: set[tuple[int, str]], cell: int = 0
    ) -> None:
        line, name, said = old
        done = (line, name) in rewritten
        self.report.findings.append(
            Finding("old", path, line, name, said, cell, rewritten=done)
        )

    def _text(self, path: Path) -> str:
        try:
            return path.read_bytes().decode("utf-8", "replace")
        except OSError as exc:
            said = f"cannot be read: {exc.strerror}"
            self._add("unread", path, 0, path.name, said)
            return ""

    def _read(self, path: Path) -> Iterator[_Source]:
        try:
            text = SourceText(path.read_bytes())
            tree = text.parse()
        except Unreadable as exc:
            self._add("unread", path, exc.line, path.name, str(exc))
            return
        except OSError as exc:
            said = f"cannot be read: {exc.strerror}"
            self._add("unread", path, 0, path.name, said)
            return
        for module, line in _imported(tree):
            self._use(module, path, line)
        if self._mentions.search(text.text) is None:
            return
        names = Names(tree)
        note_shared(names, self._shared)
        yield _Source(path, text, names, is_dev(path, self._root))

    def _use(self, module: str, path: Path, line: int) -> None:
        # What is the project's own is read itself.
        if not self._own.has(module, path.resolve()):
            self._extensions.use(module, path, line)

    def _read_notebook(self, path: Path) -> None:
        try:
            cells = list(cells_of(path.read_bytes()))
        except (OSError, ValueError) as exc:
            self._add("unread", path, 0, path.name, f"cannot be read: {exc}")
            return
        for number, text in cells:
            try:
                names = Names(parse(text))
            except (SyntaxError, ValueError):
                continue  # what IPython understands, nobody else may
            for one in names.imported:
                self._use(one.written, path, one.alias.lineno)
                if is_flask(one.written):
                    said = f"{_IMPORT}; a notebook is left as it is"
                    line = one.alias.lineno
                    self.report.findings.append(
                        Finding("import", path, line, "flask", said, number)
                    )
            for old in old_names(names):
                self._add_old(path, old, set(), number)

    def _look_at(self, source: _Source) -> None:
        path, names = source.path, source.names
        if self._own.has("flask", path.resolve()):
            return
        kept = {
            number
            for number, line in enumerate(source.text.text.splitlines(), 1)
            if "migrate:" in line and _KEPT.search(line)
        }
        rewriting = Rewriting(source.text, names, kept)
        done = self._change(source, rewriting)
        for line in rewriting.lines:
            self.report.findings.append(
                Finding("import", path, line, "flask", _IMPORT, rewritten=done)
            )
        for old in old_names(names):
            if old.line not in kept:
                self._add_old(path, old, rewriting.replaced if done else set())
        for line, difference in differing(Seen(names, source.dev, self._shared)):
            if line not in kept:
                self._add("differs", path, line, difference.id, difference.message)
        for line, text, said in strings(names):
            if line not in kept:
                self._add("string", path, line, text, said)
        self._note_calls(source)

    def _change(self, source: _Source, rewriting: Rewriting) -> bool:
        """Return whether a file can be changed, and note how."""
        if not rewriting.edits:
            return False
        path = source.path.resolve()
        root = self._root.resolve()
        if path != root and not path.is_relative_to(root):
            said = f"{path} lies outside of what was named, and is not written"
            self._add("unwritten", source.path, 0, source.path.name, said)
            return False
        try:
            new = source.text.changed(rewriting.edits)
        except Unreadable as exc:
            self._add("unwritten", source.path, 0, source.path.name, str(exc))
            return False
        self.report.changes.append(Change(path, source.text.data, new))
        return True

    def _note_calls(self, source: _Source) -> None:
        for node in source.names.nodes:
            if not isinstance(node, ast.Call):
                continue
            dotted = source.names.resolve(node.func)
            if dotted in {"flask.install", "flask.place.install"}:
                self.report.installs = (source.path, node.lineno)
            elif dotted in {"flask.Flask", "flask.app.Flask"} and not source.dev:
                place = (source.path, node.lineno)
                self.report.makes_app = self.report.makes_app or place


def _imported(tree: ast.Module) -> Iterator[tuple[str, int]]:
    """Yield the modules that are imported, and where."""
    pending: list[ast.AST] = [tree]
    while pending:
        node = pending.pop()
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield _of_today(alias.name), node.lineno
        elif isinstance(node, ast.ImportFrom):
            if not node.level and node.module:
                if node.module == "flask.ext":
                    for alias in node.names:
                        yield f"flask_{alias.name}", node.lineno
                else:
                    yield _of_today(node.module), node.lineno
        elif not isinstance(node, ast.expr):
            pending += reversed(
                [n for n in ast.iter_child_nodes(node) if not isinstance(n, ast.expr)]
            )


def _of_today(module: str) -> str:
    """Return the name that a module of an extension goes by today."""
    if not module.startswith("flask.ext."):
        return module
    return f"flask_{module.split('.')[2]}"

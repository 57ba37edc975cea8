"""Mistakes in templates, as Jinja reads them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jinja2 import TemplateError, TemplateSyntaxError, nodes

from insula.cli.check.findings import Finding, Place
from insula.cli.check.links import Links
from insula.cli.check.project import is_own
from insula.cli.check.sources import real_path

if TYPE_CHECKING:
    from collections.abc import Iterator

    from insula.cli.check.project import Project

__all__ = ["check", "own_templates"]

# In a folder of templates there may be anything; these are for Jinja.
_SUFFIXES = (
    ".htm",
    ".html",
    ".j2",
    ".jinja",
    ".jinja2",
    ".md",
    ".svg",
    ".tpl",
    ".txt",
    ".xhtml",
    ".xml",
)


def own_templates(project: Project) -> Iterator[tuple[str, str, str]]:
    """Yield name, path and source of the project's templates."""
    app = project.app
    seen: set[str] = set()
    for owner in (app, *app.blueprints.values()):
        loader = owner.jinja_loader
        if loader is None:
            continue
        try:
            names = loader.list_templates()
        except TypeError:
            # A loader that cannot list what it has.
            continue
        for name in names:
            if not name.endswith(_SUFFIXES):
                continue
            try:
                source, path, _ = loader.get_source(app.jinja_env, name)
            except (TemplateError, UnicodeDecodeError):
                continue
            if path is None:
                continue
            real = real_path(path)
            if real not in seen and (owner is app or is_own(real, project.root)):
                seen.add(real)
                yield name, real, source


def check(project: Project) -> Iterator[Finding]:
    """Compile each template, and look at what it names."""
    app = project.app
    links = Links(project)
    for name, path, source in own_templates(project):
        try:
            app.jinja_env.compile(source, name, path, raw=True)
            tree = app.jinja_env.parse(source, name, path)
        except TemplateSyntaxError as exc:
            yield Finding(
                "template-syntax",
                f"The template does not compile: {(exc.message or '').rstrip('.')}",
                "mend the tag or the expression in this line",
                Place(path, exc.lineno),
            )
            continue
        yield from _names(project, links, tree, path)


def _names(
    project: Project, links: Links, tree: nodes.Template, path: str
) -> Iterator[Finding]:
    env = project.app.jinja_env
    for tag in tree.find_all(
        (nodes.Extends, nodes.Include, nodes.Import, nodes.FromImport)
    ):
        if getattr(tag, "ignore_missing", False):
            continue
        names = _constants(tag.template)  # type: ignore[attr-defined]  # each has one
        if names:
            yield from links.templates(names, Place(path, tag.lineno))
    if env.globals.get("url_for") != project.app.url_for:
        return
    for call in tree.find_all(nodes.Call):
        if isinstance(call.node, nodes.Name) and call.node.name == "url_for":
            endpoint = call.args[0] if call.args else None
            if isinstance(endpoint, nodes.Const) and isinstance(endpoint.value, str):
                yield from links.url(
                    endpoint.value,
                    {word.key: _constant(word.value) for word in call.kwargs},
                    known=call.dyn_kwargs is None,
                    place=Place(path, call.lineno),
                )


def _constants(node: Any) -> list[str]:
    items = node.items if isinstance(node, (nodes.List, nodes.Tuple)) else [node]
    names = [_constant(item) for item in items]
    return names if all(isinstance(name, str) for name in names) else []


def _constant(node: Any) -> Any:
    return node.value if isinstance(node, nodes.Const) else None

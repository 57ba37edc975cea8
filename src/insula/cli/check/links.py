"""What is named by code and templates alike: endpoints, static files, templates."""

from __future__ import annotations

from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jinja2 import TemplateNotFound

from insula.cli.check.findings import Finding
from insula.cli.check.report import brief

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from insula.cli.check.findings import Place
    from insula.cli.check.project import Project

__all__ = ["Links"]

_NEAR = 0.6


class Links:
    """Check what is named, against the application."""

    def __init__(self, project: Project) -> None:
        self.app = project.app
        self._rules = project.rules_by_endpoint()
        self._others = project.endpoints_of_others()

    def url(
        self, endpoint: str, values: dict[str, Any], *, known: bool, place: Place
    ) -> Iterator[Finding]:
        """Check a call of ``url_for``.

        :param values: the keyword arguments; ``None`` for what is not a literal.
        :param known: whether these are all.
        """
        if self.app.url_build_error_handlers or {"_app", "_blueprint"} & values.keys():
            return
        found = self._meant(endpoint, self._rules)
        if not found and self._meant(endpoint, self._others):
            return
        if not found:
            yield Finding(
                "url-endpoint-unknown",
                f"There is no endpoint {endpoint!r}{self._near(endpoint)}",
                "name one that insula routes lists",
                place,
            )
            return
        rules = [rule for name in found for rule in self._rules[name]]
        lacks = [
            rule.arguments - set(rule.defaults or ()) - values.keys() for rule in rules
        ]
        if known and all(lacks) and not self.app.url_default_functions:
            missing = min(lacks, key=len)
            yield Finding(
                "url-value-missing",
                f"url_for({endpoint!r}) lacks {', '.join(sorted(missing))}, which the"
                f" rule {rules[lacks.index(missing)].rule!r} needs",
                "pass it by name",
                place,
            )
        yield from self._file(endpoint, values.get("filename"), place)

    @staticmethod
    def _meant(endpoint: str, known: Collection[str]) -> list[str]:
        if not endpoint.startswith("."):
            return [endpoint] if endpoint in known else []
        # Relative to the blueprint of the request, which is not known here.
        return [
            name for name in known if name.endswith(endpoint) or name == endpoint[1:]
        ]

    def _near(self, endpoint: str) -> str:
        near = get_close_matches(endpoint, self._rules, n=1, cutoff=_NEAR)
        last = [name for name in self._rules if name.endswith(f".{endpoint}")]
        named = last[:1] or near
        return f" (there is {named[0]!r})" if named else ""

    def _file(self, endpoint: str, name: Any, place: Place) -> Iterator[Finding]:
        blueprint, _, last = endpoint.rpartition(".")
        owner = self.app.blueprints.get(blueprint) if blueprint else self.app
        if last != "static" or owner is None or not isinstance(name, str):
            return
        folder = owner.static_folder
        if folder is not None and not Path(folder, name).is_file():
            yield Finding(
                "static-file-missing",
                f"There is no file {name!r} in {brief(folder)}",
                "put it there, or mend its name",
                place,
            )

    def templates(self, names: list[str], place: Place) -> Iterator[Finding]:
        """Check that one of the templates is there."""
        env = self.app.jinja_env
        if env.loader is None or any(self._is_there(env, name) for name in names):
            return
        yield Finding(
            "template-missing",
            f"There is no template {' or '.join(map(repr, names))}",
            "put it into a folder of templates, or mend its name",
            place,
        )

    @staticmethod
    def _is_there(env: Any, name: str) -> bool:
        try:
            env.loader.get_source(env, name)
        except TemplateNotFound:
            return False
        except UnicodeDecodeError:
            return True
        return True

"""One requirement: a name, its extras, versions or a URL, and a marker.

What a line says is kept as it was written, so that it can be written again; only the
name is brought into the form in which names are compared.

Sources: the dependency specifiers and the name normalization specifications of
packaging.python.org; the requirements file format of pip.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

__all__ = ["Requirement", "canonical", "parse"]

_NAMED = re.compile(
    r"\s*(?P<name>[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)"
    r"\s*(?:\[(?P<extras>[^\]]*)\])?"
    r"\s*(?:@\s*(?P<url>[^\s;]+(?:;(?!\s)[^\s;]+)*)"
    r"|\(?(?P<versions>\s*(?:===|[<>=!~]=|[<>])\s*[^\s;()][^;()]*)\)?)?"
    r"\s*(?:;\s*(?P<marker>.*?))?\s*",
    re.DOTALL,
)
_EGG = re.compile(r"[#&]egg=([A-Za-z0-9._-]+)(?:\[([^\]]*)\])?")
_WHEEL = re.compile(r"([A-Za-z0-9._]+)-[^-/]+-[^/]+\.whl(?:[?#]|$)")
_ARCHIVE = re.compile(
    r"([A-Za-z0-9._-]+?)-\d[^-/]*\.(?:tar\.gz|zip|tar\.bz2)(?:[?#]|$)"
)
_EXACT = re.compile(r"={2,3}\s*([^\s,*]+)\s*")


def canonical(name: str) -> str:
    """Return the form of a distribution's name in which names are compared."""
    return re.sub(r"[-_.]+", "-", name).lower()


@dataclass(frozen=True, slots=True)
class Requirement:
    """What is required of one distribution.

    :param name: as it was written; empty where a path or URL does not say it.
    :param extras: as they were written.
    :param versions: such as ``>=2.0,<3``; empty, any.
    :param url: a URL or path, in place of versions.
    :param marker: where it is required; empty, everywhere.
    """

    name: str
    extras: tuple[str, ...] = ()
    versions: str = ""
    url: str = ""
    marker: str = ""

    @property
    def key(self) -> str:
        """The name in the form in which names are compared."""
        return canonical(self.name)

    @property
    def exact(self) -> str | None:
        """The version, where just one is allowed."""
        match = _EXACT.fullmatch(self.versions)
        return match[1] if match else None

    def with_versions(self, versions: str) -> Requirement:
        """Return the same with other versions."""
        return replace(self, versions=versions)

    def text(self, quote: str = '"') -> str:
        """Return it as it is written, with this quote in its marker."""
        extras = f"[{','.join(self.extras)}]" if self.extras else ""
        body = f" @ {self.url}" if self.url else self.versions
        marker = self.marker.replace('"', quote)
        # After a URL, a semicolon without a space would belong to it.
        end = f"{' ' if self.url else ''}; {marker}" if marker else ""
        return f"{self.name}{extras}{body}{end}"


def parse(text: str) -> Requirement | None:
    """Return the requirement in a text; None, if it is none.

    A path or URL without a name is one whose name is taken from ``#egg=`` or the file's
    name, and is empty if neither says it.
    """
    match = _NAMED.fullmatch(text)
    if match is not None and not _is_path(match["name"], text):
        return Requirement(
            match["name"],
            _extras(match["extras"]),
            " ".join((match["versions"] or "").split()),
            match["url"] or "",
            " ".join((match["marker"] or "").split()),
        )
    url, _, marker = text.strip().partition(" ;")
    if not re.match(r"[A-Za-z+]+://|[A-Za-z]+\+|file:|\.|/|~|\$\{", url) and not (
        re.search(r"[/\\]|\.whl$", url)
    ):
        return None
    egg = _EGG.search(url)
    if egg is not None:
        return Requirement(egg[1], _extras(egg[2]), "", url, marker.strip())
    file = _WHEEL.search(url) or _ARCHIVE.search(url)
    extras = re.search(r"\[([^\]]*)\]$", url)
    return Requirement(
        file[1] if file else "",
        _extras(extras[1] if extras else None),
        "",
        url,
        marker.strip(),
    )


def _is_path(name: str, text: str) -> bool:
    return text.strip() == name and name.endswith((".whl", ".zip", ".tar.gz"))


def _extras(text: str | None) -> tuple[str, ...]:
    return tuple(e.strip() for e in (text or "").split(",") if e.strip())

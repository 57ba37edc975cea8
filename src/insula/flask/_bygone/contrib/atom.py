"""Old ``werkzeug.contrib.atom``: feeds in Atom.

Sources: RFC 4287.
"""

from __future__ import annotations

from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape as _escape

from werkzeug.wrappers import Response

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from _typeshed.wsgi import StartResponse, WSGIEnvironment

__all__ = ["AtomFeed", "FeedEntry"]

_ATOM = "http://www.w3.org/2005/Atom"
_XHTML = "http://www.w3.org/1999/xhtml"


def _text(value: Any) -> str:
    return _escape(str(value), {'"': "&quot;"})


def _element(name: str, value: Any) -> str:
    return f"  <{name}>{_text(value)}</{name}>\n"


def _empty(name: str, values: dict[str, Any]) -> str:
    said = "".join(f' {key}="{_text(value)}"' for key, value in values.items())
    return f"  <{name}{said} />\n"


def _block(name: str, content: Any, kind: str | None) -> str:
    """Return a text construct: plain, HTML, or XHTML in a division of its own."""
    if kind == "xhtml":
        return (
            f'  <{name} type="xhtml"><div xmlns="{_XHTML}">{content}</div></{name}>\n'
        )
    said = f' type="{_text(kind)}"' if kind else ""
    return f"  <{name}{said}>{_text(content)}</{name}>\n"


def _date(moment: datetime) -> str:
    text = moment.isoformat()
    return text if moment.tzinfo is not None else f"{text}Z"


def _author(author: Any) -> dict[str, Any]:
    return dict(author) if hasattr(author, "keys") else {"name": author}


def _authors(value: Any) -> list[dict[str, Any]]:
    if value is None:
        return []
    if isinstance(value, str) or hasattr(value, "keys"):
        value = [value]
    return [_author(each) for each in value]


def _people(authors: Iterable[dict[str, Any]]) -> Iterator[str]:
    for author in authors:
        yield "  <author>\n"
        for key in ("name", "uri", "email"):
            if author.get(key):
                yield "  " + _element(key, author[key])
        yield "  </author>\n"


def _need(kind: str, **values: Any) -> None:
    missing = [name for name, value in values.items() if not value]
    if missing:
        raise ValueError(f"{kind} needs {' and '.join(missing)}; hand it in.")


class FeedEntry:
    """One entry of a feed; the values are those of RFC 4287's elements."""

    def __init__(
        self,
        title: Any = None,
        content: Any = None,
        feed_url: Any = None,
        **values: Any,
    ) -> None:
        self.title = title
        self.title_type = values.get("title_type", "text")
        self.content = content
        self.content_type = values.get("content_type", "html")
        self.url = values.get("url")
        self.id = values.get("id", self.url)
        self.updated = values.get("updated")
        self.summary = values.get("summary")
        self.summary_type = values.get("summary_type", "html")
        self.author = _authors(values.get("author"))
        self.published = values.get("published")
        self.rights = values.get("rights")
        self.links = values.get("links") or []
        self.categories = values.get("categories") or []
        self.xml_base = values.get("xml_base", feed_url)
        _need("An entry", title=self.title, id=self.id, updated=self.updated)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.title!r}>"

    def generate(self) -> Iterator[str]:
        """Yield the XML of the entry."""
        base = f' xml:base="{_text(self.xml_base)}"' if self.xml_base else ""
        yield f"<entry{base}>\n"
        yield _block("title", self.title, self.title_type)
        yield _element("id", self.id)
        yield _element("updated", _date(self.updated))  # type: ignore[arg-type]  # needed above
        if self.published:
            yield _element("published", _date(self.published))
        if self.url:
            yield _empty("link", {"href": self.url})
        yield from _people(self.author)
        for link in self.links:
            yield _empty("link", link)
        for category in self.categories:
            yield _empty("category", category)
        if self.summary:
            yield _block("summary", self.summary, self.summary_type)
        if self.rights:
            yield _element("rights", self.rights)
        if self.content:
            yield _block("content", self.content, self.content_type)
        yield "</entry>\n"

    def to_string(self) -> str:
        """Return the XML of the entry."""
        return "".join(self.generate())

    def __str__(self) -> str:
        return self.to_string()


class AtomFeed:
    """A feed; ``add()`` entries, then ``get_response()``."""

    default_generator: tuple[str, Any, Any] = ("Insula", None, None)

    def __init__(self, title: Any = None, entries: Any = None, **values: Any) -> None:
        self.title = title
        self.title_type = values.get("title_type", "text")
        self.url = values.get("url")
        self.feed_url = values.get("feed_url", self.url)
        self.id = values.get("id", self.feed_url)
        self.updated = values.get("updated")
        self.author = _authors(values.get("author"))
        self.icon = values.get("icon")
        self.logo = values.get("logo")
        self.rights = values.get("rights")
        self.rights_type = values.get("rights_type")
        self.subtitle = values.get("subtitle")
        self.subtitle_type = values.get("subtitle_type", "text")
        self.generator = values.get("generator") or self.default_generator
        self.links = values.get("links") or []
        self.entries: list[FeedEntry] = list(entries or ())
        _need("A feed", title=self.title, id=self.id)

    def add(self, *args: Any, **kwargs: Any) -> None:
        """Add an entry, or the values of one."""
        if len(args) == 1 and not kwargs and isinstance(args[0], FeedEntry):
            self.entries.append(args[0])
        else:
            kwargs["feed_url"] = self.feed_url
            self.entries.append(FeedEntry(*args, **kwargs))

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.title!r} ({len(self.entries)} entries)>"

    def generate(self) -> Iterator[str]:
        """Yield the XML of the feed."""
        if not self.author and any(not entry.author for entry in self.entries):
            self.author = [{"name": "Unknown author"}]
        updated = self.updated or max(
            (entry.updated for entry in self.entries if entry.updated),
            default=datetime.now(tz=timezone.utc),
        )
        yield '<?xml version="1.0" encoding="utf-8"?>\n'
        yield f'<feed xmlns="{_ATOM}">\n'
        yield _block("title", self.title, self.title_type)
        yield _element("id", self.id)
        yield _element("updated", _date(updated))
        if self.url:
            yield _empty("link", {"href": self.url})
        if self.feed_url:
            yield _empty("link", {"href": self.feed_url, "rel": "self"})
        for link in self.links:
            yield _empty("link", link)
        yield from _people(self.author)
        if self.subtitle:
            yield _block("subtitle", self.subtitle, self.subtitle_type)
        for name in ("icon", "logo"):
            if getattr(self, name):
                yield _element(name, getattr(self, name))
        if self.rights:
            yield _block("rights", self.rights, self.rights_type)
        yield _element("generator", self.generator[0])
        for entry in self.entries:
            yield from ("  " + line for line in entry.generate())
        yield "</feed>\n"

    def to_string(self) -> str:
        """Return the XML of the feed."""
        return "".join(self.generate())

    def get_response(self) -> Response:
        """Return a response with the feed."""
        return Response(self.to_string(), mimetype="application/atom+xml")

    def __call__(
        self, environ: WSGIEnvironment, start_response: StartResponse
    ) -> Iterable[bytes]:
        return self.get_response()(environ, start_response)

    def __str__(self) -> str:
        return self.to_string()

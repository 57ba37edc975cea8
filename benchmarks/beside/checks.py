"""Tells whether contenders do the same work: what a right answer to each is.

Rules of the file: nothing here starts or asks anybody, so that tests can hand in wrong
answers; an objection is a sentence that says what differs, and no bench goes on after
one.

What all frameworks answer alike is compared with the work's own meaning: status, body
or JSON document, the header fields that it names. What they are free to choose is not:
the type of a text (Falcon calls it JSON unless told), the page of an error, of which
the kind is known and the phrase is looked for, and the methods that `Allow` names
beside those of the route. Flask and Insula, which run one text, have no such freedom:
theirs is compared to the last byte and field.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from benchmarks.beside.works import Reply, Work

__all__ = ["difference", "objection", "refusals"]

_ERROR_KINDS = {"falcon": "application/json"}
"""The content type of an error's page where it is not HTML."""
# What the server adds or the moment decides.
_FREE_FIELDS = frozenset({"connection", "date", "keep-alive", "server"})
_STATUSES_WITHOUT_BODY = frozenset({204, 304})
_LONGEST = 200  # characters of an answer in a sentence


def refusals(
    works: Iterable[Work], answers: Mapping[str, Mapping[str, Reply]]
) -> list[str]:
    """Return a sentence for each wrong answer; `answers` are by work and contender."""
    wrong = []
    for work in works:
        replies = answers[work.name]
        for name, reply in replies.items():
            fault = objection(work, name, reply)
            if fault:
                wrong.append(f"{name}, {work.title}: {fault}")
        if {"insula", "flask"} <= replies.keys():
            fault = difference(replies["insula"], replies["flask"])
            if fault:
                wrong.append(f"insula and flask, {work.title}: {fault}")
    return wrong


def objection(work: Work, contender: str, reply: Reply) -> str | None:
    """Return what is wrong with an answer by itself, or None."""
    if reply.status != work.status:
        return f"status {reply.status}, expected {work.status}"
    for name, value in work.answer_headers.items():
        found = reply.headers.get(name.lower())
        if found != value:
            return f"header {name} is {found!r}, not {value!r}"
    for name in work.present:
        if not reply.headers.get(name.lower()):
            return f"there is no header {name}"
    return (
        _objection_to_allow(work, reply)
        or _objection_to_length(reply)
        or _objection_to_body(work, contender, reply)
    )


def _objection_to_allow(work: Work, reply: Reply) -> str | None:
    if not work.allows:
        return None
    named = _methods(reply.headers.get("allow", ""))
    if work.method in named or not named.issuperset(work.allows):
        expected = ", ".join(work.allows)
        return (
            f"header Allow is {reply.headers.get('allow')!r}; it has to name"
            f" {expected}, and not {work.method}"
        )
    return None


def _objection_to_length(reply: Reply) -> str | None:
    if reply.status in _STATUSES_WITHOUT_BODY:
        return f"a body: {_short(reply.body)}" if reply.body else None
    length = reply.headers.get("content-length")
    if length not in {None, str(len(reply.body))}:
        return f"Content-Length is {length}, the body's length {len(reply.body)}"
    return None


def _objection_to_body(work: Work, contender: str, reply: Reply) -> str | None:
    if work.error:
        kind = _ERROR_KINDS.get(contender, "text/html")
        return _objection_to_error(work.error, kind, reply)
    if isinstance(work.meaning, dict):
        return _objection_to_json(work.meaning, reply)
    meaning = work.meaning
    if isinstance(meaning, str):
        meaning = meaning.encode()
    if reply.body == meaning:
        return None
    return f"{_short(reply.body)}, not {_short(meaning)}"


def _objection_to_error(phrase: str, kind: str, reply: Reply) -> str | None:
    if _kind(reply) != kind:
        return f"content type {_kind(reply)!r}, expected {kind!r}"
    if kind == "application/json":
        try:
            json.loads(reply.body)
        except ValueError:
            return f"{_short(reply.body)} is no JSON"
    elif not reply.body.lstrip().startswith(b"<"):
        return f"{_short(reply.body)} is no HTML"
    if phrase.encode() not in reply.body:
        return f"{_short(reply.body)} does not say {phrase!r}"
    return None


def _objection_to_json(meaning: dict[str, object], reply: Reply) -> str | None:
    if _kind(reply) != "application/json":
        return f"content type {_kind(reply)!r}, expected 'application/json'"
    try:
        found = json.loads(reply.body)
    except ValueError:
        return f"{_short(reply.body)} is no JSON"
    return None if found == meaning else f"{found!r}, not {meaning!r}"


def difference(ours: Reply, theirs: Reply) -> str | None:
    """Return what two answers of one text differ in, or None."""
    if ours.status != theirs.status:
        return f"status {ours.status} and {theirs.status}"
    for name in sorted((ours.headers.keys() | theirs.headers.keys()) - _FREE_FIELDS):
        both = [_comparable(name, reply.headers.get(name)) for reply in (ours, theirs)]
        if both[0] != both[1]:
            found = [reply.headers.get(name) for reply in (ours, theirs)]
            return f"header {name} is {found[0]!r} and {found[1]!r}"
    if ours.body == theirs.body:
        return None
    at = _first_difference(ours.body, theirs.body)
    return (
        f"from byte {at} on the bodies differ: {_short(ours.body[at:])} and"
        f" {_short(theirs.body[at:])}"
    )


def _comparable(name: str, value: str | None) -> object:
    """Return of a field's value what two right answers have in common."""
    if value is None:
        return None
    if name == "allow":
        return _methods(value)
    if name == "set-cookie":
        # A signed cookie: what it holds, and not the time and signature after it.
        return re.sub(r"^([^=]+=[^.;]*)\.[^;]*", r"\1", value)
    return value


def _methods(value: str) -> frozenset[str]:
    return frozenset(method.strip() for method in value.split(","))


def _kind(reply: Reply) -> str:
    return reply.headers.get("content-type", "").partition(";")[0]


def _first_difference(one: bytes, other: bytes) -> int:
    both = zip(one, other, strict=False)
    unlike = (at for at, (a, b) in enumerate(both) if a != b)
    return next(unlike, min(len(one), len(other)))


def _short(body: bytes) -> str:
    text = repr(body.decode(errors="backslashreplace"))
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."

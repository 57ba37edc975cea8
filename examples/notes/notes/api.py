"""The JSON API: the same notes, for programs.

A program sends its token (`Authorization: Bearer …`). A script of our own pages may
use the session instead, and then sends the CSRF token as `X-CSRF-Token`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from werkzeug.datastructures import WWWAuthenticate
from werkzeug.exceptions import Unauthorized

from insula import Blueprint, Response, g, jsonify, request, url_for
from notes.accounts import find_by_token
from notes.csrf import check_token
from notes.db import get_session
from notes.errors import InvalidFieldsError
from notes.forms import NoteForm
from notes.models import Note
from notes.queries import find_notes, get_own_note

if TYPE_CHECKING:
    from sqlalchemy import Row

__all__ = ["bp"]

LARGEST_PAGE = 100

bp = Blueprint("api", __name__, url_prefix="/api")


@bp.before_request
def authenticate() -> None:
    """Find out who calls: a token counts more than the session."""
    given = request.authorization
    if given is not None:
        g.user = None
        if given.type == "bearer" and given.token:
            g.user = find_by_token(given.token)
    elif g.user is not None:
        check_token(request.headers.get("X-CSRF-Token"))
    if g.user is None:
        raise Unauthorized(
            "Send a valid token: Authorization: Bearer <token>.",
            www_authenticate=WWWAuthenticate("bearer", {"realm": "notes"}),
        )


@bp.get("/notes")
def list_notes() -> Response:
    """Answer one page of notes; `q` searches, `page` and `per_page` turn pages."""
    number = request.args.get("page", 1, type=int)
    size = min(max(request.args.get("per_page", 20, type=int), 1), LARGEST_PAGE)
    page = find_notes(request.args.get("q", ""), number, size)
    return jsonify(
        notes=[_as_json(note) for note in page.notes],
        page=page.number,
        pages=page.count,
        total=page.total,
    )


@bp.post("/notes")
def create_note() -> tuple[Response, int, dict[str, str]]:
    """Store a new note."""
    form = _read_form(NoteForm())
    note = Note(owner_id=g.user.id)
    form.write_to(note)
    db = get_session()
    db.add(note)
    db.commit()
    where = url_for("api.get_note", note_id=note.id)
    return jsonify(_as_json(note)), 201, {"Location": where}


@bp.get("/notes/<int:note_id>")
def get_note(note_id: int) -> Response:
    """Answer one note."""
    return jsonify(_as_json(get_own_note(note_id)))


@bp.route("/notes/<int:note_id>", methods=["PUT", "PATCH"])
def update_note(note_id: int) -> Response:
    """Change a note: PATCH keeps what is left out, PUT makes it empty."""
    note = get_own_note(note_id)
    known = NoteForm.of(note) if request.method == "PATCH" else NoteForm()
    _read_form(known).write_to(note)
    get_session().commit()
    return jsonify(_as_json(note))


@bp.delete("/notes/<int:note_id>")
def delete_note(note_id: int) -> tuple[str, int]:
    """Delete a note."""
    db = get_session()
    db.delete(get_own_note(note_id))
    db.commit()
    return "", 204


def _read_form(known: NoteForm) -> NoteForm:
    form, wrong = NoteForm.from_json(request.get_json(), known)
    if wrong:
        raise InvalidFieldsError(wrong)
    return form


def _as_json(note: Note | Row[Any]) -> dict[str, Any]:
    return {
        "id": note.id,
        "title": note.title,
        "body": note.body,
        "pinned": note.pinned,
        "created": note.created.isoformat(),
        "updated": note.updated.isoformat(),
        "url": url_for("api.get_note", note_id=note.id),
    }

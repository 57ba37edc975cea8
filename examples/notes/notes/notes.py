"""Pages about notes: list and search, read, write, edit, delete."""

from __future__ import annotations

from typing import TYPE_CHECKING

from insula import (
    Blueprint,
    current_app,
    flash,
    g,
    redirect,
    render_template,
    request,
    url_for,
)
from notes.auth import login_required
from notes.db import get_session
from notes.forms import NoteForm
from notes.models import Note
from notes.queries import find_notes, get_own_note

if TYPE_CHECKING:
    from werkzeug.wrappers import Response

__all__ = ["bp"]

bp = Blueprint("notes", __name__)


@bp.get("/")
def index() -> str:
    """Show the user's notes; to a stranger, what this is."""
    if g.user is None:
        return render_template("notes/welcome.html")
    search = request.args.get("q", "").strip()
    number = request.args.get("page", 1, type=int)
    page = find_notes(search, number, current_app.config["NOTES_PER_PAGE"])
    return render_template("notes/index.html", page=page, search=search)


@bp.get("/notes/new")
@login_required
def new() -> str:
    """Show an empty form."""
    return render_template("notes/edit.html", note=None, form=NoteForm(), errors={})


@bp.post("/notes/new")
@login_required
def create() -> tuple[str, int] | Response:
    """Store a new note."""
    form = NoteForm.from_page(request.form)
    errors = form.errors()
    if errors:
        page = render_template("notes/edit.html", note=None, form=form, errors=errors)
        return page, 422
    note = Note(owner_id=g.user.id)
    form.write_to(note)
    db = get_session()
    db.add(note)
    db.commit()
    flash("Note saved.", "success")
    return redirect(url_for("notes.show", note_id=note.id))


@bp.get("/notes/<int:note_id>")
@login_required
def show(note_id: int) -> str:
    """Show one note."""
    return render_template("notes/show.html", note=get_own_note(note_id))


@bp.get("/notes/<int:note_id>/edit")
@login_required
def edit(note_id: int) -> str:
    """Show the form, filled with what the note holds."""
    note = get_own_note(note_id)
    form = NoteForm.of(note)
    return render_template("notes/edit.html", note=note, form=form, errors={})


@bp.post("/notes/<int:note_id>/edit")
@login_required
def update(note_id: int) -> tuple[str, int] | Response:
    """Store what was changed."""
    note = get_own_note(note_id)
    form = NoteForm.from_page(request.form)
    errors = form.errors()
    if errors:
        page = render_template("notes/edit.html", note=note, form=form, errors=errors)
        return page, 422
    form.write_to(note)
    get_session().commit()
    flash("Changes saved.", "success")
    return redirect(url_for("notes.show", note_id=note.id))


@bp.get("/notes/<int:note_id>/delete")
@login_required
def ask_delete(note_id: int) -> str:
    """Ask whether to delete a note."""
    return render_template("notes/delete.html", note=get_own_note(note_id))


@bp.post("/notes/<int:note_id>/delete")
@login_required
def delete(note_id: int) -> Response:
    """Delete a note."""
    note = get_own_note(note_id)
    title = note.title
    db = get_session()
    db.delete(note)
    db.commit()
    flash(f"“{title}” is deleted.", "success")
    return redirect(url_for("notes.index"))

"""Shell commands: `insula --app notes init-db`, `insula --app notes add-user NAME`."""

from __future__ import annotations

import click

from insula import Blueprint, current_app
from notes.accounts import NameTakenError, add_user
from notes.db import create_tables
from notes.forms import AccountForm

__all__ = ["bp"]

bp = Blueprint("commands", __name__, cli_group=None)


@bp.cli.command("init-db")
def init_db_command() -> None:
    """Create the tables that are missing."""
    create_tables(current_app)
    click.echo("The database is ready.")


@bp.cli.command("add-user")
@click.argument("name")
@click.password_option()
def add_user_command(name: str, password: str) -> None:
    """Make an account."""
    for problem in AccountForm(name, password).errors().values():
        raise click.ClickException(problem)
    create_tables(current_app)
    try:
        add_user(name, password)
    except NameTakenError as exc:
        raise click.ClickException(str(exc)) from None
    click.echo(f"Added {name}.")

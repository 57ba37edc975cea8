"""``insula check``: find mistakes before the application is started.

`command` is the command line. `project` is what is looked at: the application, and the
sources of its modules (`sources`, with `flow` for where a function ends). A module
looks for each family of mistakes: `settings` (with `assigned`), `routes`, `templates`
and `views` (both with `links`), `hooks`, `asynchronous`, `state`, `loading`. `findings`
says what a finding is and which there are, `silence` leaves out what a comment
silences, `report` prints.

Rules of the package: nothing is guessed. What is looked at is the application as it is
registered, the names as Python resolves them, the router's and Jinja's own answers; a
finding that may be wrong is not made. Nothing of the application is called.
"""

from insula.cli.check.command import check_command

__all__ = ["check_command"]

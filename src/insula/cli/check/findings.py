"""What a finding is, and which there are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["ERROR", "KINDS", "WARNING", "Finding", "Place", "ordered"]

ERROR, WARNING = "error", "warning"

#: Each kind by its id: how grave it is, and what it means.
KINDS: dict[str, tuple[str, str]] = {
    "app-does-not-load": (ERROR, "loading the application raises an error"),
    "endpoint-duplicate": (ERROR, "two views are registered for one endpoint"),
    "endpoint-without-view": (ERROR, "a rule leads to an endpoint without a view"),
    "rule-unreachable": (ERROR, "another rule answers whatever the rule matches"),
    "blueprint-unregistered": (WARNING, "a blueprint has routes, and no application"),
    "secret-key-missing": (ERROR, "sessions are used, and no key signs them"),
    "secret-key-weak": (WARNING, "the secret key can be guessed"),
    "secret-key-in-code": (WARNING, "the secret key stands in the source code"),
    "session-cookie-rejected": (ERROR, "browsers drop the cookie of the session"),
    "session-cookie-readable": (WARNING, "scripts can read the session's cookie"),
    "session-cookie-insecure": (WARNING, "production: the cookie goes without TLS"),
    "session-cookie-samesite": (WARNING, "production: the cookie goes to every site"),
    "debug-in-production": (ERROR, "production: debug mode is on"),
    "testing-in-production": (ERROR, "production: TESTING is on"),
    "debug-in-code": (WARNING, "the code turns debug mode on, wherever it runs"),
    "server-name-malformed": (ERROR, "SERVER_NAME is no host name"),
    "template-syntax": (ERROR, "a template does not compile"),
    "template-missing": (ERROR, "a template that is named does not exist"),
    "url-endpoint-unknown": (ERROR, "url_for is given an endpoint that is unknown"),
    "url-value-missing": (ERROR, "url_for lacks a value that the rule needs"),
    "static-file-missing": (WARNING, "a static file that is named does not exist"),
    "view-arguments": (ERROR, "a view does not take what its rule hands it"),
    "view-returns-nothing": (ERROR, "a view returns nothing"),
    "view-may-return-nothing": (WARNING, "a view can end without a return"),
    "hook-arguments": (ERROR, "a hook does not take what it is handed"),
    "hook-returns-nothing": (ERROR, "a hook that must return something does not"),
    "teardown-raises": (WARNING, "a teardown reads of g what may not be there"),
    "blocking-in-async": (WARNING, "async code waits without await"),
    "sync-extension-in-async": (WARNING, "an async view uses a sync-only library"),
    "async-view-in-thread": (WARNING, "something sync sends async views to threads"),
    "coroutine-not-awaited": (ERROR, "an async function is called without await"),
    "state-shared": (WARNING, "requests overwrite each other's global value"),
}


@dataclass(frozen=True, slots=True)
class Place:
    """Where: an absolute path, and a line of it, from 1."""

    file: str
    line: int | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """A mistake.

    :ivar id: one of `KINDS`.
    :ivar what: what is wrong, without a full stop.
    :ivar mend: how to mend it, likewise.
    :ivar place: where; ``None`` where it is nowhere, such as a variable.
    """

    id: str
    what: str
    mend: str
    place: Place | None = None

    @property
    def level(self) -> str:
        """`ERROR` or `WARNING`."""
        return KINDS[self.id][0]

    @property
    def sentence(self) -> str:
        """What, and how to mend it."""
        return f"{self.what}; {self.mend}."


def ordered(findings: Iterable[Finding]) -> list[Finding]:
    """Return them by place, each once."""

    def key(finding: Finding) -> tuple[str, int, str, str]:
        place = finding.place or Place("")
        return place.file, place.line or 0, finding.id, finding.what

    return sorted(set(findings), key=key)

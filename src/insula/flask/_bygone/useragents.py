"""Old ``werkzeug.useragents``: platform, browser, version and language of a client.

Only what its header says of itself, by a few patterns, the more special first. Browsers
that came later tell nothing new: most are a Chrome by this measure.

Sources: the product tokens of RFC 9110 §10.1.5, and what browsers send.
"""

from __future__ import annotations

import re
from typing import Any

from werkzeug.user_agent import UserAgent as _UserAgent

__all__ = ["UserAgent", "UserAgentParser"]

_PLATFORMS = [
    (re.compile(pattern, re.IGNORECASE), name)
    for pattern, name in (
        (r"\biphone\b|\bipod\b", "iphone"),
        (r"\bipad\b", "ipad"),
        (r"\bcros\b", "chromeos"),
        (r"\bandroid\b", "android"),
        (r"\bblackberry|\bplaybook", "blackberry"),
        (r"\bwin(dows|32|64|\d)?\b", "windows"),
        (r"\bmac(intosh)?\b|darwin|os x", "macos"),
        (r"\bx11\b|\blin(\b|ux)", "linux"),
        (r"\b(sun|solaris)", "solaris"),
        (r"\bnintendo wii", "wii"),
        (r"\bps3|playstation 3", "ps3"),
        (r"\bnetbsd", "netbsd"),
        (r"\bopenbsd", "openbsd"),
        (r"\bfreebsd", "freebsd"),
        (r"\bdragonfly", "dragonflybsd"),
    )
]
_BROWSERS = [
    (re.compile(rf"(?:{pattern})[/ :]?\s*(\d[\d.]*[a-z]?)?", re.IGNORECASE), name)
    for pattern, name in (
        (r"google(?:bot)?\b", "google"),
        (r"bingbot|msnbot", "bing"),
        (r"yahoo", "yahoo"),
        (r"ask\s?jeeves", "ask"),
        (r"baiduspider", "baidu"),
        (r"edg(?:e|a|ios)?\b", "edge"),
        (r"\bopr\b|opera", "opera"),
        (r"chrome|crios|crmo", "chrome"),
        (r"seamonkey", "seamonkey"),
        (r"galeon", "galeon"),
        (r"firefox|firebird|phoenix|iceweasel|fxios", "firefox"),
        (r"konqueror", "konqueror"),
        (r"safari|version(?=/[\d.]+ .*safari)", "safari"),
        (r"webkit", "webkit"),
        (r"gecko", "gecko"),
        (r"netscape", "netscape"),
        (r"msie|trident/7.*rv", "msie"),
        (r"lynx", "lynx"),
        (r"links", "links"),
    )
]
_VERSION = re.compile(r"\bversion/(\d[\d.]*)", re.IGNORECASE)
_LANGUAGE = re.compile(r"[;(]\s*([a-z]{2,3}(?:[-_][A-Za-z]{2})?)\s*[;)]")


class UserAgentParser:
    """Reads the header."""

    def __call__(
        self, user_agent: str
    ) -> tuple[str | None, str | None, str | None, str | None]:
        """Return platform, browser, version and language."""
        platform = next(
            (name for pattern, name in _PLATFORMS if pattern.search(user_agent)), None
        )
        browser = version = None
        for pattern, name in _BROWSERS:
            match = pattern.search(user_agent)
            if match is None:
                continue
            browser, version = name, match[1]
            if name in {"safari", "opera"}:
                # Their number stands elsewhere, for the sake of old servers.
                own = _VERSION.search(user_agent)
                version = own[1] if own else version
            break
        language = _LANGUAGE.search(user_agent)
        return platform, browser, version, language[1] if language else None


class UserAgent(_UserAgent):
    """The client, read from its header or from an environ that has it."""

    _parser = UserAgentParser()

    def __init__(self, environ_or_string: Any = "") -> None:
        if isinstance(environ_or_string, dict):
            environ_or_string = environ_or_string.get("HTTP_USER_AGENT", "")
        super().__init__(environ_or_string)
        self.platform, self.browser, self.version, self.language = self._parser(
            environ_or_string
        )

    def __bool__(self) -> bool:
        return bool(self.browser)

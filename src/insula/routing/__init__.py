"""Which rule a path means: a matcher compiled from the map of rules.

:class:`RuleMap` is the ``werkzeug.routing.Map`` of an application, :class:`Router`
answers from a matcher compiled out of it and recompiled when the map has changed. What
the matcher cannot express is answered with :data:`FALLBACK`: ask the map itself.
"""

from __future__ import annotations

from insula.routing.adapter import Router
from insula.routing.answer import FALLBACK, NOT_FOUND, Answer, NotAllowed, Outcome
from insula.routing.matcher import Matcher, compile_matcher
from insula.routing.rule import Rule
from insula.routing.rule_map import RuleMap
from insula.routing.url_adapter import UrlAdapter, bind_usual, with_ways
from insula.routing.ways import Way

__all__ = [
    "FALLBACK",
    "NOT_FOUND",
    "Answer",
    "Matcher",
    "NotAllowed",
    "Outcome",
    "Router",
    "Rule",
    "RuleMap",
    "UrlAdapter",
    "Way",
    "bind_usual",
    "compile_matcher",
    "with_ways",
]

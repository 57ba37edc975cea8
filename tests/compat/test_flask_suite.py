"""The judge itself: what it counts as not passed."""

from __future__ import annotations

import pytest
from tests.compat.flask_suite import Outcome, missing


@pytest.mark.parametrize(
    ("ours", "missed"),
    [
        (Outcome({"a", "b"}, {"c"}, {"d"}), []),
        (Outcome({"a", "b", "c", "d"}), []),
        (Outcome({"a"}, {"b", "c"}, {"d"}), ["b"]),
        (Outcome({"a"}, {"c"}, {"b", "d"}), ["b"]),
        (Outcome({"a"}, {"c"}, {"d"}), ["b"]),
        (Outcome({"a", "b"}, set(), {"c", "d"}), ["c"]),
        (Outcome({"a", "b"}, {"c", "new"}, {"d"}), ["new"]),
        (Outcome(), ["a", "b"]),
    ],
)
def test_what_the_real_flask_passes_and_the_stand_in_does_not_is_missing(
    ours: Outcome, missed: list[str]
) -> None:
    real = Outcome(passed={"a", "b"}, failed={"c"}, skipped={"d"})
    assert missing(real, ours) == missed

"""Old names that are not Flask's: Werkzeug's, Jinja's, of the standard library.

``install(legacy=True)``, ``insula as-flask --legacy`` and ``INSULA_LEGACY=1`` bring
them back. Which there are, the rows say that :mod:`insula.flask._legacy` shows as
``OTHER_NAMES``. What stands in for a name is in the modules here, each written upon
what Werkzeug is today; nothing of a release of its time is used.

Rules: none of this is imported where it has not been asked for, but this file. A
module here is imported with the first of its names that is used. What cannot be had
honestly is not there, and docs/legacy.md says so.
"""

from __future__ import annotations

__all__: list[str] = []

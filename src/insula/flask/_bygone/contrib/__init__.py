"""Old ``werkzeug.contrib``: what left Werkzeug with 1.0, most of it for packages.

Each module is Insula's own and small; the warning names the package that went on with
it, which has more and is looked after.
"""

from __future__ import annotations

__all__: list[str] = []

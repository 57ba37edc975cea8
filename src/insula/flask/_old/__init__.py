"""What stands in for the names that Flask has removed; :mod:`~insula.flask._legacy`.

Theory. Nothing here is imported until a program uses an old name, but for `hooks` and
`attach`, which put the hooks in place as the stand-in is: an attribute of each module
that is asked for what the module has not, descriptors in the classes, and wrappers
around the few functions and methods whose parameters or order of events were others.
Where no stand-in is installed nothing of this is in the way of anything.
"""

from __future__ import annotations

__all__: list[str] = []

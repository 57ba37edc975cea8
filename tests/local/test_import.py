"""What `import insula.local` loads."""

from __future__ import annotations

import subprocess
import sys

PROGRAM = """
import sys
before = set(sys.modules)
import insula.local
new = {name for name in set(sys.modules) - before}
print(sorted(name for name in new if name.startswith("insula")
             and not name.startswith("insula.local")))
print(sorted(name for name in new if name.partition(".")[0] not in
             sys.stdlib_module_names | {"insula"}))
print("asyncio" in new, "greenlet" in new)
"""


def test_import_of_the_core_loads_the_standard_library_and_itself_only() -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", PROGRAM],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.splitlines() == ["['insula']", "[]", "False False"]


def test_public_names_are_those_of_the_package() -> None:
    import insula.local

    assert all(hasattr(insula.local, name) for name in insula.local.__all__)

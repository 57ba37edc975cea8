"""A plugin of pytest: who connects to a usual port of this machine is led elsewhere.

``ELSEWHERE_6379=40123`` leads from 6379 to 40123.
"""

from __future__ import annotations

import os
import socket
from typing import Any

_PREFIX = "ELSEWHERE_"
_HERE = frozenset({"127.0.0.1", "localhost", "::1"})
_PORTS = {
    int(name.removeprefix(_PREFIX)): int(value)
    for name, value in os.environ.items()
    if name.startswith(_PREFIX)
}


def _led(address: Any) -> Any:
    if isinstance(address, tuple) and address[0] in _HERE and address[1] in _PORTS:
        return (address[0], _PORTS[address[1]], *address[2:])
    return address


class _Socket(socket.socket):
    def connect(self, address: Any) -> None:
        super().connect(_led(address))

    def connect_ex(self, address: Any) -> int:
        return super().connect_ex(_led(address))


def pytest_configure() -> None:
    """Put it in place."""
    vars(socket)["socket"] = _Socket

"""The parts that Flask keeps apart from I/O."""

from __future__ import annotations

__all__ = []

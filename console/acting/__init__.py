"""The one path on which something is written: plan, guards, journal, apply, verify."""

from __future__ import annotations

from console.acting.engine import Acts

__all__ = ["Acts"]

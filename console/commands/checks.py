"""One line of what `oncall check --live` finds out."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Check:
    """What was looked at, whether it is well (None = could not be asked), and what cures it."""

    what: str
    ok: bool | None
    said: str
    fix: str = ""

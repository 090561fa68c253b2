"""What a stage of a flow may be, and what got lost before it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Literal

from console.model import Severity

StageState = Literal["ok", "broken", "starved", "unknown"]


@dataclass(frozen=True, slots=True)
class LostThing:
    """One thing that never came to the later stage."""

    severity: ClassVar[Severity] = Severity.CRITICAL
    key: str
    seen_in: str
    """The stage before."""
    seen_at: datetime

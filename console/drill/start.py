"""The line of the journal that a drill begins with: all its times are counted from there."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from console.model import Entry, time_of

KEY = "drill"
"""In the data of its note; nothing there tells which scenario it is."""


@dataclass(frozen=True, slots=True)
class Start:
    """When a drill began, and how the estate's clock runs in it."""

    at: datetime
    """Real time."""
    estate: datetime
    speed: float

    def estate_at(self, real: datetime) -> datetime:
        """The estate's time at an instant."""
        return self.estate + (real - self.at) * self.speed


def beginning(estate: datetime, speed: float) -> dict[str, Any]:
    """The data of that line."""
    told = {"estate": estate.isoformat(), "speed": speed}
    return {"text": "a drill began", KEY: told}


def start(entries: Iterable[Entry]) -> Start | None:
    """The beginning of the last drill these tell of, if they tell of one."""
    found = None
    for entry in entries:
        told = entry.data.get(KEY)
        if entry.kind == "note" and isinstance(told, dict):
            estate, speed = time_of(told.get("estate")), told.get("speed")
            if estate is not None and isinstance(speed, int | float):
                found = Start(entry.at, estate, float(speed))
    return found

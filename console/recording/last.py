"""When anything was last recorded, by whoever records. Blocking."""

from __future__ import annotations

from contextlib import suppress
from datetime import date
from pathlib import Path

from console.recording.file import FAULTS, last_seen
from console.recording.shelf import day_of, recordings

LOOKED_AT = 3  # files: of a clock set ahead and back, the newest by name is not the last


def before(state: Path, day: date = date.max) -> int:
    """Up to when an earlier day was recorded: µs since 1970, 0 where none can be read."""
    for one in reversed(recordings(state)):
        if (day_then := day_of(one)) and day_then < day:
            with suppress(*FAULTS):
                if at := last_seen(one):
                    return at
    return 0


def idle_s(state: Path, now: int) -> float | None:
    """How long ago (s) the last instant is; None where none can be read.

    One that is yet to come counts by how far off it is: the clock was set back. `now`: µs.
    """
    known: list[float] = []
    for one in recordings(state)[-LOOKED_AT:]:
        with suppress(*FAULTS):
            known.append(abs(now - last_seen(one)) / 1e6)
    return min(known, default=None)

"""The recordings of an estate on this disk: a file a day, and how many of them are kept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from operator import attrgetter
from pathlib import Path

FOLDER, SUFFIX = "recordings", ".sqlite"
TAKEN = "taken"
"""Folder, in that of the recordings, of those that came in another computer's bundle."""
BESIDE = ("", "-wal", "-shm")  # what SQLite keeps beside a file that is open
MB = 1_000_000


@dataclass(frozen=True, slots=True)
class Keep:
    """For how long recordings are kept, and how large all of them may be together."""

    days: int = 30
    megabytes: int = 2_000


def path_of(state: Path, day: date) -> Path:
    """Where a day is recorded."""
    return state / FOLDER / f"{day.isoformat()}{SUFFIX}"


def recordings(state: Path) -> list[Path]:
    """Every recording there is, the oldest first."""
    return sorted((state / FOLDER).glob(f"????-??-??{SUFFIX}"))


def size(path: Path) -> int:
    """Bytes that a recording takes, with what is not yet merged into it."""
    beside = (path.with_name(path.name + end) for end in BESIDE)
    return sum(one.stat().st_size for one in beside if one.exists())


def tidy(state: Path, today: date, keep: Keep) -> int:
    """Delete what is older than is kept, then the oldest until all fit; never today's.

    The bytes that are left. Raises OSError.
    """
    last, current = today - timedelta(days=keep.days), path_of(state, today)
    taken = (state / FOLDER / TAKEN).glob(f"*{SUFFIX}")
    every = sorted((*recordings(state), *taken), key=attrgetter("stem"))
    old = [path for path in every if path != current]
    total = sum(map(size, [*old, current]))
    for path in old:
        if path.stem < last.isoformat() or total > keep.megabytes * MB:
            total -= size(path)
            for end in BESIDE:
                path.with_name(path.name + end).unlink(missing_ok=True)
    return total

"""The recordings of an estate on this disk: a file a day, and how many of them are kept."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from operator import attrgetter
from pathlib import Path

FOLDER, SUFFIX = "recordings", ".sqlite"
TAKEN = "taken"
"""Folder, in that of the recordings, of those that came in another computer's bundle."""
BESIDE = ("", "-wal", "-shm")  # what SQLite keeps beside a file that is open
MB = 1_000_000
DAY = timedelta(days=1)
Identity = tuple[tuple[int, int] | None, ...]


@dataclass(frozen=True, slots=True)
class Keep:
    """For how long recordings are kept, and how large all of them may be together."""

    days: int = 30
    megabytes: int = 2_000


def path_of(state: Path, day: date, number: int = 1) -> Path:
    """Where a day is recorded; its next files have a number."""
    name = day.isoformat() if number == 1 else f"{day.isoformat()}-{number}"
    return state / FOLDER / f"{name}{SUFFIX}"


def recordings(state: Path) -> list[Path]:
    """Every recording there is, the oldest first."""
    names = (f"????-??-??{more}{SUFFIX}" for more in ("", "-?"))
    found = (one for name in names for one in (state / FOLDER).glob(name) if day_of(one))
    return sorted(found, key=attrgetter("stem"))


def of_day(state: Path, day: date) -> list[Path]:
    """What is recorded of a day: one file, seldom more, the first one first."""
    return [one for one in recordings(state) if day_of(one) == day]


def taken(state: Path, day: date | None = None) -> list[Path]:
    """Those that came in bundles, of a day or of all; the oldest first."""
    every = sorted((state / FOLDER / TAKEN).glob(f"*{SUFFIX}"), key=attrgetter("stem"))
    return [one for one in every if day is None or day_of(one) == day]


def day_of(path: Path) -> date | None:
    """The day a file's name begins with; None where it is no day."""
    try:
        return date.fromisoformat(path.stem[:10])
    except ValueError:
        return None


def size(path: Path) -> int:
    """Bytes that a recording takes, with what is not yet merged into it."""
    return sum(one.stat().st_size for one in beside(path) if one.exists())


def beside(path: Path) -> Iterator[Path]:
    """A recording, and what SQLite keeps with it."""
    return (path.with_name(path.name + end) for end in BESIDE)


def identity(path: Path) -> Identity:
    """Which files lie there under these names: others have other numbers. Raises OSError."""
    *files, _shared = beside(path)
    return tuple(map(inode, files))


def inode(path: Path) -> tuple[int, int] | None:
    """Which file lies there; None where none does. Raises OSError."""
    try:
        stat = path.stat()
    except FileNotFoundError:
        return None
    return stat.st_dev, stat.st_ino


def tidy(state: Path, today: date, keep: Keep) -> tuple[int, str]:
    """Delete what is older than is kept, then the oldest until all fit; never today's.

    The bytes that are left, and what was deleted in a sentence. Raises OSError.
    """
    own = recordings(state)
    every = sorted((*own, *taken(state)), key=attrgetter("stem"))
    old = [path for path in every if path not in own or day_of(path) != today]
    too_old = set(_too_old(old, {day_of(path) or today for path in own}, today, keep.days))
    total, gone = sum(map(size, every)), list[str]()
    for path in old:
        if path in too_old or total > keep.megabytes * MB:
            total -= size(path)
            for one in beside(path):
                one.unlink(missing_ok=True)
            gone.append(path.stem)
    return total, _deleted(gone, keep)


def _too_old(paths: Iterable[Path], own: set[date], today: date, most: int) -> Iterator[Path]:
    """Those of days that are longer ago than is kept, by the days on which we recorded.

    A step longer than that counts as one day: the clock may have jumped, and must not take all.
    """
    age, ages = 0, {today: 0}
    for later, day in pairwise(sorted({today, *own}, reverse=True)):
        if day < today:
            step = (later - day).days
            age += step if step <= most else 1
            ages[day] = age
    first = min(ages)
    for path in paths:
        if (day_then := day_of(path)) is None or day_then > today:
            continue
        newer = min((one for one in ages if one >= day_then), default=first)
        if ages[newer] + (newer - day_then).days > most:
            yield path


def _deleted(names: list[str], keep: Keep) -> str:
    if not names:
        return ""
    told = names[0] if len(names) == 1 else f"{names[0]} to {names[-1]} ({len(names)} files)"
    limits = f"recording.days: {keep.days}, recording.megabytes: {keep.megabytes}"
    return f"recordings deleted: {told}; kept is what the configuration says ({limits})"

"""What got lost between two stages, by its keys: late is not lost. Pure: reads no clock."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from console.model.stages import LostThing

SKEW_S = 60.0
"""Two systems' clocks may differ so much: what came in the first minute is left out."""
OVERLAP_S = 600.0
"""A thing may be slower than allowed by so much before a list must be doubted that lacks it."""
TOLD_S = 86_400.0
"""What is lost is told for so long, also when a new day is counted: it is not found by that."""
DOUBTED = 0.05
"""A list that lacks a larger part of what came out after it is cut short, or not the whole one."""


@dataclass(frozen=True, slots=True)
class Listed:
    """What came to one stage: key → when, complete from `since` on, read at `at`."""

    title: str
    things: Mapping[str, datetime]
    since: datetime
    at: datetime
    day: datetime | None = None
    """From when on it is counted: the hour at which its day began; None: from `since` on."""

    @property
    def begun(self) -> datetime:
        """From when on it is counted."""
        return self.day or self.since

    @property
    def count(self) -> int:
        """How many came since then."""
        begun = self.begun
        return len([1 for came in self.things.values() if came >= begun])

    def same(self, other: Listed) -> bool:
        """Whether it is the very same reading."""
        return self.things is other.things and self.at == other.at


@dataclass(frozen=True, slots=True)
class Loss:
    """One stage against those before it."""

    before: str
    """The earlier stages' titles."""
    after: str
    since: datetime
    """When the day began that is counted."""
    came: int
    """Since then, to the stages before, as far as it can be judged."""
    arrived: int
    """Of those, at the later stage."""
    lost: tuple[LostThing, ...]
    """Oldest first: their time is up. It may have been before the day began that they came."""
    late: int
    """Not here yet, with time left."""
    older: int
    """How many of the lost and the late ones came before the day began."""
    allowed_s: float
    unlisted: int = 0
    """At the later stage, and never in a list before it."""
    known: int = 0
    """Of so many at the later stage that should be."""

    @property
    def doubt(self) -> str:
        """Why the lists before it cannot be the whole ones; empty where they may be."""
        return self.strays if self.unlisted > DOUBTED * self.known else ""

    @property
    def strays(self) -> str:
        """What came out without ever having gone in, in words."""
        return f"{self.unlisted:,} in {self.after} that {self.before} never listed"


def compare(earlier: Sequence[Listed], later: Listed, allowed_s: float) -> Loss:
    """What came to the stages before and not to the later one.

    It is judged as of the older reading: what came before after that cannot be here yet. Of one
    thing in several earlier stages the first time counts.
    """
    lists = (*earlier, later)
    begun = max(one.begun for one in lists)
    until = min(one.at for one in lists)
    listed = max(one.since for one in lists) + timedelta(seconds=SKEW_S)
    since = max(
        listed, min(begun - timedelta(seconds=allowed_s), until - timedelta(seconds=TOLD_S))
    )
    due = until - timedelta(seconds=allowed_s)
    first = _first(earlier)
    counted = max(begun, since)
    came = len([1 for at in first.values() if counted <= at <= until])
    there = later.things
    absent = [(at, key) for key, at in first.items() if key not in there and since <= at <= until]
    gone = sorted([one for one in absent if one[0] <= due])
    older = sum([at < begun for at, _ in absent])
    known, unlisted = _unlisted(first, there, listed + timedelta(seconds=allowed_s), until)
    return Loss(
        before=", ".join(one.title for one in earlier),
        after=later.title,
        since=begun,
        came=came,
        arrived=came - len(absent) + older,
        lost=tuple([LostThing(key, _where(earlier, key, at), at) for at, key in gone]),
        late=len(absent) - len(gone),
        older=older,
        allowed_s=allowed_s,
        unlisted=unlisted,
        known=known,
    )


def _unlisted(
    first: Mapping[str, datetime], there: Mapping[str, datetime], listed: datetime, until: datetime
) -> tuple[int, int]:
    """How many the later list has that those before must have too, and how many they have not.

    What came to it soon after the lists begin, or just before they were read, may be in no other.
    """
    begin, end = listed + timedelta(seconds=OVERLAP_S), until - timedelta(seconds=SKEW_S)
    known = len([1 for at in there.values() if begin <= at <= end])
    return known, len([1 for key in there.keys() - first.keys() if begin <= there[key] <= end])


def _first(earlier: Sequence[Listed]) -> Mapping[str, datetime]:
    """Key → when it first came to any of the lists. Of one list alone nothing is copied."""
    if len(earlier) == 1:
        return earlier[0].things
    first: dict[str, datetime] = {}
    for one in earlier:
        both = first.keys() & one.things.keys()
        sooner = {key: min(first[key], one.things[key]) for key in both}
        first |= one.things
        first |= sooner
    return first


def _where(earlier: Sequence[Listed], key: str, at: datetime) -> str:
    """The list in which it came then."""
    if len(earlier) == 1:
        return earlier[0].title
    return next(one.title for one in earlier if one.things.get(key) == at)


@dataclass(frozen=True, slots=True)
class Counted:
    """How many things one stage counts, now and before."""

    title: str
    now: float
    earlier: tuple[tuple[datetime, float], ...]
    """Whenever it changed, oldest first; a count stays what it is until the next."""
    at: datetime | None = None
    """When the oldest of its values was read."""


def by_counts(
    earlier: Sequence[Counted], later: Counted, allowed_s: float, now: datetime
) -> tuple[int, int] | str:
    """How many are lost at the least, and how many on the way; or why that is not known.

    What had come to the stages before by when its time is up now must be counted by the later one.
    Newer things that arrived already hide as many lost ones: it is the least.
    """
    due = now - timedelta(seconds=allowed_s)
    came = 0.0
    for one in (*earlier, later):  # also the later one: its day may have begun before theirs
        before = [count for at, count in one.earlier if at <= due]
        if not before:
            return f"{one.title} is not watched for {allowed_s / 60:g} min yet: late is not lost"
        came += before[-1] if one is not later else 0.0
    lost = max(round(came - later.now), 0)
    open_ = max(round(sum(one.now for one in earlier) - later.now), 0)
    return lost, max(open_ - lost, 0)


def short(things: str, earlier: Sequence[Counted], later: Counted, told: tuple[int, int]) -> str:
    """The same sentence, by counts alone."""
    before = ", ".join(one.title for one in earlier)
    came = round(sum(one.now for one in earlier))
    parts = [f"{things}: {came:,} in {before}, {round(later.now):,} in {later.title}"]
    parts += [f"at least {told[0]:,} missing between"] if told[0] else []
    parts += [f"{told[1]:,} on the way"] if told[1] else []
    return ", ".join(parts)


def sentence(things: str, loss: Loss, zone: tzinfo) -> str:
    """`orders: 1,204 in CRM, 1,187 in MES since 06:00, 17 missing between`."""
    since = f"{loss.since.astimezone(zone):%H:%M}"
    said = f"{things}: {loss.came:,} in {loss.before}, {loss.arrived:,} in {loss.after}"
    parts = [f"{said} since {since}"]
    parts += [f"{len(loss.lost):,} missing between"] if loss.lost else []
    before = sum(thing.seen_at < loss.since for thing in loss.lost)
    parts += [f"{before:,} of them from before"] if before else []
    parts += [loss.strays] if loss.unlisted else []
    if loss.late:
        parts.append(f"{loss.late:,} on the way (up to {loss.allowed_s / 60:g} min are allowed)")
    return ", ".join(parts)

"""What got lost between two stages, by its keys: late is not lost. Pure: reads no clock."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from typing import ClassVar

from console.model import Severity

SKEW_S = 60.0
"""Two systems' clocks may differ so much: what came in the first minute is left out."""


@dataclass(frozen=True, slots=True)
class Listed:
    """What came to one stage: key → when, complete from `since` on, read at `at`."""

    title: str
    things: Mapping[str, datetime]
    since: datetime
    at: datetime

    def same(self, other: Listed) -> bool:
        """Whether it is the very same reading."""
        return self.things is other.things and self.at == other.at


@dataclass(frozen=True, slots=True)
class LostThing:
    """One thing that never came to the later stage."""

    severity: ClassVar[Severity] = Severity.CRITICAL
    key: str
    seen_in: str
    """The stage before."""
    seen_at: datetime


@dataclass(frozen=True, slots=True)
class Loss:
    """One stage against those before it."""

    before: str
    """The earlier stages' titles."""
    after: str
    since: datetime
    came: int
    """To the stages before, as far as it can be judged."""
    arrived: int
    """Of those, at the later stage."""
    lost: tuple[LostThing, ...]
    """Oldest first: their time is up."""
    late: int
    """Not here yet, with time left."""
    allowed_s: float


def compare(earlier: Sequence[Listed], later: Listed, allowed_s: float) -> Loss:
    """What came to the stages before and not to the later one.

    It is judged as of the older reading: what came before after that cannot be here yet. Of one
    thing in several earlier stages the first time counts.
    """
    since = max(one.since for one in (*earlier, later)) + timedelta(seconds=SKEW_S)
    until = min(one.at for one in (*earlier, later))
    things: dict[str, LostThing] = {}
    for one in earlier:
        for key, came in one.things.items():
            if since <= came <= until and (key not in things or came < things[key].seen_at):
                things[key] = LostThing(key, one.title, came)
    due = until - timedelta(seconds=allowed_s)
    absent = [thing for key, thing in things.items() if key not in later.things]
    lost = [thing for thing in absent if thing.seen_at <= due]
    return Loss(
        before=", ".join(one.title for one in earlier),
        after=later.title,
        since=since - timedelta(seconds=SKEW_S),
        came=len(things),
        arrived=len(things) - len(absent),
        lost=tuple(sorted(lost, key=lambda thing: (thing.seen_at, thing.key))),
        late=len(absent) - len(lost),
        allowed_s=allowed_s,
    )


@dataclass(frozen=True, slots=True)
class Counted:
    """How many things one stage counts, now and before."""

    title: str
    now: float
    earlier: tuple[tuple[datetime, float], ...]
    """Whenever it changed, oldest first; a count stays what it is until the next."""


def by_counts(
    earlier: Sequence[Counted], later: Counted, allowed_s: float, now: datetime
) -> tuple[int, int] | str:
    """How many are lost at the least, and how many on the way; or why that is not known.

    What had come to the stages before by when its time is up now must be counted by the later one.
    Newer things that arrived already hide as many lost ones: it is the least.
    """
    due = now - timedelta(seconds=allowed_s)
    came = 0.0
    for one in earlier:
        before = [count for at, count in one.earlier if at <= due]
        if not before:
            return f"{one.title} is not watched for {allowed_s / 60:g} min yet: late is not lost"
        came += before[-1]
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
    if loss.late:
        parts.append(f"{loss.late:,} on the way (up to {loss.allowed_s / 60:g} min are allowed)")
    return ", ".join(parts)

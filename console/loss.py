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


def sentence(things: str, loss: Loss, zone: tzinfo) -> str:
    """`orders: 1,204 in CRM, 1,187 in MES since 06:00, 17 missing between`."""
    since = f"{loss.since.astimezone(zone):%H:%M}"
    said = f"{things}: {loss.came:,} in {loss.before}, {loss.arrived:,} in {loss.after}"
    parts = [f"{said} since {since}"]
    parts += [f"{len(loss.lost):,} missing between"] if loss.lost else []
    if loss.late:
        parts.append(f"{loss.late:,} on the way (up to {loss.allowed_s / 60:g} min are allowed)")
    return ", ".join(parts)

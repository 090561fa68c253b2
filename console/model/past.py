"""A moment of the past as screens show it, and what a person may want of it."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Literal

from console.model.affairs import Affairs
from console.model.board import Now, Severity

Happening = Literal["worse", "finding", "act"]


@dataclass(frozen=True, slots=True)
class Mark:
    """Something that happened, and where on the tape."""

    at: float
    kind: Happening
    severity: Severity = Severity.UNKNOWN


@dataclass(frozen=True, slots=True)
class Hole:
    """A stretch of the tape of which nothing, or not all, is known; maybe without a length."""

    begin: float
    end: float
    why: str


def _whole(moment: datetime) -> datetime:
    """To the nearest ms: places on a tape may lie some µs beside what a person meant."""
    near = moment + timedelta(microseconds=500)
    return near.replace(microsecond=near.microsecond // 1000 * 1000)


@dataclass(frozen=True, slots=True)
class Track:
    """A recording laid out on a tape: seconds by the real clock from its first instant on.

    The holes count too. It never runs back: where the clock was set back it stands still.
    """

    instants: Sequence[Now]
    """What both clocks said, in the order in which it was seen; never empty."""
    tape: tuple[float, ...]
    """Where each of them lies; never falling."""
    marks: tuple[Mark, ...] = ()
    """In order."""
    levels: tuple[tuple[float, Severity], ...] = ()
    """How bad the worst was, from there on; in order."""
    holes: tuple[Hole, ...] = ()
    turns: tuple[int, ...] = ()
    """The instants before which the estate's clock was set back; in order."""

    @property
    def end(self) -> float:
        """Where its last instant lies."""
        return self.tape[-1]

    def index(self, at: float) -> int:
        """The last instant not after this place."""
        return max(bisect_right(self.tape, at) - 1, 0)

    def now(self, at: float) -> Now:
        """What the clocks said there: they go on where nothing was seen."""
        index = self.index(at)
        then, past = self.instants[index], max(at - self.tape[index], 0.0)
        if not past:
            return then
        return Now(
            _whole(then.estate + timedelta(seconds=past * then.speed)),
            _whole(then.real + timedelta(seconds=past)),
            then.speed,
        )

    def at(self, estate: datetime) -> float:
        """The last place at which the estate's clock said this; the beginning where none did."""
        index = self._last(estate)
        if index < 0:
            return 0.0
        then = self.instants[index]
        past = (estate - then.estate).total_seconds() / then.speed
        return min(self.tape[index] + past, self.tape[min(index + 1, len(self.tape) - 1)])

    def _last(self, estate: datetime) -> int:
        """The last instant until which the clock had come to this, -1 where none is.

        From one turn of the clock to the next it only goes on; a stretch in which it came to say
        this goes before a later one that ended sooner.
        """
        ended = -1
        stretches = pairwise((0, *self.turns, len(self.instants)))
        for begin, end in reversed([*stretches]):
            found = bisect_right(self.instants, estate, begin, end, key=lambda now: now.estate) - 1
            if found < begin:
                continue
            if found < end - 1 or self.instants[found].estate == estate:
                return found
            ended = found if ended < 0 else ended
        return ended

    def hole(self, at: float) -> str:
        """Why nothing, or not all, is known there; empty where all is."""
        return next((one.why for one in self.holes if one.begin < at < one.end), "")

    def worst(self, begin: float, end: float) -> Severity | None:
        """The worst from one place to another; None where nothing was recorded."""
        if any(one.begin <= begin and end <= one.end for one in self.holes if one.end > one.begin):
            return None
        first = bisect_right(self.levels, begin, key=lambda level: level[0]) - 1
        last = bisect_right(self.levels, end, key=lambda level: level[0])
        among = self.levels[max(first, 0) : last]
        return max((severity for _, severity in among), default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """The moment of a recording that the screens show instead of now."""

    now: Now
    """What the clocks said then."""
    here: Now
    """What they say really."""
    track: Track
    at: float
    """Where on the tape."""
    affairs: Affairs = field(default_factory=Affairs)
    """Of this console itself, now."""
    replay: str = ""
    """The recording that is replayed; empty: a living console looks back."""
    playing: bool = False
    speed: int = 1
    mark: float | None = None
    """The first of two moments to be compared."""

    @property
    def hole(self) -> str:
        """Why nothing, or not all, is known of it."""
        return self.track.hole(self.at)


@dataclass(frozen=True, slots=True)
class MoveBy:
    """So many seconds on by the estate's clock; negative: back."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Step:
    """To what was seen next; negative: before."""

    by: int


@dataclass(frozen=True, slots=True)
class Jump:
    """To what happened next of a kind; negative: before."""

    kind: Happening
    by: int


@dataclass(frozen=True, slots=True)
class Play:
    """Go on by itself, or stop doing so."""


@dataclass(frozen=True, slots=True)
class Pace:
    """Play faster; negative: slower."""

    by: int


@dataclass(frozen=True, slots=True)
class GoTo:
    """To a time of the estate as a person typed it: `02:14`, `02:14:30`, with a date before it."""

    text: str


@dataclass(frozen=True, slots=True)
class MarkHere:
    """The first of two moments to be compared, and then the second."""


Move = MoveBy | Step | Jump | Play | Pace | GoTo | MarkHere


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that is not as it was: a finding, a row or a part of a source."""

    what: Literal["finding", "row", "part"]
    name: str
    scope: str
    source: str
    severity: Severity
    """The worse of both."""
    before: Severity | None
    """None: it was not there."""
    after: Severity | None
    """None: it is gone."""
    values: tuple[tuple[str, object, object], ...] = ()
    """Facts that changed: name, before, after."""
    said: str = ""
    """Why, in the words of the board."""

    @property
    def moved(self) -> bool:
        """Whether it is worse, better, new or gone; else its values alone differ."""
        return self.before is not self.after


@dataclass(frozen=True, slots=True)
class Changes:
    """What differs between two moments, the worst first."""

    begin: Now
    end: Now
    all: tuple[Difference, ...]

"""Plays a recording: where on its tape one stands, and where a move leads. Pure."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass, replace
from typing import assert_never

from console.model import Now
from console.model import past as p
from console.recording.times import Untimely, meant

SPEEDS = (1, 2, 5, 10, 30, 60, 120, 300, 600)
"""Times real time."""


class Nowhere(ValueError):
    """A move leads nowhere: `str()` says why."""


@dataclass(frozen=True, slots=True)
class Player:
    """A place on a tape; each move makes another one."""

    track: p.Track
    at: float = 0.0
    playing: bool = False
    speed: int = 1
    mark: float | None = None
    zone: str = "UTC"
    """In which times are typed."""

    @property
    def index(self) -> int:
        """The instant whose board is shown."""
        return self.track.index(self.at)

    @property
    def now(self) -> Now:
        """What the clocks said."""
        return self.track.now(self.at)

    def to(self, at: float) -> Player:
        """At this place, or at the end that is nearer to it."""
        return replace(self, at=min(max(at, 0.0), self.track.end))

    def played(self, seconds: float) -> Player:
        """So many real seconds later; it stops at the end."""
        if not self.playing:
            return self
        moved = self.to(self.at + seconds * self.speed)
        return replace(moved, playing=moved.at < self.track.end)

    def moved(self, move: p.Move) -> Player:
        """Where a move leads. Raises Nowhere."""
        match move:
            case p.MoveBy():
                return self._shifted(move.seconds / self.now.speed)
            case p.Step():
                return self._stepped(move.by)
            case p.Jump():
                return self._jumped(move.kind, move.by)
            case p.Play():
                return replace(self, playing=not self.playing)
            case p.Pace():
                at = SPEEDS.index(self.speed) + move.by
                return replace(self, speed=SPEEDS[min(max(at, 0), len(SPEEDS) - 1)])
            case p.GoTo():
                return self._gone(move.text)
            case p.MarkHere():
                return replace(self, mark=self.at if self.mark is None else None)
            case _:
                assert_never(move)

    def _shifted(self, seconds: float) -> Player:
        if seconds > 0 and self.at >= self.track.end:
            raise Nowhere("this is the last moment that is recorded")
        if seconds < 0 and self.at <= 0:
            raise Nowhere("this is the first moment that is recorded")
        return self.to(self.at + seconds)

    def _stepped(self, by: int) -> Player:
        tape, index = self.track.tape, self.index
        between = by < 0 and self.at > tape[index]  # the one before is a step back already
        sought = index + by + between
        if not 0 <= sought < len(tape):
            raise Nowhere(f"nothing {'later' if by > 0 else 'earlier'} is recorded")
        return self.to(tape[sought])

    def _jumped(self, kind: p.Happening, by: int) -> Player:
        places = [mark.at for mark in self.track.marks if mark.kind == kind]
        index = bisect_right(places, self.at) if by > 0 else bisect_left(places, self.at) - 1
        if not 0 <= index < len(places):
            raise Nowhere(f"{NOTHING[kind]} is recorded {'after' if by > 0 else 'before'} this")
        return self.to(places[index])

    def _gone(self, text: str) -> Player:
        first, last = self.track.now(0.0).estate, self.track.now(self.track.end).estate
        try:
            return self.to(self.track.at(meant(text, first, last, self.zone)))
        except Untimely as error:
            raise Nowhere(str(error)) from None

    def shown(self, here: Now, replay: str) -> p.Past:
        """It as screens show it."""
        return p.Past(
            now=self.now,
            here=here,
            track=self.track,
            at=self.at,
            replay=replay,
            playing=self.playing,
            speed=self.speed,
            mark=self.mark,
        )

    def on(self, track: p.Track) -> Player:
        """The same moment on the tape as it is now: it has grown."""
        return replace(self, track=track)


NOTHING: dict[p.Happening, str] = {
    "worse": "nothing that got worse",
    "finding": "no finding",
    "act": "no act",
}

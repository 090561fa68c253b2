"""What of a shift nobody recorded: whatever lies in no recording of this disk. Pure; real time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from console.handover.given import Gap
from console.recording.values import NOBODY

CLOSE = timedelta(minutes=2)
"""Real time. Something is seen more often than that: less says of nobody that they did not
record, and what is so near is of the moment itself."""
Span = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class Extent:
    """Of one recording: from when until when it is, and what it says it has not."""

    span: Span | None
    """None where it cannot be read."""
    gaps: tuple[Gap, ...] = ()


def untold(since: datetime, until: datetime, extents: Iterable[Extent]) -> tuple[Gap, ...]:
    """What is in none of them, each with its reason, in the order of time."""
    extents = tuple(extents)
    left: list[Span] = [(since, until)]
    for one in extents:
        for span in _covered(one):
            left = list(_without(left, span))
    reasons = dict.fromkeys(gap for one in extents for gap in one.gaps)
    found: list[Gap] = []
    for gap in reasons:
        if gap.until <= gap.since:  # the clock was set back
            found += [gap] if gap.since > since and gap.until < until else []
            continue
        of_it = [(max(a, gap.since), min(b, gap.until)) for a, b in left]
        found += [Gap(a, b, gap.why) for a, b in of_it if b - a > _least(gap, b, until)]
        left = list(_without(left, (gap.since, gap.until)))
    found += [Gap(a, b, NOBODY) for a, b in left if b - a > CLOSE]
    return tuple(sorted(found, key=lambda one: (one.since, one.until)))


def _least(gap: Gap, end: datetime, until: datetime) -> timedelta:
    """Where a gap goes on beyond the end, the last moments may be on their way to the disk."""
    return CLOSE if end == until < gap.until else timedelta(0)


def _covered(one: Extent) -> Iterator[Span]:
    spans = [one.span] if one.span is not None else []
    for gap in one.gaps:
        if gap.since < gap.until:
            spans = list(_without(spans, (gap.since, gap.until)))
    yield from spans


def _without(spans: Iterable[Span], cut: Span) -> Iterator[Span]:
    for begin, end in spans:
        if begin < min(end, cut[0]):
            yield begin, min(end, cut[0])
        if max(begin, cut[1]) < end:
            yield max(begin, cut[1]), end

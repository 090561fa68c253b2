"""What a bundle brought stands at the journal's end, and may be older than what stands before it.

A note with `bundle` ends such a part and says how many lines it has; they stand there in the order
of time, whatever that journal was brought by bundles. What people did counts in the order of time;
within one journal that is the order of its lines, for its clock may be set back.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from heapq import merge
from operator import attrgetter

from console.model import Entry


def adopted(entry: Entry) -> int:
    """How many of the lines before this one came with a bundle; 0 where it says nothing of it."""
    lines = entry.data.get("lines")
    if entry.kind != "note" or not isinstance(entry.data.get("bundle"), Mapping):
        return 0
    return max(0, lines) if isinstance(lines, int) else 0


def in_time(entries: Iterable[Entry]) -> tuple[Entry, ...]:
    """A journal's lines as they are to be folded: what was adopted stands where it happened."""
    told = tuple(entries)
    return tuple(_in_time(told)) if any(map(adopted, told)) else told


def _in_time(told: Sequence[Entry]) -> list[Entry]:
    """One bundle after the other: there may be two a day, for years."""
    found, at = list[Entry](), 0
    for begin, end in _brought(told):
        found += told[at:begin]
        _merge(found, told[begin:end])
        at = end
    return [*found, *told[at:]]


def _brought(told: Sequence[Entry]) -> list[tuple[int, int]]:
    """From where to where bundles brought something, the first one first."""
    found, left = list[tuple[int, int]](), len(told)
    for end in reversed(range(len(told))):
        if end < left and (lines := adopted(told[end])):
            left = max(0, end - lines)
            found.append((left, end))
    return found[::-1]


def _merge(ours: list[Entry], theirs: Sequence[Entry]) -> None:
    """Both, neither of them in another order; of what is of one moment ours comes first."""
    if not theirs:
        return
    at = len(ours)
    while at and ours[at - 1].at > theirs[0].at:
        at -= 1
    ours[at:] = merge(ours[at:], theirs, key=attrgetter("at"))

"""What a bundle brought stands at the journal's end, and may be older than what stands before it.

A note with `bundle` ends such a part and says how many lines it has. What people did counts in the
order of time; within one journal that is the order of its lines, for its clock may be set back.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

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
    return _in_time(told) if any(map(adopted, told)) else told


def _in_time(told: Sequence[Entry]) -> tuple[Entry, ...]:
    end = next((at for at in reversed(range(len(told))) if adopted(told[at])), None)
    if end is None:
        return tuple(told)
    begin = max(0, end - adopted(told[end]))
    ours, theirs = _in_time(told[:begin]), _in_time(told[begin:end])
    return (*_merged(ours, theirs), *told[end:])


def _merged(ours: Sequence[Entry], theirs: Sequence[Entry]) -> Iterator[Entry]:
    """Both, neither of them in another order; of what is of one moment ours comes first."""
    at = 0
    for one in theirs:
        while at < len(ours) and ours[at].at <= one.at:
            yield ours[at]
            at += 1
        yield one
    yield from ours[at:]

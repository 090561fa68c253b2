"""What was seen and is not on the disk yet; memory is bounded, whatever the disk does."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

from console.model import Finding, Snapshot
from console.recording.values import Change, Gap

MOST_WAITING = 2_000  # changes put aside while the disk refuses
FULL = "more was seen than could wait for the disk"


class Waiting:
    """Changes in the order they were seen, each with what is missing before it."""

    def __init__(self) -> None:
        self.changes: list[Change] = []
        self.gaps: list[Gap] = []
        """Before whatever is seen next."""

    def add(self, change: Change) -> None:
        """Seen after all the others; too many become one, and a gap."""
        if self.gaps:
            change = replace(change, gaps=(*self.gaps, *change.gaps))
            self.gaps = []
        self.changes.append(change)
        if len(self.changes) > MOST_WAITING:
            self.changes = [self._newest()]

    def missed(self, gap: Gap) -> None:
        """Nothing was seen for a while: it stands where the longest of that while went by.

        What was put aside just before it is newer than `since`, which is when it was last looked.
        """
        later = [number for number, one in enumerate(self.changes) if one.at > gap.since]
        points = (gap.since, *(self.changes[number].at for number in later), gap.until)
        lengths = [end - begin for begin, end in pairwise(points)]
        longest = lengths.index(max(lengths))
        gap = replace(gap, since=points[longest], until=points[longest + 1])
        if longest == len(later):
            self.gaps.append(gap)
        else:
            one = self.changes[later[longest]]
            self.changes[later[longest]] = replace(one, gaps=(*one.gaps, gap))

    def then(self, later: Waiting) -> Waiting:
        """Both, this one first."""
        for one in later.changes:
            self.add(one)
        self.gaps += later.gaps
        return self

    def _newest(self) -> Change:
        snapshots: dict[tuple[str, str], Snapshot] = {}
        findings: tuple[Finding, ...] | None = None
        lines: list[bytes] = []
        gaps: list[Gap] = []
        for change in self.changes:
            snapshots |= {(one.source, one.part): one for one in change.snapshots}
            findings = findings if change.findings is None else change.findings
            lines += change.lines
            gaps += change.gaps
        first, last = self.changes[0], self.changes[-1]
        gaps.append(Gap(first.at, last.at, FULL))
        last = replace(last, snapshots=tuple(snapshots.values()), findings=findings)
        return replace(last, lines=tuple(lines), gaps=tuple(gaps))

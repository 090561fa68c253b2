"""When nothing runs any more: several looks that found nothing, and none of them too early.

A backyard that read the switch a moment before may still start one list of jobs.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

FIRST_S, APART_S, ZEROS = 10.0, 5.0, 3
GAP = timedelta(minutes=10)  # a look so long ago says nothing of the time between


@dataclass(frozen=True, slots=True)
class Draining:
    """What looks one after the other have shown, by the estate's clock."""

    since: datetime | None = None
    """Job stop was first seen on, and at no look since off; nor did nobody look for long."""
    zeros: int = 0
    """Looks in a row without a running job."""
    last: datetime | None = None
    seen: datetime | None = None
    """The last look of any kind."""

    @property
    def drained(self) -> bool:
        """Whether read-only may be turned on."""
        return self.zeros >= ZEROS

    @property
    def wanted(self) -> int:
        """Looks without one that it takes."""
        return ZEROS

    def looked(self, at: datetime, job_stop: bool, count: int) -> Draining:
        """After one more look."""
        if not job_stop:
            return Draining()
        unbroken = self.seen is not None and at - self.seen <= GAP
        since = self.since if self.since and unbroken else at
        if count or at - since < timedelta(seconds=FIRST_S):
            return Draining(since, seen=at)
        if self.last is None or at - self.last > GAP:
            return Draining(since, 1, at, at)
        if at - self.last < timedelta(seconds=APART_S):
            return replace(self, seen=at)
        return Draining(since, self.zeros + 1, at, at)

    def blind(self) -> Draining:
        """After a look that failed: nothing in a row any more."""
        return Draining(self.since, seen=self.seen)

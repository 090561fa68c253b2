"""When nothing runs any more: several looks that found nothing, and none of them too early.

A backyard that read the switch a moment before may still start one list of jobs.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

FIRST_S, APART_S, ZEROS = 10.0, 5.0, 3
GAP = timedelta(minutes=10)  # a look so long ago says nothing of the time between


@dataclass(frozen=True, slots=True)
class Draining:
    """What looks one after the other have shown, by the estate's clock."""

    since: datetime | None = None
    """Job stop was first seen on."""
    zeros: int = 0
    """Looks in a row without a running job."""
    last: datetime | None = None

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
        since = self.since or at
        if count or at - since < timedelta(seconds=FIRST_S):
            return Draining(since)
        if self.last is None or at - self.last > GAP:
            return Draining(since, 1, at)
        if at - self.last < timedelta(seconds=APART_S):
            return self
        return Draining(since, self.zeros + 1, at)

    def blind(self) -> Draining:
        """After a look that failed: nothing in a row any more."""
        return Draining(self.since)

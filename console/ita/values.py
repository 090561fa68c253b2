"""What the platform tells of itself: two switches, and what is still running."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

JOB_STOP, READ_ONLY = "backyard_execute_stop", "data_update_stop"
AGENTS = "agents in use? check the work list: what waits for one is not counted"
KEYS = (JOB_STOP, READ_ONLY)
WORDS: Mapping[str, str] = {JOB_STOP: "job stop", READ_ONLY: "read-only"}
CONDUCTOR = "ita-by-conductor-synchronize"
STATUS: Mapping[str, str] = {
    "2": "preparing",
    "3": "running",
    "4": "running late",
    "5": "paused",
    "11": "ready, at an agent",
    "12": "waiting for an agent",
}
STARTED = frozenset({"ita-by-excel-export-import", "ita-by-menu-export-import"})
STARTED |= {"ita-by-menu-create"}
"""Backyards of which 2 says that it runs already."""


@dataclass(frozen=True, slots=True)
class Mode:
    """The two switches of the whole system."""

    job_stop: bool
    read_only: bool

    def of(self, key: str) -> bool:
        """One switch by the name it has in the API."""
        return self.job_stop if key == JOB_STOP else self.read_only

    @property
    def off(self) -> bool:
        """Nothing is on: also what the platform answers when it cannot read its database."""
        return not (self.job_stop or self.read_only)

    def __str__(self) -> str:
        words = {True: "on", False: "off"}
        return f"job stop {words[self.job_stop]}, read-only {words[self.read_only]}"


@dataclass(frozen=True, slots=True)
class Item:
    """Something that is under way in one workspace."""

    organization: str
    workspace: str
    backyard: str
    id: str
    status_id: str
    updated_at: datetime | None

    @property
    def counted(self) -> bool:
        """Whether the platform counts it: a conductor is listed only, what it runs counts."""
        return self.backyard != CONDUCTOR

    @property
    def status(self) -> str:
        """By its number: its name comes in the language of whoever is logged in."""
        if self.status_id == "2" and self.backyard in STARTED:
            return "running"
        return STATUS.get(self.status_id, f"status {self.status_id}")

    @property
    def name(self) -> str:
        """What tells it from every other."""
        return "/".join((self.organization, self.workspace, self.backyard, self.id))


@dataclass(frozen=True, slots=True)
class Running:
    """Everything that is under way, by the platform's own count and item by item."""

    count: int
    items: tuple[Item, ...]

    @property
    def jobs(self) -> tuple[Item, ...]:
        """What must come to its end before read-only."""
        return tuple(item for item in self.items if item.counted)

    @property
    def conductors(self) -> int:
        """How many conductors are under way; for information."""
        return len(self.items) - len(self.jobs)

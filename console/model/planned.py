"""What is planned, as screens show it: when, its steps, its report, and what is still due."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

SOON = timedelta(hours=1)
FRESH = timedelta(hours=4)
"""A report that was missed for longer gives way to what is due next."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedStep:
    """One thing to do in a window; a person ticks it."""

    id: str
    title: str
    say: str = ""
    due: datetime | None = None
    """Estate's clock."""
    at: datetime | None = None
    """Real time at which it was ticked."""
    by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """One stretch of a planned window. All times by the estate's clock, where not said."""

    key: str
    """Its name in windows.yaml; with the start it names this one stretch."""
    title: str
    kind: str
    zone: str
    start: datetime
    end: datetime
    scopes: tuple[str, ...] = ()
    """The scopes it is about; empty: no certain ones."""
    changes: bool = False
    """After it things may behave otherwise: a mark on what was measured."""
    steps: tuple[PlannedStep, ...] = ()
    report_due: datetime | None = None
    remind_at: datetime | None = None
    report: str = ""
    """The text that is ready, from what was seen so far."""
    written: bool = False
    """It is over, and the text is in the journal as it was then."""
    reported_at: datetime | None = None
    """Real time at which a person said that the report is out."""
    reported_by: str = ""
    overlaps: tuple[str, ...] = ()
    """Titles of others at the same time on the same scopes."""

    @property
    def id(self) -> str:
        """This stretch and no other: `peak@2026-03-10T03:00:00Z`."""
        return stretch_id(self.key, self.start)

    @property
    def owed(self) -> bool:
        """Whether somebody still has to send a report."""
        return self.report_due is not None and self.reported_at is None

    def missed(self, now: datetime) -> bool:
        """Whether the report should be out, and nobody said that it is."""
        return self.owed and self.report_due is not None and self.report_due <= now

    def open(self, now: datetime) -> bool:
        """Whether it goes on."""
        return self.start <= now < self.end

    def over(self, now: datetime) -> bool:
        """Whether its end has come."""
        return self.end <= now

    def touches(self, scopes: Iterable[str]) -> bool:
        """Whether it is about one of these scopes."""
        return not set(self.scopes).isdisjoint(scopes)


@dataclass(frozen=True, slots=True)
class Deadline:
    """Something that is due: a report, or a step of a window that goes on."""

    window: Planned
    due: datetime
    what: str = ""
    """The step's title; empty: the report, or the beginning."""
    begins: bool = False
    """Work with steps is about to begin."""

    def late(self, now: datetime) -> bool:
        """Whether it should be done by now."""
        return self.due <= now


def stretch_id(key: str, start: datetime) -> str:
    """The name of one stretch of a window."""
    return f"{key}@{start:%Y-%m-%dT%H:%M:%SZ}"


def deadlines(windows: Iterable[Planned], now: datetime) -> tuple[Deadline, ...]:
    """What is due of windows that have begun or are about to, the first one first."""
    found: list[Deadline] = []
    for one in windows:
        if one.start > now:
            if one.steps and one.start - now <= SOON:
                found.append(Deadline(one, one.start, begins=True))
            continue
        if one.owed and one.report_due is not None:
            found.append(Deadline(one, one.report_due))
        if one.open(now) or one.owed:
            found += [
                Deadline(one, step.due, step.title)
                for step in one.steps
                if step.due is not None and step.at is None
            ]
    return tuple(sorted(found, key=lambda each: each.due))


def foremost(windows: Iterable[Planned], now: datetime) -> Deadline | None:
    """What to look at: a report just missed, else whatever is due next, else what is late."""
    due = deadlines(windows, now)
    missed = [one for one in due if not one.what and timedelta(0) <= now - one.due < FRESH]
    ahead = [one for one in due if not one.late(now)]
    return next(iter(missed or ahead or due), None)

"""The shape of windows.yaml: what is planned, when, with which steps and which report."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, WithJsonSchema, model_validator

from console.config.kinds import Model, Seconds, Span, Words, Zone

Kind = Literal[
    "watch", "release", "scale-up", "scale-down", "maintenance", "separation", "work", "quiet"
]
CHANGES: tuple[str, ...] = ("release", "scale-up", "scale-down", "separation")
"""Kinds after which things may behave otherwise: marked on what was measured before and after."""
DAY = 86_400.0
FINE = ("HOURLY", "MINUTELY", "SECONDLY")
EPOCH, LATEST = dt.datetime(2024, 1, 1), dt.datetime(2034, 1, 1)
"""From where the days of a rule are counted, and until when one must have come."""
FAR = EPOCH.replace(year=EPOCH.year + 19 * 400)
"""The same calendar, nearer to the year 9999, until which a rule is searched that never falls."""
_TIMES = "`from` says the time of day"
OF_NO_DAY: Mapping[str, str] = {
    "BYHOUR": _TIMES,
    "BYMINUTE": _TIMES,
    "BYSECOND": _TIMES,
    "COUNT": "there is no first day to count from; UNTIL=20261231 ends a rule",
}


def _time(value: object) -> object:
    if isinstance(value, str):
        for form in ("%H:%M", "%H:%M:%S"):
            try:
                return dt.datetime.strptime(value, form).time()
            except ValueError:
                continue
    raise ValueError("expected a time of day such as 21:30")


def _date(value: object) -> object:
    try:
        return dt.date.fromisoformat(str(value))
    except ValueError:
        raise ValueError("expected a date such as 2026-11-24") from None


def _rule(value: object) -> str:
    """Days alone, and days that come: what the window's own times say is not said twice."""
    from dateutil.rrule import rrule, rrulestr

    rule = str(value).strip().upper()
    parts = dict(part.partition("=")[::2] for part in rule.removeprefix("RRULE:").split(";"))
    if len(rule.splitlines()) > 1 or "DTSTART" in rule:
        raise ValueError("one recurrence rule in one line, without dates of its own")
    if parts.get("FREQ") in FINE:
        raise ValueError("a rule of days: FREQ is DAILY or longer, `from` says the time of day")
    if wrong := min(parts.keys() & OF_NO_DAY.keys(), default=""):
        raise ValueError(f"{wrong}: {OF_NO_DAY[wrong]}")
    if not parts.get("INTERVAL", "1").strip("0"):
        raise ValueError("a recurrence rule must move on: INTERVAL is at least 1")
    try:
        days = rrulestr(rule, dtstart=EPOCH, ignoretz=True)
    except (ValueError, KeyError, AttributeError, TypeError, IndexError, OverflowError):
        raise ValueError("not a recurrence rule such as FREQ=WEEKLY;BYDAY=TU") from None
    if not isinstance(days, rrule):
        raise ValueError("one recurrence rule, without dates of its own")
    never = next(iter(days.replace(dtstart=FAR, until=None)), None) is None
    if never or (first := next(iter(days), None)) is None or first > LATEST:
        raise ValueError(f"the rule falls on no day from {EPOCH:%Y} to {LATEST:%Y}")
    return rule


def _limit(value: object) -> object:
    """One number alone is the critical one."""
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return {"crit": value} if number else value


TimeOfDay = Annotated[
    dt.time,
    BeforeValidator(_time),
    WithJsonSchema({"type": "string", "pattern": "^[0-2][0-9]:[0-5][0-9](:[0-5][0-9])?$"}),
]
Date = Annotated[dt.date, BeforeValidator(_date)]


class WindowStep(Model):
    """One thing to do in a window, and by when (after its start)."""

    id: str
    title: str
    say: str = ""
    """Why, or how, for somebody who has never done it."""
    due: Seconds | None = None


class Limit(Model):
    """What a value must not reach inside a window; the metric's own limits stay beside it."""

    warn: float | None = None
    crit: float | None = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        if self.warn is None and self.crit is None:
            raise ValueError("say warn, crit or both")
        return self


class Window(Model):
    """A stretch of time that is planned: a peak, a release, a maintenance, a separation."""

    title: str
    kind: Kind = "work"
    zone: Zone
    on: Date | None = None
    """One day; else `rrule` says which days."""
    rrule: Annotated[str, BeforeValidator(_rule)] = ""
    from_: TimeOfDay = Field(alias="from")
    to: TimeOfDay | None = None
    """Not after `from` means the next day."""
    duration: Annotated[Span, Field(le=7 * DAY)] | None = None
    """Instead of `to`: this long by every clock, also in a night with an hour more or less."""
    scopes: tuple[str, ...] = ()
    steps: tuple[WindowStep, ...] = ()
    every: Mapping[str, Span] = {}
    """Source → seconds between two questions inside the window, where that is more often."""
    thresholds: Mapping[
        str,
        Annotated[
            Limit,
            BeforeValidator(_limit, json_schema_input_type=float | Limit),
        ],
    ] = {}
    """Fact of instances or caches, or id of a metric → its limits inside the window."""
    facts: Words = ()
    """What the report tells of the scopes; else what `thresholds` name."""
    report_due: Seconds | None = None
    """The completion report is due this long after the start."""
    remind: Seconds = 600.0
    """Reminder this long before the report is due."""

    @model_validator(mode="after")
    def _days(self) -> Self:
        if (self.on is None) == (not self.rrule):
            raise ValueError("say which days: either `on` (a date) or `rrule`")
        if (self.to is None) == (self.duration is None):
            raise ValueError("say how long: either `to` or `duration`")
        return self

    @property
    def told(self) -> tuple[str, ...]:
        """What the report of this window tells of."""
        return self.facts or tuple(self.thresholds)


class Windows(Model):
    """Everything in windows.yaml."""

    windows: Mapping[str, Window] = {}

"""The shape of windows.yaml: what is planned, when, with which steps and which report."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, WithJsonSchema, model_validator

from console.config.kinds import Model, Seconds, Zone


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
    from dateutil.rrule import rrulestr

    try:
        rrulestr(str(value), dtstart=dt.datetime(2026, 1, 1))
    except (ValueError, KeyError, AttributeError, TypeError, IndexError, OverflowError):
        raise ValueError("not a recurrence rule such as FREQ=WEEKLY;BYDAY=TU") from None
    if re.search(r"INTERVAL=0*(;|$)", str(value)):
        raise ValueError("a recurrence rule must move on: INTERVAL is at least 1")
    return str(value)


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
    due: Seconds | None = None


class Window(Model):
    """A stretch of time that is planned: a peak, a release, a maintenance, a separation."""

    title: str
    kind: Literal["peak", "release", "scale", "maintenance", "work", "quiet"] = "work"
    zone: Zone
    on: Date | None = None
    """One day; else `rrule` says which days."""
    rrule: Annotated[str, BeforeValidator(_rule)] = ""
    from_: TimeOfDay = Field(alias="from")
    to: TimeOfDay
    """Not after `from` means the next day."""
    scopes: tuple[str, ...] = ()
    steps: tuple[WindowStep, ...] = ()
    report_due: Seconds | None = None
    """The completion report is due this long after the start."""
    remind: Seconds = 600.0
    """Reminder this long before the report is due."""

    @model_validator(mode="after")
    def _days(self) -> Self:
        if (self.on is None) == (not self.rrule):
            raise ValueError("say which days: either `on` (a date) or `rrule`")
        return self


class Windows(Model):
    """Everything in windows.yaml."""

    windows: Mapping[str, Window] = {}

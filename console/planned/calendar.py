"""Planned windows as an iCalendar file, for the calendar people look at anyway (RFC 5545)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from console.model.planned import Planned

if TYPE_CHECKING:
    from icalendar import Event

PRODUCT = "-//oncall//planned windows//EN"


def calendar(
    windows: Iterable[Planned], titles: dict[str, str], estate: str, at: datetime
) -> bytes:
    """An event for each stretch, in UTC: nobody has to know our zones.

    The same stretch has the same UID in every export, so that it is replaced and not doubled.
    """
    from icalendar import Calendar

    made = Calendar()
    made.add("prodid", PRODUCT)
    made.add("version", "2.0")
    made.add("x-wr-calname", f"oncall {estate}")
    for one in windows:
        made.add_component(_event(one, titles, estate, at))
    written: bytes = made.to_ical()
    return written


def _event(one: Planned, titles: dict[str, str], estate: str, at: datetime) -> Event:
    from icalendar import Alarm, Event

    event = Event()
    event.add("uid", f"{one.id}@{estate}.oncall")
    event.add("dtstamp", at)
    event.add("dtstart", one.start)
    event.add("dtend", one.end)
    event.add("summary", one.title)
    event.add("categories", [one.kind])
    event.add("description", "\n".join(_told(one)))
    if one.scopes:
        event.add("location", ", ".join(titles.get(scope, scope) for scope in one.scopes))
    if one.remind_at is not None:
        alarm = Alarm()
        alarm.add("action", "DISPLAY")
        alarm.add("description", f"{one.title}: the report is due")
        alarm.add("trigger", one.remind_at - one.start)
        event.add_component(alarm)
    return event


def _told(one: Planned) -> list[str]:
    """Times of day of the window's own zone, steps, the report, what it meets."""
    zone = ZoneInfo(one.zone)

    def clock(moment: datetime) -> str:
        return f"{moment.astimezone(zone):%H:%M}"

    lines = [f"{clock(one.start)} to {clock(one.end)} {one.zone}"]
    lines += [
        f"- {step.title}{f', by {clock(step.due)}' if step.due else ''}" for step in one.steps
    ]
    lines += [f"report by {clock(one.report_due)}"] if one.report_due else []
    return lines + [f"at the same time as {title}" for title in one.overlaps]

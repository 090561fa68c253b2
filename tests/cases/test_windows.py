"""Planned windows and moments of the week, on days with 23, 24 and 25 hours."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from console.config.cases import CanWait
from console.config.planned import Window
from console.match.weeks import waits_until
from console.windows import in_window, span


def window(**told: Any) -> Window:
    usual = {"title": "W", "zone": "Europe/Paris"} | (
        {} if "on" in told else {"rrule": "FREQ=DAILY"}
    )
    return Window.model_validate(usual | told)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


PEAK = window(
    zone="Asia/Tokyo", rrule="FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR", **{"from": "12:00"}, to="15:00"
)
NIGHT = window(rrule="FREQ=MONTHLY;BYDAY=4TU", **{"from": "21:00"}, to="01:00")
ONCE = window(on="2026-12-12", zone="Asia/Tokyo", **{"from": "20:00"}, to="02:00")
SKIPPED = window(**{"from": "02:15"}, to="02:45")  # an hour that the 29th of March does not have
TWICE = window(**{"from": "02:00"}, to="02:30")  # and that the 25th of October has twice
LONG = window(**{"from": "20:00"}, to="08:00")
OTHER_WEEK = window(rrule="FREQ=WEEKLY;INTERVAL=2;BYDAY=MO", **{"from": "00:00"}, to="23:59")
CASES: list[tuple[str, Window, str, bool]] = [
    ("a Tuesday at half past twelve", PEAK, "2026-03-10T03:30", True),
    ("its first second", PEAK, "2026-03-10T03:00", True),
    ("its end is outside", PEAK, "2026-03-10T06:00", False),
    ("a Sunday", PEAK, "2026-03-08T03:30", False),
    ("Monday in Japan is still Sunday in UTC", PEAK, "2026-03-09T03:30", True),
    ("the fourth Tuesday, in the evening", NIGHT, "2026-11-24T20:30", True),
    ("past midnight it is still Tuesday's", NIGHT, "2026-11-24T23:59", True),
    ("after its end", NIGHT, "2026-11-25T00:00", False),
    ("the third Tuesday", NIGHT, "2026-11-17T20:30", False),
    ("in summer it is an hour earlier in UTC", NIGHT, "2026-07-28T19:00", True),
    ("not yet in winter", NIGHT, "2026-11-24T19:30", False),
    ("the one day", ONCE, "2026-12-12T11:00", True),
    ("the morning after it", ONCE, "2026-12-12T16:59", True),
    ("a day later", ONCE, "2026-12-13T11:00", False),
    ("an hour that is skipped comes after the jump", SKIPPED, "2026-03-29T01:20", True),
    ("and not before it", SKIPPED, "2026-03-29T00:30", False),
    ("the first of the two hours", TWICE, "2026-10-25T00:10", True),
    ("the second of the two hours", TWICE, "2026-10-25T01:29", True),
    ("after both", TWICE, "2026-10-25T01:30", False),
    ("a night that the clocks shorten ends at eight", LONG, "2026-03-29T05:59", True),
    ("by the wall", LONG, "2026-03-29T06:00", False),
    ("a night that they lengthen, too", LONG, "2026-10-25T06:59", True),
    ("by the wall again", LONG, "2026-10-25T07:00", False),
    ("every other week, counted from a Monday", OTHER_WEEK, "2024-01-15T10:00", True),
    ("the week between", OTHER_WEEK, "2024-01-08T10:00", False),
]


@pytest.mark.parametrize(("caption", "planned", "at", "inside"), CASES, ids=[c[0] for c in CASES])
def test_a_window_is_open(caption: str, planned: Window, at: str, inside: bool) -> None:
    assert in_window({"w": planned}, "w", utc(at)) is inside


def test_a_window_knows_its_ends() -> None:
    assert span(NIGHT, utc("2026-11-24T23:30")) == (
        utc("2026-11-24T20:00"),
        utc("2026-11-25T00:00"),
    )


WEEKEND = CanWait.model_validate({"from": "Fri 17:00", "until": "Mon 09:00"})
WAITS: list[tuple[str, str, str, str | None]] = [
    ("Friday evening", "Europe/Paris", "2026-03-13T19:00", "2026-03-16T08:00"),
    ("Friday at five", "Europe/Paris", "2026-03-13T16:00", "2026-03-16T08:00"),
    ("Friday at lunch", "Europe/Paris", "2026-03-13T11:00", None),
    ("Saturday", "Europe/Paris", "2026-03-14T11:00", "2026-03-16T08:00"),
    ("Monday at eight", "Europe/Paris", "2026-03-16T07:00", "2026-03-16T08:00"),
    ("Monday at nine", "Europe/Paris", "2026-03-16T08:00", None),
    ("Wednesday", "Europe/Paris", "2026-03-18T08:00", None),
    ("the clocks go forward meanwhile", "Europe/Paris", "2026-03-27T19:00", "2026-03-30T07:00"),
    ("the clocks go back meanwhile", "Europe/Paris", "2026-10-23T19:00", "2026-10-26T08:00"),
    (
        "Friday noon in Paris is evening in Japan",
        "Asia/Tokyo",
        "2026-03-13T11:00",
        "2026-03-16T00:00",
    ),
]


@pytest.mark.parametrize(("caption", "zone", "now", "until"), WAITS, ids=[c[0] for c in WAITS])
def test_what_is_there_on_friday_evening_waits_until_monday(
    caption: str, zone: str, now: str, until: str | None
) -> None:
    assert waits_until(WEEKEND, zone, utc(now)) == (until and utc(until))

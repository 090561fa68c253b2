"""Which recurrence rules a window may have: days, and days that come; a bad one costs no time."""

from __future__ import annotations

import time
from datetime import date, timedelta

import pytest
from pydantic import ValidationError

from console import windows
from tests.planned.desk import window

TIMES = {"from": "12:00", "to": "15:00"}
REFUSED = [
    ("FREQ=MINUTELY", "FREQ is DAILY or longer"),
    ("FREQ=HOURLY;INTERVAL=24", "FREQ is DAILY or longer"),
    ("FREQ=SECONDLY", "FREQ is DAILY or longer"),
    ("FREQ=WEEKLY;BYDAY=TU;COUNT=60", "COUNT: there is no first day"),
    ("FREQ=DAILY;BYHOUR=9,15", "BYHOUR: `from` says the time of day"),
    ("FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30", "falls on no day"),
    ("FREQ=MONTHLY;BYMONTH=2;BYMONTHDAY=30", "falls on no day"),
    ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", "falls on no day"),
    ("FREQ=MONTHLY;INTERVAL=12;BYMONTH=2;BYDAY=1TU", "falls on no day"),
    ("FREQ=DAILY;UNTIL=20200101T000000", "falls on no day"),
    ("FREQ=MONTHLY;BYSETPOS=9;BYDAY=MO", "falls on no day"),
    ("FREQ=DAILY;INTERVAL=0", "INTERVAL is at least 1"),
    ("RRULE:FREQ=DAILY;INTERVAL=1\nEXDATE:20260310T000000", "without dates of its own"),
    ("DTSTART:20240101T000000\nRRULE:FREQ=HOURLY", "without dates of its own"),
    ("DTSTART:20240101T000000 RRULE:FREQ=HOURLY", "without dates of its own"),
    ("FREQ=WEEKLY;BYDAY=XX", "not a recurrence rule"),
    ("every Tuesday", "not a recurrence rule"),
]


@pytest.mark.parametrize(("rule", "why"), REFUSED, ids=[rule for rule, _ in REFUSED])
def test_a_rule_of_no_days_is_refused_at_once(rule: str, why: str) -> None:
    begun = time.process_time()
    with pytest.raises(ValidationError, match=why):
        window(rrule=rule, **TIMES)
    assert time.process_time() - begun < 8, "it is not looked for until the year 9999"


FALLS = [
    ("FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR", ["2026-03-09", "2026-03-10", "2026-03-11"]),
    ("freq=weekly;byday=tu", ["2026-03-10"]),
    ("FREQ=MONTHLY;BYDAY=2TU", ["2026-03-10"]),
    ("FREQ=YEARLY;BYMONTH=3,9;BYDAY=2TU", ["2026-03-10"]),
    ("FREQ=DAILY;UNTIL=20260309T235959Z", ["2026-03-09"]),
    ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29", []),
]


@pytest.mark.parametrize(("rule", "days"), FALLS, ids=[rule for rule, _ in FALLS])
def test_the_days_of_a_rule(rule: str, days: list[str]) -> None:
    made, first = window(rrule=rule, **TIMES), date(2026, 3, 9)
    found = windows.days(made, first, first + timedelta(days=2))
    assert [day.isoformat() for day in found] == days
    assert [d.isoformat() for d in map(first.__add__, map(timedelta, range(3)))
            if windows.on(made, d)] == days  # fmt: skip


def test_a_rule_that_falls_every_28_years_is_soon_known_not_to_fall_today() -> None:
    rare = window(rrule="FREQ=MONTHLY;BYMONTH=2;BYMONTHDAY=29;BYDAY=TH", **TIMES)
    begun = time.process_time()
    assert not windows.on(rare, date(2026, 3, 12))
    assert time.process_time() - begun < 1

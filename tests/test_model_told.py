"""A moment gone by, as a person types it, by the estate's clock and in the estate's zone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from console.model import Now
from console.model.told import moment_of, span_of

AT = datetime(2026, 11, 25, 5, 30, tzinfo=UTC)  # 06:30 in Paris
NOW, PARIS = Now(AT, AT), ZoneInfo("Europe/Paris")
TYPED = [
    ("last evening", "22:00", datetime(2026, 11, 24, 21, 0, tzinfo=UTC)),
    ("this morning", " 6:05 ", datetime(2026, 11, 25, 5, 5, tzinfo=UTC)),
    ("this very minute", "06:30", AT),
    ("later today is yesterday's", "06:31", datetime(2026, 11, 24, 5, 31, tzinfo=UTC)),
    ("so long ago", "8h", AT - timedelta(hours=8)),
    ("minutes", "30m", AT - timedelta(minutes=30)),
    ("days", "2d", AT - timedelta(days=2)),
    ("a date in the zone", "2026-11-24 22:00", datetime(2026, 11, 24, 21, 0, tzinfo=UTC)),
    ("a date in UTC", "2026-11-24T22:00Z", datetime(2026, 11, 24, 22, 0, tzinfo=UTC)),
]


@pytest.mark.parametrize(("caption", "text", "at"), TYPED, ids=[one[0] for one in TYPED])
def test_a_moment_is_what_was_typed(caption: str, text: str, at: datetime) -> None:
    assert moment_of(text, NOW, PARIS) == at


def test_in_the_night_of_a_change_of_clocks_the_hours_are_counted_as_they_were() -> None:
    at = datetime(2026, 10, 25, 5, 0, tzinfo=UTC)  # 06:00, an hour after 03:00 came twice
    assert moment_of("22:00", Now(at, at), PARIS) == at - timedelta(hours=9)


def test_a_clock_that_runs_fast_is_the_estate_s() -> None:
    fast = Now(AT, AT + timedelta(days=365), 60.0)
    assert moment_of("8h", fast, PARIS) == fast.real - timedelta(minutes=8)


@pytest.mark.parametrize("text", ["", "22", "24:00", "2x:00", "999999d", "yesterday", "٢٢:٠٠"])
def test_what_is_no_moment_is_said(text: str) -> None:
    with pytest.raises(ValueError, match=r"neither a time \(22:00\) nor 30m, 8h, 2d"):
        moment_of(text, NOW, PARIS)


@pytest.mark.parametrize("text", ["2026-11-26", "2026-11-25 07:00"])
def test_what_is_still_to_come_is_no_beginning(text: str) -> None:
    with pytest.raises(ValueError, match="still to come"):
        moment_of(text, NOW, PARIS)


def test_how_long_is_a_number_and_a_unit() -> None:
    assert span_of("90m") == timedelta(minutes=90)
    assert span_of("90") is span_of("8 h") is span_of("-8h") is None

"""Trends over literal series, and what must hold of any."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.trend import bins, change_pct, trend

T0 = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
HALF_HOUR = 1800.0


def series(values: Sequence[float | None]) -> list[tuple[datetime, float | None]]:
    """One value a minute."""
    return [(T0 + timedelta(minutes=i), value) for i, value in enumerate(values)]


TABLE: Mapping[str, tuple[list[float | None], str | None]] = {
    "nothing seen": ([], None),
    "only looks without a value": ([None] * 31, None),
    "two points": ([1.0, 9.0], None),
    "three points of half an hour's window": ([1.0, 2.0, 3.0], None),
    "load climbs": ([4 + i / 10 for i in range(31)], "rising"),
    "load falls": ([9 - i / 10 for i in range(31)], "falling"),
    "level": ([5.0] * 31, "flat"),
    "noise about a level": ([5 + 0.4 * (-1) ** i for i in range(31)], "flat"),
    "one spike is no trend": ([5.0] * 30 + [50.0], "flat"),
    "a cron job's last five minutes are no trend": ([1.0] * 25 + [12.0] * 6, "flat"),
    "less than 5 % of its level": ([100 + i / 10 for i in range(31)], "flat"),
    "climbs with holes": ([None if i % 3 else 4 + i / 10 for i in range(31)], "rising"),
    "climbs from zero": ([i / 10 for i in range(31)], "rising"),
    "nothing and nothing": ([0.0] * 31, "flat"),
    "below zero and climbing": ([-9 + i / 10 for i in range(31)], "rising"),
    "NaN is no value": ([math.nan] * 31, None),
}


@pytest.mark.parametrize("caption", TABLE)
def test_a_series_has_its_direction(caption: str) -> None:
    values, direction = TABLE[caption]
    assert trend(series(values), HALF_HOUR) == direction


def test_only_the_window_counts() -> None:
    values = [100.0 - i for i in range(60)] + [40.0 + i for i in range(31)]
    assert trend(series(values), HALF_HOUR) == "rising"


def test_points_that_ended_long_ago_say_nothing_of_now() -> None:
    points = series([4 + i / 10 for i in range(31)])
    assert trend(points, HALF_HOUR, now=T0 + timedelta(hours=2)) is None


def test_a_floor_silences_small_changes_of_small_values() -> None:
    points = series([i / 100 for i in range(31)])
    assert trend(points, HALF_HOUR) == "rising"
    assert trend(points, HALF_HOUR, floor=0.5) == "flat"


CHANGES: Mapping[str, tuple[list[float | None], float | None]] = {
    "from 10 to 12": ([10 + i / 15 for i in range(31)], 20.0),
    "from 12 to 9": ([12 - i / 10 for i in range(31)], -25.0),
    "level": ([7.0] * 31, 0.0),
    "from nothing": ([float(i) for i in range(31)], math.inf),
    "too little": ([1.0, 2.0], None),
}


@pytest.mark.parametrize("caption", CHANGES)
def test_change_in_percent(caption: str) -> None:
    values, change = CHANGES[caption]
    assert change_pct(series(values), HALF_HOUR) == pytest.approx(change)


def test_bins_are_means_of_equal_spans_and_none_where_nothing_was_seen() -> None:
    assert bins(series([1, 3, 5, 7]), 2) == (2.0, 6.0)
    assert bins(series([1, None, None, None, 5]), 2) == (1.0, 5.0)
    assert bins(series([]), 3) == (None, None, None)
    assert bins(series([2.0]), 3) == (None, None, 2.0)
    now = T0 + timedelta(minutes=3)
    assert bins(series([1, 3]), 4, over_s=240, now=now) == (1.0, 3.0, None, None)


VALUES = st.lists(st.one_of(st.none(), st.floats(-1e6, 1e6)), max_size=90)


@given(VALUES)
def test_turning_a_series_upside_down_turns_its_trend(values: list[float | None]) -> None:
    points = series(values)
    turned = [(at, None if value is None else -value) for at, value in points]
    opposite = {"rising": "falling", "falling": "rising", "flat": "flat", None: None}
    there, back = trend(points, HALF_HOUR), trend(turned, HALF_HOUR)
    assert back == opposite[there]


@given(VALUES, st.integers(1, 40))
def test_bins_stay_within_what_was_seen(values: list[float | None], n: int) -> None:
    known = [value for value in values if value is not None]
    found = bins(series(values), n)
    assert len(found) == n
    for value in found:
        assert value is None or min(known) - 1e-6 <= value <= max(known) + 1e-6


@given(st.permutations(series([4 + i / 10 for i in range(31)])))
def test_the_order_of_the_points_does_not_matter(
    points: list[tuple[datetime, float | None]],
) -> None:
    assert trend(points, HALF_HOUR) == "rising"

"""Stretches of planned windows: in order, over days with 23 and 25 hours, and over one another."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from console.planned import overlaps, stretches
from console.windows import opened, span, tightened, tightening
from tests.planned.desk import NOON, SCALE, SCOPES, WATCH, after, planned, window

PARIS = {"zone": "Europe/Paris", "rrule": "FREQ=DAILY", "from": "20:00"}
NIGHTS: list[tuple[str, dict[str, Any], str, str, str]] = [
    ("by the wall, forward", {"to": "08:00"}, "2026-03-28", "2026-03-28T19:00", "2026-03-29T06:00"),
    ("by the wall, back", {"to": "08:00"}, "2026-10-24", "2026-10-24T18:00", "2026-10-25T07:00"),
    (
        "by the clock, forward",
        {"duration": "12h"},
        *("2026-03-28", "2026-03-28T19:00", "2026-03-29T07:00"),
    ),
    (
        "by the clock, back",
        {"duration": "12h"},
        *("2026-10-24", "2026-10-24T18:00", "2026-10-25T06:00"),
    ),
]


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("caption", "told", "day", "start", "end"), NIGHTS, ids=[c[0] for c in NIGHTS]
)
def test_a_night_on_which_the_clocks_change(
    caption: str, told: dict[str, Any], day: str, start: str, end: str
) -> None:
    made = planned(night=PARIS | told)
    now = utc(f"{day}T12:00")
    (first, *_) = [one for one in stretches(made, now, ahead=timedelta(days=1)) if one.end > now]
    assert (first.start, first.end) == (utc(start), utc(end))
    assert span(made["night"], first.end - timedelta(seconds=1)) == (utc(start), utc(end))
    assert span(made["night"], first.end) is None


def test_a_window_of_several_days_is_open_on_its_last_one() -> None:
    long = window(on="2026-03-10", **{"from": "12:00"}, duration="3d")
    assert span(long, after(60 * 24 * 3 - 1)) == (NOON, after(60 * 24 * 3))
    assert span(long, after(60 * 24 * 3)) is None


def test_they_come_in_order_with_the_scopes_their_patterns_name() -> None:
    made = planned(scale=SCALE, watch=WATCH)
    found = stretches(made, NOON, SCOPES, timedelta(days=2), timedelta(hours=22))
    assert [one.id for one in found] == [
        "watch@2026-03-09T03:00:00Z",
        "watch@2026-03-10T03:00:00Z",
        "scale@2026-03-10T12:30:00Z",
        "watch@2026-03-11T03:00:00Z",
    ]
    assert found[1].scopes == ("sakai/prod", "kashima/prod")
    assert found[2].report_due == datetime(2026, 3, 10, 13, 30, tzinfo=UTC)


RELEASE = {"title": "release", "on": "2026-03-10", "from": "22:00", "duration": "1h"}
MEETINGS: list[tuple[str, dict[str, Any], bool]] = [
    ("on the same site", RELEASE | {"scopes": ["sakai/prod"]}, True),
    ("on a pattern that names it", RELEASE | {"scopes": ["sakai/*"]}, True),
    ("on no certain one", RELEASE, True),
    ("on another site", RELEASE | {"scopes": ["kashima/prod"]}, False),
    ("when it has just ended", RELEASE | {"from": "23:00", "scopes": ["sakai/prod"]}, False),
]


@pytest.mark.parametrize(("caption", "other", "meet"), MEETINGS, ids=[c[0] for c in MEETINGS])
def test_two_windows_lie_over_one_another(caption: str, other: dict[str, Any], meet: bool) -> None:
    found = overlaps(stretches(planned(scale=SCALE, other=other), NOON, SCOPES))
    assert found == (
        {
            "scale@2026-03-10T12:30:00Z": ("release",),
            next(id for id in found if id.startswith("other")): ("scale-up",),
        }
        if meet
        else {}
    )


def test_an_open_window_names_the_sources_it_tightens() -> None:
    made = planned(watch=WATCH | {"every": {"alarms": "15s"}}, scale=SCALE)
    assert set(opened(made, NOON)) == {"watch"} and not opened(made, after(-1))
    assert tightening(made.values()) == {"alarms", "instances", "caches", "databases", "metrics"}
    assert tightening([made["scale"]]) == frozenset()


LIMITS: list[tuple[str, dict[str, Any], dict[str, Any], tuple[float | None, float | None]]] = [
    ("stricter both ways", {"warn": 8, "crit": 10}, {"load1": {"warn": 5, "crit": 9}}, (5, 9)),
    ("one number is critical", {"warn": 8, "crit": 12}, {"load1": 10}, (8, 10)),
    ("never laxer", {"warn": 4, "crit": 6}, {"load1": {"warn": 5, "crit": 9}}, (4, 6)),
    ("where there was none", {}, {"load1": 10}, (None, 10)),
    ("of another fact", {"warn": 8}, {"mem_pct": 80}, (8, None)),
    ("low is bad", {"warn": 2, "below": True}, {"load1": {"warn": 3}}, (3, None)),
]


@pytest.mark.parametrize(("caption", "own", "limits", "then"), LIMITS, ids=[c[0] for c in LIMITS])
def test_a_threshold_inside_a_window(
    caption: str,
    own: dict[str, Any],
    limits: dict[str, Any],
    then: tuple[float | None, float | None],
) -> None:
    from console.config.schema import Metric

    told = {"id": "load1", "of": "instances", "fact": "load1", "namespace": "N", "name": "L"}
    metric = Metric.model_validate(told | own)
    tight = window(**(WATCH | {"thresholds": limits}))
    found = tightened(metric, ("sakai/prod",), (tight,))
    assert (found.warn, found.crit) == then
    assert tightened(metric, ("sakai/stg",), (tight,)) is metric, "only where it is about"

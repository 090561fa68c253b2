"""A release among the sparks: before the first value after it, on its own sites only."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from console.model import Now, Snapshot
from console.model.affairs import Affairs
from console.model.planned import Planned
from tests.planned.desk import host
from widgets.look import Look, zone_of
from widgets.symbols import ASCII
from widgets.telling import detail

NEWEST = datetime(2026, 12, 8, 12, 30, tzinfo=UTC)
LOOK = Look(now=Now(NEWEST, NEWEST), zone=zone_of("Asia/Tokyo"))
LOAD = host("sakai/prod", [1.0] * 20 + [8.0] * 10, NEWEST)


def release(minutes_ago: float, scope: str = "sakai/prod", kind: bool = True) -> Affairs:
    start = NEWEST - timedelta(minutes=minutes_ago)
    one = Planned(
        key="release",
        title="リリース",
        kind="release",
        zone="Asia/Tokyo",
        start=start,
        end=start + timedelta(hours=1),
        scopes=(scope,),
        changes=kind,
    )
    return Affairs(windows=(one,), spans={"load1": 1800.0})


def told(affairs: Affairs, look: Look = LOOK) -> str:
    return detail(Snapshot("instances", "all", 60.0, NEWEST, (LOAD,)), LOAD, look, affairs).plain


PLACES: list[tuple[str, Affairs, str | None]] = [
    ("between two readings", release(9.5), "▁" * 20 + "│" + "█" * 10),
    ("at the minute of a reading", release(9), "▁" * 20 + "│" + "█" * 10),
    ("just now", release(0), "▁" * 20 + "█" * 9 + "│█"),
    ("before the first", release(29.5), "│" + "▁" * 20 + "█" * 10),
    ("longer ago than that", release(31), None),
    ("not before it begins", release(-1), None),
    ("on another site", release(9, "kashima/prod"), None),
    ("of a window that changes nothing", release(9, kind=False), None),
]


@pytest.mark.parametrize(("caption", "affairs", "line"), PLACES, ids=[c[0] for c in PLACES])
def test_a_release_is_marked(caption: str, affairs: Affairs, line: str | None) -> None:
    seen = told(affairs)
    if line is None:
        assert "│" not in seen
    else:
        assert line in seen and "リリース" in seen


def test_what_a_mark_is_stands_below() -> None:
    assert "│ 21:20 Tokyo リリース" in told(release(10))
    assert "| 21:20 Tokyo" in told(release(10), Look(ASCII, LOOK.now, LOOK.zone))

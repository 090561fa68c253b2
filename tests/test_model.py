"""The values every room relies on."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import FrozenInstanceError, dataclass
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.config.rows import kinds
from console.model import (
    Board,
    Freshness,
    Ref,
    Row,
    Severity,
    Snapshot,
    Trouble,
    fact_names,
    facts,
    plain,
    worst_freshness,
)
from console.sources.maintenance import Maintenance

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
FAILED, EXPIRED = Trouble("no route", NOW), Trouble("login expired", NOW, auth_expired=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lamp(Row):
    """A row with facts of its own."""

    watt: float | None = None
    lit_at: datetime | None = None
    colours: tuple[str, ...] = ()


def lamp(**given: object) -> Lamp:
    return Lamp(ref=Ref("lamp", "sakai/prod", "堺-1"), at=NOW, **given)  # type: ignore[arg-type]


def snapshot(age_s: float | None, trouble: Trouble | None = None, **more: bool) -> Snapshot:
    taken = None if age_s is None else NOW - timedelta(seconds=age_s)
    return Snapshot("lamps", "a/r", 10.0, taken, (), trouble, **more)


AGES: Mapping[str, tuple[Snapshot, Freshness]] = {
    "never answered": (snapshot(None), Freshness.NO_DATA),
    "just now": (snapshot(0), Freshness.FRESH),
    "two intervals": (snapshot(20), Freshness.FRESH),
    "more than two": (snapshot(20.1), Freshness.LATE),
    "five intervals": (snapshot(50), Freshness.LATE),
    "more than five": (snapshot(50.1), Freshness.STALE),
    "the computer slept": (snapshot(1, slept=True), Freshness.STALE),
    "the clock was set back": (snapshot(-5), Freshness.FRESH),
    "a moment ago, but failing": (snapshot(1, FAILED), Freshness.FAILED),
    "never answered and failing": (snapshot(None, FAILED), Freshness.FAILED),
    "the login ran out": (snapshot(99, EXPIRED), Freshness.AUTH_EXPIRED),
}


@pytest.mark.parametrize("caption", AGES)
def test_a_snapshot_is_as_fresh_as_its_age_and_trouble_say(caption: str) -> None:
    taken, freshness = AGES[caption]
    assert taken.freshness(NOW) is freshness


@given(st.floats(0, 1e6), st.floats(0, 1e6))
def test_what_grows_older_never_grows_fresher(age: float, more: float) -> None:
    taken = snapshot(age)
    later = NOW + timedelta(seconds=more)
    assert taken.freshness(later).rank >= taken.freshness(NOW).rank


def test_nothing_worse_than_late_is_judged_by() -> None:
    assert [fresh for fresh in Freshness if fresh.trusted] == [Freshness.FRESH, Freshness.LATE]
    assert [fresh.rank for fresh in Freshness] == [0, 1, 2, 3, 4, 5]
    parts = snapshot(0), snapshot(25), snapshot(0)
    assert worst_freshness(parts, NOW) is Freshness.LATE


def test_a_source_is_as_fresh_as_its_worst_part() -> None:
    board = Board().with_(snapshot(0), Snapshot("lamps", "b/r", 10.0, NOW, trouble=EXPIRED))
    assert board.freshness("lamps", NOW) is Freshness.AUTH_EXPIRED
    assert board.freshness("nobody asks", NOW) is Freshness.NO_DATA


def test_a_board_is_replaced_and_never_changed() -> None:
    old = Board().with_(Snapshot("lamps", "a/r", 10.0, NOW, (lamp(watt=1.0),)))
    new = old.with_(Snapshot("lamps", "a/r", 10.0, NOW, (lamp(watt=2.0),)))
    assert [dict(facts(row))["watt"] for row in (*old.rows("lamps"), *new.rows("lamps"))] == [1, 2]
    with pytest.raises(TypeError):
        new.snapshots["x", "y"] = snapshot(0)  # type: ignore[index]
    with pytest.raises(FrozenInstanceError):
        new.rows("lamps")[0].severity = Severity.OK  # type: ignore[misc]


def test_one_parts_answer_leaves_the_others_rows_alone() -> None:
    board = Board().with_(Snapshot("lamps", "a/r", 10.0, NOW, (lamp(),)))
    board = board.with_(Snapshot("lamps", "b/r", 10.0, None, trouble=FAILED))
    assert len(board.rows("lamps")) == 1
    assert [part.part for part in board.parts("lamps")] == ["a/r", "b/r"]


def test_no_data_is_never_ok() -> None:
    assert max(Severity.OK, Severity.UNKNOWN) is Severity.UNKNOWN
    assert lamp().severity is Severity.UNKNOWN


def test_a_row_belongs_to_every_scope_it_serves() -> None:
    assert lamp(serves=("kawasaki/prod",)).scopes == ("sakai/prod", "kawasaki/prod")


def test_facts_are_a_rows_own() -> None:
    assert fact_names(Lamp) == ("watt", "lit_at", "colours")


def test_what_only_a_source_reads_is_no_fact() -> None:
    row = Maintenance(ref=Ref("maintenance", "a", "a"), at=NOW, cluster="a")
    assert "memory" not in fact_names(Maintenance) and "memory" not in plain(row)
    assert "memory" not in kinds(Maintenance), "no symptom may rest on it"
    assert {"phase", "lanes", "unexpected"} <= set(plain(row))


def test_a_row_in_json_keeps_unknown_and_says_times_in_utc() -> None:
    tokyo = timezone(timedelta(hours=9))
    row = lamp(
        lit_at=NOW.astimezone(tokyo),
        colours=("赤",),
        missing={"watt": "not measured"},
        ages={"colours": NOW - timedelta(minutes=4)},
        because=("watt: not measured",),
    )
    assert json.loads(json.dumps(plain(row))) == {
        "ref": {"kind": "lamp", "scope": "sakai/prod", "name": "堺-1"},
        "at": "2026-11-24T12:00:00Z",
        "owner": "ours",
        "severity": "unknown",
        "watt": None,
        "lit_at": "2026-11-24T12:00:00Z",
        "colours": ["赤"],
        "serves": [],
        "missing": {"watt": "not measured"},
        "ages": {"colours": "2026-11-24T11:56:00Z"},
        "because": ["watt: not measured"],
    }


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_json_has_no_word_for_what_is_no_number(value: float) -> None:
    assert plain({"a": (value, 1.5)}) == {"a": [None, 1.5]}

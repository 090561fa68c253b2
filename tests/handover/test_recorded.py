"""How bad it was at worst, from a real recording: also what was bad for a minute only."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from console.clock import Clock
from console.handover.evidence import as_it_was
from console.handover.gaps import Extent, untold
from console.handover.given import Gap
from console.handover.recorded import Recorded
from console.model import Board, Now, Ref, Row, Severity, Snapshot
from console.model.handover import Item
from console.recording.recorder import Recorder
from console.recording.shelf import recordings
from console.recording.values import Title
from console.sources.metrics import Metric
from tests.handover.last_look import health
from tests.recording.shift import Ticking

ZONE = "Asia/Tokyo"
OK, UNKNOWN, WARNING, CRITICAL = Severity


def recorder(state: Path, now: Ticking) -> Recorder:
    return Recorder(state, Title("e", ZONE, "1"), Clock(), state / "journal.jsonl", now=now)


def sites(now: Ticking, sakai: Severity, kashima: Severity) -> Snapshot:
    rows: list[Row] = []
    for name, severity in (("sakai", sakai), ("kashima", kashima)):
        rows.append(health(name, severity, *([f"{name} is bad"] if severity else [])))
    return Snapshot("sites", "", 60.0, now(), tuple(rows))


async def record(state: Path, now: Ticking, *levels: tuple[Severity, Severity]) -> None:
    """A look a minute."""
    recording, board = recorder(state, now), Board()
    for both in levels:
        now.pass_(60)
        board = board.with_(sites(now, *both))
        recording.see(board)
    await recording.close()
    assert recording.trouble == ""


async def test_the_worst_of_each_scope_is_told_with_its_first_moment(tmp_path: Path) -> None:
    now = Ticking()
    began = now()
    await record(tmp_path, now, (OK, OK), (WARNING, OK), (CRITICAL, OK), (CRITICAL, OK), (OK, OK))
    worst, gaps = Recorded(tmp_path, ZONE).told(began, now())
    assert worst is not None and gaps == ()
    assert worst["sakai/prod"].severity is CRITICAL
    assert worst["sakai/prod"].at.real == began + timedelta(minutes=3)
    assert worst["sakai/prod"].why == ("sakai is bad",)
    assert worst["kashima/prod"].severity is OK


async def test_a_site_that_gets_bad_behind_one_that_is_worse_is_not_overlooked(
    tmp_path: Path,
) -> None:
    now = Ticking()
    began = now()
    await record(tmp_path, now, *[(CRITICAL, OK)] * 3, *[(CRITICAL, WARNING)] * 2, (CRITICAL, OK))
    worst, _ = Recorded(tmp_path, ZONE).told(began, now())
    assert worst is not None
    assert worst["kashima/prod"].severity is WARNING
    assert worst["kashima/prod"].at.real == began + timedelta(minutes=4)


async def test_whoever_begins_to_look_knows_nothing_for_a_moment(tmp_path: Path) -> None:
    now = Ticking()
    began = now()
    await record(tmp_path, now, (UNKNOWN, UNKNOWN), (OK, UNKNOWN), (OK, UNKNOWN), (OK, OK))
    worst, _ = Recorded(tmp_path, ZONE).told(began, now())
    assert worst is not None
    assert worst["sakai/prod"].severity is OK
    assert worst["kashima/prod"].severity is UNKNOWN
    assert worst["kashima/prod"].at.real == began + timedelta(minutes=1)


async def test_what_was_before_the_shift_is_not_of_it(tmp_path: Path) -> None:
    now = Ticking()
    await record(tmp_path, now, (CRITICAL, OK), (OK, OK), (WARNING, OK))
    worst, _ = Recorded(tmp_path, ZONE).told(now() - timedelta(seconds=90), now())
    assert worst is not None
    assert worst["sakai/prod"].severity is WARNING


async def test_asked_again_only_what_is_new_is_read_and_the_worst_stays(tmp_path: Path) -> None:
    now = Ticking()
    began = now()
    await record(tmp_path, now, (CRITICAL, OK))
    told = Recorded(tmp_path, ZONE)
    told.told(began, now())
    await record(tmp_path, now, (OK, WARNING))
    worst, gaps = told.told(began, now())
    assert worst is not None
    assert [worst[f"{site}/prod"].severity for site in ("sakai", "kashima")] == [CRITICAL, WARNING]
    assert [gap.why for gap in gaps] == ["nobody recorded"]


async def test_a_shift_goes_through_midnight(tmp_path: Path) -> None:
    now = Ticking(Ticking()().replace(hour=14, minute=58))  # two minutes to midnight in Tokyo
    began = now()
    await record(tmp_path, now, (CRITICAL, OK), (OK, OK), (OK, WARNING), (OK, OK))
    assert len(recordings(tmp_path)) == 2
    worst, _ = Recorded(tmp_path, ZONE).told(began, now())
    assert worst is not None
    assert [worst[f"{site}/prod"].severity for site in ("sakai", "kashima")] == [CRITICAL, WARNING]


def test_where_nothing_is_recorded_nothing_is_said_to_be_well(tmp_path: Path) -> None:
    now = Ticking()
    assert Recorded(tmp_path, ZONE).told(now() - timedelta(hours=8), now()) == (None, ())


async def test_a_recording_that_cannot_be_read_is_a_gap_with_its_reason(tmp_path: Path) -> None:
    now = Ticking()
    await record(tmp_path, now, (CRITICAL, OK))
    recordings(tmp_path)[0].write_bytes(b"no database")
    worst, (gap,) = Recorded(tmp_path, ZONE).told(now() - timedelta(hours=1), now())
    assert worst is None and gap.since == now() - timedelta(hours=1) and gap.until == now()
    assert "cannot be read" in gap.why


async def test_what_stood_still_unknown_for_long_is_the_worst_though_it_ends_well(
    tmp_path: Path,
) -> None:
    now = Ticking()
    began, recording, seen = now(), recorder(tmp_path, now), now()
    row = health("sakai", UNKNOWN, "nobody is let in")
    for _ in range(20):
        now.pass_(30)
        recording.see(Board().with_(Snapshot("sites", "", 60.0, seen, (row,))))
    now.pass_(30)
    recording.see(Board().with_(Snapshot("sites", "", 60.0, now(), (health("sakai", OK),))))
    await recording.close()
    worst, _ = Recorded(tmp_path, ZONE).told(began, now())
    assert worst is not None and worst["sakai/prod"].severity is UNKNOWN
    assert worst["sakai/prod"].at.real == began + timedelta(seconds=30)


async def test_beside_a_file_that_cannot_be_read_only_what_is_missing_is_a_gap(
    tmp_path: Path,
) -> None:
    now = Ticking()
    began = now()
    first = recorder(tmp_path, now)
    await first.close()
    day = f"{began.astimezone(ZoneInfo(ZONE)):%Y-%m-%d}"
    (tmp_path / "recordings").mkdir(exist_ok=True)
    (tmp_path / "recordings" / f"{day}.sqlite").write_bytes(b"of another program")
    now.pass_(600)
    second, told = recorder(tmp_path, now), Recorded(tmp_path, ZONE)
    starts = []
    for _ in range(2):
        second.see(Board().with_(sites(now, OK, OK)))
        await second.flush()
        now.pass_(6)
        _, gaps = told.told(began, now())
        starts.append([(one.since, one.why) for one in gaps])
    await second.close()
    assert starts[0] == starts[1] and len(starts[0]) == 1
    assert "cannot be read" in starts[0][0][1]


async def test_a_clusters_row_counts_for_it_and_a_sites_own_rows_do_not(tmp_path: Path) -> None:
    now = Ticking()
    began, recording = now(), recorder(tmp_path, now)
    now.pass_(1)

    def metric(scope: str) -> Metric:
        ref = Ref("metric", scope, "m")
        return Metric(ref=ref, at=now(), id="m", value=1.0, unit="", severity=CRITICAL)

    rows = metric("eks-v2-prod"), metric("sakai/prod")
    board = Board().with_(sites(now, OK, OK), Snapshot("metrics", "", 60.0, now(), rows))
    recording.see(board)
    await recording.close()
    worst, _ = Recorded(tmp_path, ZONE).told(began, now())
    assert worst is not None
    assert worst["eks-v2-prod"].severity is CRITICAL
    assert worst["sakai/prod"].severity is OK


async def test_what_is_before_and_behind_a_recording_nobody_recorded(tmp_path: Path) -> None:
    now = Ticking()
    began = now()
    now.pass_(3600)
    await record(tmp_path, now, (OK, OK), (OK, OK))
    now.pass_(1800)
    _, gaps = Recorded(tmp_path, ZONE).told(began, now())
    first, last = began + timedelta(minutes=61), now() - timedelta(minutes=30)
    nobody = "nobody recorded"
    assert gaps == (Gap(began, first, nobody), Gap(last, now(), nobody))


async def test_what_another_computer_recorded_counts_and_is_no_gap(tmp_path: Path) -> None:
    now = Ticking()
    began = now()
    await record(tmp_path, now, (OK, OK), (CRITICAL, OK), *[(OK, OK)] * 8)
    (theirs,) = recordings(tmp_path)
    await record(tmp_path / "ours", now, (OK, WARNING), *[(CRITICAL, OK)] * 3)
    told = Recorded(tmp_path / "ours", ZONE)
    before, (gap,) = told.told(began, now())
    assert before is not None and before["sakai/prod"].at.real > began + timedelta(minutes=10)
    assert (gap.since, gap.why) == (began, "nobody recorded")
    taken = tmp_path / "ours" / "recordings" / "taken" / f"{theirs.stem}-0123abcd.sqlite"
    taken.parent.mkdir()
    theirs.rename(taken)  # while somebody looks
    worst, gaps = told.told(began, now())
    assert worst is not None and gaps == ()
    assert worst["sakai/prod"].at.real == began + timedelta(minutes=2), "theirs was the first"
    assert worst["kashima/prod"].severity is WARNING, "and what was worse here stays"


def at(minutes: float) -> datetime:
    return Ticking()() + timedelta(minutes=minutes)


def extent(begin: float, end: float, *gaps: tuple[float, float, str]) -> Extent:
    told = tuple(Gap(at(since), at(until), why) for since, until, why in gaps)
    return Extent((at(begin), at(end)), told)


NOBODY, SLEPT, BACK = "nobody recorded", "the computer slept", "the clock was set back"
SHIFTS: dict[str, tuple[list[Extent], list[tuple[float, float, str]]]] = {
    "all of it": ([extent(-5, 65)], []),
    "all but a moment at either end": ([extent(1, 59)], []),
    "the middle": ([extent(20, 40)], [(0, 20, NOBODY), (40, 60, NOBODY)]),
    "two that go on": ([extent(0, 30), extent(30.5, 60)], []),
    "a hole in it": ([extent(0, 60, (10, 20, SLEPT))], [(10, 20, SLEPT)]),
    "a short hole is told": ([extent(0, 60, (10, 11, SLEPT))], [(10, 11, SLEPT)]),
    "another one has its hole": ([extent(0, 60, (10, 20, SLEPT)), extent(5, 30)], []),
    "half of it": ([extent(0, 60, (10, 20, SLEPT)), extent(15, 30)], [(10, 15, SLEPT)]),
    "a hole from before": ([extent(-90, 60, (-30, 20, NOBODY))], [(0, 20, NOBODY)]),
    "the clock": ([extent(0, 60, (30, 20, BACK))], [(30, 20, BACK)]),
    "of another time": ([extent(90, 99)], [(0, 60, NOBODY)]),
}


@pytest.mark.parametrize("name", SHIFTS)
def test_of_an_hour_what_is_in_no_recording_is_said(name: str) -> None:
    extents, gaps = SHIFTS[name]
    found = untold(at(0), at(60), extents)
    assert [(one.since, one.until, one.why) for one in found] == [
        (at(since), at(until), why) for since, until, why in gaps
    ]


SPOILT = {
    "a frame whose whole one is gone": "delete from frame where whole = instant",
    "a frame that is no bytes": "update frame set body = 'x'",
    "how bad it is in words": "update frame set severity = 'bad'",
    "a time of the estate that is none": "update instant set estate = 9000000000000000000",
    "a gap without end": "insert into gap (instant, since, until, why) values (1, 0, 1e18, 'x')",
    "a gap in words": "insert into gap (instant, since, until, why) values (1, 'a', 'b', 'x')",
}


@pytest.mark.parametrize("caption", SPOILT)
async def test_a_recording_that_holds_what_no_recorder_writes_keeps_no_handover_from_being_made(
    tmp_path: Path, caption: str
) -> None:
    now = Ticking()
    began = now()
    await record(tmp_path, now, (OK, OK), (WARNING, OK), (CRITICAL, OK))
    (path,) = recordings(tmp_path)
    with closing(sqlite3.connect(path)) as file, file:
        file.execute(SPOILT[caption])
    worst, gaps = Recorded(tmp_path, ZONE).told(began, now())
    assert worst is None or gaps or worst["sakai/prod"].severity is not OK
    item = Item(id="x", kind="finding", title="x", at=Now(began, now()))
    shown = as_it_was(tmp_path, item, ZONE)
    assert shown.why or shown.board is not None

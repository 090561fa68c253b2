"""What is remembered of offsets: bounded, broken by gaps, and kept over a restart."""

from __future__ import annotations

import asyncio
import gzip
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.lag import GroupState, Policy, Sample, judge_partition, time_lag
from console.lag_history import COARSEST, HORIZON_S, THIN_AT, Curve, LagHistory, load, save

T0 = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
KEY = ("datajs", "data.js", 0)
PLACE = ("data.js", 0)
STABLE = GroupState("Stable", 1)


def at(seconds: float) -> datetime:
    return T0 + timedelta(seconds=seconds)


def watch(
    history: LagHistory, looks: int, *, first: float = 0, committed: int = 100, rate: int = 0
) -> float:
    """Look every 5 s from `first` on; the time of the last look."""
    for i in range(looks):
        now, end = first + 5 * i, 200 + rate * int(first + 5 * i)
        history.see_end(PLACE, at(now), end)
        history.see(KEY, Sample(at(now), committed, end, 0))
    return first + 5 * (looks - 1)


def verdict(history: LagHistory, now: float) -> str:
    return judge_partition(history.of(KEY), STABLE, Policy(), at(now)).verdict


def test_equal_looks_are_one_sample_with_its_first_and_last_time() -> None:
    history = LagHistory()
    watch(history, 720)
    (only,) = history.of(KEY).samples
    assert (only.first, only.at, only.looks) == (at(0), at(3595), 720)
    assert verdict(history, 3595) == "stuck"


def test_a_gap_is_not_an_unchanged_hour() -> None:
    history = LagHistory()
    watch(history, 3)
    last = watch(history, 3, first=3600)
    assert verdict(history, last) == "unknown"
    assert verdict(history, watch(history, 13, first=3600)) == "stuck"


def test_a_long_stall_on_a_busy_topic_stays_small_and_keeps_its_begin() -> None:
    history = LagHistory()
    last = watch(history, 720, rate=3)
    samples = history.of(KEY).samples
    assert len(samples) < 25
    assert samples[0].first == at(0)
    found = judge_partition(history.of(KEY), STABLE, Policy(), at(last))
    assert (found.verdict, found.in_per_s) == ("stuck", pytest.approx(3))
    assert "no commit for 60 min" in found.why


def test_a_stall_counts_from_its_onset_even_hours_after_the_last_commit() -> None:
    history = LagHistory()
    for i in range(720):  # creeps by a record in 20 s, after a while with nothing to read
        history.see(KEY, Sample(at(5 * i), 100, 100 + max(0, i - 100) // 4, 0))
    allowing = Policy(allowed=200)
    found = judge_partition(history.of(KEY), STABLE, allowing, at(3595))
    assert (found.verdict, found.lag) == ("stuck", 154)
    assert "no commit for 51 min" in found.why
    assert len(history.of(KEY).samples) < 30


def batches(history: LagHistory, gaps: list[int]) -> float:
    """Five records a look, and a commit of all of them after each of these seconds."""
    now, end, committed = 0, 100, 100
    for gap in gaps:
        for _ in range(gap // 5):
            now, end = now + 5, end + 5
            history.see(KEY, Sample(at(now), committed, end, 0))
        now, committed = now + 5, end
        history.see(KEY, Sample(at(now), committed, end, 0))
    return now


async def test_the_habit_of_a_batch_consumer_is_learnt_and_kept_over_a_restart(
    tmp_path: Path,
) -> None:
    for gaps, habit in (([120], 0), ([120, 125], 115), ([120] * 4 + [3600], 115), ([60, 5], 0)):
        history = LagHistory()
        batches(history, gaps)
        assert history.of(KEY).habit_s == habit, gaps
    history = LagHistory()
    now = batches(history, [120, 120, 120])
    await save(history, tmp_path / "lag.gz")
    again, _ = load(tmp_path / "lag.gz", at(now))
    assert again.of(KEY).habit_s == history.of(KEY).habit_s == 115


def test_a_commit_that_does_not_catch_up_makes_no_habit() -> None:
    history = LagHistory()
    for i in range(200):  # limps: one record in two minutes, of thousands
        history.see(KEY, Sample(at(5 * i), 100 + i // 24, 5000 + 10 * i, 0))
    assert history.of(KEY).habit_s == 0.0


def test_a_clock_that_was_set_back_begins_a_new_history() -> None:
    history = LagHistory()
    watch(history, 13, first=1000)
    watch(history, 1, first=500)
    assert [sample.at for sample in history.of(KEY).samples] == [at(500)]
    assert list(history.of(KEY).ends) == [(at(500).timestamp(), 200)]


def test_a_topic_that_was_made_anew_begins_a_new_curve() -> None:
    assert list(Curve([(0, 900), (5, 950), (10, 3)])) == [(10, 3)]


def test_a_flat_stretch_keeps_its_first_and_last_point() -> None:
    flat = [(5.0 * i, 100) for i in range(500)]
    assert list(Curve([*flat, (2500, 101)])) == [(0, 100), (2495, 100), (2500, 101)]


def test_hours_fit_into_a_few_points_and_time_lag_keeps_its_precision() -> None:
    curve = Curve((5.0 * i, 35 * i) for i in range(5 * 720))
    newest = curve[-1][0]
    assert len(curve) <= THIN_AT
    for ago in (20, 60, 600, 3600, 4 * 3600):
        seconds, at_least = time_lag(
            curve, int((newest - ago) * 7), datetime.fromtimestamp(newest, UTC)
        )
        assert (seconds, at_least) == (pytest.approx(ago, abs=2), False)


def test_time_lag_over_uneven_traffic_errs_by_the_spacing_of_the_points_at_most() -> None:
    points = [(5.0 * i, (i // 90) * 10_000 + i) for i in range(3000)]  # a burst every 450 s
    curve, newest = Curve(points), points[-1][0]
    for then, end in points[1000::50]:
        seconds, _ = time_lag(curve, end, datetime.fromtimestamp(newest, UTC))
        assert seconds == pytest.approx(newest - then, abs=max(20, COARSEST * 2 * (newest - then)))


@given(st.lists(st.tuples(st.floats(0.1, 300), st.integers(0, 500)), max_size=400))
def test_a_curve_is_bounded_and_never_goes_back(steps: list[tuple[float, int]]) -> None:
    now, end, curve = 0.0, 0, Curve()
    for seconds, records in steps:
        now, end = now + seconds, end + records
        curve.add(now, end)
        assert len(curve) <= THIN_AT
        assert curve[-1] == (now, end)
    points = list(curve)
    assert points == sorted(points)


def test_what_is_gone_is_forgotten() -> None:
    history = LagHistory()
    watch(history, 3)
    history.forget(at(10))
    assert history.of(KEY).samples
    history.forget(at(11))
    assert not history.of(KEY).samples
    assert not history.of(KEY).ends


async def test_the_history_survives_a_restart(tmp_path: Path) -> None:
    history, path = LagHistory(), tmp_path / "state" / "lag-msk-prod.jsonl.gz"
    last = watch(history, 13, rate=2)
    history.see(("g", "水島", 1), Sample(at(last), None, None, error="no leader"))
    await save(history, path)
    again, why = load(path, at(last + 5))
    assert why == ""
    assert list(again.of(KEY).samples) == list(history.of(KEY).samples)
    assert list(again.of(KEY).ends) == list(history.of(KEY).ends)
    assert verdict(again, last + 5) == "stuck"
    assert [file.name for file in path.parent.iterdir()] == [path.name]


async def test_a_restart_after_a_pause_keeps_the_time_lag_and_drops_the_stall(
    tmp_path: Path,
) -> None:
    history, path = LagHistory(), tmp_path / "lag.gz"
    last = watch(history, 13, committed=210, rate=2)
    await save(history, path)
    again, _ = load(path, at(last + 600))
    watch(again, 1, first=last + 600, committed=210, rate=2)
    found = judge_partition(again.of(KEY), STABLE, Policy(), at(last + 600))
    assert (found.verdict, found.behind_s) == ("unknown", pytest.approx(last + 595))


async def test_a_history_of_another_clock_or_of_yesterday_is_left_out(tmp_path: Path) -> None:
    history, path = LagHistory(), tmp_path / "lag.gz"
    watch(history, 13)
    await save(history, path)
    for now in (at(-3600), at(HORIZON_S + 3600)):
        again, why = load(path, now)
        assert (why, again.of(KEY).samples, list(again.of(KEY).ends)) == ("", (), [])


async def test_saving_a_large_history_lets_others_run(tmp_path: Path) -> None:
    history = LagHistory()
    for partition in range(1000):
        history.see_end(("t", partition), T0, 1)
    turns, done = 0, asyncio.create_task(save(history, tmp_path / "lag.gz"))
    while not done.done():
        turns += 1
        await asyncio.sleep(0)
    assert turns > 10


def test_a_first_start_has_no_history_and_no_complaint(tmp_path: Path) -> None:
    history, why = load(tmp_path / "none.gz", T0)
    assert (history.runs, history.curves, why) == ({}, {}, "")


def packed(*lines: object) -> bytes:
    return gzip.compress("".join(json.dumps(line) + "\n" for line in lines).encode())


NOW = T0.timestamp()
HEAD, TAIL = ["oncall-lag/1"], ["all", 0, 1]
BROKEN: dict[str, bytes] = {
    "empty": b"",
    "not gzip": b"hello",
    "gzip of text": gzip.compress(b"hello"),
    "another format": packed(["oncall-lag/9"], ["all", 0, 0]),
    "JSON of something else": packed({"a": 1}),
    "no end": packed(HEAD, ["run", "g", "t", 0, []]),
    "a line is missing": packed(HEAD, ["all", 0, 1]),
    "offsets are words": packed(HEAD, ["run", "g", "t", 0, [[NOW, NOW, "x", 1, 1, 1]]], TAIL),
    "times are words": packed(HEAD, ["run", "g", "t", 0, [["a", "b", 1, 1, 1, 1]]], TAIL),
    "an unknown line": packed(HEAD, ["else", 1], TAIL),
    "numbers beyond any": packed(HEAD, ["end", "t", 0, [NOW], [10**30]], ["all", 1, 0]),
}


@pytest.mark.parametrize("caption", BROKEN)
def test_a_foreign_file_is_an_empty_history_with_a_reason(caption: str, tmp_path: Path) -> None:
    path = tmp_path / "lag.gz"
    path.write_bytes(BROKEN[caption])
    history, why = load(path, T0)
    assert (history.runs, history.curves) == ({}, {})
    assert why.startswith("lag.gz")


async def test_a_file_torn_anywhere_is_an_empty_history_with_a_reason(tmp_path: Path) -> None:
    history, path = LagHistory(), tmp_path / "lag.gz"
    last = watch(history, 40, rate=3)
    await save(history, path)
    whole = path.read_bytes()
    for length in range(0, len(whole), 7):
        path.write_bytes(whole[:length])
        again, why = load(path, at(last))
        assert (again.runs, bool(why)) == ({}, True), length


async def test_a_directory_that_cannot_be_written_is_an_os_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(OSError, match="file"):
        await save(LagHistory(), tmp_path / "file" / "lag.gz")

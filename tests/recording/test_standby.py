"""Whoever looks at an estate stands by: one records, and nothing of that is silent."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest

from console.estates import open_estate
from console.model import Board
from console.recording import standby
from console.recording.file import Unreadable
from console.recording.opened import RecorderNews, recording_of
from console.recording.recorder import LOCK, RecordedElsewhere, Recorder
from console.recording.recording import Recording
from console.recording.shelf import FOLDER, recordings
from console.recording.standby import RecorderState, Standby, ended
from console.recording.values import DELETED, Gap
from console.recording.waiting import MOST_WAITING
from tests.recording.equal import newest
from tests.recording.shift import TITLE, Ticking, recorder, shift, snapshot

Heard = list[RecorderState]


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(standby, "AGAIN_S", 0.05)


def standing_by(state: Path, now: Ticking) -> tuple[Standby, Heard]:
    heard: Heard = []
    return Standby(lambda: recorder(state, now), heard.append), heard


async def until_recorded(state: Path, board: Board) -> None:
    """The last moment that is on the disk is this one."""
    while not recordings(state) or last(state) != board:
        await asyncio.sleep(0.05)


def last(state: Path) -> Board:
    try:
        recording = newest(state)
    except Unreadable:  # it is being made
        return Board()
    board = recording.board(len(recording) - 1)
    recording.close()
    return board


async def test_the_second_says_who_records_and_goes_on_with_all_that_is_known(
    tmp_path: Path,
) -> None:
    now = Ticking()
    boards = list(shift(1, 40, now))
    first, _ = standing_by(tmp_path, now)
    second, heard = standing_by(tmp_path, now)
    one = asyncio.create_task(first.run())
    for board in boards[:20]:
        first.see(board)
    await until_recorded(tmp_path, boards[19])
    two = asyncio.create_task(second.run())
    for board in boards[:30]:
        second.see(board)
    while not heard:
        await asyncio.sleep(0.01)
    assert heard[0].other.startswith("pid ") and not heard[0].trouble
    assert await ended(one, 10)
    while second.state.other:
        await asyncio.sleep(0.01)
    second.see(boards[39])
    await until_recorded(tmp_path, boards[39])
    assert await ended(two, 10)
    recording = newest(tmp_path)
    assert recording.board(len(recording) - 1) == boards[39]
    assert [gap.why for gap in recording.gaps()] == ["nobody recorded"]
    assert second.state.missed == recording.gaps()[0]


async def test_a_fault_of_ours_is_said_and_the_recorder_begins_anew(tmp_path: Path) -> None:
    """A row that no codec can write: the program goes on, and so does the recording."""
    now = Ticking()
    it, heard = standing_by(tmp_path, now)
    running = asyncio.create_task(it.run())
    bad = replace(snapshot("orders", now.at, Random(1)), part=object())
    it.see(Board().with_(bad))
    while not any("the recorder failed" in one.trouble for one in heard):
        await asyncio.sleep(0.01)
    good = Board().with_(snapshot("orders", now.at, Random(1)))
    it.see(good)
    await until_recorded(tmp_path, good)
    assert await ended(running, 10)
    assert it.state.trouble == ""


async def test_another_one_that_records_nothing_is_said_until_it_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It has the lock, and a full disk, or it hangs: nobody records, and that must be known."""
    monkeypatch.setattr(standby, "QUIET_S", 0.2)
    now = Ticking()
    boards = shift(1, 10_000, now, 0.0)
    other = recorder(tmp_path, now)
    await other.take()
    it, heard = standing_by(tmp_path, now)
    running = asyncio.create_task(it.run())
    while not it.state.trouble:
        it.see(next(boards))
        await asyncio.sleep(0.02)
    assert [one.other[:4] for one in heard[:-1]] == ["pid "], "one that has begun is in no trouble"
    assert heard[-1].trouble.startswith("pid ")
    assert heard[-1].trouble.endswith(" records this estate, but nothing of it comes to the disk")
    while not it.state.other:
        it.see(board := next(boards))
        other.see(board)
        await other.flush()
        await asyncio.sleep(0.02)
    assert not it.state.trouble
    await other.close()
    assert await ended(running, 10)


async def test_that_recording_ended_by_a_fault_of_ours_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody waits for it while a console runs."""
    monkeypatch.setenv("ONCALL_STATE", str(tmp_path))
    (tmp_path / "estate.yaml").write_text("estate: {name: small, title: Small}\n")
    heard: Heard = []

    def tell(standing: RecorderState) -> None:
        heard.append(standing)
        if len(heard) == 1:
            raise BrokenPipeError

    small = await asyncio.to_thread(open_estate, tmp_path)
    (tmp_path / "small").mkdir(exist_ok=True)
    (tmp_path / "small" / FOLDER).write_text("a file where the directory should be")
    async with recording_of(small, tell):
        while len(heard) < 2:
            await asyncio.sleep(0.01)
    assert heard[1].trouble == "the recorder failed (BrokenPipeError: )"
    await small.context.clients.close()


async def test_whose_lock_another_one_took_says_who_records(tmp_path: Path) -> None:
    now = Ticking()
    it, heard = standing_by(tmp_path, now)
    running = asyncio.create_task(it.run())
    board = Board().with_(snapshot("orders", now.at, Random(1)))
    it.see(board)
    await until_recorded(tmp_path, board)
    other = recorder(tmp_path, now)
    while not other.holds:
        (tmp_path / FOLDER / LOCK).unlink()
        with suppress(RecordedElsewhere):  # the first one was quicker: it is its own again
            await other.take()
    while not it.state.other:
        await asyncio.sleep(0.02)
    assert not any("failed" in one.trouble for one in heard)
    await other.close()
    assert await ended(running, 10)


async def test_a_directory_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "recordings").write_text("a file where the directory should be")
    it, heard = standing_by(tmp_path, Ticking())
    running = asyncio.create_task(it.run())
    while not heard:
        await asyncio.sleep(0.01)
    assert heard[0].trouble
    assert "recordings" in heard[0].trouble
    assert await ended(running, 10)


async def test_what_nobody_recorded_since_another_day_is_a_gap_of_the_new_file(
    tmp_path: Path,
) -> None:
    now = Ticking()
    for _ in range(2):
        it = recorder(tmp_path, now)
        for board in shift(1, 3, now):
            it.see(board)
        await it.flush()
        await it.close()
        now.pass_(86_400)
    (_, second) = map(Recording, recordings(tmp_path))
    (gap,) = second.gaps()
    assert (gap.until - gap.since, gap.why) == (86_405_000_000, "nobody recorded")
    assert it.missed == gap


@contextmanager
def told() -> Iterator[tuple[RecorderNews, list[str]]]:
    lines: list[str] = []
    yield RecorderNews(lambda text, bad: lines.append(f"{'! ' if bad else ''}{text}")), lines


GAP = Gap(0, 360_000_000, "nobody recorded")
BACK = Gap(3_600_000_000, 0, "the clock was set back")
FULL = RecorderState("no space left on device")
IDLE = RecorderState("pid 7 (kim) records nothing")


@pytest.mark.parametrize(
    ("standings", "lines"),
    [
        pytest.param([RecorderState(), RecorderState()], [], id="all is well"),
        pytest.param(
            [FULL, FULL, RecorderState()],
            ["! not recorded: no space left on device", "recorded again"],
            id="a trouble begins and ends",
        ),
        pytest.param(
            [RecorderState(other="pid 7 (kim)"), RecorderState()],
            ["recorded by pid 7 (kim); this one goes on when that one ends"],
            id="another one records",
        ),
        pytest.param(
            [RecorderState(missed=GAP), FULL, RecorderState(missed=GAP)],
            [
                "of the 6 min before this start nothing is recorded: nobody recorded",
                "! not recorded: no space left on device",
                "recorded again",
            ],
            id="what was missed is said once",
        ),
        pytest.param(
            [RecorderState(missed=GAP), RecorderState(missed=replace(GAP, why=DELETED))],
            [
                "of the 6 min before this start nothing is recorded: nobody recorded",
                "! the recording was deleted: what it held of the last 6 min is gone, "
                "it begins anew",
            ],
            id="somebody deletes it",
        ),
        pytest.param(
            [RecorderState(deleted="recordings deleted: 2026-03-28"), FULL, RecorderState()],
            [
                "recordings deleted: 2026-03-28",
                "! not recorded: no space left on device",
                "recorded again",
            ],
            id="old ones had to go",
        ),
        pytest.param(
            [RecorderState(), RecorderState(untidy="old"), RecorderState(untidy="old", missed=GAP)],
            [
                "! old",
                "of the 6 min before this start nothing is recorded: nobody recorded",
            ],
            id="old ones cannot go",
        ),
        pytest.param(
            [IDLE, IDLE, RecorderState(other="pid 7 (kim)")],
            [
                "! not recorded: pid 7 (kim) records nothing",
                "recorded by pid 7 (kim); this one goes on when that one ends",
            ],
            id="another one is in trouble",
        ),
        pytest.param(
            [RecorderState(missed=BACK)],
            ["the clock was set back by 60 min"],
            id="a clock set back",
        ),
    ],
)
def test_what_changes_is_said_once(standings: list[RecorderState], lines: list[str]) -> None:
    with told() as (said, heard):
        for one in standings:
            said(one)
    assert heard == lines


async def test_memory_is_bounded_while_the_disk_does_not_answer(tmp_path: Path) -> None:
    """Nobody flushes: a disk that hangs. What is put aside stays little, and the hole is known."""
    now = Ticking()
    it: Recorder = recorder(tmp_path, now)
    for board in shift(1, 2 * MOST_WAITING, now, 1.0):
        it.see(board)
    await it.flush()
    await it.close()
    recording = newest(tmp_path)
    assert len(recording) <= MOST_WAITING
    assert recording.board(len(recording) - 1) == board
    assert {gap.why for gap in recording.gaps()} == {"more was seen than could wait for the disk"}
    assert recording.title == TITLE

"""Several days on one tape: what lies where, what is a hole, and which board is shown."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from functools import partial
from pathlib import Path
from random import Random

import pytest

from console.model import Severity
from console.model.affairs import Affairs
from console.model.past import MoveBy, Past
from console.recording import projector
from console.recording.file import FORMAT, Unreadable, connect
from console.recording.player import Player
from console.recording.projector import Projector
from console.recording.shelf import path_of, recordings
from console.recording.tape import Tape, newest
from tests.recording import nights
from tests.recording.shift import START, Ticking, recorder, shift


def test_a_night_lies_on_its_tape_with_its_hole_its_marks_and_how_bad_it_was(
    tmp_path: Path,
) -> None:
    live = nights.recorded(tmp_path)
    tape = Tape(newest(tmp_path))
    track = tape.track
    assert [*dict.fromkeys(now.real for now in track.instants)] == [at for at, _ in live]
    assert {mark.kind for mark in track.marks} == {"worse", "finding", "act"}
    (seen,) = (mark for mark in track.marks if mark.kind == "finding")
    assert track.now(seen.at).real == live[20][0], "the thirtieth minute, ten are missing"
    assert seen.severity is Severity.CRITICAL
    (hole,) = (hole for hole in track.holes if hole.end - hole.begin > 60)
    assert (hole.end - hole.begin, hole.why) == (11 * 60, "nobody recorded")
    assert track.worst(0, 60) is Severity.OK
    assert track.worst(hole.begin + 60, hole.begin + 120) is None
    assert track.worst(track.end - 60, track.end) is Severity.CRITICAL
    tape.close()


def test_two_days_are_one_tape_and_each_moment_has_the_board_that_was_live(
    tmp_path: Path,
) -> None:
    now, live = Ticking(), []

    async def work() -> None:
        recording = recorder(tmp_path, now)
        for board in shift(3, 600, now, step=30.0):  # five hours, through midnight
            live.append((now.at, board))
            recording.see(board)
        await recording.flush()
        await recording.close()

    asyncio.run(work())
    assert len(recordings(tmp_path)) == 2
    tape = Tape(newest(tmp_path))
    assert len(tape.track.instants) == 600 and tape.track.holes == ()
    assert tape.track.end == pytest.approx(599 * 30.0)
    for index in Random(2).sample(range(600), 50):
        assert (tape.track.instants[index].real, tape.board(index)) == live[index]
    tape.close()


def test_days_of_which_nothing_is_recorded_are_a_hole(tmp_path: Path) -> None:
    now = Ticking()

    async def work() -> None:
        for _ in range(2):
            recording = recorder(tmp_path, now)
            for board in shift(1, 3, now):
                recording.see(board)
            await recording.flush()
            await recording.close()
            now.pass_(timedelta(days=3).total_seconds())

    asyncio.run(work())
    tape = Tape(recordings(tmp_path))
    (hole,) = tape.track.holes
    assert hole.end - hole.begin > timedelta(days=2).total_seconds()
    tape.close()


@pytest.mark.parametrize("seconds", [119.0, 1200.0])
def test_a_recorder_that_stood_still_leaves_a_hole_though_it_says_nothing_of_it(
    tmp_path: Path, seconds: float
) -> None:
    now = Ticking()

    async def work() -> None:
        recording = recorder(tmp_path, now)
        for board in shift(1, 6, now, seconds):
            recording.see(board)
            await recording.flush()
        await recording.close()

    asyncio.run(work())
    tape = Tape(newest(tmp_path))
    holes = [(hole.begin, hole.end, hole.why) for hole in tape.track.holes]
    steps = [(at * seconds, (at + 1) * seconds, "nothing was seen") for at in range(5)]
    assert holes == (steps if seconds > 120 else [])
    assert (tape.track.worst(10, seconds - 10) is None) == bool(holes)
    gaps = tape.recordings[0].gaps()  # as the handover asks for them
    assert [(gap.until - gap.since) / 1e6 for gap in gaps] == [
        end - begin for begin, end, _ in holes
    ]
    tape.close()


def test_what_a_recorder_says_it_missed_is_no_second_hole(tmp_path: Path) -> None:
    nights.recorded(tmp_path)
    tape = Tape(newest(tmp_path))
    assert [hole.why for hole in tape.track.holes] == ["nobody recorded"]
    tape.close()


def test_an_older_file_that_cannot_be_read_is_left_out_and_said(tmp_path: Path) -> None:
    nights.recorded(tmp_path)
    (path,) = recordings(tmp_path)
    day = date.fromisoformat(path.stem) - timedelta(days=1)
    older = path_of(tmp_path, day)
    older.write_bytes(b"nothing of ours, but long enough to be looked at" * 50)
    tape = Tape(newest(tmp_path))
    assert len(tape.recordings) == 1 and str(older) in tape.left_out[0]
    tape.close()
    with pytest.raises(Unreadable, match=str(older)):
        Tape([older])


def later(path: Path) -> None:
    """A later program's, begun before it was rolled back."""
    with sqlite3.connect(path) as file:
        file.execute(f"pragma user_version = {FORMAT + 1}")
        file.execute("create table frame (what text)")
    file.close()


def without_an_instant(path: Path) -> None:
    """It was made, and the disk was full."""
    connect(path, new=True).close()


@pytest.mark.parametrize("make", [Path.touch, without_an_instant, later])
def test_a_newest_file_that_cannot_be_read_takes_no_night_along(
    tmp_path: Path, make: Callable[[Path], object]
) -> None:
    live = nights.recorded(tmp_path)
    (path,) = recordings(tmp_path)
    newer = path.with_stem(f"{path.stem}-2")
    make(newer)
    tape = Tape(newest(tmp_path))
    assert tape.board(len(tape.track.instants) - 1) == live[-1][1]
    assert str(newer) in tape.left_out[0]
    tape.close()


@pytest.mark.parametrize("delete", [False, True], ids=["midnight", "deleted"])
async def test_a_tape_goes_on_in_the_next_file(tmp_path: Path, delete: bool) -> None:
    now, live = Ticking(START.replace(hour=22, minute=50)), []  # ten to midnight in Paris
    it = recorder(tmp_path, now)

    async def see(seconds: float) -> None:
        for board in shift(1, 3, now, seconds):
            live.append(board)
            it.see(board)
        await it.flush()

    await see(5)
    tape = Tape(newest(tmp_path), partial(newest, tmp_path))
    begin = tape.track.tape
    if delete:
        for path in recordings(tmp_path)[0].parent.glob("*.sqlite*"):
            path.unlink()
    await see(5 if delete else 600)
    assert tape.grown() and not tape.grown()
    await it.close()
    assert tape.track.tape[:3] == begin
    assert [tape.board(index) for index in range(6)] == live
    assert tape.left_out == []
    tape.close()


async def test_a_fault_while_a_tape_grows_is_said_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(projector, "GROW_S", 0.01)
    await asyncio.to_thread(nights.recorded, tmp_path)
    looked: list[int] = []

    def more() -> Sequence[Path]:
        looked.append(1)
        raise Unreadable("the disk is gone")

    tape, audience = Tape(newest(tmp_path), more), Audience()
    showing = asyncio.create_task(
        Projector(tape, Player(tape.track), audience, settled, lambda: tape.track.now(0)).run()
    )
    while len(looked) < 3:
        await asyncio.sleep(0.01)
    showing.cancel()
    await asyncio.wait([showing])
    assert audience.said == ["what is recorded meanwhile cannot be read: the disk is gone"]


async def test_a_step_is_shown_before_it_is_looked_for_what_was_recorded_meanwhile(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await asyncio.to_thread(nights.recorded, tmp_path)
    order: list[str] = []

    def more() -> Sequence[Path]:
        order.append("looked")
        return []

    tape, audience = Tape(newest(tmp_path), more), Audience()
    showed = Projector(tape, Player(tape.track), audience, settled, lambda: tape.track.now(0))
    showing = asyncio.create_task(showed.run())
    await audience.came.wait()
    monkeypatch.setattr(projector, "GROW_S", 0.0)
    audience.behold = lambda *shown: order.append("shown")  # type: ignore[method-assign]
    showed.want(MoveBy(60))
    while "looked" not in order:
        await asyncio.sleep(0.01)
    showing.cancel()
    await asyncio.wait([showing])
    assert order[:2] == ["shown", "looked"]


async def test_what_was_recorded_meanwhile_is_shown_without_a_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(projector, "GROW_S", 0.01)
    now = Ticking()
    it = recorder(tmp_path, now)

    async def see() -> None:
        for board in shift(1, 3, now):
            it.see(board)
        await it.flush()

    await see()
    tape, audience = Tape(newest(tmp_path)), Audience()
    player = Player(tape.track)
    showing = asyncio.create_task(
        Projector(tape, player, audience, settled, lambda: tape.track.now(0)).run()
    )
    await audience.came.wait()
    await see()
    while audience.seen[-1].track.end == player.track.end:
        await asyncio.sleep(0.01)
    showing.cancel()
    await asyncio.wait([showing])
    await it.close()


def test_where_nothing_is_recorded_it_says_so(tmp_path: Path) -> None:
    with pytest.raises(Unreadable, match="nothing is recorded yet"):
        newest(tmp_path)


async def settled(at: datetime) -> Affairs:
    """Nothing was ever done."""
    return nights.AFFAIRS


class Audience:
    """Sees what is shown."""

    def __init__(self) -> None:
        self.seen: list[Past] = []
        self.said: list[str] = []
        self.came = asyncio.Event()

    def behold(self, past: Past, board: object, affairs: object) -> None:
        self.seen.append(past)
        self.came.set()

    def compared(self, changes: object) -> None:
        raise AssertionError("nobody asked")

    def say(self, text: str, bad: bool = False) -> None:
        self.said.append(text)
        self.came.set()


async def test_a_recording_that_is_lost_while_it_is_shown_is_said_and_shown_as_nothing(
    tmp_path: Path,
) -> None:
    await asyncio.to_thread(nights.recorded, tmp_path)
    tape, audience = Tape(newest(tmp_path)), Audience()
    tape.recordings[0].close()
    projector = Projector(tape, Player(tape.track), audience, settled, lambda: tape.track.now(0))
    showing = asyncio.create_task(projector.run())
    await audience.came.wait()
    showing.cancel()
    await asyncio.wait([showing])
    assert audience.said[0].startswith("this moment cannot be read, so nothing is shown")

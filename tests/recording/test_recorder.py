"""What was live is what is read, whatever happened to the recorder, the disk and the clock."""

from __future__ import annotations

import asyncio
import os
import resource
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Coroutine
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest

from console.journal import Journal
from console.model import Board
from console.recording.file import FORMAT, Unreadable
from console.recording.recorder import RecordedElsewhere, Recorder
from console.recording.recording import Recording
from console.recording.shelf import Keep, recordings
from console.recording.values import micros
from console.recording.waiting import MOST_WAITING
from tests.recording.shift import START, Ticking, recorder, shift, snapshot


def live(test: Coroutine[Any, Any, None]) -> None:
    asyncio.run(test)


async def end(recorder: Recorder) -> None:
    await recorder.flush()
    assert recorder.trouble == ""
    await recorder.close()


def test_the_board_of_any_moment_is_the_one_that_was_live(tmp_path: Path) -> None:
    now, boards = Ticking(), []

    async def work() -> None:
        recording = recorder(tmp_path, now)
        for number, board in enumerate(shift(1, 600, now)):
            boards.append((now.at, board))
            recording.see(board)
            if number % 7 == 0:
                await recording.flush()
        await end(recording)

    live(work())
    (path,) = recordings(tmp_path)
    recording = Recording(path)
    assert len(recording) == 600
    for index in Random(2).sample(range(600), 200):
        assert (recording.now(index).real, recording.board(index)) == boards[index]
    assert recording.gaps() == []


def test_a_new_day_is_a_file_that_stands_alone(tmp_path: Path) -> None:
    now, boards = Ticking(START.replace(hour=22, minute=50)), []  # ten to midnight in Paris

    async def work() -> None:
        recording = recorder(tmp_path, now)
        for board in shift(1, 300, now):
            boards.append(board)
            recording.see(board)
        await end(recording)

    live(work())
    before, after = map(Recording, recordings(tmp_path))
    assert (before.path.stem, after.path.stem) == ("2026-03-28", "2026-03-29")
    assert len(before) + len(after) == 300
    assert after.board(0) == boards[len(before)]
    assert after.board(len(after) - 1) == boards[-1]


def test_a_recorder_that_begins_again_says_for_how_long_nobody_recorded(tmp_path: Path) -> None:
    now, boards = Ticking(), []

    async def work() -> None:
        for seed in (1, 2):
            recording = recorder(tmp_path, now)
            for board in shift(seed, 20, now):
                boards.append(board)
                recording.see(board)
            await end(recording)
            now.pass_(600)

    live(work())
    recording = Recording(recordings(tmp_path)[0])
    (gap,) = recording.gaps()
    assert (gap.until - gap.since, gap.why) == (605_000_000, "nobody recorded")
    # what the first one saw is not carried into the second
    assert [recording.board(index) for index in range(40)] == boards


def test_a_clock_set_back_is_said_and_nothing_is_lost(tmp_path: Path) -> None:
    now, boards = Ticking(), []

    async def work() -> None:
        recording = recorder(tmp_path, now)
        for number, board in enumerate(shift(1, 60, now)):
            boards.append(board)
            recording.see(board)
            if number == 30:
                now.pass_(-3600)
        await end(recording)

    live(work())
    recording = Recording(recordings(tmp_path)[0])
    (gap,) = recording.gaps()
    assert (gap.until - gap.since, gap.why) == (-3_595_000_000, "the clock was set back")
    assert [recording.board(index) for index in range(60)] == boards


def test_only_one_records_an_estate(tmp_path: Path) -> None:
    async def work() -> None:
        first, second = recorder(tmp_path, Ticking()), recorder(tmp_path, Ticking())
        running = asyncio.create_task(first.run())
        while not first.holds:
            await asyncio.sleep(0.01)
        with pytest.raises(RecordedElsewhere, match=rf"pid {os.getpid()} \("):
            await second.run()
        running.cancel()
        await asyncio.wait([running])
        third = asyncio.create_task(second.run())
        while not second.holds:
            await asyncio.sleep(0.01)
        third.cancel()
        await asyncio.wait([third])

    live(work())


def test_the_journal_of_the_day_is_recorded_line_by_line_once(tmp_path: Path) -> None:
    now = Ticking(datetime.now(START.tzinfo))
    journal = Journal(tmp_path / "journal.jsonl")

    async def work() -> None:
        recording = recorder(tmp_path, now)
        recording.see(Board())
        journal.append("note", text="one")
        for board in shift(1, 3, now):
            recording.see(board)
            await recording.flush()
        journal.append("note", text="two")
        await end(recording)
        again = recorder(tmp_path, now)
        again.see(Board().with_(snapshot("orders", now.at, Random(1))))
        await end(again)

    live(work())
    recording = Recording(recordings(tmp_path)[-1])
    assert [entry for _, entry in recording.entries()] == list(journal.entries())


def test_old_recordings_go_first_and_todays_never(tmp_path: Path) -> None:
    now = Ticking()

    async def day(keep: Keep) -> None:
        recording = recorder(tmp_path, now, keep)
        for board in shift(1, 200, now, 1.0):
            recording.see(board)
        await end(recording)
        now.pass_(86_400)

    for _ in range(4):
        live(day(Keep()))
    assert recordings(tmp_path)[0].stem == "2026-03-28"
    live(day(Keep(days=2)))
    assert [path.stem for path in recordings(tmp_path)] == [
        "2026-03-30",
        "2026-03-31",
        "2026-04-01",
    ]


WRITTEN = "written"
KILLED = f"""
WRITTEN = {WRITTEN!r}
import asyncio, sys
from pathlib import Path
from tests.recording.shift import Ticking, recorder, shift
from console.clock import real_now

async def main():
    now = Ticking(real_now())
    recording = recorder(Path(sys.argv[1]), now)
    flush = recording.flush

    async def told():
        seen = now.at
        await flush()
        print(WRITTEN, seen.isoformat(), flush=True)

    recording.flush = told
    running = asyncio.create_task(recording.run())
    for board in shift(1, 100_000, now, 0.01):
        recording.see(board)
        print(now.at.isoformat(), flush=True)
        await asyncio.sleep(0.01)

asyncio.run(main())
"""


@pytest.mark.parametrize("after_s", [2.0, 2.5, 3.1])
def test_a_killed_recorder_loses_nothing_that_was_written(tmp_path: Path, after_s: float) -> None:
    """SIGKILL at any moment: the file is whole, up to the last second's writing at least."""
    command = [sys.executable, "-c", KILLED, str(tmp_path)]
    seen: list[datetime] = []
    written: list[datetime] = []

    def heard(line: str) -> None:
        told = written if line.startswith(WRITTEN) else seen
        told.append(datetime.fromisoformat(line.split()[-1]))

    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        while not written or (seen[-1] - seen[0]).total_seconds() < after_s:
            heard(child.stdout.readline())
        child.send_signal(signal.SIGKILL)
        for line in child.stdout:
            if line.endswith("\n"):
                heard(line)
    recording = Recording(recordings(tmp_path)[0])
    last = recording.now(len(recording) - 1).real
    assert seen[len(recording) - 1] == last >= written[-1]
    now = Ticking(seen[0] - timedelta(seconds=0.01))
    boards = list(shift(1, len(recording), now, 0.01))
    assert now.at == last
    assert [recording.board(index) for index in (0, len(recording) - 1)] == [boards[0], boards[-1]]


@pytest.fixture
def small_disk() -> Any:
    """Files of this process cannot grow beyond 60 kB, until the test lets them."""
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    old = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, hard))
    yield lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
    resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
    signal.signal(signal.SIGXFSZ, old)


def test_a_full_disk_is_said_and_what_waits_is_written_when_there_is_room(
    tmp_path: Path, small_disk: Any
) -> None:
    now, boards = Ticking(), []

    async def work() -> None:
        recording = recorder(tmp_path, now)
        for number, board in enumerate(shift(1, 400, now)):
            boards.append(board)
            recording.see(board)
            if number % 10 == 0:
                await recording.flush()
        assert recording.trouble
        small_disk()
        await end(recording)

    live(work())
    recording = Recording(recordings(tmp_path)[0])
    assert recording.gaps() == []
    assert [recording.board(index) for index in range(400)] == boards


def test_a_disk_full_for_long_leaves_a_hole_that_is_written_down(
    tmp_path: Path, small_disk: Any
) -> None:
    now, boards = Ticking(), []

    async def work() -> None:
        recording = recorder(tmp_path, now)
        for number, board in enumerate(shift(1, MOST_WAITING + 1_000, now, 1.0)):
            boards.append((now.at, board))
            recording.see(board)
            if number % 50 == 0:
                await recording.flush()
        assert recording.trouble
        small_disk()
        await end(recording)

    live(work())
    recording = Recording(recordings(tmp_path)[0])
    gaps = recording.gaps()
    assert gaps and {gap.why for gap in gaps} == {"more was seen than could wait for the disk"}
    known = dict(boards)
    for index in range(len(recording)):
        assert recording.board(index) == known[recording.now(index).real]
    assert recording.now(len(recording) - 1).real == boards[-1][0]
    holes = [(gap.since, gap.until) for gap in gaps]
    told = {recording.now(index).real for index in range(len(recording))}
    lost = [micros(at) for at, _ in boards if at not in told]
    assert lost and all(any(a <= at <= b for a, b in holes) for at in lost)


def test_a_day_larger_than_may_be_kept_stops_and_says_so(tmp_path: Path) -> None:
    now = Ticking()

    async def work() -> None:
        recording = recorder(tmp_path, now, Keep(megabytes=0))
        for board in shift(1, 20, now):
            recording.see(board)
        await recording.flush()  # there was nothing yet
        assert recording.trouble == ""
        await recording.close()
        recording = recorder(tmp_path, now, Keep(megabytes=0))
        for board in shift(1, 20, now):
            recording.see(board)
        await recording.flush()
        assert recording.trouble == (
            "the recording of today alone is larger than 0 MB (recording.megabytes)"
        )
        await recording.close()

    live(work())


@pytest.mark.parametrize("version", [0, FORMAT - 1, FORMAT + 1])
def test_a_recording_of_another_format_is_refused(tmp_path: Path, version: int) -> None:
    path = tmp_path / "recordings" / "2026-03-28.sqlite"
    path.parent.mkdir()
    with sqlite3.connect(path) as file:
        file.execute("create table frame (what text)")
        file.execute(f"pragma user_version = {version}")
    file.close()
    with pytest.raises(Unreadable, match=r"update this one|no recording of this program"):
        Recording(path)


@pytest.mark.parametrize("content", [b"", b"not a database at all, but a text of some length" * 40])
def test_what_is_no_recording_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "shift.sqlite"
    path.write_bytes(content)
    with pytest.raises(Unreadable, match=str(path)):
        Recording(path)
    with pytest.raises(Unreadable, match="no-such-file"):
        Recording(tmp_path / "no-such-file")


def test_a_recording_is_as_private_as_its_directory(tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    now = Ticking()

    async def work() -> None:
        recording = recorder(tmp_path, now)
        recording.see(Board().with_(snapshot("orders", now.at, Random(1))))
        await recording.flush()
        files = list((tmp_path / "recordings").iterdir())
        assert {file.stat().st_mode & 0o777 for file in files} == {0o600}
        assert len(files) == 4  # with what SQLite keeps beside it while it is open, and the lock
        await recording.close()

    live(work())

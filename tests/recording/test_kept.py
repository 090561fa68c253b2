"""What is recorded stays: over deleted files and locks, clocks that jump, and other versions."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
from datetime import date
from pathlib import Path
from random import Random

import pytest

from console.journal import Journal
from console.model import Board
from console.recording.file import FORMAT
from console.recording.recorder import LOCK, RecordedElsewhere
from console.recording.recording import Recording
from console.recording.shelf import FOLDER, SUFFIX, Keep, of_day, path_of, recordings, tidy
from console.recording.tape import Tape, newest
from console.recording.values import DELETED, micros, missed_words
from tests.recording.shift import START, Ticking, recorder, shift, snapshot

FIVE_YEARS = 5 * 365 * 86_400


def delete_the_file(path: Path) -> None:
    for one in [*path.parent.glob(f"{path.name}*")]:
        one.unlink()


def delete_all(path: Path) -> None:
    shutil.rmtree(path.parent)


def delete_what_is_not_merged(path: Path) -> None:
    path.with_name(f"{path.name}-wal").unlink()


@pytest.mark.parametrize("delete", [delete_the_file, delete_all])
async def test_a_recording_that_somebody_deletes_begins_anew_and_says_what_is_gone(
    tmp_path: Path, delete: object
) -> None:
    now = Ticking()
    it, boards = recorder(tmp_path, now), []
    journal = Journal(tmp_path / "journal.jsonl", now=now)
    journal.append("note", text="before")
    for board in shift(1, 20, now):
        if len(boards) == 10:
            await it.flush()
            (path,) = recordings(tmp_path)
            delete(path)  # type: ignore[operator]
        boards.append(board)
        it.see(board)
    await it.flush()
    assert it.trouble == "" and it.holds
    await it.flush()
    await it.close()
    assert not list(path.parent.glob("*-wal")), "it is merged, and nothing of another file is"
    recording = Recording(path)
    told = [recording.board(index) for index in range(len(recording))]
    assert told[:10] == boards[10:] and told[-1] == boards[-1]
    (gap,) = recording.gaps()
    assert gap.since == micros(START) + 5_000_000 and gap.why == DELETED
    assert it.missed == gap
    assert missed_words(gap).startswith("the recording was deleted: what it held of the last 50 s")
    assert [entry.data["text"] for _, entry in recording.entries()] == ["before"]
    recording.close()


async def test_what_is_not_merged_yet_is_deleted_and_the_rest_goes_on(tmp_path: Path) -> None:
    now = Ticking()
    it, boards = recorder(tmp_path, now), []
    for board in shift(1, 20, now):
        if len(boards) == 10:
            await it.flush()
            delete_what_is_not_merged(recordings(tmp_path)[0])
        boards.append(board)
        it.see(board)
    await it.flush()
    assert it.trouble == ""
    await it.close()
    (path,) = recordings(tmp_path)
    recording = Recording(path)
    assert recording.board(len(recording) - 1) == boards[-1]
    assert [gap.why for gap in recording.gaps()] == [DELETED]
    recording.close()


async def test_who_loses_its_lock_to_another_one_ends_and_says_who(tmp_path: Path) -> None:
    now = Ticking()
    first, second = recorder(tmp_path, now), recorder(tmp_path, now)
    running = asyncio.create_task(first.run())
    while not first.holds:
        await asyncio.sleep(0.01)
    first.see(Board().with_(snapshot("orders", now.at, Random(1))))
    while not second.holds:
        (tmp_path / FOLDER / LOCK).unlink()
        try:
            await second.take()
        except RecordedElsewhere:  # the first one was quicker: it is its own again
            continue
    with pytest.raises(RecordedElsewhere, match="pid "):
        await asyncio.wait_for(running, 60)
    assert second.holds
    await second.close()


async def test_who_lost_its_lock_to_nobody_takes_it_again(tmp_path: Path) -> None:
    it = recorder(tmp_path, Ticking())
    await it.take()
    (tmp_path / FOLDER / LOCK).unlink()
    assert not it.holds
    await it.flush()
    assert it.holds
    await it.close()


async def test_a_clock_set_far_ahead_takes_no_recording_and_back_it_goes_on(tmp_path: Path) -> None:
    now = Ticking()

    async def day() -> None:
        it = recorder(tmp_path, now, Keep(days=5))
        for board in shift(1, 3, now, 1.0):
            it.see(board)
        await it.flush()
        assert it.trouble == "" and it.deleted == ""
        await it.close()
        now.pass_(86_400)

    for _ in range(3):
        await day()
    now.pass_(FIVE_YEARS)
    await day()
    await day()
    now.pass_(-FIVE_YEARS)
    await day()
    years = [path.stem[:4] for path in recordings(tmp_path)]
    assert years == ["2026"] * 4 + ["2031"] * 2
    days = [path.stem for path in newest(tmp_path, now.at.date())]
    assert days == ["2026-04-02"], "what is yet to come is of the clock that was wrong"


@pytest.mark.parametrize(
    ("caption", "known", "today", "days", "left"),
    [
        ("day by day", "03-28 03-29 03-30", "2026-03-31", 2, "03-29 03-30"),
        ("the clock set ahead", "03-28 03-29 03-30", "2031-01-01", 3, "03-28 03-29 03-30"),
        ("after a long holiday", "03-01 03-02", "2026-05-01", 3, "03-01 03-02"),
        ("some days after it", "03-01 03-02 05-01 05-02", "2026-05-03", 3, "03-02 05-01 05-02"),
        ("once a week", "03-01 03-08 03-15", "2026-03-22", 10, "03-15"),
        ("the clock set back", "03-28 03-30", "2026-03-29", 5, "03-28 03-30"),
        ("today is not deleted", "03-31", "2026-03-31", 0, "03-31"),
        ("files of a day", "03-26 03-26-2 03-28 03-30", "2026-03-30", 2, "03-28 03-30"),
    ],
)
def test_what_is_too_old_is_deleted_and_said(
    tmp_path: Path, caption: str, known: str, today: str, days: int, left: str
) -> None:
    (tmp_path / FOLDER).mkdir()
    for one in known.split():
        (tmp_path / FOLDER / f"2026-{one}{SUFFIX}").touch()
    _, said = tidy(tmp_path, date.fromisoformat(today), Keep(days=days))
    assert [path.stem.removeprefix("2026-") for path in recordings(tmp_path)] == left.split()
    gone = [one for one in known.split() if one not in left.split()]
    assert bool(said) == bool(gone) and all(f"2026-{one}" in said for one in gone[:1]), caption


async def test_a_recorder_says_which_recordings_it_deleted(tmp_path: Path) -> None:
    now = Ticking()
    for days in range(4):
        it = recorder(tmp_path, now, Keep(days=1))
        it.see(Board().with_(snapshot("orders", now.at, Random(days))))
        await it.flush()
        await it.close()
        now.pass_(86_400)
    assert it.deleted == (
        "recordings deleted: 2026-03-29; kept is what the configuration says "
        "(recording.days: 1, recording.megabytes: 2000)"
    )


async def test_what_cannot_be_deleted_or_read_is_said_and_stops_no_board(tmp_path: Path) -> None:
    now = Ticking()
    old, journal = path_of(tmp_path, date(2026, 1, 1)), tmp_path / "journal.jsonl"
    old.mkdir(parents=True)  # nobody can unlink it
    journal.mkdir()
    it = recorder(tmp_path, now, Keep(days=1, megabytes=0))
    it.see(board := Board().with_(snapshot("orders", now.at, Random(1))))
    await it.flush()
    await it.flush()
    assert it.trouble == f"the journal: Is a directory: {journal}"
    assert it.untidy.startswith("old recordings cannot be deleted: Is a directory: ")
    assert str(old) in it.untidy
    recording = Recording(path_of(tmp_path, START.date()))
    assert recording.board(0) == board
    recording.close()
    journal.rmdir()
    await it.flush()
    assert it.trouble == ""
    await it.close()


@pytest.mark.parametrize("what", ["0", str(FORMAT - 1), str(FORMAT + 1), "no database"])
async def test_a_file_of_another_version_is_left_as_it_is_and_the_day_goes_on_in_the_next(
    tmp_path: Path, what: str
) -> None:
    path = path_of(tmp_path, START.date())
    path.parent.mkdir()
    if what.isdigit():
        with sqlite3.connect(path) as file:
            file.execute("create table frame (what text)")
            file.execute(f"pragma user_version = {what}")
        file.close()
    else:
        path.write_bytes(b"not a database at all, but a text of some length" * 40)
    before, now = path.read_bytes(), Ticking()
    for seed in (1, 2):
        it = recorder(tmp_path, now)
        it.see(board := Board().with_(snapshot("orders", now.at, Random(seed))))
        await it.flush()
        assert it.trouble == ""
        await it.close()
        now.pass_(60)
    assert path.read_bytes() == before
    assert of_day(tmp_path, START.date()) == [path, path_of(tmp_path, START.date(), 2)]
    tape = Tape(newest(tmp_path))
    assert tape.board(len(tape.track.instants) - 1) == board
    assert len(tape.track.instants) == 2 and str(path) in tape.left_out[0]
    tape.close()


@pytest.mark.parametrize(
    ("caption", "known", "found"),
    [
        ("the day before", "03-28 03-29 03-30", "03-29 03-30"),
        ("not one of long ago", "03-20 03-30", "03-30"),
        ("all of a day", "03-29 03-30 03-30-2", "03-29 03-30 03-30-2"),
        ("tomorrow, where the estate is", "03-30 04-01", "04-01"),
        ("not a day yet to come", "03-30 03-31 04-09", "03-30 03-31"),
        ("unless there is no other", "04-09", "04-09"),
    ],
)
def test_the_newest_day_and_the_one_before_it_are_looked_back_at(
    tmp_path: Path, caption: str, known: str, found: str
) -> None:
    (tmp_path / FOLDER).mkdir()
    for one in known.split():
        (tmp_path / FOLDER / f"2026-{one}{SUFFIX}").touch()
    days = [path.stem.removeprefix("2026-") for path in newest(tmp_path, date(2026, 3, 31))]
    assert days == found.split(), caption

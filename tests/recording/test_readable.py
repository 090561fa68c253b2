"""What is read of a recording that is damaged, grows, or went through a clock set back."""

from __future__ import annotations

import gc
import sqlite3
from datetime import timedelta
from pathlib import Path

import pytest
from zstandard import ZstdCompressor

from console.journal import Journal
from console.model import Entry, Severity
from console.recording.chronicle import SEEN
from console.recording.codec import UNREADABLE
from console.recording.file import Unreadable
from console.recording.ill import ill
from console.recording.recorder import Recorder
from console.recording.recording import LOST
from console.recording.shelf import recordings
from console.recording.tape import Tape
from tests.recording import nights
from tests.recording.shift import TITLE, Ticking, shift

SOURCE = "canaries"
TORN = b"\x00"
UNFIT = ZstdCompressor().compress(b'{"source": 7}\n[]')
UNFIT_FINDINGS = ZstdCompressor().compress(b'[{"case": 7}]')


def rewritten(path: Path, source: str, body: bytes | str) -> None:
    """Every frame of a source is this one."""
    with sqlite3.connect(path) as file:
        told = "update frame set body = ?, whole = instant where stream in"
        file.execute(f"{told} (select id from stream where source = ?)", (body, source))
    file.close()


@pytest.mark.parametrize(
    ("body", "why"),
    [
        pytest.param(TORN, "this part of the recording is damaged: ", id="torn"),
        pytest.param("text", "this part of the recording is damaged: ", id="no bytes"),
        pytest.param(UNFIT, UNREADABLE, id="no longer fits"),
    ],
)
def test_a_part_that_cannot_be_read_is_said_and_the_others_are_shown(
    tmp_path: Path, body: bytes | str, why: str
) -> None:
    live = nights.recorded(tmp_path)
    (path,) = recordings(tmp_path)
    rewritten(path, SOURCE, body)
    tape = Tape([path])
    index = len(tape.track.instants) - 1
    board, was = tape.board(index), live[-1][1]
    assert list(board.snapshots) == list(was.snapshots)
    for key, part in board.snapshots.items():
        if key[0] == SOURCE:
            assert part.trouble is not None and part.trouble.message.startswith(why)
            assert part.trouble.since == tape.track.instants[index].real and part.rows == ()
        else:
            assert part == was.snapshots[key]
    assert board.findings == was.findings
    whole = tape.track.instants
    if body == TORN:
        with pytest.raises(Unreadable, match=rf"{path}: it is damaged: "):
            tape.recordings[0].check(index)
    assert [*ill(path, whole[0].real, whole[index].real)], "the handover tells of the others"
    tape.close()


def test_a_frame_whose_whole_one_is_gone_is_a_part_that_cannot_be_read(tmp_path: Path) -> None:
    """In the board and in the worst of the shift."""
    nights.recorded(tmp_path)
    (path,) = recordings(tmp_path)
    with sqlite3.connect(path) as file:
        leaning = "select distinct stream, whole from frame where whole < instant"
        gone = file.execute(leaning).fetchall()
        file.executemany("delete from frame where stream = ? and instant = ?", gone)
    file.close()
    assert gone
    tape = Tape([path])
    first, last = tape.track.instants[0].real, tape.track.instants[-1].real
    board = tape.board(len(tape.track.instants) - 1)
    told = [part for _, part in ill(path, first, last)]
    for parts in (board.snapshots.values(), told):
        troubles = [part.trouble.message for part in parts if part.trouble is not None]
        assert any(one.startswith("this part of the recording is damaged") for one in troubles)
    tape.close()


@pytest.mark.parametrize("body", [TORN, UNFIT_FINDINGS])
def test_findings_that_cannot_be_read_never_look_as_if_all_were_well(
    tmp_path: Path, body: bytes
) -> None:
    live = nights.recorded(tmp_path)
    (path,) = recordings(tmp_path)
    rewritten(path, "findings", body)
    tape = Tape([path])
    board = tape.board(len(tape.track.instants) - 1)
    assert board.snapshots == live[-1][1].snapshots
    (found,) = board.findings
    assert (found.title, found.severity) == (LOST, Severity.UNKNOWN)
    tape.close()


async def at_work(state: Path, now: Ticking, count: int) -> None:
    """A recorder that begins, sees some boards and ends."""
    it = Recorder(state, TITLE, nights.Wound(hand=now), state / "journal.jsonl", now=now)
    for board in shift(1, count, now):
        it.see(board)
    await it.flush()
    assert it.trouble == ""
    await it.close()


async def test_after_a_clock_set_back_each_hole_lies_where_nobody_recorded(tmp_path: Path) -> None:
    now = Ticking()
    await at_work(tmp_path, now, 20)
    now.pass_(600)
    await at_work(tmp_path, now, 20)
    now.pass_(-3600)
    await at_work(tmp_path, now, 20)
    tape = Tape(recordings(tmp_path))
    track = tape.track
    holes = [(hole.begin, hole.end, hole.why) for hole in track.holes]
    assert holes[0] == (track.tape[19], track.tape[20], "nobody recorded")
    assert holes[0][1] - holes[0][0] == pytest.approx(605)
    assert [why for _, _, why in holes] == ["nobody recorded", "the clock was set back"]
    assert holes[1][:2] == (track.tape[39], track.tape[40])
    assert track.worst(track.end - 10, track.end) is not None
    for index, moment in enumerate(track.instants):
        assert track.at(moment.estate) == pytest.approx(track.tape[index])
    tape.close()


async def test_what_the_clock_said_twice_is_found_where_it_was_said_last(tmp_path: Path) -> None:
    now = Ticking()
    await at_work(tmp_path, now, 20)  # 0 to 95 s after the first
    now.pass_(-52.5)
    await at_work(tmp_path, now, 5)  # 47.5 to 67.5 s, and that is all
    tape = Tape(recordings(tmp_path))
    track = tape.track
    first = track.instants[0].estate

    def shown(seconds: float) -> int:
        """Which instant is shown for a time so many seconds after the first."""
        return track.index(track.at(first + timedelta(seconds=seconds)))

    assert [shown(one) for one in (11, 41)] == [2, 8]
    assert shown(58) == 22, "said twice: the last time"
    assert shown(86) == 17, "said once"
    assert shown(1000) == 24, "never yet: the end"
    tape.close()


async def test_what_is_written_while_it_is_read_is_left_for_the_next_look(tmp_path: Path) -> None:
    now = Ticking()
    journal = Journal(tmp_path / "journal.jsonl", now=now)
    journal.append("note", text="one")
    await at_work(tmp_path, now, 20)
    tape = Tape(recordings(tmp_path), lines=True)
    (one,) = tape.recordings
    count = len(one)
    now.pass_(600)
    journal.append("note", text="two")
    await at_work(tmp_path, now, 20)
    assert [entry.data["text"] for _, entry in one.entries()] == ["one"]
    known = [index for index, _, _ in one.severities()]
    known += one.sittings() + [index for index, _ in one.missing()]
    assert max(known) < count == len(one)
    assert tape.grown()
    assert [entry.data["text"] for entry in tape.entries] == ["one", "two"]
    assert tape.board(len(tape.track.instants) - 1).snapshots
    assert [hole.why for hole in tape.track.holes] == ["nobody recorded"]
    tape.close()


async def test_as_a_tape_grows_only_what_is_new_is_read(tmp_path: Path) -> None:
    """A shift has 20,000 lines, and whoever looks back waits for each look at them."""
    now = Ticking()
    journal = Journal(tmp_path / "journal.jsonl", now=now)
    journal.append("finding.seen", severity="warning")
    await at_work(tmp_path, now, 20)
    (path,) = recordings(tmp_path)
    tape = Tape([path], lines=True)
    with sqlite3.connect(path) as file:
        file.execute("update entry set line = 'not to be read again'")
    file.close()
    now.pass_(5)
    journal.append("finding.seen", severity="critical")
    await at_work(tmp_path, now, 20)
    assert tape.grown()
    assert [entry.data["severity"] for entry in tape.entries] == ["warning", "critical"]
    marks = [(mark.severity, mark.at) for mark in tape.track.marks if mark.kind == "finding"]
    seen = (Severity.WARNING, tape.track.tape[20]), (Severity.CRITICAL, tape.track.end)
    assert marks == [*seen]
    tape.close()


async def test_whoever_has_the_journal_keeps_no_second_one(tmp_path: Path) -> None:
    """The collector of garbage looks at every line, and the screen waits for it."""
    now = Ticking()
    journal = Journal(tmp_path / "journal.jsonl", now=now)
    for number in range(50):
        journal.append("finding.seen", title=f"{tmp_path} {number}")
    await at_work(tmp_path, now, 3)
    tape = Tape(recordings(tmp_path))
    assert sum(mark.kind == "finding" for mark in tape.track.marks) == 50
    every = [one for one in gc.get_objects() if isinstance(one, Entry) and one.kind == SEEN]
    kept = [one for one in every if str(tmp_path) in one.data.get("title", "")]
    assert kept == [] and tape.entries == ()
    tape.close()

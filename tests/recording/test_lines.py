"""Which lines of the journal stand in which day's file."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from random import Random

import pytest

from console.journal import Journal
from console.model import Board, Kind
from console.recording.recorder import Recorder
from console.recording.recording import Recording
from console.recording.shelf import recordings
from console.recording.tape import Tape, newest
from tests.recording.shift import START, Ticking, recorder, snapshot

MIDNIGHT = START.replace(hour=23)
"""In Paris, on the clock of all."""


class Night:
    """A recorder and a journal on one clock."""

    def __init__(self, state: Path, before: float) -> None:
        self.state = state
        self.now = Ticking(MIDNIGHT - timedelta(seconds=before))
        self.journal = Journal(state / "journal.jsonl", now=self.now)
        self.recorder: Recorder = recorder(state, self.now)

    async def pass_(self, seconds: float) -> None:
        """Time goes by, something is seen, and it is written."""
        self.now.pass_(seconds)
        seen = snapshot("orders", self.now.at, Random(1))
        self.recorder.see(Board().with_(seen))
        await self.recorder.flush()
        assert self.recorder.trouble == ""

    def said(self) -> list[list[str]]:
        """Of each day's file, what its lines say."""
        told = []
        for path in recordings(self.state):
            recording = Recording(path)
            told.append([one.data.get("text", one.kind) for _, one in recording.entries()])
            recording.close()
        return told

    def write(self, kind: Kind, run: str = "", **data: object) -> None:
        self.journal.append(kind, run=run, **data)


async def test_a_line_written_just_before_midnight_is_recorded(tmp_path: Path) -> None:
    night = Night(tmp_path, 10)
    await night.pass_(5)
    night.now.pass_(4)
    night.write("note", text="a second before")
    await night.pass_(2)
    night.write("note", text="after")
    await night.pass_(1)
    await night.recorder.close()
    assert night.said() == [[], ["a second before", "after"]]


async def test_a_new_day_begins_with_the_lines_of_the_runs_that_go_on(tmp_path: Path) -> None:
    night = Night(tmp_path, 3600)
    for run in ("open", "closed"):
        night.write("run.opened", run, text=f"{run} begins", case="c")
        night.write("run.step", run, text=f"{run} goes on", step="s")
    night.write("run.closed", "closed", text="closed ends")
    night.write("note", text="by the way")
    await night.pass_(60)
    await night.pass_(3600)
    night.write("run.step", "open", text="open the day after", step="t")
    await night.pass_(1)
    await night.recorder.close()
    yesterday, today = night.said()
    assert today == ["open begins", "open goes on", "open the day after"]
    assert len(yesterday) == 6
    tape = Tape(newest(tmp_path), lines=True)
    assert list(tape.entries) == list(night.journal.entries()), "each of them once"
    tape.close()


@pytest.mark.parametrize("days", [1, 3])
async def test_a_recorder_that_begins_takes_the_days_lines_and_those_of_open_runs(
    tmp_path: Path, days: int
) -> None:
    night = Night(tmp_path, 7200)
    night.write("note", text="long ago")
    night.write("run.opened", "open", text="long ago, and open", case="c")
    night.now.pass_(86_400 * days)
    night.write("note", text="today")
    await night.pass_(60)
    await night.recorder.close()
    assert night.said() == [["long ago, and open", "today"]]


ARMED = {"arming": {"scopes": ["a/prod"], "until": "2026-03-30T00:00:00+00:00"}}


def write_a_night(night: Night) -> None:
    night.write("armed", text="armed", console="one 1", **ARMED)
    night.write("armed", text="armed too", console="two 2", **ARMED)
    night.write("remedy.started", text="under way", act="1", remedy="x")
    night.write("run.opened", "r", text="open", case="c")
    night.write("remedy.started", text="soon over", act="2", remedy="x")
    night.write("remedy.verified", text="over", act="2", remedy="x")
    night.write("disarmed", text="disarmed", console="two 2", scopes=["a/prod"])


async def test_a_new_day_begins_with_what_is_armed_and_under_way(tmp_path: Path) -> None:
    night = Night(tmp_path, 3600)
    write_a_night(night)
    await night.pass_(60)
    await night.pass_(3600)
    night.write("remedy.verified", text="ended today", act="1", remedy="x")
    night.write("disarmed", text="disarmed today", console="one 1", scopes=["a/prod"])
    await night.pass_(1)
    await night.pass_(86_400)
    await night.recorder.close()
    assert night.said()[1:] == [
        ["armed", "under way", "open", "ended today", "disarmed today"],
        ["open"],
    ]


async def test_lines_of_before_midnight_outlive_a_restart_after_it(tmp_path: Path) -> None:
    night = Night(tmp_path, 3600)
    await night.pass_(60)
    night.write("note", text="before")
    night.now.pass_(0.1)
    await night.recorder.close()
    night.write("note", text="while nobody recorded")
    night.now.pass_(3600)
    night.recorder = recorder(tmp_path, night.now)
    await night.pass_(60)
    await night.recorder.close()
    assert night.said() == [["before"], ["before", "while nobody recorded"]]


async def test_what_a_bundle_brought_stands_where_it_happened(tmp_path: Path) -> None:
    night = Night(tmp_path / "ours", 7200)
    theirs = Journal(tmp_path / "theirs.jsonl", now=night.now)
    for text in ("two days ago", "in the evening"):
        theirs.append("note", text=text)
    await night.pass_(86_400)
    theirs.append("note", text="first, theirs")
    await night.pass_(60)
    night.write("note", text="second, ours")
    await night.pass_(60)
    theirs.append("note", text="third, theirs")
    night.journal.adopt(theirs.entries(), text="taken", bundle={"by": "t"})
    await night.pass_(1)
    night.write("note", text="last")
    await night.pass_(1)
    await night.recorder.close()
    tape = Tape(newest(night.state), lines=True)
    told = [str(one.data["text"]) for one in tape.entries]
    assert told == ["first, theirs", "second, ours", "third, theirs", "taken", "last"]
    assert night.said()[-1] == [told[1], told[0], *told[2:]], "the file has them as they came"
    tape.close()


async def test_an_act_of_before_the_recording_is_no_mark_on_it_and_a_late_one_is_where_it_was(
    tmp_path: Path,
) -> None:
    night = Night(tmp_path, 7200)
    night.write("remedy.started", "r", remedy="x")
    night.now.pass_(600)
    await night.pass_(0)
    await night.recorder.close()
    night.now.pass_(300)
    night.write("remedy.verified", "r", remedy="x")  # while nobody recorded
    night.now.pass_(300)
    night.recorder = recorder(tmp_path, night.now)
    await night.pass_(0)
    await night.recorder.close()
    tape = Tape(newest(tmp_path))
    assert [(mark.kind, mark.at) for mark in tape.track.marks if mark.kind == "act"] == [
        ("act", pytest.approx(300))
    ]
    tape.close()

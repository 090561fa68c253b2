"""The live console records: what was on its boards, over SIGKILL and a full disk."""

from __future__ import annotations

import asyncio
import os
import resource
import signal
import time
from contextlib import closing
from pathlib import Path
from unittest.mock import patch
from zoneinfo import ZoneInfo

from console.app import Console as App
from console.commands.init import shipped
from console.model import Board
from console.opening import Opening
from console.realm import VARIABLE
from console.recording.file import Unreadable
from console.recording.tape import Tape
from console.recording.tape import newest as shelved
from tests.driving import ENTER, Console, Served
from tests.recording.equal import assert_equal, changes, newest
from tests.recording.living import ENOUGH, SOON
from tests.recording.living import night as night

TOKYO = ZoneInfo("Asia/Tokyo")


class Seeing(App):
    """The console, every board of which is kept."""

    def __init__(self) -> None:
        super().__init__(start=Opening(shipped()))
        self.seen: list[Board] = []

    def show(self, board: Board) -> None:
        self.seen.append(board)
        super().show(board)


async def looked() -> list[Board]:
    """The console on a screen of its own, until enough was seen."""
    app = Seeing()
    async with app.run_test(size=(160, 45)) as pilot:
        while len(changes(app.seen)) < ENOUGH:
            await pilot.pause(0.2)
        app.lost(0)
        while app.return_code is None:
            await pilot.pause(0.05)
    return app.seen


def test_200_random_moments_are_what_was_live(tmp_path: Path, night: Served) -> None:
    with patch.dict(os.environ, {"ONCALL_STATE": str(tmp_path), VARIABLE: night.url}):
        seen = asyncio.run(looked())
    assert assert_equal(seen, tmp_path / "demo") > ENOUGH / 2


def recorded(state: Path, least: int) -> int:
    """Wait until so many instants are on the disk; how many are."""
    until = time.monotonic() + SOON
    while time.monotonic() < until:
        try:
            with closing(newest(state)) as recording:
                if len(recording) >= least:
                    return len(recording)
        except (Unreadable, IndexError):
            pass
        time.sleep(0.5)
    raise AssertionError(f"{least} instants are not recorded after {SOON} s")


def looked_back(console: Console, state: Path) -> None:
    """By keys: to what was seen before the kill, and to the hole that it left."""
    with closing(Tape(shelved(state))) as tape:
        (hole,) = [one for one in tape.track.holes if one.end > one.begin]
        moments = [tape.track.now(at).estate for at in (hole.begin, (hole.begin + hole.end) / 2)]
    before, inside = (f"{one.astimezone(TOKYO):%H:%M:%S}" for one in moments)
    console.press(",")
    console.wait_for("LOOKING BACK", seconds=SOON)
    for moment in (before, inside):
        console.press("t")
        console.wait_for("Go to", seconds=SOON)
        console.press(moment + ENTER)
        console.wait_for(rf"LOOKING BACK .* {moment} Tokyo", "Mizushima", seconds=SOON)
    console.wait_for("NOT RECORDED: nobody recorded", seconds=SOON)
    console.press("0")
    console.wait_gone("LOOKING BACK", seconds=SOON)


def test_a_killed_console_left_all_but_a_moment_and_the_next_one_says_so(
    tmp_path: Path, night: Served
) -> None:
    with Console(tmp_path, night.url) as console:
        console.wait_for("Mizushima", seconds=SOON)
        count = recorded(tmp_path / "demo", 20)
        os.kill(console.process.pid, signal.SIGKILL)
        console.process.wait()
    with closing(newest(tmp_path / "demo")) as recording:
        assert len(recording) >= count
        boards = [recording.board(index) for index in range(len(recording))]
    with Console(tmp_path, night.url) as console:
        console.wait_for("before this start nothing", seconds=SOON)
        recorded(tmp_path / "demo", len(boards) + 5)
        looked_back(console, tmp_path / "demo")
    with closing(newest(tmp_path / "demo")) as recording:
        assert [gap.why for gap in recording.gaps()] == ["nobody recorded"]
        assert [recording.board(index) for index in range(len(boards))] == boards


def test_a_full_disk_stands_in_the_header_until_there_is_room(
    tmp_path: Path, night: Served
) -> None:
    with Console(tmp_path, night.url) as console:
        console.wait_for("Mizushima", seconds=SOON)
        recorded(tmp_path / "demo", 5)
        pid = console.process.pid
        _, hard = resource.prlimit(pid, resource.RLIMIT_FSIZE)
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (4096, hard))
        console.wait_for("NOT RECORDED", seconds=SOON)
        console.resize(80, 24)
        console.wait_for("NOT RECORDED", r"DISARMED", r"\d\d:\d\d", seconds=SOON)
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (hard, hard))
        console.wait_gone("NOT RECORDED", seconds=SOON)


def test_a_second_console_says_who_records(tmp_path: Path, night: Served) -> None:
    with Console(tmp_path, night.url) as first:
        first.wait_for("Mizushima", seconds=SOON)
        recorded(tmp_path / "demo", 5)
        with Console(tmp_path, night.url) as second:
            second.wait_for(rf"recorded by pid {first.process.pid} \(", seconds=SOON)
            assert "NOT RECORDED" not in second.text

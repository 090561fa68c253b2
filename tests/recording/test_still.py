"""A recorder that was stopped says since when, and one that sees nothing new that it is there."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import closing, suppress
from pathlib import Path
from random import Random

import pytest

from console.clock import Clock, real_now
from console.model import Board
from console.recording import recorder as module
from console.recording.file import Unreadable
from console.recording.recorder import EVERY_S, Recorder
from console.recording.recording import Recording
from console.recording.shelf import recordings
from console.recording.standby import ended
from tests.recording.equal import newest
from tests.recording.shift import TITLE, snapshot

LATE = 2.0  # seconds that no busy machine takes to wake up


async def recorded_meanwhile(state: Path, work: Callable[[Recorder], Awaitable[None]]) -> Recording:
    """What a recorder on the real clock wrote while this was done."""
    it = Recorder(state, TITLE, Clock(), state / "journal.jsonl")
    running = asyncio.create_task(it.run())
    it.see(Board().with_(snapshot("orders", real_now(), Random(1))))
    while not recordings(state):
        await asyncio.sleep(0.01)
    await asyncio.sleep(EVERY_S / 2)  # it is written, and the recorder rests
    await asyncio.wait_for(work(it), 20)
    assert await ended(running, 10)
    return newest(state)


async def test_a_program_that_stood_still_says_since_when(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LATER_S", LATE)
    stood: list[float] = []

    def stop_the_loop() -> None:
        time.sleep(EVERY_S + LATE + 0.5)  # as ctrl+z does

    async def stop(it: Recorder) -> None:
        begun = time.time()
        stop_the_loop()
        stood.extend((begun, time.time()))
        it.see(Board().with_(snapshot("orders", real_now(), Random(2))))
        await asyncio.sleep(EVERY_S)

    recording = await recorded_meanwhile(tmp_path, stop)
    (gap,) = recording.gaps()
    assert gap.why == "the program stood still"
    assert gap.since / 1e6 <= stood[0] and stood[1] <= gap.until / 1e6
    recording.close()


async def test_one_that_sees_nothing_new_says_that_it_is_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "BEAT_S", 0.1)

    async def wait(it: Recorder) -> None:
        count = 0
        while count < 3:
            await asyncio.sleep(0.05)
            with suppress(Unreadable), closing(newest(tmp_path)) as told:
                count = len(told)

    recording = await recorded_meanwhile(tmp_path, wait)
    assert recording.board(2) == recording.board(0)
    recording.close()

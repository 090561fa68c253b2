"""From the key that looks back to the first moment: what else is done meanwhile."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from console.model.past import Move
from console.recording.shelf import recordings
from tests.recording import nights
from tests.widgets.pasts import WORDS, looking_back, passing
from tests.widgets.pasts import night as night


async def test_whoever_presses_on_while_it_opens_goes_as_far_back_and_opens_it_once(
    night: Path,
) -> None:
    gate, opened = asyncio.Event(), []

    async def opens() -> None:
        opened.append(True)
        await gate.wait()

    async with looking_back(night, opens=opens) as hand:
        await hand.press("comma", "comma", "comma", "full_stop", "comma", "comma", "comma")
        assert "LOOKING BACK" not in hand.seen
        gate.set()
        await hand.reads("LOOKING BACK  Tue 24 Nov 21:31:10 Paris")
        assert len(opened) == 1


async def test_where_nothing_is_recorded_that_is_said_and_it_stays_now(tmp_path: Path) -> None:
    async with looking_back(tmp_path) as hand:
        await hand.press("comma")
        await hand.reads("there is nothing to look back at: nothing is recorded yet")
        assert hand.app.past is None and hand.app.projector is None


async def test_a_day_that_cannot_be_read_is_named_and_the_others_are_looked_back_at(
    tmp_path: Path,
) -> None:
    await asyncio.to_thread(nights.recorded, tmp_path)
    [day] = recordings(tmp_path)
    before = day.with_name("2026-11-23.sqlite")
    before.write_bytes(b"no recording, but a text of some length\n" * 20)
    async with looking_back(tmp_path) as hand:
        await hand.press("comma")
        await hand.reads("LOOKING BACK  Tue 24 Nov 21:31:50 Paris")
        await hand.until(lambda: any(one.startswith("left out:") for one in passing(hand.app)))
        assert any(str(before) in one for one in passing(hand.app))


async def test_a_nought_while_it_opens_gives_it_up_and_changes_nothing_else(night: Path) -> None:
    gate = asyncio.Event()
    ends: list[str] = []

    async def opens() -> None:
        try:
            await gate.wait()
        except asyncio.CancelledError:
            ends.append("given up")
            raise
        ends.append("opened")

    async with looking_back(night, opens=opens) as hand:
        await hand.press("1")
        await hand.until(lambda: hand.app.main is not None and bool(hand.app.main.row))
        assert hand.app.main is not None
        shown = hand.app.main.shown
        await hand.press("comma", "comma", "0")
        await hand.until(lambda: bool(ends))
        assert ends == ["given up"] and hand.app.main.shown == shown
        gate.set()
        await hand.press("comma")
        await hand.reads("LOOKING BACK  Tue 24 Nov 21:31:50 Paris")
        await hand.press("0")
        await hand.until(lambda: "LOOKING BACK" not in hand.seen)
        assert hand.app.main.shown == shown


ELSEWHERE = "looking back was given up: another screen is open"


@pytest.mark.parametrize(
    ("keys", "screen"),
    [("n", "Form"), ("l", "CloserScreen"), ("H", "HandoverScreen")],
)
async def test_a_screen_that_was_opened_meanwhile_keeps_now_and_what_is_typed_there(
    night: Path, keys: str, screen: str
) -> None:
    gate, tapes = asyncio.Event(), open_files()
    async with looking_back(night, opens=gate.wait) as hand:
        await hand.press("1")
        await hand.until(lambda: hand.app.main is not None and bool(hand.app.main.row))
        await hand.press("comma", *keys)
        await hand.until(lambda: not hand.home)
        if screen == "Form":
            await hand.press(*"abc")
        gate.set()
        await hand.reads(ELSEWHERE)
        assert hand.app.past is None and hand.app.projector is None
        assert type(hand.app.screen).__name__ == screen
        if screen == "Form":
            assert "abc" in hand.seen
        await hand.until(lambda: open_files() == tapes)
        await hand.press("escape")
        await hand.until(lambda: hand.home)
        await hand.press("comma")
        await hand.reads("LOOKING BACK")


class Slow:
    """Finds no moment by itself."""

    def want(self, move: Move) -> None:
        """It will not come."""

    async def run(self) -> None:
        """Nothing is shown."""

    async def close(self) -> None:
        """Nothing is open."""


async def test_a_first_moment_that_comes_late_comes_under_no_screen_of_now(night: Path) -> None:
    async with looking_back(night) as hand:
        await hand.press("comma")
        await hand.reads("LOOKING BACK")
        past, board = hand.app.past, hand.app.board
        await hand.press("0")
        await hand.until(lambda: "LOOKING BACK" not in hand.seen)
        await hand.press("1")
        await hand.until(lambda: hand.app.main is not None and bool(hand.app.main.row))
        hand.app.project(Slow())
        await hand.press(*"nabc")
        await hand.reads("abc")
        assert past is not None
        hand.app.behold(past, board, WORDS)
        await hand.reads(ELSEWHERE, "abc")
        assert hand.app.past is None and hand.app.projector is None


def open_files() -> set[str]:
    """The recordings that are open."""
    files = [one.resolve() for one in Path("/proc/self/fd").iterdir() if one.exists()]
    return {str(one) for one in files if ".sqlite" in one.name}

"""The past on the screen: it is what was live, never looks like now, and nothing is done in it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from textual.pilot import Pilot

from console.journal import Journal
from console.model import Duty, Finding, Now, Severity
from console.model.affairs import Affairs, Ring
from console.recording.backwards import Hindsight, Replay
from console.recording.player import Player
from console.recording.projector import Projector
from console.recording.recorder import Recorder
from console.recording.tape import Tape, newest
from console.recording.values import Title
from tests.recording import nights
from tests.widgets import boards
from tests.widgets.hostile import STEERS, TEXT, hostile
from tests.widgets.stage import BUSY, LARGE, SMALL, Stage, golden, picture, settled, stage
from widgets.symbols import ASCII

WORDS = Affairs(titles={"sakai/prod": "堺 Sakai/prod"})
LATER = Now(boards.ago(-6 * 3600), boards.ago(-6 * 3600))


@pytest.fixture(scope="module")
def night(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where a night is recorded."""
    state = tmp_path_factory.mktemp("night")
    nights.recorded(state)
    return state


class Hand:
    """Presses keys and waits for what comes of them."""

    def __init__(self, app: Stage, pilot: Pilot[int]) -> None:
        self.app, self.pilot = app, pilot

    @property
    def seen(self) -> str:
        """The screen, and what was said in passing: a toast breaks its lines."""
        said = [one.message for one in self.app._notifications]
        return "\n".join([picture(self.app), *said])

    @property
    def home(self) -> bool:
        """Whether it is the main screen that is looked at."""
        return self.app.screen is self.app.main

    async def until(self, holds: Callable[[], bool]) -> None:
        async with asyncio.timeout(BUSY):
            while not holds():
                await self.pilot.pause(0.01)

    async def reads(self, *wanted: str) -> None:
        await self.until(lambda: all(one in self.seen for one in wanted))

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)


@asynccontextmanager
async def replayed(
    night: Path, size: tuple[int, int] = LARGE, at: float = 0
) -> AsyncIterator[Hand]:
    """A replay of the night, standing at this place of its tape."""
    tape = Tape(newest(night))
    player = Player(tape.track, zone=tape.title.zone).to(at if at >= 0 else tape.track.end)
    start = Replay(tape, player, "2026-11-24.sqlite", words=WORDS, now=lambda: LATER.real)
    app = Stage(start=start)
    app.at = LATER
    async with app.run_test(size=size, notifications=True) as pilot:
        await settled(app, pilot)
        hand = Hand(app, pilot)
        await hand.until(lambda: app.past is not None and bool(app.board.snapshots))
        yield hand


async def test_a_replay_shows_the_night_as_it_was_on_a_large_screen(night: Path) -> None:
    async with replayed(night, at=-1) as hand:
        await golden(hand.app, "replay-160x45")


async def test_a_replay_shows_the_night_as_it_was_on_a_small_screen(night: Path) -> None:
    async with replayed(night, SMALL, at=-1) as hand:
        await golden(hand.app, "replay-80x24")


async def test_a_replay_needs_no_sign_beyond_ascii(night: Path) -> None:
    async with replayed(night, SMALL, at=-1) as hand:
        hand.app.symbols = ASCII
        await golden(hand.app, "replay-ascii-80x24")


def below_the_banner(seen: str) -> list[str]:
    """The panes, without the lines that say what time it is."""
    lines = seen.splitlines()
    return [line for line in lines if "Sakai" in line or "signaling" in line or "datajs" in line]


async def test_the_replayed_panes_show_what_the_living_ones_showed(night: Path) -> None:
    live = nights.taken(replace(boards.night(), findings=(nights.FINDING,)), boards.AT)
    async with stage(live) as (app, pilot):
        app.affairs = WORDS
        await pilot.pause()
        shown = below_the_banner(picture(app))
    assert len(shown) > 3
    async with replayed(night, at=-1) as hand:
        assert below_the_banner(hand.seen) == shown


async def test_in_a_hole_ages_grow_and_lights_go_stale(night: Path) -> None:
    async with replayed(night, at=19 * 60) as hand:  # the last that was seen is five minutes old
        await hand.reads("NOT RECORDED: nobody recorded", "STALE", "(old values)")


async def test_keys_lead_to_what_got_worse_to_a_finding_and_to_an_act(night: Path) -> None:
    async with replayed(night) as hand:
        assert "Load average" not in hand.seen
        await hand.press("right_parenthesis")
        await hand.reads("REPLAY  Tue 24 Nov 21:22:00 Paris", "Load average")
        await hand.press("right_curly_bracket")
        await hand.reads("21:26:00 Paris")
        await hand.press("comma")
        await hand.reads("21:25:50 Paris")
        await hand.press("left_square_bracket", "greater_than_sign")
        await hand.reads("21:27:00 Paris")
        await hand.press("t")
        await hand.reads("Go to")
        await hand.press(*"21:30", "enter")
        await hand.reads("21:30:00 Paris")
        await hand.press("right_parenthesis")
        await hand.reads("no finding is recorded after this")


async def test_it_plays_and_stops(night: Path) -> None:
    async with replayed(night) as hand:
        await hand.press("plus", "plus", "plus", "plus", "plus", "plus", "space")
        await hand.reads("plays, 120 times as fast")
        await hand.until(lambda: hand.app.past is not None and hand.app.past.at > 300)
        await hand.press("space")
        await hand.until(lambda: hand.app.past is not None and not hand.app.past.playing)
        assert "paused" in hand.seen


async def test_two_marks_tell_what_changed_between_them(night: Path) -> None:
    async with replayed(night) as hand:
        await hand.press("m", "right_parenthesis")
        await hand.reads("21:22:00 Paris")
        await hand.press("m")
        await hand.reads("What changed in 30 m 00 s", "Load average", "worse", "堺 Sakai/prod")
        await hand.press("q")
        await hand.until(lambda: hand.home)


@pytest.mark.parametrize("key", ["r", "a", "x", "X", "n", "A", "l", "o", "ctrl+r", "p", "i", "c"])
async def test_nothing_can_be_done_in_a_replay(night: Path, key: str) -> None:
    async with replayed(night, at=-1) as hand:
        before = hand.app.screen
        await hand.press("f", key)
        said = "no checklist" if key == "c" else "nothing can be done in it"
        await hand.reads(said)
        assert hand.app.screen is before
        parts = (hand.app.lookout, hand.app.acts, hand.app.clerk, hand.app.granting)
        assert parts == (None, None, None, None)


@asynccontextmanager
async def looking_back(night: Path) -> AsyncIterator[Hand]:
    """A living console, six hours after the night, that can look back at it."""

    async with stage(boards.night(), duty=Duty(estate="réseau", zone="Europe/Paris")) as (
        app,
        pilot,
    ):
        app.at = LATER
        app.affairs = WORDS

        async def backwards() -> Projector:
            tape = Tape(newest(night))
            player = Player(tape.track, tape.track.end, zone=tape.title.zone)
            settle = Hindsight(lambda: app.own, lambda: app.own.entries, {})
            return Projector(tape, player, app, settle, lambda: LATER)

        app.backwards = backwards
        app.tick()
        yield Hand(app, pilot)


async def test_a_comma_looks_back_and_a_nought_returns_to_now(night: Path) -> None:
    async with looking_back(night) as hand:
        assert "LOOKING BACK" not in hand.seen
        await hand.press("comma")
        await hand.reads("LOOKING BACK  Tue 24 Nov 21:31:50 Paris", "6 h 00 m ago", "now 03:32")
        await hand.press("full_stop")
        await hand.reads("LOOKING BACK  Tue 24 Nov 21:32:00 Paris")
        await hand.press("full_stop")
        await hand.reads("this is the last moment that is recorded")
        await hand.press("0")
        await hand.until(lambda: "LOOKING BACK" not in hand.seen)
        assert hand.app.past is None and "03:32 Paris" in hand.seen


async def test_what_is_seen_meanwhile_is_there_on_return(night: Path) -> None:
    async with looking_back(night) as hand:
        await hand.press("comma")
        await hand.reads("LOOKING BACK")
        calm, shown = nights.calm(), hand.app.board
        hand.app.show(calm)
        hand.app.tick()
        await hand.until(lambda: hand.app.own_board is calm)
        assert hand.app.board is shown and "LOOKING BACK" in hand.seen
        await hand.press("0")
        await hand.until(lambda: hand.app.board is calm)


async def test_nothing_can_be_done_while_looking_back_and_it_says_how_to_return(
    night: Path,
) -> None:
    async with looking_back(night) as hand:
        await hand.press("comma")
        await hand.reads("LOOKING BACK")
        await hand.press("A")
        await hand.reads("you look at 21:31:50, which is past; 0 returns to now")
        assert hand.home


async def test_what_rings_is_heard_and_seen_in_the_past_too(night: Path) -> None:
    async with looking_back(night) as hand:
        await hand.press("comma")
        await hand.reads("LOOKING BACK")
        ring = Ring("msk-prod", "broker 2 left", LATER.real)
        hand.app.take_affairs(replace(hand.app.own, rings=(ring,)))
        await hand.reads("broker 2 left", "LOOKING BACK")
        await hand.press("0")
        await hand.until(lambda: "LOOKING BACK" not in hand.seen)
        assert "broker 2 left" in hand.seen


async def test_every_page_of_the_past_says_that_it_is_past(night: Path) -> None:
    async with looking_back(night) as hand:
        await hand.press("comma")
        await hand.reads("LOOKING BACK")
        for key, back in (("enter", "q"), ("e", "q"), ("J", "q")):
            await hand.press("1")
            await hand.until(lambda: bool(hand.app.main and hand.app.main.row))
            await hand.press(key)
            await hand.until(lambda: not hand.home)
            await hand.reads("LOOKING BACK")
            await hand.press(back)
            await hand.until(lambda: hand.home)


async def test_q_leads_back_to_now_before_it_leads_out(night: Path) -> None:
    async with looking_back(night) as hand:
        await hand.press("comma")
        await hand.reads("LOOKING BACK")
        await hand.press("q")
        await hand.until(lambda: "LOOKING BACK" not in hand.seen)
        assert hand.app.is_running


async def test_letters_of_a_filter_are_no_keys_of_the_past(night: Path) -> None:
    async with looking_back(night) as hand:
        await hand.press("comma")
        await hand.reads("LOOKING BACK")
        await hand.press("slash", *"m0t")
        await hand.reads("m0t")
        assert hand.app.past is not None and hand.app.past.mark is None


async def test_hostile_text_in_a_recording_commands_nothing(tmp_path: Path) -> None:
    await asyncio.to_thread(hostile_night, tmp_path)
    async with replayed(tmp_path, at=-1) as hand:
        await hand.press("left")
        await hand.until(lambda: bool(hand.app.board.findings))
        for keys in (("1", "enter"), ("f", "e"), ("J",), ("m", "right", "m")):
            await hand.press(*keys)
            await hand.until(lambda: not hand.home)
            assert not STEERS & set(picture(hand.app))
            await hand.press("q")
            await hand.until(lambda: hand.home)
        assert hand.app.is_running and hand.app.return_code is None


def hostile_night(state: Path) -> None:
    """Recorded: rows, a finding, a title and a line of the journal full of what steers."""
    now = nights.ticking()
    rows = [hostile(type(row), severity=Severity.CRITICAL) for row in (boards.SITES[0],)]
    part = boards.snapshot("sites", rows)
    board = replace(boards.night().with_(part), findings=(hostile(Finding),))
    journal = Journal(state / "journal.jsonl", now=now)
    title = Title(TEXT, "Europe/Paris", TEXT)

    async def work() -> None:
        recorder = Recorder(state, title, nights.Wound(hand=now), journal.path, now=now)
        for _ in range(3):
            now.pass_(60)
            journal.append("finding.seen", by=TEXT, title=TEXT, finding=TEXT, severity=TEXT)
            recorder.see(nights.taken(board, now.at))
            await recorder.flush()
            board_ = replace(board, findings=())
            now.pass_(60)
            recorder.see(nights.taken(board_, now.at))
        await recorder.flush()
        assert recorder.trouble == ""
        await recorder.close()

    asyncio.run(work())
    journal.close()

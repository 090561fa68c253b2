"""The past on the screen: it is what was live, never looks like now, and nothing is done in it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from console.journal import Journal
from console.model import Arming, Finding, Now, Severity
from console.model.affairs import Affairs, Doing
from console.model.past import Mark, Track
from console.recording.recorder import Recorder
from console.recording.values import Title
from tests.recording import nights
from tests.widgets import boards
from tests.widgets.affairs import PROPOSAL
from tests.widgets.hostile import STEERS, TEXT, hostile
from tests.widgets.pasts import ACTING, WORDS, replayed
from tests.widgets.pasts import night as night
from tests.widgets.stage import SMALL, golden, picture, stage
from widgets.look import Look, zone_of
from widgets.past_words import stood
from widgets.symbols import ASCII, UNICODE
from widgets.timeline import Timeline, marks, window
from widgets.wishes import CopyWanted


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
        assert "paused, pace 120" in hand.seen


async def test_the_pace_is_said_before_it_plays(night: Path) -> None:
    async with replayed(night, SMALL) as hand:
        await hand.reads("paused")
        await hand.press("plus", "plus")
        await hand.reads("paused, pace 5")
        await hand.press("minus", "minus")
        await hand.until(lambda: "pace" not in hand.seen.splitlines()[1])


async def test_two_marks_tell_what_changed_between_them(night: Path) -> None:
    async with replayed(night) as hand:
        await hand.press("m", "right_parenthesis")
        await hand.reads("21:22:00 Paris")
        await hand.press("m")
        await hand.reads("What changed in 30 m 00 s", "Load average", "worse", "堺 Sakai/prod")
        await hand.reads("from 2026-11-24 20:52:00 Paris", "to   2026-11-24 21:22:00 Paris")
        await hand.press("q")
        await hand.until(lambda: hand.home)


@pytest.mark.parametrize("key", [*ACTING, "c"])
async def test_nothing_can_be_done_in_a_replay(night: Path, key: str) -> None:
    async with replayed(night, at=-1) as hand:
        before = hand.app.screen
        await hand.press("f", key)
        said = "no checklist" if key == "c" else "nothing can be done in it"
        await hand.reads(said)
        assert hand.app.screen is before
        parts = (hand.app.lookout, hand.app.acts, hand.app.clerk, hand.app.granting)
        assert parts == (None, None, None, None)


async def test_what_was_under_way_then_is_said_beside_the_moment(night: Path) -> None:
    async with replayed(night) as hand:
        await hand.press("right_curly_bracket", "full_stop")
        await hand.reads("21:26:10 Paris", "then", "restart-elasticache, begun 10 s before")
        await hand.press("right_curly_bracket")
        await hand.reads("21:28:00 Paris")
        assert "restart-elasticache, begun" not in picture(hand.app)


async def test_a_table_of_the_past_has_its_moment_in_the_name_of_its_file(night: Path) -> None:
    async with replayed(night, at=-1) as hand:
        table = CopyWanted("a,b\n1,2", "lag.csv")
        dated = hand.app.dated(table)
        assert (dated.text, dated.name) == (table.text, "2026-11-24-213200-lag.csv")
        text = hand.app.dated(CopyWanted("a row")).text
        assert text.startswith("REPLAY of 2026-11-24.sqlite: as it was Tue 2026-11-24 21:32:00")


THEN = replace(Affairs(), arming=Arming(frozenset({"sakai/prod"}), boards.ago(-720), "load"))


def test_what_was_armed_and_under_way_then_is_said_long_or_short() -> None:
    look = Look(now=boards.NOW, zone=zone_of("Europe/Paris"))
    assert stood(Affairs(), look) == ("", "")
    assert stood(THEN, look) == ("then ARMED sakai/prod 12 min", "then ARMED")
    doing = Doing(key="a", phase="flying", proposal=PROPOSAL, fired_at=boards.ago(40))
    long, short = stood(replace(THEN, doings={"a": doing}), look)
    assert long.startswith("then ARMED sakai/prod 12 min, ") and PROPOSAL.plan.title in long
    assert long.endswith("begun 40 s before, no end yet")
    assert short.endswith("1 without an end")


async def test_a_replay_is_left_at_once_whatever_was_armed_then(night: Path) -> None:
    async with replayed(night) as hand:
        hand.app.affairs = replace(hand.app.affairs, arming=THEN.arming)
        await hand.press("q")
        await hand.until(lambda: hand.app.return_code == 0)


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


class Looked(tuple[Mark, ...]):
    """Marks that count how often somebody walks along them."""

    walks = 0

    def __iter__(self) -> Iterator[Mark]:
        self.walks += 1
        return super().__iter__()

    def __getitem__(self, at: Any) -> Any:
        self.walks += isinstance(at, slice)
        return super().__getitem__(at)


async def test_where_one_stands_is_drawn_without_a_walk_along_all_marks(night: Path) -> None:
    """A shift has 10,000; each second, and at each step four times, would cost a frame."""
    async with replayed(night, at=-1) as hand:
        past = hand.app.past
        assert past is not None
        counted = Looked([*past.track.marks, Mark(past.track.end, "finding")])
        hand.app.past = end = replace(past, track=replace(past.track, marks=counted))
        timeline = hand.app.screen.query_one(Timeline)
        before = timeline.words()
        hand.app.past = replace(end, at=0.0, mark=end.at)
        assert timeline.words() != before
        hand.app.past = end
        assert timeline.words() == before
    assert counted.walks == 1


def test_the_last_moment_is_on_the_line_whatever_is_rounded() -> None:
    now = Now(boards.AT, boards.AT)
    for cells in range(40, 200):
        for end in (61.7, 599.3, 28_799.01, 100_000.07):
            track = Track((now, now), (0.0, end), (Mark(end, "act"),))
            drawn = [*marks(track, window(track, end, cells), UNICODE)]
            assert drawn[-1][0] == UNICODE.armed, (cells, end)

"""Looking back from a living console: now goes on and is told, and nothing is done in the past."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from console.model import Arming, Board, Entry, Finding, Severity
from console.model.affairs import Affairs, Ring
from console.recording.projector import Projector
from tests.recording import nights
from tests.widgets import boards
from tests.widgets.pasts import ACTING, LATER, looking_back, passing
from tests.widgets.pasts import night as night
from tests.widgets.stage import SMALL, Stage
from tests.widgets.test_planned import SCALE
from widgets.as_now import as_now
from widgets.look import Look


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


@pytest.mark.parametrize("key", [*ACTING, "c"])
async def test_nothing_can_be_done_while_looking_back_and_it_says_how_to_return(
    night: Path, key: str
) -> None:
    async with looking_back(night) as hand:
        await hand.press("comma")
        await hand.reads("LOOKING BACK")
        await hand.press("f", key)
        said = "you look at 21:31:50, which is past; 0 returns to now"
        await hand.reads("no checklist" if key == "c" else said)
        assert hand.home


async def test_the_palette_offers_nothing_that_is_done_in_the_past(night: Path) -> None:
    def offered(app: Stage) -> set[str]:
        return {one.title for one in app.get_system_commands(app.screen)}

    async with looking_back(night) as hand:
        deeds = {"Remedy", "What may act", "Checklist", "Take it", "Silence", "Link", "Note"}
        deeds |= {"Arm or disarm", "Handover", "Planned windows", "Known issues", "Refresh"}
        assert deeds <= offered(hand.app)
        await hand.press("comma")
        await hand.reads("LOOKING BACK")
        assert not deeds & offered(hand.app)


DUE: dict[str, Any] = {
    "start": boards.ago(-21_000),
    "end": boards.ago(-25_000),
    "report_due": boards.ago(-22_200),
    "remind_at": None,
    "steps": (),
    "overlaps": (),
}
"""A window of now, six hours after the night: its report is due in ten minutes."""


SMALL_ONE = replace(nights.FINDING, severity=Severity.WARNING)
SILENT = replace(nights.FINDING, silenced_until=boards.ago(-3600))


@pytest.mark.parametrize(
    ("caption", "before", "after", "said"),
    [
        ("nothing is wrong", (), (), "now no finding"),
        ("it is as it was", (nights.FINDING,), (nights.FINDING,), "now 1 critical"),
        ("it came", (), (nights.FINDING,), "now 1 critical, 1 new"),
        ("it got worse", (SMALL_ONE,), (nights.FINDING,), "now 1 critical, 1 worse"),
        ("it got better", (nights.FINDING,), (SMALL_ONE,), "now 1 warning"),
        ("it was put off", (nights.FINDING,), (SILENT,), "now no finding"),
        ("one is called again", (SILENT,), (nights.FINDING,), "now 1 critical, 1 new"),
    ],
)
def test_what_is_now_is_said_with_what_is_news(
    caption: str, before: tuple[Finding, ...], after: tuple[Finding, ...], said: str
) -> None:
    board = nights.taken(boards.night(), boards.AT)
    then = as_now(replace(board, findings=before))
    now = replace(then, board=replace(board, findings=after))
    assert now.told(Look(now=boards.NOW))[1] == said


def test_where_nothing_is_seen_yet_it_does_not_say_that_nothing_is_wrong() -> None:
    assert as_now(Board()).told(Look(now=boards.NOW))[0] == "now nothing is seen yet"


def test_where_a_source_is_old_it_does_not_say_that_nothing_is_wrong_nor_leaves_that_out() -> None:
    board, look = nights.taken(boards.night(), boards.AT), Look(now=boards.NOW)
    old = board.with_(replace(board.parts("sites")[0], taken_at=boards.ago(3600)))
    said = ("now not known, 1 source not fresh", "now not known, 1 not fresh", "unknown")
    assert as_now(old).told(look) == said
    ill = replace(old, findings=(nights.FINDING,))
    long, brief, tone = as_now(ill).told(look)
    assert brief == "now 1 critical, 1 not fresh" and tone == "critical"
    assert long == "now 1 critical, 1 source not fresh"


async def test_on_a_small_screen_old_light_is_not_green_while_the_past_is_shown(
    night: Path,
) -> None:
    async with looking_back(night, SMALL) as hand:
        hand.app.show(nights.taken(boards.night(), LATER.real))
        await hand.press("comma")
        await hand.reads("LOOKING BACK", "now no finding")
        hand.app.show(nights.taken(boards.night(), boards.AT))
        await hand.reads("now not known", "not fresh", "DISARMED", "now 03:32 Paris")


async def test_what_got_worse_now_is_said_while_the_past_is_shown(night: Path) -> None:
    async with looking_back(night) as hand:
        await hand.press("comma")
        await hand.reads("LOOKING BACK", "now not known", "not fresh", "now 03:32 Paris")
        now = nights.taken(boards.night(), LATER.real)
        small = replace(nights.FINDING, case="disk", severity=Severity.WARNING)
        hand.app.show(replace(now, findings=(nights.FINDING, small)))
        await hand.reads("now 1 critical, 1 warning, 2 new", "LOOKING BACK")
        due = replace(SCALE, **DUE)
        hand.app.take_affairs(replace(hand.app.own, windows=(due,)))
        await hand.reads("report 堺 Sakai/prod due 03:42 (10 min)")
        hand.app.duty = replace(hand.app.duty, unrecorded="the disk is full")
        await hand.reads("now NOT RECORDED", "DISARMED", "now 03:32 Paris", "1 critical")
        await hand.press("0")
        await hand.until(lambda: hand.app.past is None)
        await hand.reads(" NOT RECORDED: the disk is")


async def test_on_a_small_screen_too_it_is_said_how_bad_it_is_now(night: Path) -> None:
    async with looking_back(night, SMALL) as hand:
        await hand.press("comma")
        await hand.reads("LOOKING BACK")
        now = nights.taken(boards.night(), LATER.real)
        hand.app.show(replace(now, findings=(nights.FINDING,)))
        hand.app.duty = replace(hand.app.duty, unrecorded="the disk is full")
        await hand.reads("DISARMED", "now 1 critical, 1 new", "now NOT RECORDED", "now 03:32")
        many = frozenset({"sakai/prod", "kashima/prod", "mizushima/prod"})
        arming = Arming(many, boards.ago(-6 * 3600 - 720), "load")
        hand.app.take_affairs(replace(hand.app.own, arming=arming))
        await hand.reads(" ARMED", "now 1 critical, 1 new", "now NOT RECORDED", "now 03:32 Paris")


async def test_what_fails_while_the_past_is_shown_leads_back_to_now(night: Path) -> None:
    async with looking_back(night) as hand:
        await hand.press("comma")
        await hand.reads("LOOKING BACK")
        projector = hand.app.projector
        assert isinstance(projector, Projector)

        async def broken(at: datetime) -> Affairs:
            raise IndexError("a fault of ours")

        projector.settle = broken
        await hand.press("comma")
        await hand.until(lambda: "LOOKING BACK" not in hand.seen)
        assert any("the fault is ours" in one for one in passing(hand.app))
        await hand.press("comma")
        await hand.reads("LOOKING BACK")


async def test_a_copy_of_the_past_says_that_it_is_past_and_lies_beside_that_of_now(
    night: Path, tmp_path: Path
) -> None:
    async with looking_back(night, state=tmp_path) as hand:
        await hand.press("1")
        await hand.until(lambda: hand.app.main is not None and bool(hand.app.main.row))
        await hand.press("y")
        await hand.until((tmp_path / "copied.txt").exists)
        await hand.press("comma")
        await hand.reads("LOOKING BACK")
        await hand.press("y")
        await hand.until((tmp_path / "past-copied.txt").exists)
        first = (tmp_path / "past-copied.txt").read_text().splitlines()[0]
        assert first == (
            "LOOKING BACK: as it was Tue 2026-11-24 21:31:50 Paris (20:31:50 UTC), 6 h 00 m ago,"
            " and not as it is now"
        )
        assert "LOOKING BACK" not in (tmp_path / "copied.txt").read_text()
        await hand.until(lambda: any("as it was at 21:31:50" in one for one in passing(hand.app)))


async def test_what_was_missed_is_told_by_the_clock_of_now(night: Path) -> None:
    async with looking_back(night) as hand:
        await hand.press("comma")
        await hand.reads("LOOKING BACK")
        hand.app.later(600)
        rang = Entry(LATER.real + nights.MINUTE, "watch.rang", data={"text": "broker 2 left"})
        hand.app.take_affairs(replace(hand.app.own, entries=(rang,)))
        await hand.press("f")
        await hand.reads("While you were away (10 m 00 s)", "03:33", "broker 2 left")


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

"""A console with a real engine looks back: no key and no wish reaches it from there."""

from __future__ import annotations

from pathlib import Path

import pytest

from console.clock import Clock
from console.model import wishes as w
from console.recording.recorder import Recorder
from tests.acting.world import TARGET, Server
from tests.recording import nights
from tests.widgets import office
from tests.widgets.pasts import ACTING, passing
from widgets.checklist import Checklist
from widgets.wishes import Wanted


async def recorded_by(hand: office.Hand) -> None:
    """What that console shows now is in a recording of its estate."""
    acts = hand.app.acts
    assert acts is not None
    state, journal = hand.app.world.directory, acts.pen.journal.path
    recorder = Recorder(state, nights.TITLE, Clock(), journal)
    recorder.see(hand.app.board)
    await recorder.flush()
    assert recorder.trouble == ""
    await recorder.close()


def done(hand: office.Hand) -> list[str]:
    """What the journal says that a person did, or the console for one."""
    return [kind for kind in hand.kinds() if kind not in ("finding.seen", "run.step")]


@pytest.mark.parametrize("key", [*ACTING, "c"])
async def test_no_key_reaches_an_engine_that_could_act(
    tmp_path: Path, server: Server, key: str
) -> None:
    async with office.office(tmp_path, server) as hand:
        await recorded_by(hand)
        await hand.press("comma")
        await hand.until(lambda: "LOOKING BACK" in hand.seen)
        await hand.press("f", key)
        said = "no checklist of it was open then" if key == "c" else "0 returns to now"
        await hand.until(lambda: any(said in one for one in passing(hand.app)))
        assert hand.app.screen is hand.app.main
        assert done(hand) == [] and not hand.app.own.doings


WISHES: tuple[w.Wish, ...] = (
    w.AskWhat("k", row=TARGET),
    w.AskWhat("k", finding="stuck@cluster", all=True),
    w.Acknowledge("stuck@cluster"),
    w.Silence("stuck@cluster", None, "why"),
    w.WriteNote("a note"),
    w.OpenRun("stuck@cluster"),
    w.ArmIt(("cluster",), 30, "a test"),
)


async def test_a_wish_that_comes_in_the_past_is_refused_and_the_same_one_now_is_granted(
    tmp_path: Path, server: Server
) -> None:
    async with office.office(tmp_path, server) as hand:
        acts = hand.app.acts
        assert acts is not None and hand.app.granting is not None
        await recorded_by(hand)
        await hand.press("comma")
        await hand.until(lambda: "LOOKING BACK" in hand.seen)
        assert hand.app.main is not None
        for wish in WISHES:
            hand.app.clear_notifications()
            hand.app.main.post_message(Wanted(wish))
            await hand.until(lambda: any("0 returns" in one for one in passing(hand.app)))
        await hand.pilot.pause()
        assert done(hand) == [] and acts.armed is None and not hand.app.own.doings
        await hand.press("0")
        await hand.until(lambda: "LOOKING BACK" not in hand.seen)
        hand.app.main.post_message(Wanted(WISHES[-1]))
        await hand.until(lambda: acts.armed is not None)
        assert done(hand) == ["armed"]


async def test_a_checklist_of_the_past_is_read_and_none_of_its_keys_does_anything(
    tmp_path: Path, server: Server
) -> None:
    async with office.office(tmp_path, server) as hand:
        await hand.press("c")
        await hand.until(lambda: "space ticks it" in hand.seen)
        await hand.press("q")
        await recorded_by(hand)
        before = done(hand)
        await hand.press("comma")
        await hand.until(lambda: "LOOKING BACK" in hand.seen)
        await hand.press("f", "c")
        await hand.until(lambda: isinstance(hand.app.screen, Checklist))
        page = hand.app.screen
        for key in "snrRCA":
            hand.app.clear_notifications()
            await hand.press(key)
            await hand.until(lambda: any("0 returns" in one for one in passing(hand.app)))
            assert hand.app.screen is page
        assert done(hand) == before == ["run.opened"] and hand.app.own.arming is None

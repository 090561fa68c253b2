"""A gate on the screen: it says what it holds back, and no key goes past it."""

from __future__ import annotations

from pathlib import Path

from tests.acting.world import Server
from tests.widgets.office import Hand, office
from tests.widgets.stage import SMALL

STEPS = (
    {
        "id": "low",
        "check": {"source": "workloads", "where": {"mem_pct": "<= 80"}},
        "gate": True,
    },
    {"id": "note", "do": "write it down"},
    {"id": "restart", "run": "restart-web"},
)


async def at_the_gate(hand: Hand) -> None:
    await hand.arm()
    await hand.press("c")
    await hand.until(lambda: "GATE: no later step" in hand.seen)


async def test_neither_a_tick_nor_a_remedy_goes_past_a_gate_that_does_not_hold(
    tmp_path: Path, server: Server
) -> None:
    async with office(tmp_path, server, steps=STEPS) as hand:
        await at_the_gate(hand)
        await hand.press("j", "space")
        await hand.until(lambda: "note: not before the gate low holds" in hand.seen)
        await hand.press("j", "r")
        await hand.phase("refused")
        assert "restart: not before the gate low holds" in hand.seen
        assert not [kind for kind in hand.kinds() if kind.startswith("remedy.")]


async def test_a_gate_that_failed_offers_no_skip_on_a_small_screen_either(
    tmp_path: Path, server: Server
) -> None:
    async with office(tmp_path, server, steps=STEPS, size=SMALL) as hand:
        await at_the_gate(hand)
        hand.app.look_at(90.0)
        await hand.until(lambda: "STOPPED at low" in hand.seen)
        assert "R tries again" in hand.seen and "s skips with a reason" not in hand.seen

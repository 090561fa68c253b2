"""From a finding to its remedy: real engine, real journal, keys as a person presses them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.acting.world import Server
from tests.widgets.office import Hand, office
from tests.widgets.stage import SMALL
from widgets.act import ActDialog
from widgets.arm import ArmDialog
from widgets.choice import Choice
from widgets.main import MainScreen


async def shown(hand: Hand) -> None:
    """The matching remedy's plan is on the screen, and keys are heard."""
    await hand.press("r")
    await hand.phase("shown")
    await hand.hear()


async def test_a_remedy_goes_from_its_key_to_verified(tmp_path: Path, server: Server) -> None:
    async with office(tmp_path, server) as hand:
        await hand.arm()
        assert "ARMED cluster 30 min" in hand.seen
        await shown(hand)
        for word in ("where", "will", "lost", "kept", "takes", "sends", "proof", "guards"):
            assert f"│ {word}" in hand.seen
        assert "[ Cancel ]" in hand.seen and "local restart {" in hand.seen
        await hand.press("tab", "enter")
        await hand.phase("ended")
        assert "VERIFIED" in hand.seen and "restarts: 1" in hand.seen
        assert server.writes == 1
        assert hand.kinds()[-3:] == ["remedy.started", "remedy.sent", "remedy.verified"]


async def test_enter_on_a_fresh_dialog_cancels(tmp_path: Path, server: Server) -> None:
    async with office(tmp_path, server) as hand:
        await hand.arm()
        await shown(hand)
        await hand.press("enter")
        assert isinstance(hand.app.screen, MainScreen)
        assert not server.writes and not hand.app.affairs.doings


async def test_a_dialog_that_is_closed_while_it_is_measured_closes(
    tmp_path: Path, server: Server
) -> None:
    async with office(tmp_path, server) as hand:
        await shown(hand)
        dialog = hand.app.screen
        assert isinstance(dialog, ActDialog)
        dialog.follow()
        await dialog.query("#more").remove()
        await hand.press("escape")
        assert isinstance(hand.app.screen, MainScreen)


async def test_keys_within_the_first_moment_do_nothing(tmp_path: Path, server: Server) -> None:
    async with office(tmp_path, server) as hand:
        await hand.arm()
        await hand.burst("r", "tab", "enter", "enter", "tab", "enter", "escape", "q", "r")
        await hand.phase("shown")
        await hand.burst("tab", "enter", "space", "escape")
        assert isinstance(hand.app.screen, ActDialog)
        assert "[ Cancel ]" in hand.seen and not server.writes


async def test_firing_twice_within_a_moment_fires_once(tmp_path: Path, server: Server) -> None:
    server.gate.clear()
    async with office(tmp_path, server) as hand:
        await hand.arm()
        await shown(hand)
        await hand.press("tab")
        await hand.burst("enter", "enter", "enter", "enter")
        await hand.until(server.arrived.is_set)
        server.gate.set()
        await hand.phase("ended")
        assert server.writes == 1


async def test_disarmed_the_plan_is_shown_with_the_guard_that_is_against_it(
    tmp_path: Path, server: Server
) -> None:
    async with office(tmp_path, server) as hand:
        await shown(hand)
        assert "✖ not armed; cluster must be armed" in hand.seen
        assert hand.app.screen.query_one("#fire", Choice).disabled
        await hand.press("tab", "enter", "enter")
        assert not server.writes


async def test_arming_from_the_dialog_plans_again_and_then_it_can_be_fired(
    tmp_path: Path, server: Server
) -> None:
    async with office(tmp_path, server) as hand:
        await shown(hand)
        await hand.press("A")
        assert isinstance(hand.app.screen, ArmDialog)
        await hand.hear()
        await hand.press("enter", "enter")
        await hand.type("memory is full")
        await hand.press("enter", "enter")
        await hand.until(lambda: hand.app.affairs.arming is not None)
        assert hand.app.affairs.arming and hand.app.affairs.arming.reason == "memory is full"
        await hand.until(lambda: "● cluster armed until" in hand.seen)
        await hand.hear()
        await hand.press("tab", "enter")
        await hand.phase("ended")
        assert server.writes == 1


async def test_where_data_is_lost_only_the_name_typed_in_full_frees_the_button(
    tmp_path: Path, server: Server
) -> None:
    async with office(tmp_path, server, remedy={"typed": "web"}) as hand:
        await hand.arm()
        await shown(hand)
        assert "type web to go on:" in hand.seen
        await hand.press("tab")
        await hand.type("we")
        await hand.press("enter", "enter")
        assert isinstance(hand.app.screen, MainScreen), "Cancel had the keys"
        await shown(hand)
        await hand.press("tab")
        await hand.type("web")
        await hand.press("enter", "enter")
        await hand.phase("ended")
        assert server.writes == 1


async def test_a_world_that_changed_is_shown_again_and_said(tmp_path: Path, server: Server) -> None:
    async with office(tmp_path, server) as hand:
        await hand.arm()
        await shown(hand)
        server.loses = ["212 jobs"]
        await hand.press("tab", "enter")
        await hand.until(lambda: "The world changed: nothing was sent" in hand.seen)
        assert "lost: was nothing, now 212 jobs" in hand.seen
        await hand.burst("tab", "enter")
        assert "[ Cancel ]" in hand.seen and not server.writes, "deaf again"
        await hand.hear()
        await hand.press("tab", "enter")
        await hand.phase("ended")
        assert server.writes == 1


async def test_leaving_the_dialog_does_not_stop_the_act_and_the_header_shows_it(
    tmp_path: Path, server: Server
) -> None:
    server.gate.clear()
    async with office(tmp_path, server, size=SMALL) as hand:
        await hand.arm()
        await shown(hand)
        await hand.press("tab", "enter")
        await hand.phase("flying")
        await hand.hear()
        await hand.press("escape")
        assert isinstance(hand.app.screen, MainScreen)
        hand.app.later(65)
        await hand.press()
        assert "▸ 1 m" in hand.seen.splitlines()[0]
        server.gate.set()
        await hand.until(lambda: "remedy.verified" in hand.kinds())
        await hand.until(lambda: not hand.app.affairs.doings)
        assert server.writes == 1


async def test_what_failed_and_what_is_unknown_is_said(tmp_path: Path, server: Server) -> None:
    async with office(tmp_path, server) as hand:
        await hand.arm()
        for mood, word in (("lie", "FAILED"), ("drop", "UNKNOWN"), ("reject", "FAILED")):
            server.mood = mood
            await shown(hand)
            await hand.press("tab", "enter")
            await hand.phase("ended")
            assert word in hand.seen
            await hand.hear()
            await hand.press("escape")


async def test_a_read_only_console_shows_the_plan_and_keeps_its_keys_with_the_reason(
    tmp_path: Path, server: Server
) -> None:
    async with office(tmp_path, server, read_only=True) as hand:
        await hand.until(lambda: hand.app.affairs.barred)
        assert "r remedy (READ-ONLY)" in hand.seen and "A arm (READ-ONLY)" in hand.seen
        await shown(hand)
        assert "started with --read-only" in hand.seen
        await hand.press("escape", "A")
        await hand.hear()
        assert "READ-ONLY (flag): nothing can be armed" in hand.seen
        assert not server.writes


async def test_a_row_offers_what_may_act_on_it(tmp_path: Path, server: Server) -> None:
    async with office(tmp_path, server) as hand:
        await hand.press("3", "a")
        await hand.phase("shown")
        assert "restart" in hand.seen and "│ sends" in hand.seen


async def test_a_plan_shown_before_a_sleep_is_refused(tmp_path: Path, server: Server) -> None:
    async with office(tmp_path, server) as hand:
        await hand.arm()
        await shown(hand)
        hand.app.resumed()
        await hand.until(lambda: hand.app.affairs.arming is None)
        await hand.press("tab", "enter")
        await hand.phase("refused")
        assert "the computer slept" in hand.seen and not server.writes


@pytest.mark.parametrize("when", ["shown", "fired"])
async def test_a_plan_that_fails_as_nobody_expected_is_refused_and_the_console_goes_on(
    tmp_path: Path, server: Server, when: str
) -> None:
    async with office(tmp_path, server) as hand:
        await hand.arm()
        if when == "fired":
            await shown(hand)
        server.loses = None  # type: ignore[assignment]
        await hand.press(*(("r",) if when == "shown" else ("tab", "enter")))
        await hand.phase("refused")
        assert "this program failed before anything was sent (TypeError: " in hand.seen
        assert hand.kinds()[-1] == "remedy.refused" and not server.writes
        await hand.hear()
        await hand.press("escape")
        assert isinstance(hand.app.screen, MainScreen)


async def test_a_wish_that_fails_is_said_and_ends_nothing(tmp_path: Path, server: Server) -> None:
    async with office(tmp_path, server) as hand:
        assert hand.app.clerk is not None
        hand.app.clerk.rounds.cases = None  # type: ignore[assignment]
        await hand.press("c")
        await hand.until(lambda: "this failed, and the fault is ours" in hand.seen)
        await hand.press("q")
        assert isinstance(hand.app.screen, MainScreen)


async def test_a_plan_longer_than_the_screen_is_not_fired_before_it_was_read_to_its_end(
    tmp_path: Path, server: Server
) -> None:
    server.loses = [f"thing {number} of many" for number in range(30)]
    async with office(tmp_path, server, size=SMALL) as hand:
        await hand.arm()
        await shown(hand)
        assert "page down reads on" in hand.seen and "read it to its end" in hand.seen
        await hand.press("tab", "enter")
        assert isinstance(hand.app.screen, MainScreen), "Cancel kept the keys"
        await shown(hand)
        for _ in range(20):
            await hand.press("pagedown")
        assert "that is all of it" in hand.seen
        await hand.press("tab", "enter")
        await hand.phase("ended")
        assert server.writes == 1

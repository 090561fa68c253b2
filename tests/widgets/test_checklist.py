"""A checklist through its keys: ticked, skipped, run, told, answered; it outlives its console."""

from __future__ import annotations

from pathlib import Path

from tests.acting.world import Server
from tests.widgets.office import Hand, office
from tests.widgets.stage import SMALL
from widgets.checklist import Checklist
from widgets.form import Form
from widgets.main import MainScreen


async def opened(hand: Hand) -> None:
    """The checklist of the finding is on the screen, its first step to do."""
    await hand.press("c")
    await hand.until(lambda: "space ticks it" in hand.seen)


async def answer(hand: Hand, *lines: str) -> None:
    """Fill in the form on the screen."""
    assert isinstance(hand.app.screen, Form)
    for line in lines:
        await hand.type(line)
        await hand.press("enter")


async def test_a_checklist_goes_from_the_first_step_to_its_end(
    tmp_path: Path, server: Server
) -> None:
    async with office(tmp_path, server) as hand:
        await hand.arm()
        await opened(hand)
        assert "Why: they lose it" in hand.seen and "網 stuck · cluster" in hand.seen
        await hand.press("space")
        await hand.until(lambda: "r shows what would be done" in hand.seen)
        await hand.press("r")
        await hand.phase("shown")
        await hand.hear()
        await hand.press("tab", "enter")
        await hand.phase("ended")
        await hand.hear()
        await hand.press("enter")
        await hand.until(lambda: "équipe web" in hand.seen and "VERIFIED" in hand.seen)
        assert "message: 網 stuck: restarted" in hand.seen
        await hand.press("t", "enter")
        await hand.until(lambda: "1 sent, nobody answered yet" in hand.seen)
        assert "next try" in hand.seen
        await hand.press("space")
        await answer(hand, "team", "thanks")
        await hand.until(lambda: "team: thanks" in hand.seen)
        hand.app.look_at(40.0)
        await hand.until(lambda: "CLOSED" in hand.seen)
        run = hand.app.affairs.runs[0]
        outcomes = [step.outcome for step in run.steps]
        assert outcomes == ["done", "verified", "done", "verified"]
        assert {"run.opened", "contact.sent", "contact.answered", "run.closed"} <= set(hand.kinds())


async def test_skipping_needs_a_reason_and_notes_are_kept(tmp_path: Path, server: Server) -> None:
    async with office(tmp_path, server, size=SMALL) as hand:
        await opened(hand)
        await hand.press("n")
        await answer(hand, "they were told [b]twice[/b]")
        await hand.until(lambda: "note: they were told [b]twice[/b]" in hand.seen)
        await hand.press("s", "enter")
        assert isinstance(hand.app.screen, Form), "an empty reason is none"
        await answer(hand, "nobody is there")
        await hand.until(lambda: "SKIPPED nobody is there" in hand.seen)


async def test_letters_typed_right_after_the_key_of_a_form_are_not_lost(
    tmp_path: Path, server: Server
) -> None:
    async with office(tmp_path, server) as hand:
        await opened(hand)
        await hand.burst("n", *"quick", "enter")
        await hand.until(lambda: "note: quick" in hand.seen)


async def test_a_second_console_sees_the_run_and_goes_on_with_it(
    tmp_path: Path, server: Server
) -> None:
    async with office(tmp_path, server) as hand:
        await opened(hand)
        await hand.press("space")
        await hand.until(lambda: "r shows what would be done" in hand.seen)
    async with office(tmp_path, server, by="second") as hand:
        await hand.until(lambda: hand.app.affairs.runs)
        assert "c 2/4 restart-web" in hand.seen
        await hand.press("c")
        await hand.until(lambda: "✔" in hand.seen and "tester" in hand.seen)
        await hand.press("s")
        await answer(hand, "it came back by itself")
        await hand.until(lambda: "second" in hand.seen)
        assert hand.kinds().count("run.opened") == 1


async def test_a_step_that_failed_stops_the_run_and_is_tried_again(
    tmp_path: Path, server: Server
) -> None:
    server.mood = "lie"
    async with office(tmp_path, server) as hand:
        await hand.arm()
        await opened(hand)
        await hand.press("space")
        await hand.until(lambda: "r shows what would be done" in hand.seen)
        await hand.press("r")
        await hand.phase("shown")
        await hand.hear()
        await hand.press("tab", "enter")
        await hand.phase("ended")
        await hand.hear()
        await hand.press("enter")
        await hand.until(lambda: "STOPPED at restart" in hand.seen)
        await hand.press("R")
        await hand.until(lambda: "STOPPED" not in hand.seen)
        assert "r shows what would be done" in hand.seen


async def test_an_act_that_a_person_saw_happen_is_said_so_and_the_run_goes_on(
    tmp_path: Path, server: Server
) -> None:
    async with office(tmp_path, server) as hand:
        await opened(hand)
        await hand.press("space")
        await hand.until(lambda: "space I saw that it happened" in hand.seen)
        await hand.press("space", "enter")
        assert isinstance(hand.app.screen, Form), "without a word of what was seen it is nothing"
        await answer(hand, "its uptime")
        await hand.until(lambda: "BY HAND its uptime" in hand.seen)
        run = hand.app.affairs.runs[0]
        assert run.step is not None and run.step.id == "tell"


async def test_a_message_is_copied_to_the_terminal_and_to_a_file(
    tmp_path: Path, server: Server
) -> None:
    async with office(tmp_path, server) as hand:
        await opened(hand)
        await hand.press("down", "down", "y")
        assert hand.app.clipboard == "網 stuck: restarted"
        await hand.until((tmp_path / "copied.txt").is_file)
        assert (tmp_path / "copied.txt").read_text(encoding="utf-8") == "網 stuck: restarted\n"


async def test_a_copy_that_reaches_no_file_is_said(tmp_path: Path, server: Server) -> None:
    async with office(tmp_path, server) as hand:
        (tmp_path / "copied.txt").mkdir()
        await opened(hand)
        await hand.press("y")
        await hand.until(lambda: "Is a directory" in " ".join(hand.seen.split()))


async def test_whom_to_call_is_said_by_name_and_number_and_no_key_sends_where_none_can(
    tmp_path: Path, server: Server
) -> None:
    steps = (
        {"id": "tell", "contact": "team", "message": "x", "timeout": "1s", "on_fail": "escalate"},
        {"id": "rest", "do": "rest"},
    )
    async with office(tmp_path, server, steps=steps, contacts=["team"]) as hand:
        await hand.press("c")
        await hand.until(lambda: "t told by which way" in hand.seen)
        assert "r sends it" not in hand.seen
        await hand.press("r")
        assert isinstance(hand.app.screen, Checklist) and "cannot write to them" in hand.seen
        hand.app.later(2)
        await hand.until(lambda: "call équipe web (phone +33-1). R tries again" in hand.seen)


async def test_the_journal_leads_to_the_checklist(tmp_path: Path, server: Server) -> None:
    async with office(tmp_path, server) as hand:
        await opened(hand)
        await hand.press("q")
        assert isinstance(hand.app.screen, MainScreen)
        await hand.press("J")
        await hand.until(lambda: "run.opened" in hand.seen)
        await hand.burst("slash", *"opened", "enter")
        await hand.until(lambda: "run.step" not in hand.seen)
        await hand.press("enter")
        await hand.until(lambda: isinstance(hand.app.screen, Checklist))
        assert "網 stuck" in hand.seen

"""What the clerk keeps of the journal, of acts and of checklists, on a real console."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from console.acting.locks import Lock, file_name
from console.journal import Journal
from console.machine import HANGUP
from console.model.shift import LookOver
from tests.acting.world import ORDER, Restart, Server
from tests.widgets.office import Hand, office
from widgets.unfinished import Unfinished


async def test_a_damaged_line_leaves_runs_and_notes_on_the_screen_and_stays_told(
    tmp_path: Path, server: Server
) -> None:
    async with office(tmp_path, server) as hand:
        await hand.press("c")
        await hand.until(lambda: "space ticks it" in hand.seen)
        await hand.press("n", *"ok", "enter")
        await hand.until(lambda: "note: ok" in hand.seen)
    path = tmp_path / "journal.jsonl"
    path.write_bytes(path.read_bytes().replace(b'"finding.seen"', b'"finding.sEEn"'))
    async with office(tmp_path, server) as hand:
        await hand.until(lambda: hand.app.affairs.runs)
        assert "the line was changed" in hand.seen, "it is said"
        await hand.press("c")
        await hand.until(lambda: "note: ok" in hand.seen)
        assert [one.id for one in hand.app.affairs.runs] == [hand.app.affairs.runs[0].id]
        await hand.press("space", "q", "J")
        await hand.until(lambda: "ended  done" in hand.seen)
        assert ":1: the line was changed" in hand.seen, "growth does not heal it"


async def test_a_journal_that_cannot_be_read_is_told_to_the_handover_for_as_long_as_it_is(
    tmp_path: Path, server: Server
) -> None:
    async with office(tmp_path, server) as hand:
        assert hand.app.clerk is not None
        shifts, path = hand.app.clerk.shifts, tmp_path / "journal.jsonl"

        async def doubted() -> bool:
            await shifts.look(LookOver(anew=True))
            assert shifts.walk.document is not None
            return any("the journal cannot be read" in one for one in shifts.walk.document.doubtful)

        await hand.until(lambda: hand.app.affairs.entries)
        assert not await doubted()
        path.rename(tmp_path / "aside")
        path.mkdir()
        await hand.until(lambda: "the journal cannot be read" in hand.app.affairs.trouble)
        assert await doubted()
        path.rmdir()
        (tmp_path / "aside").rename(path)
        await hand.until(lambda: not hand.app.affairs.trouble)
        assert not await doubted()


async def test_an_act_that_another_console_left_behind_is_looked_at_from_the_refusal(
    tmp_path: Path, server: Server
) -> None:
    async with office(tmp_path, server) as hand:
        await hand.arm()
        await hand.press("r")
        await hand.phase("shown")
        await begun_elsewhere(hand)
        server.restarts += 1
        await hand.hear()
        await hand.press("ctrl+r")
        await hand.until(lambda: "its end is open: look at it again first" in spaced(hand.seen))
        await hand.until(lambda: hand.app.affairs.unfinished)
        assert hand.doing, "a dialog that has the keys keeps them"
        await hand.hear()
        await hand.press("u")
        await hand.until(lambda: "the world says now" in hand.seen)
        assert "remedy.unknown" in hand.kinds() and not server.writes
        await hand.hear()
        await hand.press("escape")
        await hand.until(lambda: hand.doing and not hand.doing.proposal.refusals)


async def test_an_act_that_is_left_behind_while_one_looks_is_shown(
    tmp_path: Path, server: Server
) -> None:
    async with office(tmp_path, server) as hand:
        lock = Lock(tmp_path / "locks" / file_name("cluster"))
        assert not lock.take("another")
        await begun_elsewhere(hand)
        await hand.until(lambda: "remedy.started" in [e.kind for e in hand.app.affairs.entries])
        assert not hand.app.affairs.unfinished, "somebody is busy with it"
        lock.release()
        await hand.until(lambda: isinstance(hand.app.screen, Unfinished))
        await hand.until(lambda: "the world says now" in hand.seen)


async def test_an_act_that_cannot_be_locked_is_shown_and_says_why_nobody_can_look(
    tmp_path: Path, server: Server
) -> None:
    (tmp_path / "locks").write_text("a file where a directory belongs")
    async with office(tmp_path, server) as hand:
        await begun_elsewhere(hand)
        await hand.until(lambda: isinstance(hand.app.screen, Unfinished))
        await hand.until(lambda: "cannot be locked: " in spaced(hand.seen))
        assert "remedy.unknown" not in hand.kinds()


async def flown(hand: Hand) -> None:
    """An act is being sent, and the vendor takes its time to answer."""
    hand.app.server.gate.clear()
    await hand.arm()
    await hand.press("r")
    await hand.phase("shown")
    await hand.hear()
    await hand.press("tab", "enter")
    await hand.until(hand.app.server.arrived.is_set)
    await hand.hear()
    await hand.press("escape")


async def test_quitting_waits_for_the_answer_to_what_is_being_sent(
    tmp_path: Path, server: Server
) -> None:
    async with office(tmp_path, server) as hand:
        await flown(hand)
        hand.app.leave(0)
        await hand.until(lambda: "waiting for the answer of local to: restart" in hand.seen)
        hand.app.later(7)
        await hand.until(lambda: re.search(r" ([7-9]|1\d) s of 20 s at most", hand.seen))
        assert hand.app.return_code is None and "remedy.sent" not in hand.kinds()
        server.gate.set()
        await hand.until(lambda: hand.app.return_code == 0)
        assert hand.kinds()[-2:] == ["remedy.sent", "disarmed"]


async def test_quitting_says_what_the_journal_tells_of_an_act_that_is_done_in_part(
    tmp_path: Path, server: Server
) -> None:
    async with office(tmp_path, server) as hand:
        await flown(hand)
        (flying,) = hand.app.affairs.flights
        assert flying.proposal is not None and not flying.left
        path = hand.app.world.directory / "journal.jsonl"
        part = {"reply": {}, "request": 1, "of": 2}
        for left in ("stopped by us", "stopped by us, never started"):
            Journal(path).append("remedy.sent", act=flying.proposal.act, left=left, rest="", **part)
        await hand.until(lambda: hand.app.affairs.flights[0].left == left)
        await hand.press("q")
        await hand.until(lambda: "HALF DONE: restart: stopped by us, never started." in hand.seen)
        Journal(path).append("remedy.sent", act=flying.proposal.act, reply={})
        await hand.until(lambda: not hand.app.affairs.flights[0].left)
        server.gate.set()
        await hand.until(lambda: "remedy.verified" in hand.kinds())


async def test_without_its_terminal_a_console_ends_at_once_and_writes_down_what_is_known(
    tmp_path: Path, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("console.app.GRACE", 0.05)
    async with office(tmp_path, server) as hand:
        await flown(hand)
        hand.app.lost()
        await hand.until(lambda: hand.app.return_code == HANGUP)
        assert hand.kinds()[-3:] == ["remedy.started", "note", "disarmed"]
        server.gate.set()


CHAT = {"title": "team", "channels": [{"kind": "webhook", "address": "https://chat.example/x"}]}


async def test_a_message_is_a_try_of_the_step_it_was_sent_from(
    tmp_path: Path, server: Server
) -> None:
    steps = tuple({"id": id, "contact": "team", "message": id} for id in ("first", "second"))
    notify = {"kind": "notify", "acts_on": frozenset({"contact"})}
    given = {"remedy": notify, "entry": {"kind": "notify"}, "team": CHAT}
    async with office(tmp_path, server, steps=steps, **given) as hand:
        await hand.arm()
        await hand.press("c")
        await hand.until(lambda: "message: first" in hand.seen)
        await hand.press("down", "r")
        await hand.phase("shown")
        await hand.hear()
        await hand.press("tab", "enter")
        await hand.until(lambda: "contact.sent" in hand.kinds())
        (sent,) = (e for e in hand.entries() if e.kind == "contact.sent")
        (posted,) = (e for e in hand.entries() if e.kind == "remedy.sent")
        assert sent.data["step"] == posted.data["step"] == "second"
        assert sent.data["act"] == posted.data["act"]
        await hand.until(lambda: hand.app.affairs.runs[0].steps[1].due is not None)
        first, second = hand.app.affairs.runs[0].steps
        assert not first.sent and len(second.sent) == 1 and not second.outcome


CHECK = (
    {"id": "wait", "wait": {"source": "workloads", "where": {"mem_pct": "< 50"}}, "timeout": "1h"},
    {"id": "after", "do": "look once more"},
)


async def test_a_console_that_is_held_up_holds_up_no_checklist_and_writes_nothing_twice(
    tmp_path: Path, server: Server
) -> None:
    """Its lock is taken for the writing only; what another one wrote first is read first."""
    lock = Lock(tmp_path / "checklists.lock")
    async with office(tmp_path, server, steps=CHECK) as hand:
        await hand.press("c")
        await hand.until(lambda: "▸" in hand.seen and "run.step" in hand.kinds())
        assert not lock.take("another"), "nobody holds it while nothing moves"
        hand.app.look_at(40.0)
        await hand.until(lambda: "are moved on by pid" in hand.seen)
        assert hand.kinds().count("run.step") == 1
        lock.release()
        await hand.until(lambda: "VERIFIED" in hand.seen)
        assert "are moved on by" not in hand.seen
        assert hand.kinds().count("run.step") == 3


async def test_a_read_only_console_moves_no_checklist_on_and_says_so(
    tmp_path: Path, server: Server
) -> None:
    async with office(tmp_path, server, steps=CHECK) as hand:
        await hand.press("c")
        await hand.until(lambda: "run.step" in hand.kinds())
    before = hand.kinds()
    async with office(tmp_path, server, steps=CHECK, read_only=True) as hand:
        await hand.until(lambda: hand.app.affairs.runs)
        await hand.press("c")
        hand.app.look_at(40.0)
        await hand.until(lambda: "this one is read-only" in hand.seen)
        assert "run.step" not in hand.kinds()[len(before) :]


async def begun_elsewhere(hand: Hand) -> None:
    """Another console wrote a start down, and no end."""
    assert hand.app.acts is not None
    hands, remedy = hand.app.acts.hands, Restart(hand.app.server.url)
    Journal(hand.app.world.directory / "journal.jsonl").append(
        "remedy.started",
        by="other",
        act="20261122T120000Z-aaaaaa",
        remedy="restart-web",
        kind=remedy.kind,
        plan=await remedy.plan(ORDER, hands),
        guards=(),
        started_at=hands.clock.now().isoformat(),
        world=hands.world,
    )


def spaced(text: str) -> str:
    """Without the dialog's frame and line breaks."""
    return " ".join(text.replace("│", " ").split())

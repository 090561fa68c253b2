"""The night's machine: what it does alone, what stops it, and who takes over."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from console.acting.arming import ON_REQUEST
from console.model import wishes as w
from tests.acting.world import ORDER, Restart, Server
from tests.clerk.night import CASE, Program, program

RESTART = {"id": "restart", "run": "restart-web", "auto": True}


async def began(it: Program) -> None:
    """Armed, found, its checklist open and waiting."""
    it.see(90)
    await it.arm()
    await it.until(lambda: it.runs and it.runs[0].step and it.runs[0].step.began)


async def test_a_whole_night_goes_by_itself(tmp_path: Path, server: Server) -> None:
    async with program(tmp_path, server) as it:
        await began(it)
        await it.turn(3)
        assert not server.writes, "it waits for the end"
        it.see(45)
        await it.until(lambda: "remedy.verified" in it.kinds())
        assert it.affairs.rings[0].text == "the night: restart begins by itself: restart (shop/web)"
        it.see(30)
        await it.until(lambda: "done" in it.rang())
        assert it.kinds().count("run.opened") == 1 and server.writes == 1
        await it.turn(5)
        assert it.kinds().count("run.opened") == 1, "it is found still, and was seen to"
        (ring,) = it.affairs.rings
        assert ring.text == "the night: done; over verified, restart verified, fine verified"
        started = next(e for e in it.entries() if e.kind == "remedy.started")
        assert started.data["unattended"] is True and started.by == "tester"
        assert it.rang() == ["begins", "done"] and it.acts.armed
        assert not it.clerk.doings.all


async def test_without_an_arming_for_the_case_it_does_nothing(
    tmp_path: Path, server: Server
) -> None:
    async with program(tmp_path, server) as it:
        it.see(45)
        await it.acts.arm(["cluster"], 60, "a person's")
        await it.turn(4)
        assert "run.opened" not in it.kinds() and not server.writes


async def test_a_case_in_a_scope_that_is_not_armed_is_left_alone(
    tmp_path: Path, server: Server
) -> None:
    async with program(tmp_path, server) as it:
        it.see(45)
        await it.acts.arm(["sakai/stg"], 60, "the night", ["night"])
        await it.turn(4)
        assert "run.opened" not in it.kinds()


@pytest.mark.parametrize(
    ("remedy", "entry", "mood", "why"),
    [
        ({"typed": "web"}, {}, "", "web must be typed"),
        ({}, {"on": {"scopes": ["elsewhere"]}}, "", "may not act on cluster"),
        ({}, {}, "drop", "nobody can tell how it ended"),
    ],
)
async def test_the_first_refusal_and_the_first_unknown_stop_it_and_call_a_person(
    tmp_path: Path,
    server: Server,
    remedy: dict[str, Any],
    entry: dict[str, Any],
    mood: str,
    why: str,
) -> None:
    server.mood = mood
    restart = Restart(server.url, **remedy)
    async with program(tmp_path, server, remedy=restart, entry=entry) as it:
        await began(it)
        it.see(45)
        await it.until(lambda: "stopped" in it.rang())
        assert it.acts.armed is None and why in it.acts.arms.why
        assert why in it.clerk.unattended.stopped
        (ring,) = it.affairs.rings
        assert ring.text.startswith("CALL the night: stopped at restart: ") and why in ring.text
        assert "disarmed" in it.kinds()
        await it.turn(5)
        assert server.writes == (mood == "drop"), "and nothing more is sent"


async def test_a_failed_act_is_the_checklists_to_judge(tmp_path: Path, server: Server) -> None:
    server.mood = "lie"
    steps = (*CASE["steps"][:1], RESTART | {"on_fail": "go_on"}, CASE["steps"][2])
    async with program(tmp_path, server, *steps) as it:
        await began(it)
        it.see(30)
        await it.until(lambda: it.runs[0].steps[2].began)
        it.see(30)
        await it.until(lambda: "done" in it.rang())
        assert server.writes == 1 and it.runs[0].closed_at
        assert it.runs[0].steps[1].outcome == "failed"


@pytest.mark.parametrize(
    ("mood", "why"), [("lie", "it did not restart"), ("reject", "nothing was done: 409 not now")]
)
async def test_a_checklist_that_stops_calls_a_person_and_nothing_is_tried_twice(
    tmp_path: Path, server: Server, mood: str, why: str
) -> None:
    server.mood = mood
    async with program(tmp_path, server) as it:
        await began(it)
        it.see(30)
        await it.until(lambda: "stopped" in it.rang())
        assert it.acts.armed is None
        assert f"stopped at restart: {why}" in it.affairs.rings[0].text
        await it.turn(5)
        assert server.writes == 1


async def test_what_only_a_person_does_calls_one_once_and_the_night_stays_armed(
    tmp_path: Path, server: Server
) -> None:
    by_hand = {"id": "by-hand", "run": "restart-web"}
    async with program(tmp_path, server, by_hand, RESTART) as it:
        it.see(45)
        await it.arm()
        await it.until(lambda: "needed" in it.rang())
        await it.turn(5)
        assert it.rang() == ["needed"] and it.acts.armed and not server.writes


class Shifty(Restart):
    """What it would lose is another thing each time it is planned."""

    async def plan(self, order: Any, hands: Any) -> Any:
        made = await super().plan(order, hands)
        count = sum(line.startswith("GET plan") for line in world(self).log)
        return replace(made, loses=(f"{'x' * count} jobs",)) if count <= self.patience else made


SERVERS: list[Server] = []


def world(_: object) -> Server:
    return SERVERS[-1]


@pytest.mark.parametrize(("changes", "outcome"), [(2, "verified"), (9, "stopped")])
async def test_a_plan_that_changes_is_looked_at_twice_more(
    tmp_path: Path, server: Server, changes: int, outcome: str
) -> None:
    SERVERS.append(server)
    remedy = Shifty(server.url, patience=changes)
    async with program(tmp_path, server, RESTART, remedy=remedy) as it:
        it.see(45)
        await it.arm()
        await it.until(
            lambda: outcome in (*it.rang(), *it.kinds()) or "remedy.verified" in it.kinds()
        )
        if outcome == "verified":
            assert server.writes == 1 and "stopped" not in it.rang()
        else:
            assert not server.writes and it.acts.armed is None
            assert "its plan changed 3 times" in it.clerk.unattended.stopped


async def test_a_person_who_looks_at_the_step_takes_over_and_stays_armed(
    tmp_path: Path, server: Server
) -> None:
    async with program(tmp_path, server) as it:
        await began(it)
        run = it.runs[0]
        await it.granting.grant(w.AskWhat("mine", run=run.id, step="restart"))
        it.see(45)
        await it.until(lambda: it.runs[0].steps[0].outcome)
        await it.turn(5)
        assert not server.writes and it.acts.armed
        (note,) = [e for e in it.entries() if e.kind == "note"]
        assert note.data["text"].startswith("tester took over")
        await it.granting.grant(w.FireIt("mine"))
        assert server.writes == 1


@pytest.mark.parametrize("armed_before", [True, False])
async def test_who_took_over_is_told_by_the_journals_order_whatever_the_clock_says(
    tmp_path: Path, server: Server, armed_before: bool
) -> None:
    async with program(tmp_path, server) as it:
        await began(it)
        run = it.runs[0]
        it.on.asleep = -600 if armed_before else 600
        it.acts.pen.write_now("remedy.planned", run=run.id, step="restart")
        it.on.asleep = 0
        if not armed_before:
            await it.turn()
            await it.arm()
        it.see(45)
        await it.until(lambda: it.runs[0].steps[0].outcome)
        if armed_before:
            await it.turn(5)
            assert not server.writes and "note" in it.kinds()
        else:
            await it.until(lambda: "remedy.verified" in it.kinds())


async def test_a_person_who_disarms_is_obeyed_and_not_called(
    tmp_path: Path, server: Server
) -> None:
    async with program(tmp_path, server) as it:
        await began(it)
        await it.granting.grant(w.DisarmIt())
        it.see(45)
        await it.turn(5)
        assert not server.writes and not it.rang() and it.acts.arms.why == ON_REQUEST


@pytest.mark.parametrize("how", ["sleep", "expired"])
async def test_an_arming_that_ends_by_itself_calls_a_person(
    tmp_path: Path, server: Server, how: str
) -> None:
    async with program(tmp_path, server) as it:
        await began(it)
        if how == "sleep":
            it.on.asleep += 60
        else:
            it.on.ahead += 3601
        it.see(45)
        await it.turn(4)
        assert not server.writes and it.rang() == ["disarmed"]
        (ring,) = it.affairs.rings
        assert "nothing goes on by itself any more" in ring.text
        assert ("slept" if how == "sleep" else "ended at") in ring.text


async def test_a_console_and_a_watch_armed_for_the_same_night_do_each_thing_once(
    tmp_path: Path, server: Server
) -> None:
    async with (
        program(tmp_path, server) as console,
        program(console.on, server, aside=True) as watch,
    ):
        for it in (console, watch):
            it.see(90)
            await it.arm()
        for _ in range(5):
            await asyncio.gather(console.turn(), watch.turn())
        for memory in (45, 30):
            for it in (console, watch):
                it.see(memory)
            for _ in range(40):
                await asyncio.gather(console.turn(), watch.turn())
        assert server.writes == 1
        kinds = console.kinds()
        assert [kinds.count(k) for k in ("run.opened", "run.closed", "remedy.started")] == [1] * 3
        assert console.rang() == ["begins", "done"]
        assert console.acts.armed and watch.acts.armed


async def test_a_new_start_goes_on_where_the_last_one_ended_and_repeats_nothing(
    tmp_path: Path, server: Server
) -> None:
    async with program(tmp_path, server) as first:
        await began(first)
        await first.clerk.rounds.go_on(first.lookout.board, first.clerk.now())
    async with program(first.on, server) as second:
        second.see(45)
        await second.arm()
        await second.until(lambda: "remedy.verified" in second.kinds())
    async with program(first.on, server) as third:
        third.see(30)
        await third.arm()
        await third.until(lambda: third.runs and third.runs[0].closed_at)
        assert third.kinds().count("run.opened") == 1 and server.writes == 1


ACT = "20261122T120000Z-aaaaaa"


@pytest.mark.parametrize("sent", [False, True])
async def test_an_act_that_a_killed_program_left_without_an_end_is_never_sent_again(
    tmp_path: Path, server: Server, sent: bool
) -> None:
    async with program(tmp_path, server) as first:
        await began(first)
        run = first.runs[0]
        await first.acts.disarm(ON_REQUEST)
    async with program(first.on, server) as second:
        hands, pen = second.acts.hands, second.acts.pen
        plan = await Restart(server.url).plan(ORDER, hands)
        what = {"act": ACT, "remedy": "restart-web", "kind": "rollout-restart", "step": "restart"}
        at = hands.clock.now().isoformat()
        more = {"plan": plan, "guards": (), "world": hands.world, "started_at": at}
        pen.write_now("remedy.started", run=run.id, **what, **more)
        if sent:
            pen.write_now("remedy.sent", run=run.id, **what, reply={})
        second.see(45)
        await second.arm()
        await second.until(lambda: "stopped" in second.rang())
        await second.turn(3)
        assert not server.writes
        assert "its act was begun before, its end is open" in second.clerk.unattended.stopped


async def test_a_checklist_of_another_night_is_closed_and_a_new_one_is_opened(
    tmp_path: Path, server: Server
) -> None:
    async with program(tmp_path, server) as it:
        await began(it)
        old = it.runs[0]
        told = next(e for e in it.entries() if e.kind == "run.opened")
    (tmp_path / "journal.jsonl").unlink()
    async with program(it.on, server) as it:
        data = {**told.data, "since": "2026-01-01T00:00:00Z"}
        it.acts.pen.write_now("run.opened", run=old.id, **data)
        it.see(90)
        await it.arm()
        await it.until(lambda: len(it.runs) == 2)
        assert it.runs[0].closed_why == "forgotten: it was of 2026-01-01 00:00 UTC"
        assert it.runs[1].closed_at is None

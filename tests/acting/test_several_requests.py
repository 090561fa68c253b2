"""An act of several requests: each answer is on the disk, and each next one is weighed again."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from console.acting import Acts
from console.acting.act import UNHEARD
from console.journal import Journal
from console.model import Plan, Verdict
from console.poll import in_thread
from console.remedy import Hands
from tests.acting.world import ORDER, Restart, Server, Stage, acting, ask, configuration, no_room


@dataclass(frozen=True)
class Twice(Restart):
    """Restarts twice, unless something is against the second."""

    between: Callable[[], Awaitable[Any]] | None = None
    full: bool = False
    """The disk is full while the first answer is written down."""

    async def apply(self, plan: Plan, hands: Hands) -> Mapping[str, Any]:
        first = dict(await in_thread(ask, f"{self.url}/restart", "POST"))
        with no_room() if self.full else nullcontext():
            await hands.partly(first, "restarted once of twice", "restart it once more")
        if self.between is not None:
            await self.between()
        if why := hands.go_on():
            return {**first, "stopped": why}
        hands.sends()
        return await super().apply(plan, hands)


async def disarmed(acts: Acts) -> None:
    await acts.disarm("on request")


async def slept(acts: Acts) -> None:
    acts.resumed()


async def narrower(acts: Acts) -> None:
    await acts.arm(["sakai/stg"], 5, "something else")


async def nothing(acts: Acts) -> None:
    assert acts.armed is not None


AGAINST = [
    (disarmed, "on request, since the act was begun"),
    (slept, "the computer slept since the plan was shown: look at it again"),
    (narrower, "armed anew, since the act was begun"),
    (nothing, ""),
]


@pytest.mark.parametrize(("between", "why"), AGAINST, ids=[one.__name__ for one, _ in AGAINST])
async def test_what_ends_the_arming_stops_the_next_request(
    tmp_path: Path, server: Server, between: Callable[[Acts], Awaitable[None]], why: str
) -> None:
    waits: list[Acts] = []
    remedy = Twice(server.url, between=lambda: between(waits[0]))
    on = Stage(tmp_path, remedy, configuration(server.url))
    async with acting(on, "cluster") as acts:
        waits.append(acts)
        verdict = await acts.fire(await acts.propose(ORDER))
        assert isinstance(verdict, Verdict) and server.writes == (1 if why else 2)
    sent = [e.data for e in Journal(tmp_path / "journal.jsonl").entries() if "reply" in e.data]
    assert [(one.get("request"), one.get("of")) for one in sent] == [(1, 1), (None, None)]
    assert sent[0]["left"] == "restarted once of twice"
    assert sent[1]["reply"].get("stopped", "") == why


SECOND = [("", "verified"), ("drop", "unknown"), ("reject", "failed")]


@pytest.mark.parametrize(("mood", "outcome"), SECOND, ids=[end for _, end in SECOND])
async def test_a_full_disk_between_two_requests_is_told_at_every_end_and_stops_nothing(
    tmp_path: Path, server: Server, mood: str, outcome: str
) -> None:
    async def turn() -> None:
        server.mood = mood

    remedy = Twice(server.url, between=turn, full=True)
    async with acting(Stage(tmp_path, remedy, configuration(server.url)), "cluster") as acts:
        verdict = await acts.fire(await acts.propose(ORDER))
    assert isinstance(verdict, Verdict) and verdict.outcome == outcome and server.writes == 2
    (end,) = [e for e in Journal(tmp_path / "journal.jsonl").entries() if "seconds" in e.data]
    for told in (verdict.evidence, end.data["evidence"]):
        assert sum(line.startswith("not written down:") for line in told) == 1


def twice(tmp_path: Path, server: Server, between: Callable[[], Awaitable[Any]]) -> Stage:
    return Stage(tmp_path, Twice(server.url, between=between), configuration(server.url))


async def test_quitting_between_two_requests_waits_for_nothing_and_says_how_it_stands(
    tmp_path: Path, server: Server
) -> None:
    between = asyncio.Event()

    async def hang() -> None:
        between.set()
        await asyncio.Event().wait()

    on = twice(tmp_path, server, hang)
    async with acting(on, "cluster") as acts:
        firing = asyncio.create_task(acts.fire(await acts.propose(ORDER)))
        await between.wait()
        assert acts.sending == ()
        async with asyncio.timeout(5):
            await acts.close(grace=30)
        assert (await asyncio.gather(firing, return_exceptions=True))[0] is not None
    (note,) = [e for e in Journal(tmp_path / "journal.jsonl").entries() if e.kind == "note"]
    said = "the console ended between two requests: restarted once of twice"
    assert note.data["text"] == said and server.writes == 1


@pytest.mark.parametrize("grace", [10, 0.01])
async def test_quitting_while_the_second_is_sent_waits_for_its_answer(
    tmp_path: Path, server: Server, grace: float
) -> None:
    async def hold() -> None:
        server.gate.clear()
        server.arrived.clear()

    on = twice(tmp_path, server, hold)
    async with acting(on, "cluster") as acts:
        firing = asyncio.create_task(acts.fire(await acts.propose(ORDER)))
        while server.writes < 2:
            await asyncio.sleep(0.01)
        assert len(acts.sending) == 1
        closing = asyncio.create_task(acts.close(grace))
        await asyncio.sleep(0.05)
        server.gate.set()
        await closing
        await asyncio.gather(firing, return_exceptions=True)
    entries = Journal(tmp_path / "journal.jsonl").entries()
    notes = [one.data["text"] for one in entries if one.kind == "note"]
    heard = [one for one in entries if one.kind == "remedy.sent" and "left" not in one.data]
    assert (len(heard), notes) == ((1, []) if grace > 1 else (0, [UNHEARD]))


async def test_a_lost_second_answer_is_said_to_be_half_done_and_is_looked_at_as_such(
    tmp_path: Path, server: Server
) -> None:
    async def break_off() -> None:
        server.mood = "drop"

    looked: list[Mapping[str, Any]] = []

    class Looking(Twice):
        async def verify(self, plan: Plan, sent: Mapping[str, Any], hands: Hands) -> Verdict:
            looked.append(sent)
            return await Twice.verify(self, plan, sent, hands)

    remedy = Looking(server.url, between=break_off)
    async with acting(Stage(tmp_path, remedy, configuration(server.url)), "cluster") as acts:
        verdict = await acts.fire(await acts.propose(ORDER))
    assert isinstance(verdict, Verdict) and verdict.outcome == "unknown"
    half = "half done, by the answers that came: restarted once of twice; no reply came: "
    assert verdict.said.startswith(half)
    assert looked[0]["left"] == "restarted once of twice" and looked[0]["accepted"] is True

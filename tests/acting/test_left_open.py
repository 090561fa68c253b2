"""Acts whose end is not on the disk: what they keep closed, and how they get their end."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from console.acting.held import held, still_open
from console.acting.locks import TargetLocks
from console.begun import Begun
from console.journal import Journal
from console.model import Order, Plan, Ref, Verdict
from console.remedy import Refused
from tests.acting.world import (
    ORDER,
    Restart,
    Server,
    Stage,
    acting,
    configuration,
    no_room,
    refused,
    stage,
)


async def test_a_disk_that_fills_up_after_the_sending_does_not_hide_the_outcome(
    tmp_path: Path, server: Server
) -> None:
    on = stage(tmp_path, server)
    server.gate.clear()
    async with acting(on, "cluster") as acts:
        firing = asyncio.create_task(acts.fire(await acts.propose(ORDER)))
        assert await asyncio.to_thread(server.arrived.wait, 10)
        with no_room():
            server.gate.set()
            verdict = await firing
        assert isinstance(verdict, Verdict) and verdict.outcome == "verified"
        assert [said.split(":")[0] for said in verdict.evidence[1:]] == ["not written down"] * 2
        (left,) = await acts.unfinished()
        assert left.sent is None


async def test_who_waits_may_go_away_the_act_goes_on(tmp_path: Path, server: Server) -> None:
    on = stage(tmp_path, server)
    server.gate.clear()
    async with acting(on, "cluster") as acts:
        firing = asyncio.create_task(acts.fire(await acts.propose(ORDER)))
        assert await asyncio.to_thread(server.arrived.wait, 10)
        firing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await firing
        server.gate.set()
        while on.kinds()[-1] != "remedy.verified":
            await asyncio.sleep(0.01)
    assert server.writes == 1


async def test_closing_waits_for_a_reply_and_leaves_the_proof_to_the_next_start(
    tmp_path: Path, server: Server
) -> None:
    on = stage(tmp_path, server, remedy=Restart(server.url, patience=60))
    server.mood = "lie"
    server.gate.clear()
    acts = on.acts()
    await acts.arm(["cluster"], 10, "a test")
    proposal = await acts.propose(ORDER)
    firing = asyncio.create_task(acts.fire(await acts.propose(ORDER)))
    assert await asyncio.to_thread(server.arrived.wait, 10)
    closing = asyncio.create_task(acts.close(grace=10))
    await asyncio.sleep(0)
    with pytest.raises(Refused, match="the console is closing"):
        await acts.fire(proposal)
    server.gate.set()
    await closing
    assert (await asyncio.gather(firing, return_exceptions=True))[0] is not None
    assert on.kinds()[-2:] == ["remedy.sent", "disarmed"]
    on.remedy, server.mood = Restart(server.url), ""
    async with acting(on) as acts:
        (left,) = await acts.unfinished()
        verdict = await acts.look_again(left)
        assert verdict.outcome == "failed", "the reply is known, and nothing restarted"
        assert await acts.unfinished() == ()
    assert server.writes == 1


async def test_an_act_without_an_end_blocks_its_target_until_it_is_looked_at(
    tmp_path: Path, server: Server
) -> None:
    on = stage(tmp_path, server)
    with no_end(on, server):
        await crash_after_sending(on, server)
    async with acting(on, "cluster") as acts:
        (left,) = await acts.unfinished()
        assert str(left).startswith("restart-web on shop/web was begun at ")
        assert "no reply was written down; its end is open: look at it again first" in (
            await refused(acts)
        )
        verdict = await acts.look_again(left)
        assert verdict.outcome == "unknown"
        assert verdict.said == "the console ended before a reply was written down"
        assert "restarts: 1" in verdict.evidence
        with pytest.raises(Refused, match="has its end by now"):
            await acts.look_again(left)
        assert (await acts.propose(ORDER)).refusals == ()
    assert server.writes == 1


@contextmanager
def no_end(on: Stage, server: Server) -> Iterator[None]:
    server.gate.clear()
    yield
    server.gate.set()


async def crash_after_sending(on: Stage, server: Server) -> None:
    """The console is gone while its request is under way: its task is cancelled, as a loop does."""
    acts = on.acts()
    await acts.arm(["cluster"], 10, "a test")
    firing = asyncio.create_task(acts.fire(await acts.propose(ORDER)))
    assert await asyncio.to_thread(server.arrived.wait, 10)
    await acts.close(grace=0.01)
    assert (await asyncio.gather(firing, return_exceptions=True))[0] is not None


MACHINE = Ref("instance", "sakai/prod", "web-1")


async def test_what_cannot_be_read_or_locked_refuses_to_look_and_can_be_asked_again(
    tmp_path: Path, server: Server
) -> None:
    on = stage(tmp_path, server)
    with no_end(on, server):
        await crash_after_sending(on, server)
    async with acting(on) as acts:
        (left,) = await acts.unfinished()
        path, locks = acts.pen.journal.path, acts.survey.locks
        acts.pen.journal.path = tmp_path  # as when it may not be read any more
        target = left.plan.targets[0]
        for read in (acts.look_again(left), acts.unfinished(), acts.survey.latest(target)):
            with pytest.raises(Refused, match="the journal cannot be read: "):
                await read
        acts.pen.journal.path, acts.survey.locks = path, path / "locks"
        assert await acts.unfinished() == (left,), "nobody knows whether somebody is busy with it"
        with pytest.raises(Refused, match="cannot be locked: "):
            await acts.look_again(left)
        acts.survey.locks = locks
        assert (await acts.look_again(left)).outcome == "unknown"
        assert await acts.unfinished() == ()


WEB, API = (Ref("deployment", "cluster", f"shop/{name}") for name in ("web", "api"))
ONE, TWO, FAR = (
    Ref(*words)
    for words in (
        ("cache", "sakai/prod", "redis-1"),
        ("cache", "kawasaki/prod", "redis-2"),
        ("cache", "sakai/stg", "redis-3"),
    )
)
GROUP = (Ref("replication-group", "sakai/prod", "redis"),)
CONTACT = Ref("contact", "cluster", "dev")

OPEN: list[tuple[str, Ref, tuple[Ref, ...], Ref, tuple[Ref, ...], bool]] = [
    ("another Deployment of the same cluster", WEB, (), API, (), True),
    ("another machine of the same site", MACHINE, (), ONE, (), True),
    ("another node of the same group, for another site", ONE, GROUP, TWO, GROUP, True),
    ("another site, nothing in common", ONE, GROUP, TWO, (), False),
    ("another environment of the same site", ONE, (), FAR, (), False),
    ("a message about the cluster", WEB, (), CONTACT, (), False),
    ("an act on the cluster after a message", CONTACT, (), WEB, (), False),
]


@pytest.mark.parametrize(
    ("caption", "first", "touched", "second", "touches", "against"), OPEN, ids=[o[0] for o in OPEN]
)
def test_an_act_without_an_end_blocks_whatever_it_had_locked(
    tmp_path: Path,
    caption: str,
    first: Ref,
    touched: tuple[Ref, ...],
    second: Ref,
    touches: tuple[Ref, ...],
    against: bool,
) -> None:
    estate, at = configuration().estate, datetime(2026, 11, 22, 12, tzinfo=UTC)
    before, now = plan_of(first, touched), plan_of(second, touches)
    left = begun_at(before, at)
    assert bool(still_open([left], now, estate)) is against
    assert not still_open([replace(left, ended=True)], now, estate)
    locks = TargetLocks(tmp_path), TargetLocks(tmp_path)
    assert locks[0].take(held(before, estate), "a") == ""
    assert bool(locks[1].take(held(now, estate), "b")) is against, "as while it was in flight"


def begun_at(plan: Plan, at: datetime) -> Begun:
    words = dict.fromkeys(("remedy", "kind"), "restart")
    return Begun(act="a1", **words, plan=plan, at=at, started_at=at.isoformat(), by="akira")


def plan_of(target: Ref, touches: tuple[Ref, ...] = ()) -> Plan:
    return Plan(
        **dict.fromkeys(("remedy", "title", "takes", "proof"), ""),
        **dict.fromkeys(("where", "will", "loses", "keeps", "requests"), ()),
        targets=(target,),
        scopes=(target.scope,),
        touches=touches,
    )


async def test_after_a_crash_its_whole_scope_waits_until_somebody_looked(
    tmp_path: Path, server: Server
) -> None:
    on = stage(tmp_path, server, targets=(WEB, API))
    with no_end(on, server):
        await crash_after_sending(on, server)
    async with acting(on, "cluster") as acts:
        order = Order("restart-web", (API,))
        assert "its end is open: look at it again first" in await refused(acts, order)
        (left,) = await acts.unfinished()
        await acts.look_again(left)
        assert (await acts.propose(order)).refusals == ()
    assert server.writes == 1


async def test_disarming_while_the_start_is_written_stops_it_before_the_request(
    tmp_path: Path, server: Server
) -> None:
    on = stage(tmp_path, server)
    acts = on.acts()

    class Interrupted(Journal):
        """A disk so slow that somebody disarms meanwhile."""

        def append(self, kind: str, /, *, run: str = "", by: str = "", **data: Any) -> Any:
            entry = super().append(kind, run=run, by=by, **data)
            if kind == "remedy.started":
                acts.arms.end("disarmed by hand")
            return entry

    acts.pen.journal = Interrupted(tmp_path / "journal.jsonl")
    await acts.arm(["cluster"], 10, "a test")
    with pytest.raises(Refused, match="disarmed by hand, since the act was begun; nothing was"):
        await acts.fire(await acts.propose(ORDER))
    await acts.close()
    assert server.writes == 0
    assert on.kinds()[2:5] == ["remedy.started", "remedy.failed", "remedy.refused"]
    async with acting(on, "cluster") as after:
        assert await after.unfinished() == ()
        assert (await after.propose(ORDER)).refusals == ()

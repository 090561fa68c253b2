"""A machine that was stopped by us and not started: written down at once, said, and offered."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import pytest

from console.acting import Acts
from console.journal import Journal
from console.model import Changed, Order, Proposal, Ref, Verdict
from console.remedy import Refused
from tests.remedies.aws.desk import DEADLINE, Desk
from tests.remedies.aws.test_whole_act import acting

SCOPE = "sitv1/prod"
HALF = "stopped by us, never started"


def order(lab: Desk) -> Order:
    return Order("ec2-stop-start", (lab.machine("sitv1prod-peip", SCOPE),))


def sleeping(acts: Acts, sleep: Callable[[float], Awaitable[None]]) -> None:
    """From now on this is what happens while a remedy waits."""
    acts.hands = acts.survey.hands = replace(acts.hands, sleep=sleep)


async def fired(acts: Acts, proposal: Proposal) -> Verdict:
    verdict = await acts.fire(proposal, proposal.plan.typed, [proposal.plan.targets[0].name])
    assert not isinstance(verdict, Changed)
    return verdict


async def left_half(lab: Desk, acts: Acts) -> None:
    """Close the console while it waits for the machine to be stopped."""
    waits = asyncio.Event()

    async def hang(seconds: float) -> None:
        waits.set()
        await asyncio.Event().wait()

    await acts.arm([SCOPE], 20, "its host is ill")
    proposal = await acts.propose(order(lab))
    sleeping(acts, hang)
    await closed_asleep(acts, proposal, waits)
    await lab.live(60)
    assert lab.writes == ["StopInstances"] and lab.host("sitv1prod-peip").state == "stopped"


async def closed_asleep(acts: Acts, proposal: Proposal, asleep: asyncio.Event) -> None:
    """Close the console once the act that is under way sleeps."""
    firing = asyncio.create_task(fired(acts, proposal))
    await asleep.wait()
    await acts.close(0)
    with pytest.raises(asyncio.CancelledError):
        await firing


def next_start(directory: Path, acts: Acts, lab: Desk) -> Acts:
    hands = replace(acts.hands, sleep=lab.clock.sleep)
    journal = Journal(directory / "journal.jsonl")
    return Acts(hands, journal, directory, "morning", False)


async def test_the_next_start_says_stopped_by_us_and_its_plan_only_starts(tmp_path: Path) -> None:
    async with acting(tmp_path) as (lab, acts, journal):
        await left_half(lab, acts)
        (sent,) = [one.data for one in journal.entries() if one.kind == "remedy.sent"]
        assert (sent["request"], sent["of"], sent["left"]) == (1, 2, HALF)
        later = next_start(tmp_path, acts, lab)
        (left,) = await later.unfinished()
        assert f"by on-call; {HALF}; its end is open" in str(left) and left.rest == "start it again"
        await later.arm([SCOPE], 20, "it is stopped")
        before = await later.propose(order(lab))
        assert any("look at it again first" in said for said in before.refusals)
        verdict = await later.look_again(left)
        assert verdict.outcome == "failed" and verdict.said.startswith(f"{HALF}; now stopped")
        rest = await later.propose(order(lab))
        assert [one.operation for one in rest.plan.requests] == ["StartInstances"]
        assert rest.plan.finishes == left.act and not rest.plan.loses and not rest.plan.typed
        assert [one for one in rest.guards if not one.ok] == []
        verdict = await fired(later, rest)
        assert verdict.outcome == "verified", verdict
        assert lab.writes == ["StopInstances", "StartInstances"]
        again = await later.propose(order(lab))
        assert len(again.plan.requests) == 2 and any("ago by" in s for s in again.refusals)
        await later.close()


async def test_what_we_stopped_is_started_though_it_was_disarmed_meanwhile(tmp_path: Path) -> None:
    async with acting(tmp_path) as (lab, acts, journal):
        await acts.arm([SCOPE], 20, "its host is ill")
        proposal = await acts.propose(order(lab))

        async def disarm(seconds: float) -> None:
            await acts.disarm("on request")
            await lab.clock.sleep(seconds)

        sleeping(acts, disarm)
        assert (await fired(acts, proposal)).outcome == "verified"
        assert lab.writes == ["StopInstances", "StartInstances"]
        parts = [one.data.get("request") for one in journal.entries() if one.kind == "remedy.sent"]
        assert parts == [1, None]


async def test_after_a_lost_answer_the_start_is_offered_with_its_doubt(tmp_path: Path) -> None:
    async with acting(tmp_path) as (lab, acts, _):
        await acts.arm([SCOPE], 20, "its host is ill")
        lab.lie("drop", "StopInstances")
        verdict = await fired(acts, await acts.propose(order(lab)))
        assert verdict.outcome == "unknown" and lab.host("sitv1prod-peip").state == "stopped"
        rest = await acts.propose(order(lab))
        assert [one.operation for one in rest.plan.requests] == ["StartInstances"]
        assert "somebody else may have stopped it" in rest.plan.warnings[0]


LOST = [
    ("drop", "StopInstances", "unknown", "; no start arrived; now stopped: the same remedy starts"),
    ("silent", "StartInstances", "failed", f"{HALF}; now stopped: the same remedy starts it again"),
]


@pytest.mark.parametrize(("how", "what", "outcome", "said"), LOST, ids=["stop", "start"])
async def test_after_a_lost_answer_a_stopped_machine_is_given_back_at_once(
    tmp_path: Path, how: str, what: str, outcome: str, said: str
) -> None:
    async with acting(tmp_path) as (lab, acts, _):
        await acts.arm([SCOPE], 20, "its host is ill")
        lab.lie(how, what)
        verdict = await fired(acts, await acts.propose(order(lab)))
        assert verdict.outcome == outcome and said in verdict.said, verdict
        assert lab.clock.gone < DEADLINE / 2, "nobody waits for what no one starts"
        lab.lab.aws_faults.lies.clear()
        rest = await acts.propose(order(lab))
        assert [one.operation for one in rest.plan.requests] == ["StartInstances"]
        assert (await fired(acts, rest)).outcome == "verified"


async def test_a_machine_that_somebody_else_stopped_is_not_started(tmp_path: Path) -> None:
    async with acting(tmp_path) as (lab, acts, _):
        lab.host("sitv1prod-peip").state = "stopped"
        with pytest.raises(Refused, match="peip is stopped: only a running machine"):
            await acts.propose(order(lab))
        lab.host("sitv1prod-peip").state = "running"
        await acts.arm([SCOPE], 20, "its host is ill")
        verdict = await fired(acts, await acts.propose(order(lab)))
        assert verdict.outcome == "verified", verdict
        lab.host("sitv1prod-peip").state = "stopped"
        with pytest.raises(Refused, match="peip is stopped: only a running machine"):
            await acts.propose(
                Order("ec2-stop-start", (Ref("instance", SCOPE, lab.host("sitv1prod-peip").id),))
            )

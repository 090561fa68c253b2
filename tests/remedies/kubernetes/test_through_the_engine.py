"""Whole acts on the lab: proposed, guarded, written down, sent, proved, as the console does it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from console.acting.engine import Acts
from console.commands.init import shipped
from console.config import load
from console.journal import Journal
from console.lab.lab import Lab
from console.model import Board, Order, Ref, Verdict
from console.poll import Context, poll_once
from console.remedy import Hands, Refused
from console.sources.workloads import Workloads
from tests.kubernetes.cluster import NAME
from tests.lab.test_aws_sources import console_on
from tests.remedies.kubernetes.test_pod_command import CLEAN

SIGNALING = Order("rollout-restart", (Ref("deployment", NAME, "platform/signaling"),))
MESSAGE = Order("notify", (Ref("contact", NAME, "distribution"),), words={"text": "push is late"})


class Looking:
    """A board that is read anew before a person asks it: evidence grows old in seconds."""

    def __init__(self, context: Context) -> None:
        self.context, self.board = context, Board()

    async def look(self) -> None:
        parts = Workloads().parts(self.context)
        self.board = Board().with_(*[await poll_once(part) for part in parts])


@asynccontextmanager
async def armed(scenario: str, directory: Path) -> AsyncIterator[tuple[Lab, Acts, Looking]]:
    """A lab with a console that is armed for its cluster."""
    async with Lab(scenario, speed=20, kafka="off") as lab, console_on(lab) as context:
        looking = Looking(context)
        hands = Hands(context, load(shipped()), lambda: looking.board)
        journal = Journal(directory / "journal.jsonl")
        acts = Acts(hands, journal, directory, "tester", False)
        await acts.arm([NAME], 30, "a drill")
        await looking.look()
        yield lab, acts, looking
        await acts.close()


async def fired(acts: Acts, looking: Looking, order: Order) -> Verdict:
    await looking.look()
    proposal = await acts.propose(order)
    assert not proposal.refusals, proposal.refusals
    await looking.look()
    verdict = await acts.fire(proposal, proposal.plan.typed)
    assert isinstance(verdict, Verdict)
    return verdict


def kinds(acts: Acts) -> list[str]:
    """The last, without the answers of all Pods but the last one."""
    lines = acts.pen.journal.entries()
    return [entry.kind for entry in lines if "left" not in entry.data][-4:]


@pytest.mark.parametrize(
    ("scenario", "order"),
    [
        pytest.param("memory-signaling", SIGNALING, id="restart"),
        pytest.param("disk-mediator-crow", CLEAN, id="clean-up"),
        pytest.param("push-lag", MESSAGE, id="message"),
    ],
)
async def test_an_act_is_written_down_before_and_after_and_cools_down(
    scenario: str, order: Order, tmp_path: Path
) -> None:
    async with armed(scenario, tmp_path) as (_, acts, looking):
        verdict = await fired(acts, looking, order)
        assert verdict.outcome == "verified", verdict
        assert kinds(acts) == [
            "remedy.planned",
            "remedy.started",
            "remedy.sent",
            "remedy.verified",
        ]
        again = await acts.propose(order)
        assert any("in " in one and "at the earliest" in one for one in again.refusals)
        with pytest.raises(Refused, match="at the earliest"):
            await acts.fire(again, again.plan.typed)


async def test_a_colleagues_restart_is_seen_and_cools_down(tmp_path: Path) -> None:
    async with armed("memory-signaling", tmp_path) as (lab, acts, _):
        at = lab.clock.now().isoformat(timespec="seconds")
        annotations = {"kubectl.kubernetes.io/restartedAt": at}
        patch = {"spec": {"template": {"metadata": {"annotations": annotations}}}}
        path = "/apis/apps/v1/namespaces/platform/deployments/signaling"
        api = acts.hands.clients.kubernetes(NAME)
        await api.patch(path, patch, fieldManager="kubectl-rollout")
        proposal = await acts.propose(SIGNALING)
        assert any("by kubectl-rollout" in one for one in proposal.refusals)


async def test_a_deployment_that_is_not_on_the_list_stays_as_it_is(tmp_path: Path) -> None:
    async with armed("quiet", tmp_path) as (lab, acts, _):
        order = Order("rollout-restart", (Ref("deployment", NAME, "platform/camunda"),))
        proposal = await acts.propose(order)
        assert any("may not act on deployment camunda" in one for one in proposal.refusals)
        with pytest.raises(Refused, match="may not act on"):
            await acts.fire(proposal)
        assert not [one for one in lab.kubernetes.requests if one.startswith("PATCH")]

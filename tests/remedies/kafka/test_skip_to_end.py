"""A group moved to the end, while nobody is in it; nothing is deleted, the way back is said."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from console.lab.kafka.standin import StandIn
from console.model import Changed, Order, Ref
from console.poll import Failed
from console.remedies import skip_to_end
from console.remedy import Refused
from tests.remedies.kafka.conftest import Stage
from tests.remedies.kafka.desk import CLUSTER, desk, skip

READS = {"datajs": {"topics": ["beats"]}}
BEATS = [("beats", p) for p in range(3)]


def in_use(kafka: StandIn) -> None:
    kafka.cluster.consume("datajs", ["beats"], members=2)
    kafka.cluster.stick("datajs")


def rebalancing(kafka: StandIn) -> None:
    kafka.cluster.groups["datajs"].state = "PreparingRebalance"


def coordinator_fault(kafka: StandIn) -> None:
    kafka.faults.coordinators.add(kafka.cluster.coordinator("datajs")[0])


def at_the_end(kafka: StandIn) -> None:
    kafka.cluster.groups["datajs"].committed |= dict.fromkeys(BEATS, 40.0)


def as_it_is(kafka: StandIn) -> None:
    """Nothing happens."""


REFUSED: list[tuple[str, Callable[[StandIn], None], Order, str]] = [
    ("members", in_use, skip("datajs", "beats"), "datajs is Stable and has 2 members: stop its"),
    ("rebalancing", rebalancing, skip("datajs", "beats"), "datajs is PreparingRebalance: only"),
    ("coordinator fault", coordinator_fault, skip("datajs", "beats"), "not the coordinator"),
    ("nothing behind", at_the_end, skip("datajs", "beats"), "there is nothing to skip"),
    ("no such group", as_it_is, skip("ghost", "beats"), "ghost is Dead: only an Empty group"),
    ("no such topic", as_it_is, skip("datajs", "ghost"), "ghost"),
    ("no topic", as_it_is, skip("datajs", ""), r"\(group/topic\) have to be named"),
    (
        "two groups",
        as_it_is,
        Order("skip-to-end", (*skip("datajs", "beats").targets, Ref("lag", CLUSTER, "b/beats"))),
        "of one consumer group",
    ),
]


@pytest.mark.parametrize(
    ("caption", "befalls", "order", "said"), REFUSED, ids=[r[0] for r in REFUSED]
)
async def test_it_is_refused(
    caption: str,
    befalls: Callable[[StandIn], None],
    order: Order,
    said: str,
    stage: Stage,
    tmp_path: Path,
) -> None:
    async with stage() as kafka, desk(kafka, tmp_path, READS) as at:
        befalls(kafka)
        with pytest.raises(Refused, match=said):
            await at.propose(order)
        assert not [call for call in kafka.calls if call.api == "OffsetCommit"]


async def test_what_it_skips_is_shown_and_what_comes_later_is_not_skipped(
    stage: Stage, tmp_path: Path
) -> None:
    async with stage() as kafka, desk(kafka, tmp_path, READS) as at:
        kafka.cluster.groups["datajs"].committed["beats", 1] = 35.0
        proposal = await at.propose(skip("datajs", "beats"))
        assert proposal.plan.typed == "datajs" and proposal.plan.loses
        assert proposal.plan.preview[1] == "beats-1: 35 → 40, 5 skipped"
        for log in kafka.cluster.topics["beats"].logs:
            log.end += 9
        verdict = await at.fire(proposal)
        assert verdict.outcome == "verified" and "85 records skipped" in verdict.said, verdict
        assert kafka.cluster.groups["datajs"].committed == dict.fromkeys(BEATS, 40)
        assert await at.starts("beats") == {0: 0, 1: 0, 2: 0}
        assert "datajs stood at 35 of beats-1" in verdict.evidence
        (started,) = [one.data for one in at.journal() if one.kind == "remedy.started"]
        assert started["plan"]["seen"]["before"] == {"beats": {"0": 0, "1": 35, "2": 0}}


async def test_nothing_is_set_back_where_the_group_is_further_than_what_was_shown(
    stage: Stage, tmp_path: Path
) -> None:
    async with stage() as kafka, desk(kafka, tmp_path, READS) as at:
        proposal = await at.propose(skip("datajs", "beats"))
        for log in kafka.cluster.topics["beats"].logs:
            log.end += 9
        kafka.cluster.groups["datajs"].committed["beats", 1] = 45.0
        changed = await at.acts.fire(proposal, "datajs")
        assert isinstance(changed, Changed)
        assert changed.proposal.plan.seen["to"] == {"beats": {"0": 40, "2": 40}}
        verdict = await at.fire(changed.proposal)
        assert verdict.outcome == "verified", verdict
        assert kafka.cluster.groups["datajs"].committed == dict(
            zip(BEATS, (40, 45, 40), strict=True)
        )


async def test_a_group_that_stands_before_where_it_stood_is_never_verified(
    stage: Stage, tmp_path: Path
) -> None:
    async with stage() as kafka, desk(kafka, tmp_path, READS) as at:
        kafka.cluster.groups["datajs"].committed["beats", 1] = 40.0
        remedy = at.acts.survey.remedies["skip-to-end"]
        plan = (await at.propose(skip("datajs", "beats"))).plan
        at_the_end(kafka)
        kafka.cluster.groups["datajs"].committed["beats", 1] = 12.0
        sent = {"started_at": at.context.clock.now().isoformat(), "refused": {}}
        verdict = await remedy.verify(plan, sent, at.acts.hands)
        assert verdict.outcome == "failed" and "set back on beats-1" in verdict.said, verdict


async def test_a_commit_that_nobody_answers_is_not_taken_for_a_no(
    stage: Stage, tmp_path: Path
) -> None:
    async with stage() as kafka, desk(kafka, tmp_path, READS) as at:
        plan = (await at.propose(skip("datajs", "beats"))).plan
        kafka.faults.hangs_up |= {1, 2, 3}
        with pytest.raises(Failed):
            await at.acts.survey.remedies["skip-to-end"].apply(plan, at.acts.hands)


LATER: list[tuple[str, Callable[[StandIn], None], str]] = [
    ("done, and done again", as_it_is, ""),
    (
        "the coordinator is loading",
        lambda kafka: kafka.faults.group.update(datajs=14),
        "is loading, after a try",
    ),
    ("members have come", in_use, "has members, after a try"),
]


@pytest.mark.parametrize(("caption", "follows", "said"), LATER, ids=[one[0] for one in LATER])
async def test_a_no_after_a_commit_whose_answer_was_lost_does_not_say_that_nothing_was_set(
    caption: str, follows: Callable[[StandIn], None], said: str, stage: Stage, tmp_path: Path
) -> None:
    async with stage() as kafka, desk(kafka, tmp_path, READS) as at:
        plan = (await at.propose(skip("datajs", "beats"))).plan
        kafka.faults.unheard["OffsetCommit"] = lambda: follows(kafka)
        moved = at.acts.survey.remedies["skip-to-end"].apply(plan, at.acts.hands)
        if not said:
            assert await moved == {"refused": {}}
            return
        with pytest.raises(Failed, match=said):
            await moved


async def test_who_joins_since_the_plan_is_not_moved(stage: Stage, tmp_path: Path) -> None:
    async with stage() as kafka, desk(kafka, tmp_path, READS) as at:
        proposal = await at.propose(skip("datajs", "beats"))
        in_use(kafka)
        with pytest.raises(Refused, match="2 members"):
            await at.fire(proposal)
        assert max(kafka.cluster.groups["datajs"].committed.values()) < 1


async def test_a_commit_that_is_answered_and_not_there_is_never_verified(
    stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(skip_to_end, "LOST_S", 0.2)
    async with stage() as kafka, desk(kafka, tmp_path, READS) as at:
        remedy = at.acts.survey.remedies["skip-to-end"]
        plan = (await at.propose(skip("datajs", "beats"))).plan
        sent = {"started_at": at.context.clock.now().isoformat(), "refused": {}}
        verdict = await remedy.verify(plan, sent, at.acts.hands)
        assert verdict.outcome == "failed", verdict
        at_the_end(kafka)
        lost = await remedy.verify(plan, {**sent, "lost": "the line broke"}, at.acts.hands)
        assert lost.outcome == "unknown", lost

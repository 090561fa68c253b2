"""What is shown before a topic is emptied, and what is refused; the stand-in's log is the judge."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from console.lab.kafka.standin import StandIn
from console.model import Changed, Order, Ref
from console.remedy import Refused
from tests.remedies.kafka.conftest import Stage
from tests.remedies.kafka.desk import CLUSTER, desk, empty

READS = {"datajs": {"topics": ["beats"], "auto_offset_reset": "latest"}}


def compact(kafka: StandIn) -> None:
    kafka.cluster.topics["beats"].configs["cleanup.policy"] = "compact"


def drained(kafka: StandIn) -> None:
    for log in kafka.cluster.topics["beats"].logs:
        log.start = log.end


def behind(kafka: StandIn) -> None:
    kafka.cluster.fall_behind(2)


def no_right(kafka: StandIn) -> None:
    kafka.cluster.faults.undeletable.add("beats")


def leaderless(kafka: StandIn) -> None:
    kafka.cluster.topics["more"].logs[0].leader = -1


def as_it_is(kafka: StandIn) -> None:
    """Nothing happens."""


REFUSED: list[tuple[str, Callable[[StandIn], None], Order, str]] = [
    ("a topic that there is not", as_it_is, empty("ghost"), "topic ghost: is not known"),
    ("Kafka's own", as_it_is, empty("__consumer_offsets"), "__consumer_offsets is Kafka's own"),
    ("state, not news", compact, empty("beats"), "beats keeps the last record of each key"),
    ("nothing in it", drained, empty("beats"), "beats: there is nothing to delete"),
    ("a broker not in sync", behind, empty("beats"), "partitions of msk are under-replicated"),
    ("another topic has no leader", leaderless, empty("beats"), "1 partitions have no leader"),
    ("no right", no_right, empty("beats"), "the right DeleteTopic is missing on beats"),
    ("no right to one of two", no_right, empty("more", "beats"), "DeleteTopic is missing on beats"),
    (
        "topics of two clusters",
        as_it_is,
        Order("empty-topic", (*empty("beats").targets, Ref("topic", "other", "beats"))),
        "topics of one cluster have to be named",
    ),
    (
        "a group in place of a topic",
        as_it_is,
        Order("empty-topic", (Ref("lag", CLUSTER, "datajs/beats"),)),
        "topics of one cluster have to be named",
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
    async with stage() as kafka, desk(kafka, tmp_path) as at:
        befalls(kafka)
        with pytest.raises(Refused, match=said.replace("(", r"\(")):
            await at.propose(order)
        assert deletions(kafka) == 0


def deletions(kafka: StandIn) -> int:
    return sum(call.api in ("DeleteRecords", "OffsetCommit") for call in kafka.calls)


async def test_a_broker_that_is_down_or_silent_forbids_it(stage: Stage, tmp_path: Path) -> None:
    async with stage() as kafka, desk(kafka, tmp_path) as at:
        kafka.faults.hangs_up.add(3)
        with pytest.raises(Refused, match="broker 3 does not answer"):
            await at.propose(empty("beats"))
        kafka.faults.hangs_up.clear()
        await kafka.stop_broker(2)
        with pytest.raises(Refused, match="broker 2 is down"):
            await at.propose(empty("beats"))
        assert deletions(kafka) == 0


async def test_without_a_place_on_the_disk_nothing_is_deleted(stage: Stage, tmp_path: Path) -> None:
    async with stage() as kafka, desk(kafka, tmp_path) as at:
        stateless = replace(at.acts.hands.context, state=None)
        at.acts.survey.hands = replace(at.acts.hands, context=stateless)
        with pytest.raises(Refused, match="no place on this disk for a copy"):
            await at.propose(empty("beats"))


async def test_the_plan_says_what_is_there_and_who_reads_it(stage: Stage, tmp_path: Path) -> None:
    async with stage() as kafka, desk(kafka, tmp_path, READS) as at:
        kafka.cluster.topics["beats"].logs[1].start = 15
        for key in kafka.cluster.groups["datajs"].committed:
            kafka.cluster.groups["datajs"].committed[key] = 30
        plan = (await at.propose(empty("beats"))).plan
        assert plan.preview[0].startswith("beats: 105 records at most in 3 partitions, ")
        assert plan.preview[2].startswith("beats-1: 15 → 40, 25 records, ")
        assert plan.preview[-1].startswith("datajs (Empty, 0 members): 30 behind")
        assert plan.typed == "beats" and plan.loses and plan.copies_mb
        asked = {one.operation: one.params for one in plan.requests}
        assert asked["DeleteRecords"]["offsets"] == {"0": 40, "1": 40, "2": 40}
        assert list(asked) == ["Fetch", "DeleteRecords", "OffsetCommit"]


SKIPS: list[tuple[str, dict[str, object], str]] = [
    ("earliest", {"auto_offset_reset": "earliest"}, ""),
    ("latest", {"auto_offset_reset": "latest"}, "datajs will skip what comes between"),
    ("none", {"auto_offset_reset": "none"}, "datajs will end with an error"),
    ("not told", {}, "that is not configured here"),
]


@pytest.mark.parametrize(("caption", "settings", "said"), SKIPS, ids=[s[0] for s in SKIPS])
async def test_a_group_with_members_is_warned_of_by_its_reset_policy(
    caption: str, settings: dict[str, object], said: str, stage: Stage, tmp_path: Path
) -> None:
    groups = {"datajs": {"topics": ["beats"], **settings}}
    async with stage() as kafka, desk(kafka, tmp_path, groups) as at:
        kafka.cluster.consume("datajs", ["beats"], members=2)
        kafka.cluster.stick("datajs")
        warnings = (await at.propose(empty("beats"))).plan.warnings
        assert any(said in one for one in warnings) if said else warnings == ()


async def test_what_comes_after_the_plan_was_shown_is_not_deleted(
    stage: Stage, tmp_path: Path
) -> None:
    async with stage() as kafka, desk(kafka, tmp_path, READS) as at:
        proposal = await at.propose(empty("beats"))
        for log in kafka.cluster.topics["beats"].logs:
            log.end += 7
        verdict = await at.fire(proposal)
        assert verdict.outcome == "verified", verdict
        assert "120 offsets deleted, 21 newer ones kept" in verdict.said
        assert await at.starts("beats") == {0: 40, 1: 40, 2: 40}


async def test_a_topic_made_anew_since_the_plan_is_left_alone(stage: Stage, tmp_path: Path) -> None:
    async with stage() as kafka, desk(kafka, tmp_path, READS) as at:
        proposal = await at.propose(empty("beats"))
        await kafka.create_topics({"beats": (3, 3)})
        for log in kafka.cluster.topics["beats"].logs:
            log.end = 50  # more than there was
        with pytest.raises(Refused, match="beats was made anew"):
            await at.fire(proposal)
        assert deletions(kafka) == 0


async def test_ends_that_went_back_are_not_those_that_were_shown(
    stage: Stage, tmp_path: Path
) -> None:
    async with stage() as kafka, desk(kafka, tmp_path, READS) as at:
        proposal = await at.propose(empty("beats"))
        kafka.cluster.topics["beats"].logs[0].end = 39
        with pytest.raises(Refused, match="ends before what was shown: it was made anew"):
            await at.fire(proposal)
        assert deletions(kafka) == 0


async def test_a_new_reader_shows_the_plan_again_with_the_same_ends(
    stage: Stage, tmp_path: Path
) -> None:
    async with stage() as kafka, desk(kafka, tmp_path, READS) as at:
        proposal = await at.propose(empty("beats"))
        kafka.cluster.consume("reporter", ["beats"], members=0)
        kafka.cluster.topics["beats"].logs[0].end += 5
        await at.look()
        changed = await at.acts.fire(proposal, "beats")
        assert isinstance(changed, Changed) and deletions(kafka) == 0
        assert changed.proposal.plan.seen["frozen"] == proposal.plan.seen["frozen"]


async def test_neither_the_name_nor_the_size_is_taken_for_granted(
    stage: Stage, tmp_path: Path
) -> None:
    async with stage() as kafka, desk(kafka, tmp_path, READS) as at:
        for log in kafka.cluster.topics["beats"].logs:
            log.end = 10_000_000  # at 100 bytes each
        with pytest.raises(Refused, match="beats must be typed"):
            await at.acts.fire(await at.propose(empty("beats")), "beat")
        proposal = await at.propose(empty("beats"))
        with pytest.raises(Refused, match="3,000 MB are copied first"):
            await at.fire(proposal)
        (asked,) = [one for one in proposal.guards if not one.ok]
        assert asked.override == "more than 2000 MB" and proposal.refusals == ()
        assert deletions(kafka) == 0

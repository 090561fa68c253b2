"""Copied, deleted, looked at: whatever befalls it in between, on the stand-in."""

from __future__ import annotations

import asyncio
import resource
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from console.acting import Acts
from console.kafka.backup import verify
from console.lab.kafka.standin import StandIn
from console.model import Changed, Verdict
from console.remedy import Refused
from console.topics import looking
from console.topics.purge import Purge
from tests.remedies.kafka.conftest import Stage
from tests.remedies.kafka.desk import Desk, desk, empty, soon

READS = {"datajs": {"topics": ["beats"], "auto_offset_reset": "latest"}}
WHOLE = {0: 40, 1: 40, 2: 40}
NOTHING = {0: 0, 1: 0, 2: 0}


@contextmanager
def hasty() -> Iterator[None]:
    """What nobody shows after a moment is taken for lost."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(looking, "LOST_S", 1.0)
        yield


async def when(acts: Acts, act: str, doing: str, then: Callable[[], None]) -> None:
    """Something befalls an act at the moment when it says what it does."""
    while not (acts.progress(act) or ("",))[0].startswith(doing):
        await asyncio.sleep(0)
    then()


async def hurt(at: Desk, doing: str, then: Callable[[], None]) -> Verdict:
    """Empty `beats`, with a mishap on the way."""
    proposal = await at.propose(empty("beats"))
    assert not [one for one in proposal.guards if not one.ok], proposal.refusals
    mishap = asyncio.create_task(when(at.acts, proposal.act, doing, then))
    try:
        return await at.fire(proposal)
    finally:
        mishap.cancel()


async def test_it_is_copied_then_deleted_and_the_evidence_says_how_it_comes_back(
    stage: Stage, tmp_path: Path
) -> None:
    async with stage() as kafka, desk(kafka, tmp_path, READS) as at:
        verdict = await at.act(empty("beats"))
        assert verdict.outcome == "verified", verdict
        assert await at.starts("beats") == WHOLE
        path, manifest = at.backups()
        copy = verify(path)
        assert (copy.topic, copy.records, dict(copy.counts)) == ("beats", 120, WHOLE)
        assert path.stat().st_mode & 0o077 == 0 and manifest.name.endswith(".manifest.json")
        assert f"120 records, sha256 {copy.sha256}" in verdict.evidence
        assert f"back with: oncall kafka restore {path} --cluster msk" in verdict.evidence
        assert "datajs: set to the ends of 3 partitions" in verdict.evidence
        assert set(kafka.cluster.groups["datajs"].committed.values()) == {40}
        apis = [call.api for call in kafka.calls]
        assert apis.index("DeleteRecords") > len(apis) - apis[::-1].index("Fetch") - 1
        again = await at.propose(empty("more"))
        assert again.refusals == ()


async def test_two_topics_are_one_act(stage: Stage, tmp_path: Path) -> None:
    async with stage() as kafka, desk(kafka, tmp_path, READS) as at:
        proposal = await at.propose(empty("beats", "more"))
        assert proposal.plan.typed == "beats more"
        verdict = await at.fire(proposal)
        assert verdict.outcome == "verified" and "140 offsets deleted" in verdict.said, verdict
        assert await at.starts("more") == {0: 10, 1: 10} and len(at.backups()) == 4


async def test_a_group_that_is_in_use_is_left_to_its_members(stage: Stage, tmp_path: Path) -> None:
    async with stage() as kafka, desk(kafka, tmp_path, READS) as at:
        kafka.cluster.consume("datajs", ["beats"], members=2)
        kafka.cluster.stick("datajs")
        before = dict(kafka.cluster.groups["datajs"].committed)
        verdict = await at.act(empty("beats"))
        assert "datajs: Stable, left to its members" in verdict.evidence
        seen = await at.pool.offsets.look(at.context.clock, 1)
        assert {at.offset for tp, at in seen.starts.items() if tp[0] == "beats"} == {40}
        assert kafka.cluster.groups["datajs"].committed == before
        assert not [call for call in kafka.calls if call.api == "OffsetCommit"]


async def test_a_timeout_of_the_broker_is_resolved_by_looking(stage: Stage, tmp_path: Path) -> None:
    async with stage() as kafka, desk(kafka, tmp_path, READS) as at:
        kafka.faults.deletes["beats"] = "late"
        verdict = await at.act(empty("beats"))
        assert verdict.outcome == "verified" and await at.starts("beats") == WHOLE, verdict


async def test_a_broker_that_lies_is_never_believed(stage: Stage, tmp_path: Path) -> None:
    with hasty():
        async with stage() as kafka, desk(kafka, tmp_path, READS) as at:
            kafka.faults.deletes["beats"] = "nothing"
            verdict = await at.act(empty("beats"))
            assert verdict.outcome == "failed", verdict
            assert "accepted, but beats-0 begins at 0, not 40" in verdict.said
            assert await at.starts("beats") == NOTHING and len(at.backups()) == 2


async def test_disarmed_while_it_copies_nothing_is_deleted(stage: Stage, tmp_path: Path) -> None:
    async with stage() as kafka, desk(kafka, tmp_path, READS) as at:
        verdict = await hurt(at, "copying", lambda: at.acts.arms.end("on request"))
        assert verdict.outcome == "failed" and "since the act was begun" in verdict.said, verdict
        assert await at.starts("beats") == NOTHING
        assert not [call for call in kafka.calls if call.api == "DeleteRecords"]
        await at.acts.arm(["msk"], 20, "once more")
        rest = await at.propose(empty("beats"))
        assert rest.plan.finishes and rest.refusals == ()
        assert (await at.fire(rest)).outcome == "verified"
        assert await at.starts("beats") == WHOLE and len(at.backups()) == 2


async def test_what_another_dialog_shows_is_not_deleted_with_the_copy_of_an_earlier_one(
    stage: Stage, tmp_path: Path
) -> None:
    async with stage() as kafka, desk(kafka, tmp_path, READS) as at:
        first = await at.propose(empty("beats"))
        for log in kafka.cluster.topics["beats"].logs:
            log.end += 10
        second = await at.propose(empty("beats"))
        mishap = asyncio.create_task(
            when(at.acts, first.act, "copying", lambda: at.acts.arms.end("on request"))
        )
        assert (await at.fire(first)).outcome == "failed"
        mishap.cancel()
        await at.acts.arm(["msk"], 20, "once more")
        changed = await at.acts.fire(second, "beats")
        assert isinstance(changed, Changed) and changed.proposal.plan.finishes
        verdict = await at.fire(changed.proposal)
        assert verdict.outcome == "verified" and await at.starts("beats") == WHOLE, verdict


async def test_a_plan_that_goes_beyond_its_copy_deletes_nothing(
    stage: Stage, tmp_path: Path
) -> None:
    async with stage() as kafka, desk(kafka, tmp_path, READS) as at:
        await hurt(at, "copying", lambda: kafka.cluster.fall_behind(2))
        kafka.cluster.catch_up(2)
        plan = (await at.propose(empty("beats"))).plan
        beyond = {"beats": {"0": [0, 40], "1": [0, 50], "2": [0, 40]}}
        kafka.cluster.topics["beats"].logs[1].end = 50
        purge = Purge(replace(plan, seen={**plan.seen, "frozen": beyond}), at.acts.hands)
        told = await purge.run()
        assert "holds 0 to 40 of beats-1, and 0 to 50 would be deleted" in told["stopped"]
        assert await at.starts("beats") == NOTHING


async def test_disarmed_before_a_deletion_is_asked_for_none_is(
    stage: Stage, tmp_path: Path
) -> None:
    async with stage() as kafka, desk(kafka, tmp_path, READS) as at:
        verdict = await hurt(at, "deleting", lambda: at.acts.arms.end("on request"))
        assert verdict.outcome == "failed" and "since the act was begun" in verdict.said, verdict
        assert await at.starts("beats") == NOTHING
        assert not [call for call in kafka.calls if call.api == "DeleteRecords"]


async def test_disarmed_while_it_deletes_no_group_is_set(stage: Stage, tmp_path: Path) -> None:
    async with stage() as kafka, desk(kafka, tmp_path, READS) as at:

        async def disarm() -> None:
            while not [call for call in kafka.calls if call.api == "DeleteRecords"]:
                await asyncio.sleep(0)
            at.acts.arms.end("on request")

        mishap = asyncio.create_task(disarm())
        verdict = await at.act(empty("beats"))
        await mishap
        assert not [call for call in kafka.calls if call.api == "OffsetCommit"]
        assert any(one.startswith("datajs: left as it is: ") for one in verdict.evidence), verdict


async def test_a_copy_that_cannot_be_written_down_is_followed_by_no_deletion(
    stage: Stage, tmp_path: Path
) -> None:
    async with stage() as kafka, desk(kafka, tmp_path, READS) as at:
        with ExitStack() as full:
            # from here on only the process that copies may write
            await hurt(at, "copying", lambda: full.enter_context(no_journal(at)))
        assert await at.starts("beats") == NOTHING and len(at.backups()) == 2
        assert not [call for call in kafka.calls if call.api == "DeleteRecords"]


@contextmanager
def no_journal(at: Desk) -> Iterator[None]:
    """The journal may not grow; what is written to other files still is."""
    size = at.acts.pen.journal.path.stat().st_size
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


async def test_what_retention_takes_while_it_is_copied_stops_it_before_anything_is_deleted(
    stage: Stage, tmp_path: Path
) -> None:
    async with stage() as kafka, desk(kafka, tmp_path, READS) as at:
        proposal = await at.propose(empty("beats"))
        kafka.faults.slow = {1: 0.2, 2: 0.2, 3: 0.2}
        firing = asyncio.create_task(at.fire(proposal))
        while not [call for call in kafka.calls if call.api == "Fetch"]:
            for entry in at.journal():
                if entry.data.get("left"):
                    kafka.cluster.topics["beats"].logs[0].start = 20
            await asyncio.sleep(0.01)
        kafka.faults.slow = {}
        verdict = await soon(firing)
        assert verdict.outcome == "failed" and "nothing was deleted" in verdict.said, verdict
        assert "begins at 20 by now" in verdict.said and at.backups() == []
        assert await at.starts("beats") == {0: 20, 1: 0, 2: 0}
        again = await at.propose(empty("beats"))
        assert again.refusals == () and not again.plan.finishes, "nothing done, nothing to rest"


async def test_a_disk_that_is_full_or_closed_stops_it_before_anything_is_deleted(
    stage: Stage, tmp_path: Path
) -> None:
    async with stage() as kafka, desk(kafka, tmp_path, READS) as at:
        (at.state / "backups").write_text("in the way")
        verdict = await at.act(empty("beats"))
        assert verdict.outcome == "failed" and "nothing was deleted" in verdict.said, verdict
        assert await at.starts("beats") == NOTHING


async def test_a_broker_that_goes_while_it_copies_forbids_the_deletion(
    stage: Stage, tmp_path: Path
) -> None:
    async with stage() as kafka, desk(kafka, tmp_path, READS) as at:
        verdict = await hurt(at, "copying", lambda: kafka.cluster.fall_behind(2))
        assert verdict.outcome == "failed" and "under-replicated" in verdict.said, verdict
        assert await at.starts("beats") == NOTHING


async def test_a_topic_made_anew_while_it_is_copied_is_left_alone(
    stage: Stage, tmp_path: Path
) -> None:
    async with stage() as kafka, desk(kafka, tmp_path, READS) as at:
        verdict = await hurt(at, "reading the copy", lambda: anew(kafka))
        assert verdict.outcome == "failed" and "beats was made anew" in verdict.said, verdict
        assert await at.starts("beats") == NOTHING
        assert not [call for call in kafka.calls if call.api == "DeleteRecords"]


def anew(kafka: StandIn) -> None:
    """Another topic of the same name, with more in it than there was."""
    kafka.cluster.create({"beats": (3, 3)})
    for log in kafka.cluster.topics["beats"].logs:
        log.end = 60


def altered(at: Desk) -> None:
    path, _ = at.backups()
    path.write_bytes(path.read_bytes()[:-20])


LOST: list[tuple[str, Callable[[StandIn, Desk], None], str, dict[str, int]]] = [
    ("altered", lambda _, at: altered(at), "is not what was written", {"0": 40}),
    ("gone", lambda _, at: at.backups()[0].unlink(), "cannot be read", {"0": 40}),
    ("of another topic", lambda kafka, _: anew(kafka), "beats was made anew", {"0": 60}),
]


@pytest.mark.parametrize(("caption", "befalls", "said", "ends"), LOST, ids=[r[0] for r in LOST])
async def test_the_rest_of_an_act_whose_copy_says_nothing_any_more_is_copied_anew(
    caption: str,
    befalls: Callable[[StandIn, Desk], None],
    said: str,
    ends: dict[str, int],
    stage: Stage,
    tmp_path: Path,
) -> None:
    async with stage() as kafka, desk(kafka, tmp_path, READS) as at:
        await hurt(at, "copying", lambda: kafka.cluster.fall_behind(2))
        kafka.cluster.catch_up(2)
        befalls(kafka, at)
        plan = (await at.propose(empty("beats"))).plan
        assert not plan.finishes and plan.requests[0].operation == "Fetch"
        assert plan.requests[0].params["to"].items() >= ends.items()
        assert said in plan.warnings[0] and plan.warnings[0].startswith("all of it is copied anew")


async def test_a_copy_that_is_altered_since_its_rest_was_shown_is_shown_again(
    stage: Stage, tmp_path: Path
) -> None:
    async with stage() as kafka, desk(kafka, tmp_path, READS) as at:
        await hurt(at, "copying", lambda: kafka.cluster.fall_behind(2))
        kafka.cluster.catch_up(2)
        rest = await at.propose(empty("beats"))
        assert rest.plan.finishes and rest.plan.copies_mb == 0
        altered(at)
        told = await Purge(rest.plan, at.acts.hands).run()
        assert "is not what was written" in told["stopped"]
        assert isinstance(await at.acts.fire(rest, "beats"), Changed)
        assert await at.starts("beats") == NOTHING


async def test_of_an_act_that_left_nothing_there_is_no_rest(stage: Stage, tmp_path: Path) -> None:
    async with stage() as kafka, desk(kafka, tmp_path, READS) as at:
        await hurt(at, "copying", lambda: kafka.cluster.fall_behind(2))
        kafka.cluster.catch_up(2)
        for log in kafka.cluster.topics["beats"].logs:
            log.start = 40  # somebody else, or retention
        assert (await at.propose(empty("beats"))).plan.finishes, "its group is left behind"
        for key in kafka.cluster.groups["datajs"].committed:
            kafka.cluster.groups["datajs"].committed[key] = 40
        with pytest.raises(Refused, match="there is nothing to delete"):
            await at.propose(empty("beats"))


async def test_a_rerun_when_all_is_done_does_no_harm(stage: Stage, tmp_path: Path) -> None:
    with hasty():
        async with stage() as kafka, desk(kafka, tmp_path, READS) as at:
            kafka.faults.undeletable.clear()
            verdict = await hurt(at, "deleting", lambda: kafka.faults.deletes.update(beats="late"))
            assert verdict.outcome == "verified"
            logs: StandIn = kafka
            for log in logs.cluster.topics["beats"].logs:
                log.end += 3
            blocked = await at.propose(empty("beats"))
            assert any("at the earliest" in said for said in blocked.refusals)
            assert not blocked.plan.finishes and await at.starts("beats") == WHOLE


async def test_a_right_that_is_taken_away_meanwhile_is_told_and_the_rest_is_done_later(
    stage: Stage, tmp_path: Path
) -> None:
    async with stage() as kafka, desk(kafka, tmp_path, READS) as at:
        verdict = await hurt(at, "copying", lambda: kafka.faults.undeletable.add("beats"))
        assert verdict.outcome == "failed", verdict
        assert "the right DeleteTopic is missing on beats-0" in verdict.said
        assert len([s for s in verdict.evidence if " failed: " in s]) == 3, "each partition"
        kafka.faults.undeletable.clear()
        for log in kafka.cluster.topics["beats"].logs:
            log.end += 2
        rest = await at.propose(empty("beats"))
        assert rest.plan.finishes and rest.refusals == ()
        verdict = await at.fire(rest)
        assert verdict.outcome == "verified" and await at.starts("beats") == WHOLE, verdict
        assert not (await at.propose(empty("beats"))).plan.finishes


async def test_quitting_while_it_copies_leaves_nothing_that_looks_complete(
    stage: Stage, tmp_path: Path
) -> None:
    async with stage() as kafka:
        async with desk(kafka, tmp_path, READS) as at:
            kafka.faults.slow = {1: 0.3, 2: 0.3, 3: 0.3}
            proposal = await at.propose(empty("beats"))
            firing = asyncio.create_task(at.fire(proposal))
            while not [call for call in kafka.calls if call.api == "Fetch"]:
                await asyncio.sleep(0.01)
            await at.acts.close(0)
            with pytest.raises(asyncio.CancelledError):
                await firing
            assert at.backups() == []
        kafka.faults.slow = {}
        async with desk(kafka, tmp_path, READS) as at:
            (left,) = await at.acts.unfinished()
            assert "nothing is deleted yet: it is being copied; its end is open" in str(left)
            verdict = await at.acts.look_again(left)
            assert verdict.outcome == "failed" and "nothing was deleted" in verdict.said, verdict
            assert (await at.act(empty("beats"))).outcome == "verified"

"""What an act that took a machine out still owes it: until it was seen to be back, not for ever."""

from __future__ import annotations

from pathlib import Path

import pytest

from console.acting import Acts
from console.model import Proposal
from tests.remedies.aws.desk import Desk
from tests.remedies.aws.test_drained import (
    AGAIN,
    BACK,
    GROUPS,
    HALVES,
    OUT,
    REBOOT,
    STOP_START,
    acted,
    draining,
    groups,
    is_in,
    neighbour_ill,
    order,
)
from tests.remedies.aws.test_half_done import fired, sleeping
from tests.remedies.aws.test_last_target import web

GROUPS_READ = ("DescribeTargetGroups", "DescribeTargetHealth")


def sends(proposal: Proposal) -> list[str]:
    return [one.operation for one in proposal.plan.requests]


def by_hand(lab: Desk, *, out: bool) -> None:
    """Somebody takes it out of the first group, or puts it back into all of them."""
    id = web(lab, 1).name
    for group in groups(lab)[:1] if out else groups(lab):
        group.targets = [one for one in group.targets if one != id]
        group.states.pop(id, None)
        group.targets += [] if out else [id]


async def left_out(lab: Desk, acts: Acts, entry: str = REBOOT) -> None:
    """An act that is not proven leaves it out of all of them."""
    lab.lie("nothing", HALVES[entry][-1])
    verdict = await acted(lab, acts, entry)
    lab.lab.aws_faults.lies.clear()
    assert verdict.said.endswith(f"it is out of {GROUPS}: {AGAIN}") and not any(is_in(lab))
    assert lab.writes == [*OUT, *HALVES[entry]]


async def test_what_ended_badly_and_was_seen_to_be_back_owes_nothing(tmp_path: Path) -> None:
    async with draining(tmp_path) as (lab, acts, journal):
        proposal, changed = await acts.propose(order(lab)), False

        async def sleep(seconds: float) -> None:
            nonlocal changed
            if not changed:
                await neighbour_ill(lab, acts)
            changed = True
            await lab.clock.sleep(seconds)

        sleeping(acts, sleep)
        assert (await fired(acts, proposal)).outcome == "failed" and all(is_in(lab))
        (end,) = [one for one in journal.entries() if one.kind == "remedy.failed"]
        assert end.data["settled"] is True, "it is on the disk"
        for group in groups(lab):
            group.states.clear()
        by_hand(lab, out=True)
        later = await acts.propose(order(lab))
        assert not later.plan.finishes and not await is_owed(lab, acts), later.plan
        assert sends(later) == [*OUT[:2], *HALVES[STOP_START], *BACK[:2]]


async def is_owed(lab: Desk, acts: Acts) -> bool:
    """Whether anything is said to be owed to the machine."""
    told = str(await acts.propose(order(lab)))
    return "out of it since" in told or "may still be out" in told


@pytest.mark.parametrize("seen", [True, False])
async def test_what_a_later_act_saw_to_be_back_is_not_owed_any_more(
    tmp_path: Path, seen: bool
) -> None:
    async with draining(tmp_path, drains=[REBOOT]) as (lab, acts, _):
        await left_out(lab, acts)
        if seen:
            by_hand(lab, out=False)
            await lab.live(1200)
            later = await acts.propose(order(lab, STOP_START))
            assert sends(later) == HALVES[STOP_START] and not later.plan.finishes
            assert (await fired(acts, later)).outcome == "verified"
            by_hand(lab, out=True)
        assert await is_owed(lab, acts) != seen


async def test_a_lost_answer_is_settled_only_once_nothing_arrives_any_more(tmp_path: Path) -> None:
    async with draining(tmp_path) as (lab, acts, journal):
        lab.lie("silent", "DeregisterTargets")
        verdict = await acted(lab, acts, REBOOT)
        (end,) = [one for one in journal.entries() if one.kind == "remedy.unknown"]
        assert verdict.seconds >= 60 and end.data["settled"] is True, end


@pytest.mark.parametrize("action", GROUPS_READ)
async def test_a_machine_that_we_stopped_is_started_though_nobody_tells_of_its_groups(
    tmp_path: Path, action: str
) -> None:
    async with draining(tmp_path) as (lab, acts, _):
        await left_out(lab, acts, STOP_START)
        lab.lab.aws_faults.denied.add(("*", action))
        rest = await acts.propose(order(lab))
        dark = action == "DescribeTargetHealth"
        assert sends(rest) == ["StartInstances", *([] if dark else BACK)]
        assert rest.refusals == () and rest.plan.finishes
        doubt = f"it may still be out of {GROUPS} since the act of"
        assert any(one.startswith(doubt) for one in rest.plan.warnings) == dark
        assert (await fired(acts, rest)).outcome == "verified"
        lab.lab.aws_faults.denied.clear()
        if dark:
            back = await acts.propose(order(lab))
            assert sends(back) == BACK and back.plan.finishes, "it is not forgotten"
            assert (await fired(acts, back)).outcome == "verified"
        assert all(is_in(lab))


async def test_a_start_asks_only_the_groups_that_are_owed(tmp_path: Path) -> None:
    async with draining(tmp_path) as (lab, acts, _):
        await left_out(lab, acts, STOP_START)
        before = len(lab.lab.log.entries)
        await acts.propose(order(lab))
        asked = [one["operation"] for one in [*lab.lab.log.entries][before:]]
        assert [asked.count(one) for one in GROUPS_READ] == [0, 3]


async def test_a_group_that_was_detached_meanwhile_is_not_forgotten(tmp_path: Path) -> None:
    async with draining(tmp_path) as (lab, acts, _):
        await left_out(lab, acts)
        groups(lab)[0].balancer = ""
        rest = await acts.propose(order(lab, REBOOT))
        assert sends(rest) == BACK and rest.plan.finishes
        verdict = await fired(acts, rest)
        assert verdict.outcome == "verified" and all(is_in(lab)), verdict
        assert "tenants-prod-a: registered, in no use" in verdict.said
        assert not await is_owed(lab, acts)


async def test_a_group_that_was_deleted_meanwhile_is_owed_nothing(tmp_path: Path) -> None:
    async with draining(tmp_path) as (lab, acts, _):
        await left_out(lab, acts)
        lab.lab.world.groups.remove(groups(lab)[0])
        rest = await acts.propose(order(lab, REBOOT))
        assert sends(rest) == BACK[:2]
        assert (await fired(acts, rest)).outcome == "verified" and all(is_in(lab))


@pytest.mark.parametrize("most", [3, None])
async def test_a_throttled_register_is_put_again_within_bounds(
    tmp_path: Path, most: int | None
) -> None:
    async with draining(tmp_path) as (lab, acts, _):
        lab.lab.aws_faults.throttled.add(("*", "elbv2:RegisterTargets"))
        proposal = await acts.propose(order(lab, REBOOT))

        async def sleep(seconds: float) -> None:
            if most is not None and lab.writes.count("RegisterTargets") >= most:
                lab.lab.aws_faults.throttled.clear()
            await lab.clock.sleep(seconds)

        sleeping(acts, sleep)
        verdict = await fired(acts, proposal)
        tried = lab.writes.count("RegisterTargets")
        if most is not None:
            assert verdict.outcome == "verified" and all(is_in(lab)), verdict
            assert tried == most + 3
            return
        assert verdict.outcome == "failed" and not any(is_in(lab)), verdict
        assert tried == 3 + 8, "eight pauses for all of them"
        assert verdict.said.endswith(f"it is out of {GROUPS}: {AGAIN}")
        assert "AWS throttles elasticloadbalancing:RegisterTargets" in verdict.said


async def test_a_throttled_look_while_it_drains_is_no_reason_to_begin_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("console.aws.drain.SHORT", (0.01,) * 40)
    async with draining(tmp_path) as (lab, acts, _):
        lab.lab.aws_faults.throttled = Sometimes(lab)
        verdict = await acted(lab, acts)
        assert verdict.outcome == "verified" and all(is_in(lab)), verdict
        assert lab.clock.gone < 900


class Sometimes(set[tuple[str, str]]):
    """From the first write on every second question about the health of targets is throttled."""

    def __init__(self, lab: Desk) -> None:
        self.lab, self.asked = lab, 0

    def __contains__(self, pair: object) -> bool:
        if pair != ("*", "elbv2:DescribeTargetHealth") or not self.lab.writes:
            return False
        self.asked += 1
        return self.asked % 2 == 0

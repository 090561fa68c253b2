"""The last healthy target of a load balancer is never taken, whatever is typed."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from console.acting import Acts
from console.acting.held import held
from console.aws.balancers import _asked, groups_of
from console.aws.behind import Member
from console.aws.patience import Patience
from console.aws.places import Place
from console.lab.world import TargetGroup
from console.model import Changed, Order, Plan, Ref
from console.poll import AuthExpired, Failed
from console.remedy import Refused
from tests.remedies.aws.desk import Desk, desk
from tests.remedies.aws.test_whole_act import acting

SCOPE = "tenants/prod"
ILL = ("unhealthy", "Target.ResponseCodeMismatch")
ITS = "3 target groups (tenants-prod-a, tenants-prod-c, tenants-prod-e)"
ACTS = ["ec2-reboot", "ec2-stop-start"]


def web(lab: Desk, number: int) -> Ref:
    return lab.machine(f"tenants-prod-web-{number}", SCOPE)


def first(lab: Desk) -> TargetGroup:
    """The first target group, behind it the machines 1 and 2."""
    return lab.lab.world.groups[0]


def group_of(lab: Desk, name: str, *targets: str, kind: str = "instance") -> TargetGroup:
    """One target group more in the place of the first."""
    here = first(lab)
    group = TargetGroup(
        account=here.account,
        region=here.region,
        name=name,
        balancer=name,
        kind=kind,
        targets=[*targets],
    )
    lab.lab.world.groups.append(group)
    return group


def ill(lab: Desk, number: int) -> None:
    """The application of a machine answers 502, in every target group; the machine is well."""
    for group in lab.lab.world.groups:
        group.states[web(lab, number).name] = ILL


async def fired(acts: Acts, order: Order) -> str:
    """Everything is typed that could be; why it was refused."""
    proposal = await acts.propose(order)
    name = order.targets[0].name
    with pytest.raises(Refused) as refused:
        await acts.fire(proposal, proposal.plan.typed, [name, SCOPE, "last target"])
    return str(refused.value)


@pytest.mark.parametrize("entry", ACTS)
async def test_a_healthy_neighbour_lets_a_machine_go(tmp_path: Path, entry: str) -> None:
    async with desk(tmp_path) as lab:
        plan = await lab.plan(entry, web(lab, 1))
        assert plan.last_target == ()
        kept = "1 target stays healthy without it, of 2"
        assert plan.preview == (f"{ITS}: {kept}",)


@pytest.mark.parametrize("entry", ACTS)
async def test_the_last_healthy_target_is_refused_and_nothing_lifts_it(
    tmp_path: Path, entry: str
) -> None:
    async with acting(tmp_path) as (lab, acts, _):
        ill(lab, 2)
        await acts.arm([SCOPE], 20, "it is slow")
        why = await fired(acts, Order(entry, (web(lab, 1),)))
        told = "tenants-prod-web-2 unhealthy (Target.ResponseCodeMismatch)"
        assert f"the last healthy target of {ITS}: {told}" in why
        assert lab.writes == []
        (guard,) = [
            one
            for one in (await acts.propose(Order(entry, (web(lab, 1),)))).guards
            if one.guard == "last target"
        ]
        assert not guard.ok and not guard.override


async def test_the_ill_one_itself_may_be_rebooted_and_is_well_again(tmp_path: Path) -> None:
    async with acting(tmp_path) as (lab, acts, _):
        ill(lab, 2)
        await acts.arm([SCOPE], 20, "it answers 502")
        proposal = await acts.propose(Order("ec2-reboot", (web(lab, 2),)))
        assert proposal.refusals == ()
        await acts.fire(proposal)
        assert lab.writes == ["RebootInstances"]


async def test_a_neighbour_that_fell_ill_since_the_plan_was_shown_stops_the_act(
    tmp_path: Path,
) -> None:
    async with acting(tmp_path) as (lab, acts, _):
        await acts.arm([SCOPE], 20, "it is slow")
        order = Order("ec2-reboot", (web(lab, 1),))
        proposal = await acts.propose(order)
        assert proposal.refusals == ()
        ill(lab, 2)
        ended = await acts.fire(proposal, "", [order.targets[0].name])
        assert isinstance(ended, Changed) and "the last healthy target" in str(
            ended.proposal.refusals
        )
        assert lab.writes == []


GONE = [
    ("stopping", "but it is stopping"),
    ("terminated", "but it is terminated"),
    ("running", "but its status checks are not ok"),
]


@pytest.mark.parametrize(("state", "said"), GONE)
async def test_a_target_that_the_load_balancer_still_calls_healthy_is_not_believed(
    tmp_path: Path, state: str, said: str
) -> None:
    async with desk(tmp_path) as lab:
        other = lab.host("tenants-prod-web-2")
        for group in lab.lab.world.groups:
            group.states[other.id] = ("healthy", "")
        other.state, other.checks["instance"] = state, "initializing"
        plan = await lab.plan("ec2-reboot", web(lab, 1))
        assert said in str(plan.last_target)


async def test_a_target_that_ec2_does_not_know_is_not_believed(tmp_path: Path) -> None:
    async with desk(tmp_path) as lab:
        first(lab).targets[1] = "i-0123456789abcdef0"
        plan = await lab.plan("ec2-reboot", web(lab, 1))
        assert "but EC2 does not know it" in str(plan.last_target)


UNREAD = [
    ("DescribeTargetGroups", "elasticloadbalancing:DescribeTargetGroups is not allowed"),
    ("DescribeTargetHealth", "elasticloadbalancing:DescribeTargetHealth is not allowed"),
]


@pytest.mark.parametrize(("action", "said"), UNREAD)
async def test_what_cannot_be_read_is_refused_with_the_reason(
    tmp_path: Path, action: str, said: str
) -> None:
    async with acting(tmp_path) as (lab, acts, _):
        lab.lab.aws_faults.denied.add(("*", action))
        await acts.arm([SCOPE], 20, "it is slow")
        why = await fired(acts, Order("ec2-reboot", (web(lab, 1),)))
        assert said in why and "is not known" in why
        assert lab.writes == []


async def test_a_throttled_load_balancer_is_no_yes(tmp_path: Path) -> None:
    async with desk(tmp_path) as lab:
        lab.lab.aws_faults.throttled.add(("*", "elbv2"))
        plan = await lab.plan("ec2-reboot", web(lab, 1))
        assert "AWS throttles" in str(plan.last_target)


async def test_an_expired_login_is_said_as_such(tmp_path: Path) -> None:
    async with desk(tmp_path) as lab:
        lab.lab.keys.expire(lab.host("tenants-prod-web-1").account)
        with pytest.raises(AuthExpired):
            await lab.plan("ec2-reboot", web(lab, 1))


async def test_a_machine_behind_no_load_balancer_may_go_and_the_plan_says_so(
    tmp_path: Path,
) -> None:
    async with desk(tmp_path) as lab:
        plan = await lab.plan("ec2-reboot", lab.machine("sitv1prod-peip", "sitv1/prod"))
        assert plan.last_target == ()
        (said,) = plan.preview
        assert said.startswith("no load balancer in rpg-prod/eu-west-3 has it as a target, of 6 ")
        assert said.endswith("; Classic load balancers and other accounts are not asked")


async def test_a_target_registered_by_its_address_is_found(tmp_path: Path) -> None:
    async with desk(tmp_path) as lab:
        from console.lab.aws.elbv2 import address_of

        peip = lab.host("sitv1prod-peip")
        group_of(lab, "v1", address_of(peip), kind="ip")
        plan = await lab.plan("ec2-reboot", lab.machine(peip.name, "sitv1/prod"))
        assert "the last healthy target of target group v1: it is the only one" in plan.last_target


async def test_after_a_lost_answer_the_neighbour_stays(tmp_path: Path) -> None:
    async with acting(tmp_path) as (lab, acts, _):
        await acts.arm([SCOPE], 20, "both are slow")
        lab.lie("drop", "StopInstances")
        proposal = await acts.propose(Order("ec2-stop-start", (web(lab, 1),)))
        ended = await acts.fire(proposal, proposal.plan.typed)
        assert not isinstance(ended, Changed) and ended.outcome == "unknown"
        lab.lab.aws_faults.lies.clear()
        for group in lab.lab.world.groups:  # the load balancer has seen nothing yet
            group.states[web(lab, 1).name] = ("healthy", "")
        assert "healthy, but it is stopped" in await fired(
            acts, Order("ec2-reboot", (web(lab, 2),))
        )
        assert lab.writes == ["StopInstances"]


async def test_what_we_stopped_is_started_again_though_it_was_the_last_one(tmp_path: Path) -> None:
    async with acting(tmp_path) as (lab, acts, _):
        await acts.arm([SCOPE], 20, "its host is ill")
        lab.lie("silent", "StartInstances")
        proposal = await acts.propose(Order("ec2-stop-start", (web(lab, 1),)))
        await acts.fire(proposal, proposal.plan.typed)
        lab.lab.aws_faults.lies.clear()
        ill(lab, 2)
        rest: Plan = (again := await acts.propose(proposal.order)).plan
        assert [one.operation for one in rest.requests] == ["StartInstances"]
        assert again.refusals == ()


async def test_a_machine_of_an_auto_scaling_group_may_be_replaced_by_it(tmp_path: Path) -> None:
    async with desk(tmp_path) as lab:
        lab.host("tenants-prod-web-1").tags["aws:autoscaling:groupName"] = "tenants"
        plan = await lab.plan("ec2-reboot", web(lab, 1))
        assert any("group tenants may replace it" in one for one in plan.warnings)
        with pytest.raises(Refused, match="the Auto Scaling group tenants, which would replace"):
            await lab.plan("ec2-stop-start", web(lab, 1))


async def test_where_there_is_no_target_group_the_plan_says_that(tmp_path: Path) -> None:
    async with desk(tmp_path) as lab:
        plan = await lab.plan("ec2-reboot", lab.machine("sakai-prod-web-1", "sakai/prod"))
        assert "has it as a target, there is none it could be in" in str(plan.preview)


async def test_two_machines_of_one_target_group_are_not_taken_at_once(tmp_path: Path) -> None:
    async with acting(tmp_path) as (lab, acts, _):
        one, other = lab.host("tenants-prod-web-1"), lab.host("order-prod-shop")
        group_of(lab, "shared", one.id, other.id)
        await acts.arm([SCOPE, "order/prod"], 20, "both are slow")
        refs = (web(lab, 1), lab.machine(other.name, "order/prod"))
        both = [await acts.propose(Order("ec2-reboot", (ref,))) for ref in refs]
        assert [one.refusals for one in both] == [(), ()], "each may go while the other stays"
        ended = await asyncio.gather(
            *(acts.fire(each, "", [each.order.targets[0].name]) for each in both),
            return_exceptions=True,
        )
        (refused,) = [one for one in ended if isinstance(one, Refused)]
        assert "another act is in flight on target group" in str(refused)
        assert lab.writes == ["RebootInstances"]


async def test_an_act_without_an_end_keeps_its_neighbours(tmp_path: Path) -> None:
    async with desk(tmp_path) as lab:
        plan = await lab.plan("ec2-reboot", web(lab, 1))
        group = f"target group {plan.seen['groups'][0]}"
        assert group in held(plan, lab.hands.estate)
        assert group not in held(replace(plan, finishes="an act"), lab.hands.estate)


async def test_a_neighbour_that_was_rebooted_a_moment_ago_does_not_count(tmp_path: Path) -> None:
    async with acting(tmp_path) as (lab, acts, _):
        one, two = lab.host("mizushima-prod-web-1"), lab.host("mizushima-prod-web-2")
        group = group_of(lab, "mizushima", one.id, two.id)
        group.account, group.region = one.account, one.region
        for host in (one, two):  # the load balancer has noticed nothing
            group.states[host.id] = ("healthy", "")
        await acts.arm(["mizushima/prod"], 40, "both are slow")
        first_one = await acts.propose(
            Order("ec2-reboot", (lab.machine(one.name, "mizushima/prod"),))
        )
        ended = await acts.fire(first_one, first_one.plan.typed, [one.id])
        assert not isinstance(ended, Changed) and ended.outcome == "verified", ended
        order = Order("ec2-reboot", (lab.machine(two.name, "mizushima/prod"),))
        assert "healthy, but ec2-reboot by on-call" in await fired(acts, order)
        await lab.clock.sleep(900)
        assert (await acts.propose(order)).plan.last_target == ()


@pytest.mark.parametrize(("state", "said"), GONE)
async def test_a_target_by_its_address_is_not_believed_either(
    tmp_path: Path, state: str, said: str
) -> None:
    from console.lab.aws.elbv2 import address_of

    async with desk(tmp_path) as lab:
        one, two = lab.host("tenants-prod-web-1"), lab.host("tenants-prod-web-2")
        group = group_of(lab, "by-address", address_of(one), address_of(two), kind="ip")
        group.states[address_of(two)] = ("healthy", "")
        two.state, two.checks["instance"] = state, "initializing"
        plan = await lab.plan("ec2-reboot", web(lab, 1))
        assert f"but {two.id}: {said.removeprefix('but ')}" in str(plan.last_target)


async def test_an_address_of_no_machine_is_believed_and_said(tmp_path: Path) -> None:
    from console.lab.aws.elbv2 import address_of

    async with desk(tmp_path) as lab:
        own = address_of(lab.host("tenants-prod-web-1"))
        group_of(lab, "by-address", own, "192.0.2.7", kind="ip")
        plan = await lab.plan("ec2-reboot", web(lab, 1))
        assert plan.last_target == ()
        told = "of no machine known here, healthy by the load balancer: 192.0.2.7"
        assert plan.preview[-1] == told


async def test_a_throttled_question_about_a_group_is_put_again(tmp_path: Path) -> None:
    async with desk(tmp_path) as lab:
        aws, host = lab.hands.clients.aws, lab.host("tenants-prod-web-1")
        place = Place("rpg-prod", host.region)
        group, *_ = await groups_of(aws, place)
        lab.lab.aws_faults.throttled.add(("*", "elbv2"))
        patience = Patience([0.05] * 50)
        asked = asyncio.create_task(_asked(aws, place, group, patience))
        async with asyncio.timeout(10):
            while len(patience.pauses) == 50:
                await asyncio.sleep(0.01)
        lab.lab.aws_faults.throttled.clear()
        assert [one.state for one in await without_failure(asked)] == ["healthy", "healthy"]


async def without_failure(
    asked: asyncio.Task[tuple[Member, ...] | Failed],
) -> tuple[Member, ...]:
    told = await asked
    assert not isinstance(told, Failed), told
    return told


async def test_a_group_that_no_load_balancer_uses_is_not_asked(tmp_path: Path) -> None:
    async with desk(tmp_path) as lab:
        group_of(lab, "spare", web(lab, 1).name).balancer = ""
        assert "spare" not in str((await lab.plan("ec2-reboot", web(lab, 1))).preview)

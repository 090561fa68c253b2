"""Load balancers: who is behind a target group and how healthy, asked now."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from console.aws.behind import SHOWN, Aim, Judged, Member, aim_of, judge
from console.aws.ec2 import FILTER_VALUES, Fleet
from console.aws.ec2 import PAGE as EC2_PAGE
from console.aws.patience import Patience
from console.aws.places import chunks
from console.model import EMPTY
from console.poll import AuthExpired, Failed

if TYPE_CHECKING:
    from console.aws.places import Place
    from console.aws.session import Aws

Answer = dict[str, Any]
PAGE = 400  # target groups, load balancers, rules
AT_ONCE = 8  # questions: DescribeTargetHealth takes one target group
BY_ADDRESS = "network-interface.addresses.private-ip-address"
BY_ID = 100  # explicit ids a call of DescribeInstanceStatus
Holding = tuple["Group", "tuple[Member, ...] | Failed"]
OURS = ("instance", "ip")  # kinds of target; a group of Lambdas or load balancers holds no machine


@dataclass(frozen=True, slots=True)
class Group:
    """One target group as AWS describes it."""

    arn: str
    name: str
    kind: str
    vpc: str = ""
    balancers: tuple[str, ...] = ()
    """ARNs."""
    port: int = 0


@dataclass(frozen=True, slots=True)
class Standing:
    """How a machine stands behind its load balancers; sentences for people."""

    last: tuple[str, ...]
    """Why it must stay: where it is the last healthy one, or where that is not known."""
    said: tuple[str, ...]
    """What is behind each of them just now."""
    groups: tuple[str, ...] = ()
    """ARNs of the target groups that hold it: one act at a time takes from each of them."""
    holding: tuple[Holding, ...] = ()
    """The target groups that it is in, or of which that is not known, and their targets."""


def name_of(arn: str) -> str:
    """The name in the ARN of a load balancer: `…:loadbalancer/app/shop/50dc6c` → `shop`."""
    parts = arn.rpartition(":loadbalancer/")[2].split("/")
    return parts[-2] if len(parts) > 1 else arn


async def groups_of(aws: Aws, place: Place) -> list[Group]:
    """Every target group of a place."""
    found = await aws.pages(
        *(place.account, place.region, "elbv2", "describe_target_groups", "TargetGroups"),
        PageSize=PAGE,
    )
    return [
        Group(
            one["TargetGroupArn"],
            one["TargetGroupName"],
            one.get("TargetType", "instance"),
            one.get("VpcId", ""),
            tuple(one.get("LoadBalancerArns") or ()),
            one.get("Port", 0),
        )
        for one in found
    ]


async def health(aws: Aws, place: Place, group: Group) -> tuple[Member, ...]:
    """Every target of a group, by what the load balancer says of it."""
    answer = await aws.call(
        *(place.account, place.region, "elbv2", "describe_target_health"),
        TargetGroupArn=group.arn,
    )
    return tuple(_member(one, group) for one in answer["TargetHealthDescriptions"])


def _member(told: Answer, group: Group) -> Member:
    """A target; one that a zonal shift keeps requests from is not healthy, though checks pass."""
    target, how = told["Target"], told.get("TargetHealth", {})
    state, reason = how.get("State", "unknown"), how.get("Reason", "")
    override = told.get("AdministrativeOverride") or {}
    if state == "healthy" and override.get("State", "no_override") != "no_override":
        state, reason = override["State"], override.get("Reason", "")
    return Member(target["Id"], target.get("Port", group.port), state, reason)


async def standing(
    aws: Aws,
    place: Place,
    facts: Answer,
    names: Mapping[str, str] = EMPTY,
    acted: Mapping[str, str] = EMPTY,
) -> Standing:
    """How a machine stands in every target group of its place. Raises AuthExpired.

    `acted`: machines that were acted on a moment ago, with how: a load balancer may not have
    noticed, and calls one healthy whose application is still starting. What
    cannot be read is no reason to take it away: it is in `last`, with why.
    """
    machine = aim_of(facts)
    try:
        groups = [one for one in await groups_of(aws, place) if _may_hold(one, machine)]
    except AuthExpired:
        raise
    except Failed as error:
        why = f"whether it is the last healthy target of a load balancer is not known: {error}"
        return Standing((why,), ())
    patience = Patience()
    each = await asyncio.gather(*(_asked(aws, place, one, patience) for one in groups))
    holding = [
        (group, members)
        for group, members in zip(groups, each, strict=True)
        if isinstance(members, Failed) or any(machine.has(one.id) for one in members)
    ]
    holding = [(group, _called(members, names)) for group, members in holding]
    if not holding:
        return Standing((), (_nowhere(place, len(groups)),))
    gone, foreign = await unwell(aws, place, _others(holding, machine), acted)
    found = _judged(holding, machine, gone)
    return replace(found, said=(*found.said, foreign)) if foreign else found


def _judged(holding: Sequence[Holding], machine: Aim, gone: Mapping[str, str]) -> Standing:
    judged: dict[Judged, list[str]] = {}
    for group, members in holding:
        judged.setdefault(judge(members, machine, gone), []).append(group.name)
    last = [one.said(names) for one, names in judged.items() if one.stays]
    said = [one.said(names) for one, names in judged.items() if not one.stays]
    arns = tuple(sorted(one.arn for one, members in holding if not isinstance(members, Failed)))
    return Standing(_few(last), _few(said), arns, tuple(holding))


def _nowhere(place: Place, asked: int) -> str:
    """What is known of a machine that no target group has, and what was not asked."""
    groups = f"of {asked} target groups asked" if asked else "there is none it could be in"
    rest = "Classic load balancers and other accounts are not asked"
    return f"no load balancer in {place} has it as a target, {groups}; {rest}"


def _called(
    members: tuple[Member, ...] | Failed, names: Mapping[str, str]
) -> tuple[Member, ...] | Failed:
    if isinstance(members, Failed):
        return members
    return tuple(one.called(names.get(one.id, "")) for one in members)


def _few(texts: Sequence[str]) -> tuple[str, ...]:
    """As many as a person reads."""
    more = len(texts) - SHOWN
    return (*texts[:SHOWN], *([f"{more} target groups more"] if more > 0 else ()))


def _may_hold(group: Group, machine: Aim) -> bool:
    """An instance is a target within its own VPC only; an address may be of a peer.

    Nobody is served through a group that no load balancer uses.
    """
    if not group.balancers:
        return False
    if group.kind == "instance" and group.vpc and machine.vpc:
        return group.vpc == machine.vpc
    return group.kind in OURS


async def _asked(
    aws: Aws, place: Place, group: Group, patience: Patience
) -> tuple[Member, ...] | Failed:
    """A group's targets, or why they are not known."""
    try:
        return await patience.ask(lambda: health(aws, place, group))
    except AuthExpired:
        raise
    except Failed as error:
        return error


def _others(holding: Iterable[Holding], machine: Aim) -> set[str]:
    """The targets beside a machine that their load balancers call healthy."""
    return {
        one.id
        for _, members in holding
        for one in (() if isinstance(members, Failed) else members)
        if one.state == "healthy" and not machine.has(one.id)
    }


async def unwell(
    aws: Aws, place: Place, healthy: set[str], acted: Mapping[str, str] = EMPTY
) -> tuple[dict[str, str], str]:
    """Targets that a load balancer calls healthy and EC2 does not, by id or address, with why.

    A load balancer notices a stopped machine only some checks later, up to a minute or more. And,
    for people, of which addresses nothing but its word is known.
    """
    others = {id for id in healthy if id.startswith("i-")}
    found: dict[str, Answer] = {}
    fleet = Fleet(aws, place, ())
    try:
        owners = await _owners(aws, place, sorted(healthy - others))
        for some in chunks(sorted(others.union(*owners.values())), BY_ID):
            found |= {one["InstanceId"]: one for one in await fleet.by_id(some)}
    except AuthExpired:
        raise
    except Failed as error:
        return dict.fromkeys(healthy, str(error)), ""
    why = {**acted, **_why(found)}
    why |= dict.fromkeys(others - found.keys(), "EC2 does not know it")
    for address, ids in owners.items():
        if bad := sorted(ids & why.keys()):
            why[address] = f"{bad[0]}: {why[bad[0]]}"
    foreign = sorted(healthy - others - owners.keys())
    told = ", ".join(foreign[:SHOWN]) + ", …" * (len(foreign) > SHOWN)
    return why, f"of no machine known here, healthy by the load balancer: {told}" * bool(foreign)


def _why(statuses: Mapping[str, Answer]) -> dict[str, str]:
    from console.aws.targets import well

    unwell = {id: status for id, status in statuses.items() if not well(status)}
    states = {id: status["InstanceState"]["Name"] for id, status in unwell.items()}
    return {
        id: "its status checks are not ok" if state == "running" else f"it is {state}"
        for id, state in states.items()
    }


async def _owners(aws: Aws, place: Place, addresses: Sequence[str]) -> dict[str, set[str]]:
    """The machines of the place that have one of these addresses, by address."""
    found: dict[str, set[str]] = {}
    for some in chunks([one for one in addresses if ":" not in one], FILTER_VALUES):
        answer = await aws.pages(
            *(place.account, place.region, "ec2", "describe_instances", "Reservations"),
            Filters=[{"Name": BY_ADDRESS, "Values": list(some)}],
            MaxResults=EC2_PAGE,
        )
        each = [aim_of(one) for reservation in answer for one in reservation["Instances"]]
        for address in some:
            if ids := {one.id for one in each if one.has(address)}:
                found[address] = ids
    return found

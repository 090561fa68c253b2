"""Load balancers: who is behind a target group and how healthy, asked now."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING, Any

from console.aws.ec2 import Fleet
from console.aws.places import chunks
from console.model import EMPTY
from console.poll import AuthExpired, Failed

if TYPE_CHECKING:
    from console.aws.places import Place
    from console.aws.session import Aws

Answer = dict[str, Any]
PAGE = 400  # target groups, load balancers, rules
AT_ONCE = 8  # questions: DescribeTargetHealth takes one target group
BY_ID = 100  # explicit ids a call of DescribeInstanceStatus
OURS = ("instance", "ip")  # kinds of target; a group of Lambdas or load balancers holds no machine
SHOWN = 4  # sentences; a machine may be in hundreds of target groups
NOT_KNOWN = ("initial", "unavailable")
SERVES_NOT = ("unused", "draining")


@dataclass(frozen=True, slots=True)
class Member:
    """One target of a group: an instance or an address, at a port."""

    id: str
    port: int
    state: str
    """As AWS says it: healthy, unhealthy, initial, draining, unused, unavailable …"""
    reason: str = ""

    name: str = ""
    """What people call the machine."""

    def __str__(self) -> str:
        why = f" ({self.reason})" if self.reason else ""
        return f"{self.name or self.id} {self.state}{why}"

    def called(self, name: str) -> Member:
        """The same under the name of its machine."""
        return replace(self, name=name)


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
class Aim:
    """How to tell the machine of an act among targets."""

    id: str
    vpc: str
    addresses: frozenset[str]
    networks: tuple[str, ...] = ()

    def has(self, target: str) -> bool:
        """Whether a target is this machine, by its id or by one of its addresses."""
        if target == self.id or target in self.addresses:
            return True
        try:
            return any(ip_address(target) in ip_network(one) for one in self.networks)
        except ValueError:  # an instance's id
            return False


@dataclass(frozen=True, slots=True)
class Standing:
    """How a machine stands behind its load balancers; sentences for people."""

    last: tuple[str, ...]
    """Why it must stay: where it is the last healthy one, or where that is not known."""
    said: tuple[str, ...]
    """What is behind each of them just now."""


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
    return tuple(
        Member(
            one["Target"]["Id"],
            one["Target"].get("Port", group.port),
            one.get("TargetHealth", {}).get("State", "unknown"),
            one.get("TargetHealth", {}).get("Reason", ""),
        )
        for one in answer["TargetHealthDescriptions"]
    )


def aim_of(facts: Answer) -> Aim:
    """A machine by its description: its id and every address that a target may be named by."""
    addresses, networks = {facts.get("PrivateIpAddress", "")}, set()
    for card in facts.get("NetworkInterfaces") or ():
        addresses |= {one.get("PrivateIpAddress", "") for one in card.get("PrivateIpAddresses", ())}
        addresses |= {one.get("Ipv6Address", "") for one in card.get("Ipv6Addresses", ())}
        networks |= {one["Ipv4Prefix"] for one in card.get("Ipv4Prefixes", ())}
        networks |= {one["Ipv6Prefix"] for one in card.get("Ipv6Prefixes", ())}
    return Aim(
        facts["InstanceId"], facts.get("VpcId", ""), frozenset(addresses - {""}), (*networks,)
    )


async def standing(
    aws: Aws, place: Place, facts: Answer, names: Mapping[str, str] = EMPTY
) -> Standing:
    """How a machine stands in every target group of its place. Raises AuthExpired.

    What cannot be read is no reason to take it away: it is in `last`, with why.
    """
    machine = aim_of(facts)
    try:
        groups = [one for one in await groups_of(aws, place) if _may_hold(one, machine)]
    except AuthExpired:
        raise
    except Failed as error:
        why = f"whether it is the last healthy target of a load balancer is not known: {error}"
        return Standing((why,), ())
    doors = asyncio.Semaphore(AT_ONCE)
    each = await asyncio.gather(*(_asked(aws, place, one, doors) for one in groups))
    holding = [
        (group, members)
        for group, members in zip(groups, each, strict=True)
        if isinstance(members, Failed) or any(machine.has(one.id) for one in members)
    ]
    holding = [(group, _called(members, names)) for group, members in holding]
    gone = await _unwell(aws, place, holding, machine)
    judged = [judge(group, members, machine, gone) for group, members in holding]
    last = [text for stays, text in judged if stays]
    said = [text for stays, text in judged if not stays]
    if not holding:
        said = [f"no load balancer has it as a target, of {len(groups)} target groups asked"]
    return Standing(_few(last), _few(said))


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
    """An instance is a target within its own VPC only; an address may be of a peer."""
    if group.kind == "instance" and group.vpc and machine.vpc:
        return group.vpc == machine.vpc
    return group.kind in OURS


async def _asked(
    aws: Aws, place: Place, group: Group, doors: asyncio.Semaphore
) -> tuple[Member, ...] | Failed:
    async with doors:
        try:
            return await health(aws, place, group)
        except AuthExpired:
            raise
        except Failed as error:
            return error


async def _unwell(
    aws: Aws,
    place: Place,
    holding: Iterable[tuple[Group, Sequence[Member] | Failed]],
    machine: Aim,
) -> dict[str, str]:
    """Machines that a load balancer calls healthy and EC2 does not, by id, with why.

    A load balancer notices a stopped machine only some checks later, up to a minute or more.
    """
    from console.aws.targets import well

    others = {
        one.id
        for _, members in holding
        for one in (() if isinstance(members, Failed) else members)
        if one.state == "healthy" and one.id.startswith("i-") and not machine.has(one.id)
    }
    found: dict[str, Answer] = {}
    fleet = Fleet(aws, place, ())
    try:
        for some in chunks(sorted(others), BY_ID):
            found |= {one["InstanceId"]: one for one in await fleet.by_id(some)}
    except AuthExpired:
        raise
    except Failed as error:
        return dict.fromkeys(others, str(error))
    unwell = dict.fromkeys(others - found.keys(), "EC2 does not know it")
    for id, status in found.items():
        if not well(status):
            state = status["InstanceState"]["Name"]
            unwell[id] = "its status checks are not ok" if state == "running" else f"it is {state}"
    return unwell


def judge(
    group: Group,
    members: Sequence[Member] | Failed,
    machine: Aim,
    gone: dict[str, str],
) -> tuple[bool, str]:
    """Whether the machine must stay in this group, and the sentence; see the rules."""
    name = f"target group {group.name}"
    if isinstance(members, Failed):  # 1. what is not known is no yes
        return True, f"{name}: whether it is the last healthy target is not known: {members}"
    ours = [one for one in members if machine.has(one.id)]
    others = [one for one in members if not machine.has(one.id)]
    well = {one.id for one in others if one.state == "healthy" and one.id not in gone}
    if well:  # 2. another one takes over
        return False, f"{name}: {_count(len(well))} healthy without it, of {len(members)} targets"
    states = {one.state for one in ours}
    if states <= set(SERVES_NOT):  # 3. it takes no requests there
        return False, f"{name}: it is {' and '.join(sorted(states))} there, and serves nobody"
    why = "; ".join(_others(others, gone)) or "it is the only one"
    if "healthy" in states:  # 4. nobody is served after it
        return True, f"the last healthy target of {name}: {why}"
    if states & set(NOT_KNOWN) or not all(one.startswith("unhealthy") for one in states):  # 5.
        told = ", ".join(map(str, ours))
        return True, f"{name}: nothing else is healthy, and its own health is not known: {told}"
    # 6. a load balancer without a healthy target sends to all of them
    return False, f"{name}: nothing in it is healthy, this machine included ({why})"


def _count(number: int) -> str:
    return "1 target stays" if number == 1 else f"{number} targets stay"


def _others(others: Iterable[Member], gone: dict[str, str]) -> Iterator[str]:
    """The other targets and why none of them counts, some of them."""
    for number, one in enumerate(others):
        if number == 3:
            yield "…"
            return
        yield f"{one}, but {gone[one.id]}" if one.id in gone else str(one)

"""A machine's places in target groups: taken from it before an act, and given back after it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

from console.aws.balancers import OURS, Group, Standing, health, unwell
from console.aws.behind import aim_of
from console.aws.machines import scaled_by
from console.aws.patience import SHORT, Patience
from console.aws.places import place_of
from console.aws.refused import Unknown
from console.model import Plan, Request
from console.poll import Failed
from console.remedy import Refused

if TYPE_CHECKING:
    from console.aws.behind import Member
    from console.aws.targets import Machine
    from console.remedy import Hands

OUT, IN = "DeregisterTargets", "RegisterTargets"
DELAY = "deregistration_delay.timeout_seconds"
USUAL_S = 300.0  # where AWS does not tell the delay
MOST = 20  # target groups: each is asked every few seconds while it drains
GONE = ("", "unused")
AWAY = (*GONE, "draining")
LEFT_IN = ("unused", "unhealthy")
"""States in which a load balancer sends a target nothing, so that nothing is to be drained."""
IDLE, LOST = "registered, in no use", "there is no such target group any more"
"""What a seat is besides AWS's words: its group was detached from its listener, or deleted."""
REGISTERED = {"Target.NotInUse": IDLE, "Target.InvalidState": "registered, not running"}
"""Why a target is `unused` that was not taken out."""
BACK = ("healthy", IDLE, LOST)


@dataclass(frozen=True, slots=True)
class Seat:
    """A machine's place in one target group, at each of its ports."""

    arn: str
    name: str
    id: str
    ports: tuple[int, ...]
    delay_s: float
    """How long it may drain."""

    def request(self, operation: str) -> Request:
        """Take it, or give it back."""
        each = [{"Id": self.id, "Port": port} for port in self.ports]
        return Request("elbv2", operation, {"TargetGroupArn": self.arn, "Targets": each})


@dataclass(frozen=True, slots=True)
class Found:
    """How a seat is now."""

    seat: Seat
    states: tuple[str, ...]
    """At each of its ports; empty where it is not registered."""
    others: frozenset[str]
    """Targets beside it that their load balancer calls healthy."""

    def is_all(self, *states: str) -> bool:
        """Whether it is in one of these states at every port."""
        return set(self.states) <= set(states)

    @property
    def is_missing(self) -> bool:
        """Whether it is not registered, or not for long, at one of its ports."""
        return any(state in AWAY for state in self.states)

    def __str__(self) -> str:
        told = {state or "not registered": None for state in self.states}
        return f"{self.seat.name}: {', '.join(told)}"


def names_of(seats: Sequence[Seat]) -> str:
    """The target groups in a sentence."""
    return ", ".join(dict.fromkeys(seat.name for seat in seats))


def seats_of(plan: Plan) -> tuple[Seat, ...]:
    """The seats that a plan gives back, also as the journal has it. Those it takes come first."""
    told: Sequence[Mapping[str, Any]] = plan.seen.get("seats") or ()
    return tuple(Seat(**{**one, "ports": tuple(one["ports"])}) for one in told)


def plain_of(seat: Seat) -> dict[str, Any]:
    """A seat as the journal keeps it."""
    return {**asdict(seat), "ports": list(seat.ports)}


async def look(seats: Sequence[Seat], plan: Plan, hands: Hands) -> list[Found]:
    """How they are now, asked by their ARNs. Raises Failed where AWS does not tell of one."""
    aws, place, patience = hands.clients.aws, place_of(plan), Patience(SHORT)

    async def one(seat: Seat) -> Found:
        group = Group(seat.arn, seat.name, OURS[0])
        try:
            return found_in(await patience.ask(lambda: health(aws, place, group)), seat)
        except Unknown as error:
            if error.code != "TargetGroupNotFound":
                raise
            return Found(seat, (LOST,) * len(seat.ports), frozenset())

    return list(await asyncio.gather(*map(one, seats)))


def found_in(members: Sequence[Member], seat: Seat) -> Found:
    """A seat among the targets of its group."""
    states = {one.port: _word(one) for one in members if one.id == seat.id}
    others = frozenset(one.id for one in members if one.id != seat.id and one.state == "healthy")
    return Found(seat, tuple(states.get(port, "") for port in seat.ports), others)


def _word(member: Member) -> str:
    return REGISTERED.get(member.reason, member.state) if member.state == "unused" else member.state


async def alone(found: Sequence[Found], plan: Plan, hands: Hands, *, asks: bool) -> str:
    """Where nothing else is healthy any more, a sentence; `asks`: by EC2's word as well."""
    beside: frozenset[str] = frozenset().union(*(one.others for one in found))
    told: dict[str, str] = {}
    if asks and beside:
        told, _ = await unwell(hands.clients.aws, place_of(plan), set(beside))
    lonely = [one for one in found if not one.others - told.keys() and not one.is_all(LOST)]
    if not lonely:
        return ""
    why = {f"{id}: {told[id]}": None for one in lonely for id in sorted(one.others)}
    also = f" ({'; '.join(list(why)[:3])})" if why else ""
    return f"nothing else is healthy in {names_of([one.seat for one in lonely])} any more{also}"


async def seated(target: Machine, behind: Standing) -> tuple[Seat, ...]:
    """Where a machine is healthy now. Raises Refused where it cannot be taken out and put back."""
    found = [
        Seat(group.arn, group.name, target.id, ports, USUAL_S)
        for group, members in behind.holding
        if (ports := _ports(target, group, members))
    ]
    if found and (scaling := scaled_by(target)):
        raise Refused(
            f"{target.name} belongs to the Auto Scaling group {scaling}, which registers and "
            "replaces its machines by itself: it cannot be drained first"
        )
    if len(found) > MOST:
        raise Refused(
            f"{target.name} is healthy in {len(found)} target groups: more than {MOST} are not "
            "drained first"
        )
    patience = Patience(SHORT)
    return tuple(await asyncio.gather(*(_delayed(target, seat, patience) for seat in found)))


def _ports(target: Machine, group: Group, members: tuple[Member, ...] | Failed) -> tuple[int, ...]:
    """At which ports it is healthy in a group."""
    if isinstance(members, Failed):
        raise members
    ours = [one for one in members if one.state not in LEFT_IN]
    mine = [one for one in ours if one.id == target.id]
    if any(one.state != "healthy" for one in mine):
        told = ", ".join(one.state for one in mine)
        raise Refused(
            f"{target.name} is {told} in target group {group.name}: somebody takes it out or puts "
            "it back just now, or its health is not known; it is drained where it is healthy"
        )
    machine = aim_of(dict(target.facts))
    if group.kind == "ip" and any(machine.has(one.id) for one in ours):
        raise Refused(
            f"{target.name} is registered by its address in target group {group.name}: "
            "only a machine that is registered by its id is drained first"
        )
    return tuple(sorted(one.port for one in mine))


async def _delayed(target: Machine, seat: Seat, patience: Patience) -> Seat:
    """A seat with the delay that AWS tells of its group."""
    answer = await patience.ask(
        lambda: target.aws.call(
            *(target.place.account, target.place.region),
            *("elbv2", "describe_target_group_attributes"),
            TargetGroupArn=seat.arn,
        )
    )
    told = {one["Key"]: one["Value"] for one in answer["Attributes"]}
    return replace(seat, delay_s=float(told.get(DELAY) or USUAL_S))

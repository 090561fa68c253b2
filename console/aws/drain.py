"""A machine's places in target groups: taken from it before an act, and given back after it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

from console.aws.balancers import AT_ONCE, OURS, Group, Standing, health
from console.aws.behind import aim_of
from console.aws.machines import scaled_by
from console.aws.places import place_of
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
LEFT_IN = ("unused", "unhealthy", "unavailable")
"""States in which a load balancer sends a target nothing, so that nothing is to be drained."""


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
    others: int
    """Healthy targets beside it."""

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
    """How they are now. Raises Failed where AWS does not tell of one."""
    aws, place, doors = hands.clients.aws, place_of(plan), asyncio.Semaphore(AT_ONCE)

    async def one(seat: Seat) -> Found:
        async with doors:
            return found_in(await health(aws, place, Group(seat.arn, seat.name, OURS[0])), seat)

    return list(await asyncio.gather(*map(one, seats)))


def found_in(members: Sequence[Member], seat: Seat) -> Found:
    """A seat among the targets of its group."""
    states = {one.port: one.state for one in members if one.id == seat.id}
    others = {one.id for one in members if one.id != seat.id and one.state == "healthy"}
    return Found(seat, tuple(states.get(port, "") for port in seat.ports), len(others))


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
    return tuple(await asyncio.gather(*(_delayed(target, seat) for seat in found)))


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
            "it back just now; wait until it is healthy there"
        )
    machine = aim_of(dict(target.facts))
    if group.kind == "ip" and any(machine.has(one.id) for one in ours):
        raise Refused(
            f"{target.name} is registered by its address in target group {group.name}: "
            "only a machine that is registered by its id is drained first"
        )
    return tuple(sorted(one.port for one in mine))


async def _delayed(target: Machine, seat: Seat) -> Seat:
    answer = await target.aws.call(
        *(target.place.account, target.place.region, "elbv2", "describe_target_group_attributes"),
        TargetGroupArn=seat.arn,
    )
    told = {one["Key"]: one["Value"] for one in answer["Attributes"]}
    return replace(seat, delay_s=float(told.get(DELAY) or USUAL_S))


def missing(seats: Sequence[Seat], behind: Standing) -> tuple[Seat, ...]:
    """Those in which a machine is not any more; a target group that is gone counts for nothing."""
    members = {group.arn: some for group, some in behind.holding}
    found = []
    for seat in seats:
        its = members.get(seat.arn, ())
        if isinstance(its, Failed):
            raise its
        if seat.arn in behind.asked and found_in(its, seat).is_missing:
            found.append(seat)
    return tuple(found)

"""Stop an EC2 instance and start it again: it moves to another host of AWS.

The accepted stop is on the disk before anything is waited for. Whatever ends the console in
between, the next plan for the machine is the rest of this act: it starts it and does nothing else.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from console.aws import drained, machines, targets
from console.aws.seats import Seats, seats
from console.aws.watch import watch
from console.aws.writes import send_one
from console.model import Order, Plan, Request, Verdict
from console.model.words import utc
from console.poll import Failed
from console.proof import rest
from console.remedy import Refused, Rejected

if TYPE_CHECKING:
    from console.aws.targets import Machine
    from console.begun import Begun
    from console.proof import Proof
    from console.remedy import Hands

STOP_S, LOOK_S = 600.0, 5.0  # a machine that hangs is cut off by AWS within minutes
STAYS = 3  # looks: a machine that was told to start is stopped in none, or in one by a stale read
PROOF = "a later LaunchTime, then running with good checks"
NO_ROOM = "AWS may have no room for its type when it starts (InsufficientInstanceCapacity)"
HALF = "stopped by us, never started"
AGAIN = "the same remedy starts it again"


@dataclass(frozen=True, slots=True)
class Ec2StopStart:
    """Another host, and another public address unless it is an Elastic IP."""

    kind: str = "ec2-stop-start"
    acts_on: frozenset[str] = frozenset({"instance"})
    takes_instance: bool = True

    async def plan(self, order: Order, hands: Hands) -> Plan:
        """Read the machine; refused where AWS or a group would not let it come back as it is."""
        target = await targets.machine(order, hands)
        places = await seats(target, order, hands)
        if target.state == "stopped" and (begun := await _half_done(order, hands)):
            return places.with_act(await _rest(order, target, begun, hands, places))
        if back := await places.back(target, order, hands):
            return back
        await _refuse(target)
        return places.with_act(await _whole(order, target, hands, places))

    async def apply(self, plan: Plan, hands: Hands) -> Mapping[str, Any]:
        """Both requests, or all the way out and back."""
        if plan.seen.get("seats"):
            return await drained.out_and_back(plan, hands, _send, _prove)
        return await _send(plan, hands)

    async def verify(self, plan: Plan, sent: Mapping[str, Any], hands: Hands) -> Verdict:
        """A later start by AWS's word, and a machine that is well; back in its target groups."""
        if plan.seen.get("seats"):
            return await drained.returned(plan, sent, hands)
        return await _prove(plan, sent, hands)


async def _whole(order: Order, target: Machine, hands: Hands, places: Seats) -> Plan:
    """The stop and the start."""
    ids = {"InstanceIds": [target.id]}
    return Plan(
        **await machines.told(target, order, hands, behind=places.behind),
        title=f"Stop and start {target.sites} · {target.name}",
        will=(
            f"stop {target.name} ({target.id}, {target.facts['InstanceType']}), cleanly",
            "once it is stopped, start it on another host",
        ),
        loses=tuple(_loses(target, bool(places.taken))),
        keeps=("its id, EBS volumes, private address",),
        takes="about 3 to 6 min; the machine is away meanwhile",
        requests=(
            Request("ec2", "StopInstances", ids),
            Request("ec2", "StartInstances", ids),
        ),
        proof=PROOF,
        typed=target.id if target.has_store else "",
        warnings=tuple(_warnings(target)),
    )


async def _send(plan: Plan, hands: Hands) -> Mapping[str, Any]:
    """Two requests, each once; the second only when the machine is known to be stopped."""
    if plan.finishes:
        return await send_one(plan, hands)
    stopped = await send_one(plan, hands)
    await hands.partly(stopped, HALF, "start it again")
    if not await _stopped(plan, hands):
        return {**stopped, "not_started": "it did not stop in time, so it was not started"}
    try:
        # whatever was disarmed meanwhile: what we stopped is started again
        hands.sends()
        return await send_one(plan, hands, 1)
    except (Rejected, Refused) as error:  # the stop was done: this is no act undone
        return {**stopped, "not_started": f"it is stopped, and was not started: {error}"}


async def _prove(plan: Plan, sent: Mapping[str, Any], hands: Hands) -> Verdict:
    """Follow the start itself."""
    proof = watch(plan, sent, hands)
    return await proof.follow(_Start(plan, sent, proof, hands).look)


class _Start:
    """One start being followed."""

    def __init__(self, plan: Plan, sent: Mapping[str, Any], proof: Proof, hands: Hands) -> None:
        self.plan, self.sent, self.proof, self.hands = plan, sent, proof, hands
        self.stopped = 0
        """In how many looks on end it stood stopped."""

    async def look(self) -> Verdict | None:
        """One look: its state, its LaunchTime, its address."""
        proof, seen = self.proof, self.plan.seen
        status, facts = await machines.look(self.plan, self.hands)
        state, launched = machines.state_of(status), facts["LaunchTime"]
        proof.evidence = [state, f"LaunchTime {utc(launched)}"]
        proof.evidence += _address(seen["public_ip"], facts.get("PublicIpAddress", ""))
        before = datetime.fromisoformat(seen["launched_at"])
        started = launched > before and launched >= proof.since
        if half := self._half(state == "stopped" and not started):
            return proof.verdict("failed", f"{half}; now {state}: {AGAIN}")
        if started and launched > proof.until:
            return proof.late(f"{state}; it was started")
        proof.said = f"{state}; LaunchTime is {'a later one' if started else 'the same as before'}"
        if started and state == machines.WELL:
            return proof.verdict("verified", f"started anew at {utc(launched)}; {state}")
        if not proof.over:
            return None
        help_ = f": {AGAIN}" if state in ("stopped", "stopping") else ""
        return proof.verdict("failed", f"{proof.said}{help_}")

    def _half(self, stopped: bool) -> str:
        """Why nothing starts it any more: then every further look would keep it away for longer."""
        if why := self.sent.get("not_started"):
            return str(why)
        self.stopped = self.stopped + 1 if stopped else 0
        if self.stopped < STAYS or "lost" not in self.sent:
            return ""
        return str(self.sent.get("left", "no start arrived"))


async def _stopped(plan: Plan, hands: Hands) -> bool:
    """Whether it came to be stopped; a look that fails is not the end of waiting."""
    begun, most = hands.clock.now(), min(STOP_S, hands.allowance(plan.remedy).deadline)
    while (hands.clock.now() - begun).total_seconds() < most:
        try:
            status, _ = await machines.look(plan, hands)
        except Failed:
            status = {}
        if status and status["InstanceState"]["Name"] == "stopped":
            return True
        await rest(hands, LOOK_S)
    return False


async def _half_done(order: Order, hands: Hands) -> Begun | None:
    """Our own act that stopped the machine and did not start it; None where the last act is none.

    Raises Refused when what was done before is not known.
    """
    last = await hands.latest(order.targets[0])
    if last is None or last.kind != Ec2StopStart().kind:
        return None
    if last.sent is None or last.sent.get("not_started"):
        return last
    return last if last.sent.get("out") and last.plan.seen["acts"] else None


async def _rest(order: Order, target: Machine, begun: Begun, hands: Hands, places: Seats) -> Plan:
    """Only the start of a machine that we stopped."""
    at = utc(datetime.fromisoformat(begun.started_at))
    how = (
        "our start was answered" if begun.sent else "the answer to our stop was never written down"
    )
    known = HALF in begun.left or (begun.sent and begun.sent.get("not_started"))
    doubt = f"{how}: somebody else may have stopped it"
    return Plan(
        **await machines.told(target, order, hands, behind=places.behind),
        title=f"Start {target.sites} · {target.name} again",
        will=(
            f"start {target.name} ({target.id}, {target.facts['InstanceType']}), "
            f"{HALF} (the act of {at}, by {begun.by})",
        ),
        loses=(),
        keeps=("its id, EBS volumes, private address",),
        takes="about 2 to 4 min",
        requests=(Request("ec2", "StartInstances", {"InstanceIds": [target.id]}),),
        proof=PROOF,
        finishes=begun.act,
        warnings=((doubt,) if not known else ()) + (NO_ROOM,),
    )


async def _refuse(target: Machine) -> None:
    facts = target.facts
    if target.state != "running":
        raise Refused(f"{target.name} is {target.state}: only a running machine is stopped here")
    if group := machines.scaled_by(target):
        raise Refused(
            f"{target.name} belongs to the Auto Scaling group {group}, which would replace it"
        )
    if (facts.get("Operator") or {}).get("Managed"):
        raise Refused(
            f"{target.name} is managed by {facts['Operator'].get('Principal')}, not by us"
        )
    if facts.get("InstanceLifecycle") == "spot":
        raise Refused(f"{target.name} is a Spot instance: it may not come back")
    if facts.get("RootDeviceType", "ebs") != "ebs":
        raise Refused(f"{target.name} has its root on an instance store: it cannot be stopped")
    answer = await target.aws.call(
        *(target.place.account, target.place.region, "ec2", "describe_instance_attribute"),
        InstanceId=target.id,
        Attribute="disableApiStop",
    )
    if answer.get("DisableApiStop", {}).get("Value"):
        raise Refused(f"{target.name} has stop protection")


def _elastic(target: Machine) -> bool:
    networks = target.facts.get("NetworkInterfaces") or ()
    owners = [one.get("Association", {}).get("IpOwnerId", "amazon") for one in networks]
    return bool(owners) and "amazon" not in owners


def _loses(target: Machine, drains: bool) -> Iterator[str]:
    longer = "requests that last longer or come another way" if drains else "requests"
    yield f"what it holds in memory, {longer} and jobs under way"
    if target.has_store:
        yield "everything on its instance store"
    if (address := target.facts.get("PublicIpAddress")) and not _elastic(target):
        yield f"its public address {address}: it is no Elastic IP, there will be another"


def _warnings(target: Machine) -> Iterator[str]:
    if machines.system_impaired(target):
        recovery = (target.facts.get("MaintenanceOptions") or {}).get("AutoRecovery")
        if recovery == "default":
            yield machines.RECOVERING
    yield NO_ROOM
    yield from machines.warnings(target)


def _address(before: str, now: str) -> Iterator[str]:
    if before != now:
        yield f"public address {now or 'none'}, before {before or 'none'}"

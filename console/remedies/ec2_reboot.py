"""Reboot an EC2 instance.

AWS only queues a reboot and LaunchTime stays as it is, so that nothing AWS says proves one: the
boot_id does, read by SSM before and after. Without it the checks and the site's page are looked
at, and the outcome is `unknown`, said as "reboot itself unproven": a request that was accepted and
forgotten looks exactly the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from console.aws import drained, machines, targets
from console.aws.places import place_of
from console.aws.seats import seats
from console.aws.ssm import reading
from console.aws.watch import watch
from console.aws.writes import send_one
from console.model import Order, Plan, Request, Verdict
from console.model.words import utc
from console.poll import Failed
from console.remedy import Refused

if TYPE_CHECKING:
    from console.aws.targets import Machine
    from console.proof import Proof
    from console.remedy import Hands

SETTLED_S = 240.0  # AWS cuts a machine off that does not shut down within about four minutes
UNPROVEN = "reboot itself unproven"
UNDRAINED = "cannot be drained first, as nothing would prove its reboot before it is put back"
CLEANLY = "cleanly shut down, Sidekiq puts them back"
LOST = f"requests and jobs under way on it; {CLEANLY}"
DRAINED = f"requests that last longer or come another way, and jobs under way; {CLEANLY}"


@dataclass(frozen=True, slots=True)
class Ec2Reboot:
    """The operating system starts anew, on the same host with the same addresses."""

    kind: str = "ec2-reboot"
    acts_on: frozenset[str] = frozenset({"instance"})
    takes_instance: bool = True

    async def plan(self, order: Order, hands: Hands) -> Plan:
        """Read the machine, its neighbours and its boot_id, where SSM may."""
        target = await targets.machine(order, hands)
        if target.state != "running":
            raise Refused(f"{target.name} is {target.state}: only a running machine reboots")
        places = await seats(target, order, hands)
        if back := await places.back(target, order, hands):
            return back
        read, unread = await machines.read_before(target, hands)
        if places.taken and read is None:
            raise Refused(f"{target.name} {UNDRAINED}: {unread}")
        plan = Plan(
            **await machines.told(target, order, hands, read, places.behind),
            title=f"Reboot {target.sites} · {target.name}",
            will=(
                f"reboot {target.name} ({target.id}, {target.facts['InstanceType']}): "
                "a clean shutdown, cut off after about 4 min",
            ),
            loses=(DRAINED if places.taken else LOST,),
            keeps=("disks, addresses, host, instance store",),
            takes="about 1 to 4 min",
            requests=(Request("ec2", "RebootInstances", {"InstanceIds": [target.id]}),),
            proof=(
                "a new boot_id, then running with good checks"
                if read
                else f"status checks{' and the page' * _paged(target)}; {UNPROVEN}"
            ),
            warnings=tuple(_warnings(target, unread)),
        )
        return places.with_act(plan)

    async def apply(self, plan: Plan, hands: Hands) -> Mapping[str, Any]:
        """The one request, or all the way out and back."""
        if plan.seen.get("seats"):
            return await drained.out_and_back(plan, hands, send_one, _prove)
        return await send_one(plan, hands)

    async def verify(self, plan: Plan, sent: Mapping[str, Any], hands: Hands) -> Verdict:
        """Another boot_id, or what can be seen without one; back in its target groups."""
        if plan.seen.get("seats"):
            return await drained.returned(plan, sent, hands)
        return await _prove(plan, sent, hands)


async def _prove(plan: Plan, sent: Mapping[str, Any], hands: Hands) -> Verdict:
    """Follow the reboot itself."""
    proof = watch(plan, sent, hands)
    look = _booted if plan.seen.get("boot_id") else _unproven
    return await proof.follow(lambda: look(plan, proof, hands))


async def _booted(plan: Plan, proof: Proof, hands: Hands) -> Verdict | None:
    """Judge by the boot_id."""
    before = plan.seen["boot_id"]
    status, _ = await machines.look(plan, hands)
    state = machines.state_of(status)
    proof.evidence = [state]
    try:
        read = await reading(hands, place_of(plan), plan.targets[0].name)
    except Failed as error:
        proof.said = f"{state}; its boot_id cannot be read: {error}"
        return None
    booted = hands.clock.now() - timedelta(seconds=read.uptime_s)
    proof.evidence = [state, f"boot_id {read.boot_id}, before {before}"]
    proof.evidence += [f"booted at {utc(booted)}"]
    if read.boot_id == before:
        proof.said = f"{state}; the boot_id is the same as before"
        said = "it did not reboot: the boot_id is the same as before"
        return proof.verdict("failed", said) if proof.over else None
    if booted > proof.until:
        return proof.late("rebooted")
    if booted < proof.since:
        proof.said = f"{state}; it was rebooted before our request, by somebody else"
        return None
    proof.said = f"rebooted, the boot_id is a new one; {state}"
    if state == machines.WELL:
        return proof.verdict("verified", proof.said)
    return proof.verdict("failed", proof.said) if proof.over else None


async def _unproven(plan: Plan, proof: Proof, hands: Hands) -> Verdict | None:
    """Judge by what AWS and the page say, once it must be over: at best unknown."""
    status, _ = await machines.look(plan, hands)
    state = machines.state_of(status)
    proof.evidence, proof.said = [state], f"{state}; {UNPROVEN}"
    if proof.gone < SETTLED_S and not proof.over:
        return None
    good, said = await machines.pages(plan, hands)
    proof.evidence = [state, *said]
    if state == machines.WELL and good:
        return proof.verdict("unknown", f"{'; '.join([state, *said])}; {UNPROVEN}")
    proof.said = "; ".join([state, *said, UNPROVEN])
    return proof.verdict("failed", proof.said) if proof.over and state != machines.WELL else None


def _paged(target: Machine) -> bool:
    return any(unit.environment.url for unit in target.units)


def _warnings(target: Machine, unread: str) -> Iterator[str]:
    if unread:
        yield f"{UNPROVEN} afterwards: {unread}"
    if machines.system_impaired(target):
        yield "the system check is impaired: AWS's host is at fault; stop and start moves it away"
    if group := machines.scaled_by(target):
        yield f"the Auto Scaling group {group} may replace it, unhealthy as it is meanwhile"
    yield from machines.warnings(target)

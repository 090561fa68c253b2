"""Reboot an EC2 instance.

AWS only queues a reboot and LaunchTime stays as it is, so that nothing AWS says proves one: the
boot_id does, read by SSM before and after. Without it the checks and the site's page are looked
at, and the outcome is `unknown`, said as "reboot itself unproven": a request that was accepted and
forgotten looks exactly the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from console.model import Order, Plan, Request, Verdict
from console.poll import Failed
from console.remedy import Refused

if TYPE_CHECKING:
    from console.aws.targets import Machine
    from console.aws.watch import Watch
    from console.remedy import Hands

SETTLED_S = 240.0  # AWS cuts a machine off that does not shut down within about four minutes
UNPROVEN = "reboot itself unproven"
WELL = "running, checks ok"


@dataclass(frozen=True, slots=True)
class Ec2Reboot:
    """The operating system starts anew, on the same host with the same addresses."""

    kind: str = "ec2-reboot"
    acts_on: frozenset[str] = frozenset({"instance"})
    takes_instance: bool = True

    async def plan(self, order: Order, hands: Hands) -> Plan:
        """Read the machine, its neighbours and its boot_id, where SSM may."""
        from console.aws import machines, targets

        target = await targets.machine(order, hands)
        if target.state != "running":
            raise Refused(f"{target.name} is {target.state}: only a running machine reboots")
        read, unread = await machines.read_before(target, hands)
        acted_at, acted_by = machines.last_act(target, hands, read)
        return Plan(
            remedy=order.remedy,
            title=f"Reboot {target.sites} · {target.name}",
            targets=order.targets,
            scopes=target.scopes,
            where=machines.where(target, hands, read),
            will=(
                f"reboot {target.name} ({target.id}, {target.facts['InstanceType']}): "
                "a clean shutdown, cut off after about 4 min",
            ),
            loses=("requests and jobs under way on it; cleanly shut down, Sidekiq puts them back",),
            keeps=("disks, addresses, host, instance store",),
            takes="about 1 to 4 min",
            requests=(Request("ec2", "RebootInstances", {"InstanceIds": [target.id]}),),
            proof=(
                "a new boot_id, then running with good checks"
                if read
                else f"status checks{' and the page' * _paged(target)}; {UNPROVEN}"
            ),
            seen=machines.seen(target, hands, read),
            alone=target.alone,
            last_acted_at=acted_at,
            last_acted_by=acted_by,
            warnings=tuple(_warnings(target, unread)),
        )

    async def apply(self, plan: Plan, hands: Hands) -> Mapping[str, Any]:
        """The one request."""
        from console.aws.places import Place, aws_of
        from console.aws.writes import send

        place = Place(plan.seen["account"], plan.seen["region"])
        return await send(await aws_of(hands.context), place, plan.requests[0])

    async def verify(self, plan: Plan, sent: Mapping[str, Any], hands: Hands) -> Verdict:
        """Another boot_id, or what can be seen without one."""
        from console.aws.watch import Watch

        watch = Watch(plan, sent, hands)
        look = _booted if plan.seen.get("boot_id") else _unproven
        return await watch.until(lambda: look(plan, watch, hands))


async def _booted(plan: Plan, watch: Watch, hands: Hands) -> Verdict | None:
    """Judge by the boot_id."""
    from console.aws import machines
    from console.aws.places import Place
    from console.aws.ssm import reading

    before, place = plan.seen["boot_id"], Place(plan.seen["account"], plan.seen["region"])
    status, _ = await machines.look(plan, hands)
    state = machines.state_of(status)
    watch.evidence = [state]
    try:
        now = (await reading(hands, place, plan.targets[0].name)).boot_id
    except Failed as error:
        watch.said = f"{state}; its boot_id cannot be read: {error}"
        return None
    watch.evidence = [state, f"boot_id {now}, before {before}"]
    if now == before:
        watch.said = f"{state}; the boot_id is the same as before"
        said = "it did not reboot: the boot_id is the same as before"
        return watch.verdict("failed", said) if watch.over else None
    watch.said = f"rebooted, the boot_id is a new one; {state}"
    if state == WELL:
        return watch.verdict("verified", watch.said)
    return watch.verdict("failed", watch.said) if watch.over else None


async def _unproven(plan: Plan, watch: Watch, hands: Hands) -> Verdict | None:
    """Judge by what AWS and the page say, once it must be over: at best unknown."""
    from console.aws import machines

    status, _ = await machines.look(plan, hands)
    state = machines.state_of(status)
    watch.evidence, watch.said = [state], f"{state}; {UNPROVEN}"
    if watch.gone < SETTLED_S and not watch.over:
        return None
    good, said = await machines.pages(plan, hands)
    watch.evidence = [state, *said]
    if state == WELL and good:
        return watch.verdict("unknown", f"{'; '.join([state, *said])}; {UNPROVEN}")
    watch.said = "; ".join([state, *said, UNPROVEN])
    return watch.verdict("failed", watch.said) if watch.over and state != WELL else None


def _paged(target: Machine) -> bool:
    return any(unit.environment.url for unit in target.units)


def _warnings(target: Machine, unread: str) -> Iterator[str]:
    from console.aws import machines

    if unread:
        yield f"{UNPROVEN} afterwards: {unread}"
    if machines.system_impaired(target):
        yield "the system check is impaired: AWS's host is at fault; stop and start moves it away"
    yield from machines.warnings(target)

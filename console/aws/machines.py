"""How a machine is after an act on it: its state, its checks, its pages."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from console.aws import balancers
from console.aws.places import place_of, tags_of
from console.aws.ssm import readable, reading, shown
from console.aws.targets import Answer, Machine
from console.health import answers
from console.model import Order, Plan, plain
from console.poll import Failed, optional
from console.remedy import Refused

if TYPE_CHECKING:
    from console.aws.balancers import Standing
    from console.aws.reading import Reading
    from console.begun import Begun
    from console.remedy import Hands

WELL = "running, checks ok"  # as `state_of` says it
GROUP_TAG = "aws:autoscaling:groupName"
TAKES = ("ec2-reboot", "ec2-stop-start")  # kinds of remedy that take a machine away
CHECKS = ("SystemStatus", "InstanceStatus")
RECOVERING = "the system check is impaired: AWS may be recovering the machine by itself"


async def read_before(target: Machine, hands: Hands) -> tuple[Reading | None, str]:
    """What SSM reads of a machine, else why not."""
    if not readable(hands, target.units):
        return None, "SSM reads are off for this site"
    return await optional(reading(hands, target.place, target.id))


async def told(
    target: Machine,
    order: Order,
    hands: Hands,
    read: Reading | None = None,
    behind: Standing | None = None,
) -> dict[str, Any]:
    """What every plan for a machine says of it; `read` is what SSM read of it."""
    acted_at, acted_by = _last_act(target, hands, read)
    behind = behind or await standing(target, order, hands)
    return {
        "remedy": order.remedy,
        "targets": order.targets,
        "scopes": target.scopes,
        "where": (*target.where(), *((shown(hands, target.id),) if read else ())),
        "seen": {**_seen(target, read), "groups": list(behind.groups)},
        "alone": target.alone,
        "last_target": behind.last,
        "preview": behind.said,
        "last_acted_at": acted_at,
        "last_acted_by": acted_by,
    }


async def _acted(order: Order, hands: Hands) -> dict[str, str]:
    """Machines that a console rebooted or stopped within the cool-down, by id, with how."""
    most = timedelta(seconds=hands.allowance(order.remedy).cool_down)
    found: dict[str, str] = {}

    def note(act: Begun) -> bool:
        ago = hands.clock.now() - datetime.fromisoformat(act.started_at)
        if act.kind in TAKES and ago < most:
            said = f"{act.remedy} by {act.by} {max(ago // timedelta(minutes=1), 0)} min ago"
            for ref in act.plan.targets:
                found.setdefault(ref.name, said)
        return False  # every act is looked at, in one reading of the journal

    try:
        await hands.latest(order.targets[0], note)
    except Refused:
        return {}  # without a journal nothing is done at all: a guard of its own says so
    return found


async def standing(target: Machine, order: Order, hands: Hands) -> Standing:
    """How it stands behind its load balancers now. Raises AuthExpired."""
    facts, acted = dict(target.facts), await _acted(order, hands)
    return await balancers.standing(target.aws, target.place, facts, target.names, acted)


def _seen(target: Machine, read: Reading | None) -> dict[str, Any]:
    """What the proof and the journal need of a machine before the act."""
    return {
        "account": target.place.account,
        "region": target.place.region,
        "launched_at": plain(target.launched_at),
        "public_ip": target.facts.get("PublicIpAddress", ""),
        "urls": [unit.environment.url for unit in target.units if unit.environment.url],
        **({"boot_id": read.boot_id} if read else {}),
    }


def _last_act(target: Machine, hands: Hands, read: Reading | None) -> tuple[datetime, str]:
    """When the machine was last started or booted, and how that is known."""
    if read is not None:
        booted = hands.clock.now() - timedelta(seconds=read.uptime_s)
        if booted > target.launched_at:
            return booted, "somebody: it was booted (uptime)"
    return target.launched_at, "somebody or AWS: it was started (LaunchTime)"


def warnings(target: Machine) -> Iterator[str]:
    """What is worth knowing before any restart of a machine."""
    if target.alone:
        yield f"nothing healthy stands in for it in {', '.join(target.alone)}"
    if len(target.units) > 1:
        yield f"it serves {len(target.units)} sites: {target.sites}"
    for event in target.status.get("Events") or ():
        if not str(event.get("Description", "")).startswith(("[Completed]", "[Canceled]")):
            yield f"AWS has an event in store for it: {event.get('Code')}"


def scaled_by(target: Machine) -> str:
    """The Auto Scaling group that a machine belongs to, or nothing."""
    return tags_of(dict(target.facts)).get(GROUP_TAG, "")


def system_impaired(target: Machine) -> bool:
    """Whether AWS's own host is at fault."""
    return bool(target.status.get("SystemStatus", {}).get("Status") == "impaired")


async def look(plan: Plan, hands: Hands) -> tuple[Answer, Answer]:
    """The target's status and description now. Raises Failed where AWS does not tell."""
    aws, id, place = hands.clients.aws, plan.targets[0].name, place_of(plan)
    told = await aws.call(
        *(place.account, place.region, "ec2", "describe_instance_status"),
        InstanceIds=[id],
        IncludeAllInstances=True,
    )
    named = [one for one in told["InstanceStatuses"] if one["InstanceId"] == id]
    described = await aws.call(
        *(place.account, place.region, "ec2", "describe_instances"), InstanceIds=[id]
    )
    each = [one for some in described["Reservations"] for one in some["Instances"]]
    found = [one for one in each if one["InstanceId"] == id]
    if not named or not found:
        raise Failed(f"{id}: AWS does not tell of it any more")
    return named[0], found[0]


def state_of(status: Mapping[str, Any]) -> str:
    """`running, checks ok`, or what is not so."""
    state = status["InstanceState"]["Name"]
    if state != "running":
        return str(state)
    checks = {kind: status.get(kind, {}).get("Status", "unknown") for kind in CHECKS}
    bad = [f"{kind.removesuffix('Status').lower()} {v}" for kind, v in checks.items() if v != "ok"]
    return f"running, checks {', '.join(bad) or 'ok'}"


async def pages(plan: Plan, hands: Hands) -> tuple[bool, list[str]]:
    """Whether every page of the machine's sites answers, and how."""
    said, good = [], True
    for url in plan.seen["urls"]:
        try:
            said.append(await answers(url, hands.estate.proxy))
        except Failed as error:
            good = False
            said.append(str(error))
    return good, said

"""SSM Run Command: the one read-only document, and the commands of the allow-list."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Protocol

from console.aws.reading import Reading, Redis, parsed
from console.aws.refused import Unknown
from console.poll import Failed, optional
from console.proof import rest

if TYPE_CHECKING:
    from console.aws.places import Place, Unit
    from console.clients import Clients
    from console.remedy import Hands

Answer = dict[str, Any]
SHELL = "AWS-RunShellScript"  # AWS's own document, which runs a command of the allow-list
NOT_YET = "InvocationDoesNotExist"  # normal for seconds after SendCommand
ENDED = {"Success", "Cancelled", "TimedOut", "Failed"}
LOOK_S, PATIENCE_S, LOOKS = 1.0, 30.0, 5  # estate seconds; looks at least


def readable(hands: Hands, units: Iterable[Unit]) -> bool:
    """Whether the configuration allows SSM reads on machines of these sites."""
    return bool(hands.estate.ssm_document) and any(u.environment.ssm_reads for u in units)


def shown(hands: Hands, *instances: str) -> tuple[str, str]:
    """The read as a call, for a plan's `where`."""
    name, _, version = hands.estate.ssm_document.rpartition(":")
    said = (
        f"DocumentName: {name}, DocumentVersion: {version}, InstanceIds: [{', '.join(instances)}]"
    )
    return "reads", f"ssm SendCommand {{{said}}}"


async def reading(hands: Hands, place: Place, instance: str) -> Reading:
    """Run the read-only document on a machine. Raises Failed, with why there is no reading."""
    aws = hands.clients.aws
    answer = await aws.call(
        place.account,
        place.region,
        "ssm",
        "describe_instance_information",
        Filters=[{"Key": "InstanceIds", "Values": [instance]}],
    )
    found = [one for one in answer["InstanceInformationList"] if one["InstanceId"] == instance]
    if not found or found[0].get("PingStatus") != "Online":
        ping = found[0].get("PingStatus", "unknown") if found else "not installed"
        raise Failed(f"{instance}: SSM's agent does not answer ({ping})")
    name, _, version = hands.estate.ssm_document.rpartition(":")
    sent = await aws.call(
        place.account,
        place.region,
        "ssm",
        "send_command",
        InstanceIds=[instance],
        DocumentName=name,
        DocumentVersion=version,
        TimeoutSeconds=30,
    )
    ran = await _ended(hands, place, instance, sent["Command"]["CommandId"])
    if ran["Status"] != "Success" or ran.get("DocumentName") != name:
        raise Failed(f"{instance}: {name} ended {ran['Status']} ({ran.get('ResponseCode')})")
    return parsed(instance, str(ran.get("StandardOutputContent") or ""))


async def _ended(hands: Hands, place: Place, instance: str, command: str) -> Answer:
    begun, looks = hands.clock.now(), 0
    while looks < LOOKS or (hands.clock.now() - begun).total_seconds() < PATIENCE_S:
        looks += 1  # a lab's clock may run away while the network is slow
        await rest(hands, LOOK_S)
        ran = await invocation(hands, place, instance, command)
        if ran is not None and ran["Status"] in ENDED:
            return ran
    raise Failed(f"{instance}: SSM did not run the read in {PATIENCE_S:.0f} s")


class Asking(Protocol):
    """Whoever has the clients: a remedy's hands, a source's context."""

    @property
    def clients(self) -> Clients: ...


async def invocation(asking: Asking, place: Place, instance: str, command: str) -> Answer | None:
    """How a command goes on a machine; None while SSM does not show it, or shows another's."""
    aws = asking.clients.aws
    try:
        ran = await aws.call(
            place.account,
            place.region,
            "ssm",
            "get_command_invocation",
            CommandId=command,
            InstanceId=instance,
        )
    except Unknown as error:
        if error.code == NOT_YET:
            return None
        raise
    same = (ran.get("CommandId"), ran.get("InstanceId")) == (command, instance)
    return ran if same else None


async def redis_of(
    hands: Hands, place: Place, instances: Iterable[str], *names: str
) -> tuple[str, Redis]:
    """A Redis by one of its host's names, and the machine that sees it. Raises Failed."""
    why = "no machine that may be asked uses it"
    for instance in instances:
        told, why = await optional(reading(hands, place, instance))
        for redis in told.redis if told else ():
            if redis.is_of(*names):
                return instance, redis
        why = why or f"{instance} does not use it"
    raise Failed(why)

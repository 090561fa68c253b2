"""SSM Run Command: the one read-only document, and the commands of the allow-list."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from console.aws.refused import Unknown
from console.poll import Failed, optional
from console.proof import rest

if TYPE_CHECKING:
    from console.aws.places import Place, Unit
    from console.remedy import Hands

Answer = dict[str, Any]
SHELL = "AWS-RunShellScript"  # AWS's own document, which runs a command of the allow-list
NOT_YET = "InvocationDoesNotExist"  # normal for seconds after SendCommand
ENDED = {"Success", "Cancelled", "TimedOut", "Failed"}
LOOK_S, PATIENCE_S, LOOKS = 1.0, 30.0, 5  # estate seconds; looks at least
NUMBERS = ("uptime_s", "used_mb", "retry", "schedule", "processes")
ID = re.compile(r"[0-9a-f-]{32,40}")


@dataclass(frozen=True, slots=True)
class Redis:
    """One Redis as an application's machine sees it."""

    host: str
    run_id: str
    uptime_s: int
    used_mb: int
    queues: int
    waiting: int
    """Jobs in Sidekiq's queues."""
    retry: int
    schedule: int
    processes: int
    """Sidekiq processes that are connected."""

    @property
    def jobs(self) -> int:
        """Jobs that go when this Redis is emptied."""
        return self.waiting + self.retry + self.schedule

    def is_of(self, *names: str) -> bool:
        """Whether its host name is that of a cluster or a replication group."""
        return bool((set(names) - {""}) & set(self.host.split(".")))


@dataclass(frozen=True, slots=True)
class Reading:
    """What the read-only document prints of a machine."""

    boot_id: str
    uptime_s: int
    redis: tuple[Redis, ...]


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


async def invocation(hands: Hands, place: Place, instance: str, command: str) -> Answer | None:
    """How a command goes on a machine; None while SSM does not show it, or shows another's."""
    aws = hands.clients.aws
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


def parsed(instance: str, text: str) -> Reading:
    """The document's one line of JSON, checked: a machine can print anything."""
    try:
        said = json.loads(text)
        each = tuple(_redis(one) for one in said["redis"])
        told = Reading(_id(said["boot_id"]), int(said["uptime_s"]), each)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise Failed(f"{instance}: the read-only document printed something else") from None
    return told


def _id(value: Any) -> str:
    if not isinstance(value, str) or ID.fullmatch(value) is None:
        raise ValueError(value)
    return value


def _redis(one: Mapping[str, Any]) -> Redis:
    queues = [int(number) for number in one["queues"].values()]
    number = {name: int(one[name]) for name in NUMBERS}
    queues = [int(waiting) for waiting in one["queues"].values()]
    busy = len([waiting for waiting in queues if waiting])
    host, run = str(one["host"]), _id(one["run_id"])
    return Redis(host=host, run_id=run, queues=busy, waiting=sum(queues), **number)


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

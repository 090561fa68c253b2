"""SSM Run Command for remedies: the one read-only document, and a Redis as a machine sees it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from console.aws.inside import read_all
from console.poll import Failed, optional

if TYPE_CHECKING:
    from console.aws.places import Place, Unit
    from console.aws.reading import Reading, Redis
    from console.remedy import Hands

SHELL = "AWS-RunShellScript"  # AWS's own document, which runs a command of the allow-list


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
    told = (await read_all(hands, place, [instance], hands.sleep))[instance]
    if isinstance(told, str):
        raise Failed(f"{instance}: {told}")
    return told


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
        silent = next((one for one in told.silent if one.is_of(*names)), None) if told else None
        why = why or f"{instance}: {silent.why}" if silent else why or f"{instance} does not use it"
    raise Failed(why)

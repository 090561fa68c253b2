"""Machines of one account × Region read from the inside, all with one command through SSM."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from console.aws.places import chunks
from console.aws.reading import Reading, parsed
from console.aws.ssm import ENDED, LOOKS, invocation
from console.poll import Failed, optional

if TYPE_CHECKING:
    from console.aws.places import Place
    from console.clients import Clients
    from console.clock import Clock
    from console.config import Estate

AT_ONCE = 50  # machines a SendCommand
REST_S = 2.0  # estate seconds between two looks: each is a call a machine
PATIENCE_S = 45.0  # estate seconds: the document gives itself 40
SHORTEST_S = 0.1  # real seconds between two looks, however fast a lab's clock
NO_AGENT = "SSM's agent does not answer ({})"
Told = Mapping[str, "Reading | str"]
"""By instance: what it says of itself, or why it does not."""


class Eyes(Protocol):
    """What a read is made with: a source's context is one."""

    @property
    def estate(self) -> Estate: ...
    @property
    def clients(self) -> Clients: ...
    @property
    def clock(self) -> Clock: ...


async def read_all(eyes: Eyes, place: Place, instances: Iterable[str]) -> Told:
    """Run the read-only document on these machines. Raises Failed where SSM itself fails."""
    told: dict[str, Reading | str] = {}
    for some in chunks(list(instances), AT_ONCE):
        pings = await agents(eyes, place, some)
        online = [each for each in some if pings.get(each) == "Online"]
        told |= {each: NO_AGENT.format(pings.get(each, "not installed")) for each in some}
        if online:
            told |= await _run(eyes, place, online)
    return told


async def agents(eyes: Eyes, place: Place, instances: Sequence[str]) -> dict[str, str]:
    """What SSM says of the agents of these machines; those without one are left out."""
    found = await eyes.clients.aws.pages(
        *(place.account, place.region, "ssm", "describe_instance_information"),
        "InstanceInformationList",
        Filters=[{"Key": "InstanceIds", "Values": list(instances)}],
    )
    return {one["InstanceId"]: str(one.get("PingStatus", "unknown")) for one in found}


async def _run(eyes: Eyes, place: Place, instances: Sequence[str]) -> dict[str, Reading | str]:
    name, _, version = eyes.estate.ssm_document.rpartition(":")
    sent = await eyes.clients.aws.call(
        *(place.account, place.region, "ssm", "send_command"),
        InstanceIds=list(instances),
        DocumentName=name,
        DocumentVersion=version,
        TimeoutSeconds=30,
    )
    command, told = sent["Command"]["CommandId"], dict[str, "Reading | str"]()
    begun, looks, waiting = eyes.clock.now(), 0, list(instances)
    while waiting and (looks < LOOKS or _gone(eyes, begun) < PATIENCE_S):
        looks += 1  # a lab's clock may run away while the network is slow
        await asyncio.sleep(max(REST_S / eyes.clock.speed, SHORTEST_S))
        for each in waiting:
            ran, why = await optional(invocation(eyes, place, each, command))
            if ran is not None and ran["Status"] in ENDED:
                told[each] = _said(each, ran, name)
            elif why:
                told[each] = why
        waiting = [each for each in waiting if each not in told]
    late = f"SSM did not run the read in {PATIENCE_S:.0f} s"
    return told | dict.fromkeys(waiting, late)


def _gone(eyes: Eyes, begun: Any) -> float:
    return float((eyes.clock.now() - begun).total_seconds())


def _said(instance: str, ran: Mapping[str, Any], name: str) -> Reading | str:
    if ran["Status"] != "Success" or ran.get("DocumentName") != name:
        return f"{name} ended {ran['Status']} ({ran.get('ResponseCode')})"
    try:
        return parsed(instance, str(ran.get("StandardOutputContent") or ""))
    except Failed as error:
        return str(error)

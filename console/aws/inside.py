"""Machines of one account × Region read from the inside, all with one command through SSM."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol

from console.aws.places import chunks
from console.aws.reading import Reading, parsed
from console.aws.refused import Unknown
from console.poll import Failed, optional

if TYPE_CHECKING:
    from console.aws.places import Place
    from console.clients import Clients
    from console.clock import Clock
    from console.config import Estate

Answer = dict[str, Any]
NOT_YET = "InvocationDoesNotExist"  # normal for seconds after SendCommand
ENDED = {"Success", "Cancelled", "TimedOut", "Failed"}
MOST = 50  # machines a SendCommand
AT_ONCE = 12  # commands under way: 600 machines
REST_S = 2.0  # estate seconds between two looks at a command
PATIENCE_S = 45.0  # estate seconds for all of them: the document gives itself 40
LOOKS = 5  # at least: a lab's clock may run away while the network is slow
SHORTEST_S = 0.02  # real seconds between two looks, however fast a lab's clock
NO_AGENT = "SSM's agent does not answer ({})"
LATE = f"SSM did not run the read in {PATIENCE_S:.0f} s"
Told = Mapping[str, "Reading | str"]
"""By instance: what it says of itself, or why it does not."""
Sleep = Callable[[float], Awaitable[None]]


class Asking(Protocol):
    """Whoever has the clients."""

    @property
    def clients(self) -> Clients: ...


class Eyes(Asking, Protocol):
    """What a read is made with: a source's context, a remedy's hands."""

    @property
    def estate(self) -> Estate: ...
    @property
    def clock(self) -> Clock: ...


async def read_all(
    eyes: Eyes, place: Place, instances: Iterable[str], sleep: Sleep = asyncio.sleep
) -> Told:
    """Run the read-only document on these machines. Raises Failed where SSM itself fails."""
    doors, round_ = asyncio.Semaphore(AT_ONCE), _Round(eyes, place, eyes.clock.now(), sleep)

    async def some(block: Sequence[str]) -> tuple[Told | None, str]:
        async with doors:
            return await optional(round_.read(block))

    blocks = list(chunks(list(dict.fromkeys(instances)), MOST))
    told: dict[str, Reading | str] = {}
    failed = ""
    answers = await asyncio.gather(*map(some, blocks))
    for block, (answer, why) in zip(blocks, answers, strict=True):
        failed = failed or why
        told |= dict.fromkeys(block, why) if answer is None else answer
    if failed and all(answer is None for answer, _ in answers):
        raise Failed(failed)
    return told


@dataclass(frozen=True, slots=True)
class _Round:
    """One reading of a place: all of its commands share one deadline."""

    eyes: Eyes
    place: Place
    begun: datetime
    """By the estate's clock."""
    sleep: Sleep

    async def read(self, instances: Sequence[str]) -> Told:
        """What at most `MOST` machines say."""
        pings = await self._agents(instances)
        online = [each for each in instances if pings.get(each) == "Online"]
        told: dict[str, Reading | str]
        told = {each: NO_AGENT.format(pings.get(each, "not installed")) for each in instances}
        return told | await self._run(online) if online else told

    async def _agents(self, instances: Sequence[str]) -> dict[str, str]:
        """What SSM says of the agents of these machines; those without one are left out."""
        found = await self._pages(
            "describe_instance_information",
            "InstanceInformationList",
            Filters=[{"Key": "InstanceIds", "Values": list(instances)}],
        )
        return {one["InstanceId"]: str(one.get("PingStatus", "unknown")) for one in found}

    async def _run(self, instances: Sequence[str]) -> dict[str, Reading | str]:
        """Send the command, and fetch each machine's answer once it is said to have ended."""
        name, _, version = self.eyes.estate.ssm_document.rpartition(":")
        sent = await self.eyes.clients.aws.call(
            *(self.place.account, self.place.region, "ssm", "send_command"),
            InstanceIds=list(instances),
            DocumentName=name,
            DocumentVersion=version,
            TimeoutSeconds=30,
        )
        command, told = sent["Command"]["CommandId"], dict[str, "Reading | str"]()
        looks, why = 0, ""
        whys: dict[str, str] = {}  # of each machine its own
        while len(told) < len(instances) and (looks < LOOKS or self._gone < PATIENCE_S):
            looks += 1
            await self.sleep(max(REST_S / self.eyes.clock.speed, SHORTEST_S))
            ended, why = await optional(self._ended(command))
            for each in (one for one in instances if one in (ended or ()) and one not in told):
                ran, whys[each] = await optional(invocation(self.eyes, self.place, each, command))
                if ran is not None and ran["Status"] in ENDED:
                    told[each] = _said(each, ran, name)
        return {each: whys.get(each) or why or LATE for each in instances} | told

    async def _ended(self, command: str) -> set[str]:
        """The machines on which a command has ended: one call for all, without what it printed."""
        listed = await self._pages(
            "list_command_invocations", "CommandInvocations", CommandId=command
        )
        return {one["InstanceId"] for one in listed if one["Status"] in ENDED}

    async def _pages(self, operation: str, key: str, **params: Any) -> list[Answer]:
        account, region = self.place.account, self.place.region
        return await self.eyes.clients.aws.pages(account, region, "ssm", operation, key, **params)

    @property
    def _gone(self) -> float:
        return (self.eyes.clock.now() - self.begun).total_seconds()


async def invocation(asking: Asking, place: Place, instance: str, command: str) -> Answer | None:
    """How a command goes on a machine; None while SSM does not show it, or shows another's."""
    try:
        ran = await asking.clients.aws.call(
            *(place.account, place.region, "ssm", "get_command_invocation"),
            CommandId=command,
            InstanceId=instance,
        )
    except Unknown as error:
        if error.code == NOT_YET:
            return None
        raise
    same = (ran.get("CommandId"), ran.get("InstanceId")) == (command, instance)
    return ran if same else None


def _said(instance: str, ran: Answer, name: str) -> Reading | str:
    if ran["Status"] != "Success" or ran.get("DocumentName") != name:
        return f"{name} ended {ran['Status']} ({ran.get('ResponseCode')})"
    try:
        return parsed(str(ran.get("StandardOutputContent") or ""))
    except Failed as error:
        return str(error)

"""Consumer groups as their coordinators tell: what they committed, their state, their members."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from console.kafka import wire
from console.kafka.codes import ALTER_GROUP, MOVED, READ, TOPIC_DENIED, Fault, say
from console.kafka.pace import gathered
from console.kafka.values import Described, Offsets, Tp
from console.poll import Failed

if TYPE_CHECKING:
    from console.kafka.pool import BrokerPool

AT_ONCE = 15  # groups asked in one turn of the event loop
DESCRIBED = 50  # groups described in one request


class Groups:
    """Asks each group's coordinator, and finds the coordinator anew when it has moved."""

    def __init__(self, pool: BrokerPool) -> None:
        self.coordinators: dict[str, int] = {}
        """Group → broker id, until an answer says otherwise."""
        self._pool = pool

    async def committed(self, groups: Sequence[str]) -> dict[str, Offsets | Fault]:
        """What each group has committed, all asked at once; a fault is that group's alone."""
        for gone in self.coordinators.keys() - set(groups):
            del self.coordinators[gone]
        found = await gathered((self._committed(group) for group in groups), AT_ONCE)
        return dict(zip(groups, found, strict=True))

    async def _committed(self, group: str) -> Offsets | Fault:
        fault = Fault(f"group {group}: no coordinator was found")
        for _again in range(2):
            try:
                broker = await self._coordinator(group)
                found = await self._pool.ask(broker, wire.committed(group))
            except Failed as failure:
                fault = Fault(f"group {group}: {failure}")
            except _Refused as refused:
                fault = refused.fault
            else:
                if not found.error:
                    return found
                fault = say(found.error, f"group {group}")
            self.coordinators.pop(group, None)
            if fault.code not in MOVED and fault.code > 0:
                break
        return fault

    async def commit(self, group: str, offsets: Mapping[Tp, int]) -> dict[Tp, Fault]:
        """Set the offsets of an Empty group: why not, for each partition where it failed.

        A second try sets the same once more. Where the first was lost, a later no has the code -1:
        whether they were set is not known.
        """
        faults: dict[Tp, Fault] = {}
        lost: set[Tp] = set()
        for _again in range(2):
            try:
                await self._pool.metadata(())  # a command has not looked before
                broker = await self._coordinator(group)
                answer = await self._pool.ask(broker, wire.commit_offsets(group, offsets))
            except Failed as failure:
                faults = dict.fromkeys(offsets, Fault(f"group {group}: {failure}"))
            except _Refused as refused:
                faults = dict.fromkeys(offsets, refused.fault)
            else:
                faults = {tp: _denied(code, group, tp) for tp, code in answer.items() if code}
            lost |= {tp for tp, fault in faults.items() if fault.code < 0}
            if not any(fault.code in MOVED or fault.code < 0 for fault in faults.values()):
                break
            self.coordinators.pop(group, None)
        return {tp: _unsure(fault) if tp in lost else fault for tp, fault in faults.items()}

    async def _coordinator(self, group: str) -> int:
        if group not in self.coordinators:
            code, broker = await self._pool.anyone(wire.coordinator(group))
            if code:
                raise _Refused(say(code, f"group {group}"))
            self.coordinators[group] = broker
        return self.coordinators[group]

    async def described(self, groups: Iterable[str]) -> dict[str, Described | Fault]:
        """State and members of groups whose coordinator is known; others are left out."""
        by_broker: dict[int, list[str]] = {}
        for group in groups:
            if group in self.coordinators:
                by_broker.setdefault(self.coordinators[group], []).append(group)
        asked = [
            (broker, some[i : i + DESCRIBED])
            for broker, some in by_broker.items()
            for i in range(0, len(some), DESCRIBED)
        ]
        found: dict[str, Described | Fault] = {}
        for answer in await gathered((self._described(*each) for each in asked), 1):
            found |= answer
        return found

    async def _described(self, broker: int, groups: list[str]) -> Mapping[str, Described | Fault]:
        try:
            answer = await self._pool.ask(broker, wire.describe_groups(groups))
        except Failed as failure:
            return dict.fromkeys(groups, Fault(str(failure)))
        found: dict[str, Described | Fault] = {}
        for group, described in answer.items():
            code = described.error
            found[group] = say(code, f"group {group}") if code else described
        return found

    async def listed(self) -> tuple[dict[str, str], Fault | None]:
        """Groups of the cluster with their state ("" = not told), and why that may not be all.

        An error is no reason to fail: the groups named in the estate are asked for anyway.
        """
        found: dict[str, str] = {}
        why: Fault | None = None
        for groups, fault in await asyncio.gather(*map(self._listed, self._pool.brokers)):
            found |= groups
            why = why or fault
        return found, why

    async def _listed(self, broker: int) -> tuple[Mapping[str, str], Fault | None]:
        what = f"the list of groups of broker {broker}"
        try:
            answer = await self._pool.ask(broker, wire.list_groups())
        except Failed as failure:
            return {}, Fault(f"{what}: {failure}")
        return answer.groups, say(answer.error, what) if answer.error else None


def _unsure(no: Fault) -> Fault:
    said = no.message if no.code < 0 else f"{no.message}, after a try whose answer was lost"
    return Fault(said)


def _denied(code: int, group: str, tp: Tp) -> Fault:
    if code == TOPIC_DENIED:
        return say(code, f"topic {tp[0]}", READ)
    return say(code, f"group {group}", ALTER_GROUP)


class _Refused(Exception):
    """The search for a coordinator was answered with an error code."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.message)
        self.fault = fault

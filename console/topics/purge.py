"""Copy, then delete: in this order, each part written down before the next is begun."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from console.kafka.emptying import Cut, delete
from console.kafka.frozen import Frozen, frozen_of
from console.kafka.groups import Groups
from console.model import Plan, Ref
from console.poll import Failed
from console.remedy import Refused
from console.topics.keeping import held, keep
from console.topics.readers import Reader, readers
from console.topics.standing import healthy, ids_of, other

if TYPE_CHECKING:
    from console.remedy import Hands

COPYING = "nothing is deleted yet: it is being copied"
COPIED = "it is copied, and nothing is known to be deleted yet"
PARTLY = "it is copied, and deleted in part"
DELETED = "it is copied and deleted"
REST = "delete up to the same offsets, without copying again"


class Purge:
    """One emptying under way; what it has done so far is `state`, JSON-able."""

    def __init__(self, plan: Plan, hands: Hands) -> None:
        self.plan, self.hands = plan, hands
        (self.cluster,) = {ref.scope for ref in plan.targets}
        self.pool = hands.clients.kafka(self.cluster)
        self.frozen = frozen_in(plan.seen)
        self.backups: dict[str, Any] = dict(plan.seen.get("backups", {}))
        self.spare: dict[str, Any] = {}
        """Finished copies of topics of which nothing is deleted: another's failed."""
        self.cuts: dict[str, dict[str, list[Any]]] = {}
        self.groups: dict[str, str] = {}

    @property
    def state(self) -> dict[str, Any]:
        """What is done, and what it said."""
        done = {"backups": self.backups, "cuts": self.cuts, "groups": self.groups}
        return done | ({"spare": self.spare} if self.spare else {})

    async def run(self) -> dict[str, Any]:
        """All of it, or as far as it may go: `stopped` says why not further."""
        known = bool(self.backups)
        await self.hands.partly(self.state, COPIED if known else COPYING, REST if known else "")
        try:
            await self._copy()
            if why := await self.hands.partly(self.state, COPIED, REST):
                raise Refused(f"{why}; so nothing is deleted")
            await self._delete()
        except (Refused, Failed, OSError) as error:
            return self.state | {"stopped": str(error)}
        await self._move()
        return self.state

    async def _copy(self) -> None:
        """A finished and verified file of each topic, before anything is deleted."""
        if self.backups:
            return
        for topic, frozen in self.frozen.items():
            self._may_go_on()
            configs, path = self.plan.seen["topics"][topic], self._path(topic)
            tell = partial(self._tell, topic)
            now = self.hands.clock.now
            self.spare[topic] = await keep(self.pool, frozen, configs, path, now, tell)
        self.backups, self.spare = self.spare, {}

    def _path(self, topic: str) -> Path:
        at = self.hands.clock.now()
        name = f"{topic}-{at:%Y%m%dT%H%M%S}{at.microsecond // 1000:03}Z.jsonl.gz"
        return Path(self.plan.seen["directory"]) / name

    def _tell(self, topic: str, done: int, most: int) -> None:
        text = f"copying {topic}: {done:,} of {most:,} offsets"
        self.hands.tell(text, done / max(most, 1))

    def _may_go_on(self) -> None:
        if why := self.hands.go_on():
            raise Refused(why)

    async def _delete(self) -> None:
        """Topic by topic; the copying took its time, so it is looked at once more before."""
        await healthy(self.pool)
        copied = {topic: await self._held(topic) for topic in self.frozen}
        for topic, frozen in copied.items():
            self._may_go_on()
            if why := other(topic, self.plan.seen.get("ids", {}), await ids_of(self.pool, [topic])):
                raise Refused(why)
            self.hands.tell(f"deleting what was copied of {topic}", 1.0)
            self.hands.sends()
            cuts = await delete(self.pool, frozen, self.hands.go_on)
            self.pool.offsets.forget([topic])
            self.cuts[topic] = {str(p): told_of(cut) for p, cut in cuts.items()}
            whole = len(self.cuts) == len(self.frozen) and not still_open(self.state)
            await self.hands.partly(self.state, DELETED if whole else PARTLY, REST)

    async def _held(self, topic: str) -> Frozen:
        """What may be deleted of a topic: it is in a copy that is whole. Raises Failed."""
        self.hands.tell(f"reading the copy of {topic} again", 1.0)
        if topic not in self.backups:
            raise Failed(f"{topic} has no copy: nothing is deleted")
        return await held(self.backups[topic], self.frozen[topic])

    async def _move(self) -> None:
        """Empty groups go on where the deletion ended, so that `latest` skips nothing."""
        found, faults = await self._readers()
        self.groups |= dict.fromkeys(faults, "")
        ends = {
            tp: end
            for frozen in self.frozen.values()
            for tp, end in frozen.ends().items()
            if self.cuts[tp[0]][str(tp[1])][0] != "failed"
        }
        agreed = {ref.name for ref in self.plan.touches}
        for reader in found:
            behind = reader.left_behind(ends)
            if behind and reader.group in agreed:
                self.groups[reader.group] = await self._set(reader, behind)

    async def _readers(self) -> tuple[list[Reader], list[str]]:
        try:
            return await readers(self.pool, self.frozen)
        except Failed as failure:
            return [], [f"no group was looked at: {failure}"]

    async def _set(self, reader: Reader, ends: Mapping[tuple[str, int], int]) -> str:
        if not reader.empty:
            return f"{reader.state}, left to its members"
        if why := self.hands.go_on():
            return f"left as it is: {why}"
        self.hands.sends()
        faults = await Groups(self.pool).commit(reader.group, ends)
        if faults:
            said = "; ".join(dict.fromkeys(fault.message for fault in faults.values()))
            lost = any(fault.code < 0 for fault in faults.values())
            return f"whether its offsets were set is not known: {said}" if lost else said
        return f"set to the ends of {len(ends)} partitions"


def told_of(cut: Cut) -> list[Any]:
    """A partition's result as JSON keeps it."""
    return [cut.result, cut.start, cut.why]


def frozen_in(seen: Mapping[str, Any]) -> dict[str, Frozen]:
    """The ends of a plan, by topic."""
    return {topic: frozen_of(topic, told) for topic, told in seen["frozen"].items()}


def still_open(state: Mapping[str, Any]) -> dict[str, str]:
    """Partitions that are known not to be emptied, and why."""
    return {
        f"{topic}-{index}": why
        for topic, cuts in state.get("cuts", {}).items()
        for index, (result, _start, why) in cuts.items()
        if result == "failed"
    }


def copies(state: Mapping[str, Any], cluster: str) -> Iterator[str]:
    """Where the copies are, and how they come back."""
    for topic, told in {**state.get("spare", {}), **state.get("backups", {})}.items():
        path = str(told["path"])
        yield f"copy of {topic}: {path}"
        yield f"{told['records']:,} records, sha256 {told['sha256']}"
        yield f"back with: oncall kafka restore {shlex.quote(path)} --cluster {cluster}"


def group_refs(cluster: str, found: list[Reader]) -> tuple[Ref, ...]:
    """The groups whose offsets may be set."""
    return tuple(Ref("group", cluster, one.group) for one in found)

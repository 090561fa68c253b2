"""Empty topics: what is there now is copied to this disk, then deleted, and nothing newer.

The ends are frozen in the plan that is shown; the plan made at firing keeps to them. Whatever ends
the console in between, the next plan for the topic does the rest up to the same ends.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from shutil import disk_usage
from typing import TYPE_CHECKING, Any

from console.model import Order, Plan, Request, Verdict
from console.model.words import utc
from console.poll import Failed, in_thread
from console.proof import Proof
from console.remedy import Refused

if TYPE_CHECKING:
    from console.begun import Begun
    from console.kafka.frozen import Frozen
    from console.remedy import Hands
    from console.topics.readers import Reader
    from console.topics.standing import Standing

BACKUPS = "backups"
REST_FOR = timedelta(hours=12)  # later its ends say nothing any more: it is a new act
A_SECOND = 100_000  # records that are copied in one
TIMES = 2  # of what a topic takes at its brokers, where its producers may have packed it


@dataclass(frozen=True, slots=True)
class EmptyTopic:
    """DeleteRecords up to frozen ends, after a copy that is finished and verified."""

    kind: str = "empty-topic"
    acts_on: frozenset[str] = frozenset({"topic"})
    takes_instance: bool = False

    async def plan(self, order: Order, hands: Hands) -> Plan:
        """Read topics, groups and the cluster afresh; refused unless all of it is whole."""
        from console.topics.readers import readers
        from console.topics.standing import healthy, not_to_be_emptied, stand

        cluster, topics = _target(order)
        pool = hands.clients.kafka(cluster)
        half = await _half_done(order, hands)
        metadata = await healthy(pool)
        standing = await stand(pool, topics, metadata)
        if against := [why for one in standing for why in not_to_be_emptied(one)]:
            raise Refused(*against)
        found, faults = await readers(pool, topics)
        half, lost = await _rest_of(half, standing, found)
        frozen = _agreed(standing, half.plan if half else hands.shown)
        if half is None and not any(one.most for one in frozen.values()):
            raise Refused(f"{' and '.join(topics)}: there is nothing to delete")
        draft = _Draft(order, cluster, metadata.cluster_id, standing, frozen, found, half, lost)
        plan = draft.plan(_directory(hands, cluster), faults)
        await _room_for(plan)
        return plan

    async def apply(self, plan: Plan, hands: Hands) -> Mapping[str, Any]:
        """Copy, delete, set Empty groups; what of it was done is told in any case."""
        from console.topics.purge import Purge

        return await Purge(plan, hands).run()

    async def verify(self, plan: Plan, sent: Mapping[str, Any], hands: Hands) -> Verdict:
        """Where its partitions begin, by their leaders."""
        from console.topics.looking import LOOK_S, Emptied

        now = hands.clock.now().isoformat()  # the copying is no part of the waiting
        proof = Proof(plan, {**sent, "started_at": now}, hands, every=LOOK_S)
        emptied = Emptied(plan, sent, proof, hands)
        verdict = await proof.follow(emptied.look)
        undone = emptied.untouched and not sent.get("backups")
        return replace(verdict, undone=verdict.outcome == "failed" and undone, seconds=0.0)


@dataclass(frozen=True, slots=True)
class _Draft:
    """Everything that was read for one plan."""

    order: Order
    cluster: str
    cluster_id: str
    standing: list[Standing]
    frozen: Mapping[str, Frozen]
    readers: list[Reader]
    half: Begun | None
    lost: str
    """Why an earlier act of which there is a rest is not gone on with."""

    def plan(self, directory: Path, faults: list[str]) -> Plan:
        """The plan, or only the rest of one."""
        from console.topics.purge import group_refs

        names, half = ", ".join(self.frozen), self.half
        records = sum(one.most for one in self.frozen.values())
        copying = f"about {records / A_SECOND + 1:.0f} s for the copy, then " if not half else ""
        return Plan(
            remedy=self.order.remedy,
            title=f"Delete the rest of {names}" if half else f"Empty {names}",
            targets=self.order.targets,
            touches=group_refs(self.cluster, self.readers),
            scopes=(self.cluster,),
            where=(("cluster", self.cluster), ("topic", names)),
            will=tuple(self._will(directory)),
            loses=(f"what {names} holds up to these ends, for every group that has not read it",),
            keeps=("every record that comes from now on", "a copy on this disk", "configuration"),
            takes=f"{copying}seconds; up to 20 s where a leader moves",
            requests=tuple(self._requests(directory)),
            proof="each partition begins at its frozen end, by its leader",
            typed=" ".join(self.frozen),
            preview=tuple(self._preview()),
            copies_mb=0.0 if half else self._mb(),
            seen=self._seen(directory),
            identity={"cluster id": self.cluster_id},
            finishes=half.act if half else "",
            warnings=tuple(self._warnings(faults)),
        )

    def _will(self, directory: Path) -> list[str]:
        names = ", ".join(self.frozen)
        if self.half is not None:
            at = utc(datetime.fromisoformat(self.half.started_at))
            act = f"the act of {at}, by {self.half.by}"
            copied = f"read the copy of {names} again ({act}); it must be whole"
        else:
            copied = f"copy {names} up to the ends of just now to {directory}"
        deleted = "delete what was copied, once the copy is finished and verified"
        return [copied, deleted, "set the offsets of its groups to these ends where one is Empty"]

    def _requests(self, directory: Path) -> list[Request]:
        made = []
        for topic, frozen in self.frozen.items():
            ends = {str(tp[1]): end for tp, end in sorted(frozen.ends().items())}
            if self.half is None:
                into = {"topic": topic, "to": ends, "into": str(directory)}
                made.append(Request("kafka", "Fetch", into))
            made.append(Request("kafka", "DeleteRecords", {"topic": topic, "offsets": ends}))
        groups = [one.group for one in self.readers]
        same = {"offsets": "the same", "while": "Empty"}
        return made + [Request("kafka", "OffsetCommit", {"group": g, **same}) for g in groups]

    def _ends(self) -> dict[tuple[str, int], int]:
        return {tp: end for one in self.frozen.values() for tp, end in one.ends().items()}

    def _preview(self) -> list[str]:
        from console.topics.readers import sentence
        from console.topics.words import told

        lines = [
            line
            for one in self.standing
            for line in told(replace(one, frozen=self.frozen[one.topic]))
        ]
        return lines + [sentence(one, self._ends()) for one in self.readers]

    def _mb(self) -> float | None:
        from console.topics.standing import MB

        sizes = [one.size for one in self.standing]
        known = [size for size in sizes if size is not None]
        return sum(known) / MB if len(known) == len(sizes) else None

    def _seen(self, directory: Path) -> dict[str, Any]:
        seen: dict[str, Any] = {
            "frozen": {topic: frozen.told() for topic, frozen in self.frozen.items()},
            "topics": {one.topic: dict(one.configs) for one in self.standing},
            "ids": {one.topic: one.id for one in self.standing if one.id},
            "directory": str(directory),
        }
        if self.half is not None:
            done = state_of(self.half)
            seen["backups"] = {topic: done["backups"][topic] for topic in self.frozen}
        return seen

    def _warnings(self, faults: list[str]) -> list[str]:
        from console.topics.readers import RESETS
        from console.topics.standing import untold

        lines = [self.lost] if self.lost else []
        lines += [line for one in self.standing for line in untold(one)]
        ends = self._ends()
        for one in self.readers:
            if not one.empty and one.reset != "earliest" and one.left_behind(ends):
                lines.append(f"{one.group} {RESETS[one.reset]}")
        return lines + [f"what it does to one group is not known: {fault}" for fault in faults]


def _target(order: Order) -> tuple[str, tuple[str, ...]]:
    """Cluster and topics. Raises Refused for none, or for several clusters."""
    clusters = {ref.scope for ref in order.targets}
    if len(clusters) != 1 or any(ref.kind != "topic" or not ref.name for ref in order.targets):
        raise Refused("topics of one cluster have to be named")
    return clusters.pop(), tuple(ref.name for ref in order.targets)


def _directory(hands: Hands, cluster: str) -> Path:
    if hands.context.state is None:
        raise Refused("there is no place on this disk for a copy: nothing is deleted without one")
    return hands.context.state / BACKUPS / cluster


async def _room_for(plan: Plan) -> None:
    """Raises Refused where the disk would be full before the copy is: text takes more than it."""
    from console.topics.standing import MB

    if not plan.copies_mb:
        return  # nothing is copied, or nobody tells how much
    place = Path(str(plan.seen["directory"]))
    there = next(path for path in (place, *place.parents) if path.is_dir())
    free = (await in_thread(disk_usage, there)).free / MB
    if free < TIMES * plan.copies_mb:
        most = TIMES * plan.copies_mb
        raise Refused(f"{there} has {free:,.0f} MB free, and the copy may need {most:,.0f} MB")


def _agreed(standing: list[Standing], told: Plan | None) -> dict[str, Frozen]:
    """The ends that were agreed to, as far as they still are there: nothing newer is deleted."""
    from console.kafka.frozen import Frozen, Span
    from console.topics.purge import frozen_in
    from console.topics.standing import other

    if told is None:
        return {one.topic: one.frozen for one in standing}
    ids = {one.topic: one.id for one in standing if one.id}
    shown, found = frozen_in(told.seen), {}
    for one in standing:
        if why := other(one.topic, told.seen.get("ids", {}), ids):
            raise Refused(why)
        spans = {}
        for index, (_start, end) in shown[one.topic].spans.items():
            there = one.frozen.spans.get(index)
            if there is None or there.end < end:
                raise Refused(f"{one.topic}-{index} ends before what was shown: it was made anew")
            spans[index] = Span(min(there.start, end), end)
        found[one.topic] = Frozen(one.topic, spans)
    return found


async def _rest_of(
    half: Begun | None, standing: list[Standing], found: list[Reader]
) -> tuple[Begun | None, str]:
    """The act of which something is left to do, or why its rest cannot be done any more."""
    from console.topics.keeping import held

    if half is None:
        return None, ""
    try:
        frozen = _agreed(standing, half.plan)
        for topic, one in frozen.items():
            await held(state_of(half)["backups"][topic], one)
    except (Refused, Failed) as error:
        return None, f"all of it is copied anew, the act of before is left as it is: {error}"
    ends = {tp: end for one in frozen.values() for tp, end in one.ends().items()}
    left = any(one.most for one in frozen.values())
    behind = any(one.empty and one.left_behind(ends) for one in found)
    return (half if left or behind else None), ""


def state_of(act: Begun) -> Mapping[str, Any]:
    """How far an act came, by what is written down."""
    return act.sent if act.sent is not None else act.partly


async def _half_done(order: Order, hands: Hands) -> Begun | None:
    """Our own act on these topics that has its copies and was not finished.

    Raises Refused when what was done before is not known.
    """
    found: dict[str, Begun] = {}
    for ref in order.targets:
        last = await hands.latest(ref)
        if last is None or last.kind != EmptyTopic().kind or not _unfinished(last, hands):
            return None
        if ref.name not in state_of(last).get("backups", {}):
            return None
        found[last.act] = last
    return next(iter(found.values())) if len(found) == 1 else None


def _unfinished(act: Begun, hands: Hands) -> bool:
    from console.topics.purge import still_open

    state = state_of(act)
    if hands.clock.now() - datetime.fromisoformat(act.started_at) > REST_FOR:
        return False
    return act.sent is None or bool(still_open(state) or state.get("stopped"))

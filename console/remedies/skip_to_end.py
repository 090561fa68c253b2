"""Move a consumer group that nobody is in to the end of what it reads; nothing is deleted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from console.kafka.values import Tp
from console.model import Order, Plan, Request, Verdict
from console.poll import Failed
from console.proof import Proof
from console.remedy import Refused, Rejected

if TYPE_CHECKING:
    from console.kafka.pool import BrokerPool
    from console.remedy import Hands

LOOK_S, LOST_S = 1.0, 15.0  # between two looks; a commit that nobody sees after this is lost


@dataclass(frozen=True, slots=True)
class SkipToEnd:
    """What is behind the group is skipped: it stays in the topic, and others read it."""

    kind: str = "skip-to-end"
    acts_on: frozenset[str] = frozenset({"lag"})
    takes_instance: bool = False

    async def plan(self, order: Order, hands: Hands) -> Plan:
        """Where it is, where it would be; refused while anybody is in the group."""
        from console.topics.moving import committed, described

        cluster, group, topics = _target(order)
        pool = hands.clients.kafka(cluster)
        told = await described(pool, group)
        if why := _against(group, told.state, len(told.members)):
            raise Refused(why)
        before, ends = await committed(pool, group), await _ends(pool, topics)
        agreed = _agreed(hands.shown, ends)
        to = {tp: end for tp, end in agreed.items() if before.get(tp, -1) < end}  # never back
        if not to:
            raise Refused(f"{group} is at the end of {', '.join(topics)}: there is nothing to skip")
        return Plan(
            remedy=order.remedy,
            title=f"Skip {group} to the end of {', '.join(topics)}",
            targets=order.targets,
            scopes=(cluster,),
            where=(("cluster", cluster), ("group", group), ("topic", ", ".join(topics))),
            will=(
                f"set what {group} has committed on {', '.join(topics)} to the ends of just now",
            ),
            loses=(f"for {group} alone: what it has not read yet",),
            keeps=("every record: nothing is deleted", "other groups", "what comes from now on"),
            takes="a second",
            requests=tuple(_requests(group, topics, to)),
            proof="its coordinator gives back these offsets",
            typed=group,
            preview=tuple(_preview(before, to)),
            seen={"before": _told(before, topics), "to": _told(to, topics)},
            identity={"cluster id": (await pool.metadata([])).cluster_id},
        )

    async def apply(self, plan: Plan, hands: Hands) -> Mapping[str, Any]:
        """One OffsetCommit for all of it, as one who is no member."""
        from console.kafka.groups import Groups

        cluster, group, _ = _target(plan)
        to = offsets_of(plan.seen["to"])
        faults = await Groups(hands.clients.kafka(cluster)).commit(group, to)
        said = "; ".join(dict.fromkeys(fault.message for fault in faults.values()))
        if any(fault.code < 0 for fault in faults.values()):
            raise Failed(said)
        if len(faults) == len(to):
            raise Rejected(said)
        return {"refused": {f"{tp[0]}-{tp[1]}": fault.message for tp, fault in faults.items()}}

    async def verify(self, plan: Plan, sent: Mapping[str, Any], hands: Hands) -> Verdict:
        """What the coordinator gives back."""
        proof = Proof(plan, sent, hands, every=LOOK_S)
        return await proof.follow(_Following(plan, sent, proof, hands).look)


class _Following:
    """One move being looked at."""

    def __init__(self, plan: Plan, sent: Mapping[str, Any], proof: Proof, hands: Hands) -> None:
        self.plan, self.sent, self.proof = plan, sent, proof
        cluster, self.group, self.topics = _target(plan)
        self.pool = hands.clients.kafka(cluster)
        self.to = offsets_of(plan.seen["to"])
        self.before = offsets_of(plan.seen["before"])

    async def look(self) -> Verdict | None:
        """One look; None while it is open."""
        from console.topics.moving import committed

        proof, now = self.proof, await committed(self.pool, self.group)
        short = [tp for tp, end in self.to.items() if now.get(tp, -1) < end]
        skipped = sum(max(end - self.before.get(tp, end), 0) for tp, end in self.to.items())
        proof.evidence = [*_back(self.group, self.before), *self.sent.get("refused", {}).values()]
        if back := [tp for tp, at in self.before.items() if now.get(tp, -1) < at]:
            names = ", ".join(f"{topic}-{index}" for topic, index in back)
            return proof.verdict("failed", f"{self.group} was set back on {names}: not by this act")
        if not short:
            said = f"{self.group} stands at the ends: {skipped:,} records skipped, none deleted"
            return proof.verdict("verified", said)
        left = ", ".join(f"{topic}-{index}" for topic, index in short)
        proof.said = f"{self.group} is not at the end of {left}"
        if self.sent.get("refused"):
            return proof.verdict("failed", proof.said)
        return proof.verdict("failed", proof.said) if proof.gone > LOST_S else None


def _target(of: Order | Plan) -> tuple[str, str, tuple[str, ...]]:
    """Cluster, group and its topics. Raises Refused for none, or for several groups."""
    named = [(ref.scope, *ref.name.rpartition("/")[::2]) for ref in of.targets]
    if len({(cluster, group) for cluster, group, _ in named}) != 1 or not all(map(all, named)):
        raise Refused("topics of one consumer group (group/topic) have to be named")
    cluster, group, _ = named[0]
    return cluster, group, tuple(topic for *_, topic in named)


def _against(group: str, state: str, members: int) -> str:
    if state == "Empty":
        return ""
    if members:
        stop = "stop its consumers first: Kafka moves no group that is in use"
        return f"{group} is {state} and has {members} members: {stop}"
    return f"{group} is {state}: only an Empty group is moved"


async def _ends(pool: BrokerPool, topics: tuple[str, ...]) -> dict[Tp, int]:
    from console.kafka.emptying import freeze

    found: dict[Tp, int] = {}
    for topic in topics:
        found |= (await freeze(pool, topic)).ends()
    return found


def _agreed(shown: Plan | None, ends: Mapping[Tp, int]) -> Mapping[Tp, int]:
    """The ends that were shown, if they are still ends that there are: nothing later is skipped."""
    if shown is None:
        return ends
    to = offsets_of(shown.seen["to"])
    if gone := [tp for tp, end in to.items() if ends.get(tp, -1) < end]:
        names = ", ".join(f"{topic}-{index}" for topic, index in gone)
        raise Refused(f"{names} ends before the end that was shown: the topic was made anew")
    return to


def _requests(group: str, topics: tuple[str, ...], to: Mapping[Tp, int]) -> Iterator[Request]:
    offsets = _told(to, topics)
    yield Request("kafka", "OffsetCommit", {"group": group, "offsets": offsets})


def _told(offsets: Mapping[Tp, int], topics: tuple[str, ...]) -> dict[str, dict[str, int]]:
    """Offsets as JSON keeps them."""
    return {
        topic: {str(tp[1]): at for tp, at in sorted(offsets.items()) if tp[0] == topic}
        for topic in topics
    }


def offsets_of(told: Mapping[str, Mapping[str, int]]) -> dict[Tp, int]:
    """The way back."""
    return {(topic, int(p)): at for topic, each in told.items() for p, at in each.items()}


def _preview(before: Mapping[Tp, int], to: Mapping[Tp, int]) -> Iterator[str]:
    for (topic, index), end in sorted(to.items()):
        at = before.get((topic, index))
        was = "nothing committed" if at is None else f"{at:,}"
        behind = "" if at is None else f", {max(end - at, 0):,} skipped"
        yield f"{topic}-{index}: {was} → {end:,}{behind}"


def _back(group: str, before: Mapping[Tp, int]) -> Iterator[str]:
    """How it is taken back."""
    for (topic, index), at in sorted(before.items()):
        yield f"{group} stood at {at} of {topic}-{index}"
    yield (
        f"back, while it has no members: kafka-consumer-groups.sh --group {group} "
        "--reset-offsets --topic TOPIC:PARTITION --to-offset OFFSET --execute"
    )

"""Send one marked test alarm into a flow, and time it through every stage where it shows."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from console.flow.tracing import Mark, way
from console.model import Order, Plan, Request, Verdict, plain
from console.model.words import lasting
from console.poll import Failed
from console.proof import Proof
from console.remedy import Refused, Rejected

if TYPE_CHECKING:
    from console.config.plans import Remedy as Allowance
    from console.remedy import Hands
    from console.topics.tracing import TopicTrace

KIND = "inject-probe"
PROBE, AT = "{probe}", "{at}"
LOOK_S, LOST_S = 2.0, 20.0  # between two looks; what its own topic does not show is not there
LATE_S = 3.0  # real seconds: after a longer time without a look nobody knows when it came
BLIND = "not visible here"


@dataclass(frozen=True, slots=True)
class InjectProbe:
    """One record of the text that the allow-list has, with a mark that no other record bears."""

    kind: str = KIND
    acts_on: frozenset[str] = frozenset({"topic"})
    takes_instance: bool = False

    async def plan(self, order: Order, hands: Hands) -> Plan:
        """The exact record, and where it will be looked for; refused off the allow-list."""
        from console.kafka.emptying import freeze

        cluster, topic = _target(order)
        entry = hands.allowance(order.remedy)
        if entry.on.topics and topic not in entry.on.topics:
            raise Refused(f"{order.remedy} may not write to {topic} (remedies.yaml)")
        marks = _way(entry, hands, cluster, topic)
        pool = hands.clients.kafka(cluster)
        metadata = await pool.metadata([topic])
        spans = (await freeze(pool, topic)).spans
        froms = {topic: {str(p): span.end for p, span in spans.items()}}
        unread = await _ends(hands, cluster, marks, froms)
        await _may_write(hands, cluster, topic)
        seen = _seen(order, hands, entry)
        text = entry.text.replace(PROBE, seen["probe"]).replace(AT, seen["at"])
        partition = min(spans)
        record = {"topic": topic, "partition": partition, "key": seen["probe"], "value": text}
        shows = [mark.title for mark in marks if mark.visible and mark.stage not in unread]
        return Plan(
            remedy=order.remedy,
            title=f"Send a test alarm into {topic}",
            targets=order.targets,
            scopes=(cluster,),
            where=(("cluster", cluster), ("topic", topic), ("flow", entry.flow)),
            will=(
                f"write one record to {topic}, marked {seen['probe']}",
                f"look for it in {', '.join(shows)}",
            ),
            loses=("nothing; a record that was written cannot be taken back",),
            keeps=("every other record", "the offsets of every group"),
            takes=f"as long as an alarm takes; {lasting(entry.deadline)} at most",
            requests=(Request("kafka", "InitProducerId"), Request("kafka", "Produce", record)),
            proof=f"it is seen in {_lasts(marks)}",
            seen={**seen, "way": [mark.told() for mark in marks], "from": froms},
            identity={"cluster id": metadata.cluster_id},
            preview=tuple(_preview(marks, unread)),
            warnings=("whoever works on alarms sees it: it is marked as a test, and is one more",),
        )

    async def apply(self, plan: Plan, hands: Hands) -> Mapping[str, Any]:
        """The one record. A lost answer is asked for again under the same producer's number."""
        from console.kafka.backup import Record
        from console.kafka.restoring import restore

        record = plan.requests[1].params
        at_ms = round(hands.clock.now().timestamp() * 1000)
        key, value = str(record["key"]).encode(), str(record["value"]).encode()
        probe = Record(record["partition"], 0, at_ms, 0, key, value, (("oncall-probe", key),))
        pool = hands.clients.kafka(plan.targets[0].scope)
        try:
            done = await restore(pool, record["topic"], [probe])
        except Failed as error:
            raise Refused(f"nothing was sent: {error}") from None
        if done.why and not done.unsure:
            raise Rejected(done.why)
        return {"unsure": done.why} if done.unsure else {"acknowledged": 1}

    async def verify(self, plan: Plan, sent: Mapping[str, Any], hands: Hands) -> Verdict:
        """Stage after stage, until it is seen where nothing after it can be looked at."""
        proof = Proof(plan, sent, hands, every=LOOK_S)
        return await proof.follow(_Looking(plan, sent, proof, hands).look)


@dataclass(slots=True)
class _Seen:
    """One stage while it is looked at."""

    mark: Mark
    trace: TopicTrace | None = None
    after_s: float | None = None
    """How long after it was sent it was seen here."""
    timed: bool = True
    """Somebody looked shortly before, too: that is when it came."""
    why: str = ""

    def __str__(self) -> str:
        if self.after_s is not None:
            return f"{self.mark.title}: seen{_when(self.after_s, self.timed)}"
        return f"{self.mark.title}: {self.why or 'not seen'}"


@dataclass(slots=True)
class _Looking:
    """One probe on its way."""

    plan: Plan
    sent: Mapping[str, Any]
    proof: Proof
    hands: Hands
    stages: list[_Seen] = field(init=False)
    looked_s: float = 0.0
    """When it was looked for last, in seconds since it was sent."""

    def __post_init__(self) -> None:
        from console.topics.tracing import TopicTrace

        self.stages, seen = [], self.plan.seen
        for told in seen["way"]:
            mark = Mark(**told)
            begins = seen["from"].get(mark.topic)
            one = _Seen(mark, why="" if mark.visible else BLIND)
            if mark.topic and begins:
                at = {int(p): offset for p, offset in begins.items()}
                one.trace = TopicTrace(mark.topic, seen["probe"].encode(), at)
            elif mark.topic:
                one.why = f"{BLIND}: it could not be read when this was planned"
            self.stages.append(one)

    async def look(self) -> Verdict | None:
        """One look at every stage that has not shown it.

        The last one first: whatever it has passed by then is seen in the same look.
        """
        for one in reversed(self.stages):
            if one.after_s is None and (one.trace or one.mark.check):
                await self._at(one)
        self.looked_s = self.proof.gone
        self.proof.evidence = [str(one) for one in self.stages]
        seen = [one for one in self.stages if one.after_s is not None]
        lasts = [one for one in self.stages if one.mark.last]
        if lasts and all(one.after_s is not None for one in lasts):
            names = ", ".join(one.mark.title for one in lasts)
            slowest = max(one.after_s or 0.0 for one in lasts)
            timed = all(one.timed for one in lasts)
            # by its mark it is ours, whatever became of the answer to the request
            said = f"seen in {names}{_when(slowest, timed)}"
            return Verdict("verified", said, tuple(self.proof.evidence), self.proof.gone)
        return self._open(seen)

    def _open(self, seen: list[_Seen]) -> Verdict | None:
        first = self.stages[0]
        proof = self.proof
        missing = ", ".join(one.mark.title for one in self.stages if one.mark.last
                            and one.after_s is None)  # fmt: skip
        proof.said = f"last {seen[-1]}; not in {missing}" if seen else f"nowhere seen: {first}"
        level = first.trace is not None and first.trace.level and first.after_s is None
        if level and not seen and proof.gone > LOST_S and "acknowledged" in self.sent:
            said = f"it was acknowledged, and {first.mark.topic} does not hold it"
            return proof.verdict("failed", said)
        return None

    async def _at(self, one: _Seen) -> None:
        try:
            found = await self._shown(one)
        except Failed as error:
            one.why = f"cannot be looked at: {error}"
            return
        one.why = one.trace.why if one.trace else ""
        if found:
            one.after_s = self.proof.gone
            blind = one.after_s - self.looked_s
            one.timed = blind <= max(2 * LOOK_S, LATE_S * self.hands.clock.speed)

    async def _shown(self, one: _Seen) -> bool:
        if one.trace is not None:
            return await one.trace.look(self.hands.clients.kafka(self.plan.targets[0].scope))
        from console.web.pointer import shows

        check = self.hands.estate.http[one.mark.check]
        probe = str(self.plan.seen["probe"])
        answer = await self.hands.clients.web.get(check, check.trace.replace(PROBE, probe))
        return await shows(answer, check, probe)


def _when(after_s: float, timed: bool) -> str:
    """When it was seen. Where nobody looked for long, as after a crash, it may have come before."""
    if timed:
        return f" after {lasting(after_s)}"
    return f"; when is not known (within {lasting(after_s)})"


def _target(order: Order) -> tuple[str, str]:
    """Cluster and topic. Raises Refused."""
    if len(order.targets) != 1:
        raise Refused("one topic has to be named")
    (ref,) = order.targets
    return ref.scope, ref.name.rpartition("/")[2]


def _way(entry: Allowance, hands: Hands, cluster: str, topic: str) -> tuple[Mark, ...]:
    flow = hands.configuration.flows.flows.get(entry.flow)
    if flow is None:
        raise Refused(f"there is no flow {entry.flow} (flows.yaml)")
    marks = way(flow, cluster, topic)
    if not marks:
        raise Refused(f"no stage of the flow {entry.flow} is the topic {topic}")
    return marks


async def _ends(
    hands: Hands, cluster: str, marks: tuple[Mark, ...], froms: dict[str, dict[str, int]]
) -> Mapping[str, str]:
    """Note where the further topics end; the stages whose topic cannot be read, and why."""
    from console.kafka.emptying import freeze

    unread = {}
    for mark in marks:
        if mark.topic and mark.topic not in froms:
            try:
                spans = (await freeze(hands.clients.kafka(cluster), mark.topic)).spans
            except Failed as error:
                unread[mark.stage] = str(error)
                continue
            froms[mark.topic] = {str(p): span.end for p, span in spans.items()}
    return unread


async def _may_write(hands: Hands, cluster: str, topic: str) -> None:
    """Raises Refused where the brokers say that we may not."""
    from console.kafka import codes
    from console.kafka.wire.rights import topic_rights

    try:
        rights = await hands.clients.kafka(cluster).anyone(topic_rights([topic]))
    except Failed:  # a broker before 2.3 tells none: it shows when it is sent
        return
    if topic in rights and codes.WRITE not in rights[topic]:
        raise Refused(f"the right {codes.WRITE} is missing on {topic}")


def _seen(order: Order, hands: Hands, entry: Allowance) -> dict[str, Any]:
    """Its mark and its time: those that were shown, when the plan is made again to be fired."""
    shown = hands.shown
    if shown is not None and shown.remedy == order.remedy and "probe" in shown.seen:
        return {"probe": shown.seen["probe"], "at": shown.seen["at"]}
    return {"probe": f"oncall-{secrets.token_hex(6)}", "at": plain(hands.clock.now())}


def _lasts(marks: tuple[Mark, ...]) -> str:
    return " and ".join(mark.title for mark in marks if mark.last)


def _preview(marks: tuple[Mark, ...], unread: Mapping[str, str]) -> Iterator[str]:
    for mark in marks:
        how = f"by the records of {mark.topic}" if mark.topic else f"by HTTP ({mark.check})"
        yield f"{mark.title}: {unread.get(mark.stage) or (how if mark.visible else BLIND)}"

"""Write the records of a copy back to a topic: after what is there, each one once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from console.model import Order, Plan, Request, Verdict
from console.model.words import utc
from console.poll import Failed, in_thread
from console.proof import Proof
from console.remedy import Refused

if TYPE_CHECKING:
    from console.begun import Begun
    from console.kafka.backup import Record
    from console.remedy import Hands
    from console.topics.copies import Whole
    from console.topics.standing import Standing

KIND = "kafka-restore"
TOLD_S = 3.0  # between two counts in the journal
ABORTED = "records that were aborted come back as valid ones"
SOME = "{:,} of its batches were written in transactions: " + ABORTED
UNCOUNTED = "whether anything in it was written in transactions is not known: " + ABORTED
LOOK_S, LOST_S = 1.0, 15.0  # between two looks; what no leader shows after this was not written
A_SECOND = 50_000  # records that are written back in one


@dataclass(frozen=True, slots=True)
class KafkaRestore:
    """Nothing is deleted by it; its file is a word of the order (`file`)."""

    kind: str = KIND
    acts_on: frozenset[str] = frozenset({"topic"})
    takes_instance: bool = False

    async def plan(self, order: Order, hands: Hands) -> Plan:
        """Read the file and the topic; refused unless every record has its partition there."""
        from console.kafka import codes
        from console.topics.copies import whole
        from console.topics.standing import stand

        cluster, topic, path = _target(order)
        pool = hands.clients.kafka(cluster)
        copy = await in_thread(whole, path)
        metadata = await pool.metadata()
        (one,) = await stand(pool, (topic,), metadata, codes.ON_TOPIC[KIND])
        await _fits(copy, one)
        before = await _before(copy, order, hands)
        counts = by_name(copy.counts)
        what = {"topic": topic, "records": copy.records, "partitions": counts}
        return Plan(
            remedy=order.remedy,
            title=f"Write {copy.records:,} records back to {topic}",
            targets=order.targets,
            scopes=(cluster,),
            where=(("cluster", cluster), ("topic", topic), ("file", str(path))),
            will=(f"produce {copy.records:,} records of {copy.topic} to {topic}, in their order",),
            loses=(),
            keeps=("what is in the topic", "partition, key, value, headers and time of each"),
            takes=f"about {copy.records / A_SECOND + 1:.0f} s",
            requests=(
                Request("kafka", "InitProducerId"),
                Request("kafka", "Produce", {**what, "file": str(path), "sha256": copy.sha256}),
            ),
            proof="every batch is acknowledged by all in sync, and the partitions have grown",
            typed=topic if before else "",
            preview=tuple(_preview(copy, one)),
            seen={"counts": counts, **_seen(copy, one)},
            identity={"cluster id": metadata.cluster_id},
            warnings=tuple(_warnings(copy, one, cluster, hands, before)),
        )

    async def apply(self, plan: Plan, hands: Hands) -> Mapping[str, Any]:
        """Batch after batch; what was acknowledged is told in any case."""
        from console.kafka.backup import records
        from console.kafka.restoring import restore
        from console.topics.keeping import check

        cluster, topic, path = _place(plan)
        writing = _Writing(hands, sum(plan.seen["counts"].values()), hands.now_real())
        try:
            await check(plan.seen)
            reading = writing.until_stopped(records(path))
            pool, room = hands.clients.kafka(cluster), plan.seen["room"]
            done = await restore(pool, topic, reading, writing.heard, room)
        except Failed as error:
            if not writing.done:
                raise Refused(f"nothing was written: {error}") from None
            return {"records": writing.done, "why": str(error)}
        return {
            "counts": by_name(done.counts),
            "unsure": by_name(done.unsure),
            "why": done.why or writing.stopped,
        }

    async def verify(self, plan: Plan, sent: Mapping[str, Any], hands: Hands) -> Verdict:
        """What was acknowledged, and whether the partitions have grown by it."""
        now = hands.clock.now().isoformat()  # the writing is no part of the waiting
        proof = Proof(plan, {**sent, "started_at": now}, hands, every=LOOK_S)
        return await proof.follow(_Looking(plan, sent, proof, hands).look)


@dataclass(slots=True)
class _Writing:
    """How far it is, and whether it may go on. `heard` on the loop, the reading on a thread."""

    hands: Hands
    records: int
    told_at: datetime
    done: int = 0
    stopped: str = ""

    async def heard(self, counts: Mapping[int, int]) -> None:
        """So many of each partition are acknowledged."""
        self.done = done = sum(counts.values())
        self.hands.tell(f"{done:,} of {self.records:,} records", done / max(self.records, 1))
        self.stopped = self.stopped or self.hands.go_on()
        now = self.hands.now_real()
        if (now - self.told_at).total_seconds() >= TOLD_S:
            self.told_at = now
            left = f"{done:,} of {self.records:,} records were acknowledged"
            await self.hands.partly({"counts": by_name(counts)}, left)
            self.hands.sends()

    def until_stopped(self, found: Iterator[Record]) -> Iterator[Record]:
        """The records, no further than it may go."""
        for record in found:
            if self.stopped:
                return
            yield record


class _Looking:
    """One restore being looked at."""

    def __init__(self, plan: Plan, sent: Mapping[str, Any], proof: Proof, hands: Hands) -> None:
        self.sent, self.proof, self.seen = sent, proof, plan.seen
        cluster, self.topic, _ = _place(plan)
        self.pool = hands.clients.kafka(cluster)

    async def look(self) -> Verdict | None:
        """One look; None while it is open."""
        from console.kafka.emptying import freeze

        proof, sent, wanted = self.proof, self.sent, self.seen["counts"]
        spans = (await freeze(self.pool, self.topic)).spans
        grown = {p: spans[int(p)].end - self.seen["ends"][p] for p in wanted if int(p) in spans}
        proof.evidence = list(self._lines(grown))
        whole = f"{sum(wanted.values()):,} records"
        done = done_by(sent)
        if lost := sent.get("lost"):
            said = f"how many of {whole} were written is not known ({lost})"
            more = f"at least {done:,} of {whole} were written; how many more is not known ({lost})"
            return proof.verdict("unknown", more if done else said)
        if sent.get("unsure"):
            more = sum(sent["unsure"].values())
            said = f"{done:,} of {whole} are written, {more:,} more perhaps: {sent['why']}"
            return proof.verdict("unknown", said)
        if sent.get("why") or sent["counts"] != wanted:
            return proof.verdict("failed", f"{done:,} of {whole} are written: {sent.get('why')}")
        short = [p for p, count in wanted.items() if grown.get(p, 0) < count]
        if not short:
            return proof.verdict("verified", f"{whole} are in {self.topic} again")
        proof.said = f"partition {', '.join(short)} has not grown by what was acknowledged"
        return proof.verdict("failed", proof.said) if proof.gone > LOST_S else None

    def _lines(self, grown: Mapping[str, int]) -> Iterator[str]:
        counts = self.sent.get("counts", {})
        for p, wanted in self.seen["counts"].items():
            told = f"{counts[p]:,} of {wanted:,} acknowledged" if p in counts else f"of {wanted:,}"
            yield f"{self.topic}-{p}: {told}, grown by {grown.get(p, 0):,} since"


def by_name(counts: Mapping[int, int]) -> dict[str, int]:
    """As JSON keeps it; partitions without a record are left out."""
    return {str(p): count for p, count in sorted(counts.items()) if count}


def done_by(sent: Mapping[str, Any]) -> int:
    """Records that are known to have been taken."""
    return int(sum(sent["counts"].values()) if "counts" in sent else sent.get("records", 0))


async def _before(copy: Whole, order: Order, hands: Hands) -> Begun | None:
    """The last time that any of these very records may have been written. Raises Refused."""

    def same(act: Begun) -> bool:
        its = act.kind == KIND and act.plan.seen.get("sha256") == copy.sha256
        return its and (act.sent is None or bool(done_by(act.sent) or act.sent.get("unsure")))

    return await hands.latest(order.targets[0], same)


def _again(before: Begun) -> str:
    seen = before.plan.seen.get("counts", {})
    sent = before.partly if before.sent is None else before.sent
    done = done_by(sent)
    few = "at least " if before.sent is None or sent.get("unsure") else ""
    at = utc(datetime.fromisoformat(before.started_at))
    return (
        f"{before.by} wrote this copy to it at {at}, {few}{done:,} of {sum(seen.values()):,} "
        "records: those that are still there will be there twice"
    )


def _target(order: Order) -> tuple[str, str, Path]:
    """Cluster, topic and file. Raises Refused."""
    if len(order.targets) != 1 or order.targets[0].kind != "topic":
        raise Refused("one topic has to be named")
    if not (told := order.words.get("file", "")):
        raise Refused("a copy is written back by `oncall kafka restore FILE`: it names the file")
    return order.targets[0].scope, order.targets[0].name, Path(told)


def _place(plan: Plan) -> tuple[str, str, Path]:
    return plan.targets[0].scope, plan.targets[0].name, Path(plan.seen["path"])


async def _fits(copy: Whole, one: Standing) -> None:
    """Raises Refused where a record would have no place, or there is none."""
    from console.topics.copies import unfit

    if not copy.records:
        raise Refused(f"{copy.path} holds no record")
    there = len(one.frozen.spans)
    if most := [p for p, count in copy.counts.items() if count and p not in one.frozen.spans]:
        raise Refused(
            f"{one.topic} has {there} partitions, and the copy has records of partition {max(most)}"
        )
    if great := await in_thread(unfit, copy.path, one.configs, copy.longest):
        raise Refused(*great, "raise it for the time of the restore, or write to another topic")


def _seen(copy: Whole, one: Standing) -> dict[str, Any]:
    from console.kafka.restoring import takes

    ends = {str(p): span.end for p, span in one.frozen.spans.items()}
    facts = {"path": str(copy.path), "sha256": copy.sha256}
    return facts | {"room": takes(one.configs), "ends": ends}


def _preview(copy: Whole, one: Standing) -> Iterator[str]:
    for p, count in sorted(copy.counts.items()):
        if count:
            at = one.frozen.spans[p].end
            yield f"{one.topic}-{p}: {count:,} records, from {at:,} on"


def _warnings(
    copy: Whole, one: Standing, cluster: str, hands: Hands, before: Begun | None
) -> Iterator[str]:
    from console.kafka import codes
    from console.kafka.restoring import cautions
    from console.topics.standing import untold

    if before is not None:
        yield _again(before)
    now_ms = round(hands.clock.now().timestamp() * 1000)
    yield from cautions(one.configs, copy.oldest, now_ms)
    yield from untold(one, (codes.WRITE,))
    if copy.transactional != 0:
        yield UNCOUNTED if copy.transactional is None else SOME.format(copy.transactional)
    if copy.cluster != cluster:
        yield f"the copy is of the cluster {copy.cluster}"
    if copy.topic != one.topic:
        yield f"the copy is of the topic {copy.topic}"
    yield "whoever reads the topic reads these records anew; written twice, they are there twice"

"""Whether topics are empty up to the frozen ends: by their leaders, whatever was answered."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from console.kafka import wire
from console.kafka.ends import ask_offsets
from console.kafka.values import Tp
from console.model import Plan, Verdict
from console.topics.purge import copies, frozen_in, still_open

if TYPE_CHECKING:
    from console.proof import Proof
    from console.remedy import Hands

LOOK_S, LOST_S = 1.0, 15.0  # between two looks; a deletion that nobody sees after this is lost
AGAIN = "the same remedy deletes the rest"


class Emptied:
    """One emptying being looked at."""

    def __init__(self, plan: Plan, sent: Mapping[str, Any], proof: Proof, hands: Hands) -> None:
        self.sent, self.proof = sent, proof
        (self.cluster,) = {ref.scope for ref in plan.targets}
        self.pool = hands.clients.kafka(self.cluster)
        self.topics = frozen_in(plan.seen)
        self.ends = {tp: end for one in self.topics.values() for tp, end in one.ends().items()}
        self.began = {
            (topic, index): span.start
            for topic, one in self.topics.items()
            for index, span in one.spans.items()
        }
        self.untouched = False
        """Every partition that had something to delete still has."""

    async def look(self) -> Verdict | None:
        """One look; None while it is open."""
        proof = self.proof
        self.pool.offsets.forget(self.topics)  # what others deleted for us is shown as well
        metadata = await self.pool.metadata(list(self.topics))
        starts, dark = await ask_offsets(self.pool, self.ends, metadata, wire.EARLIEST)
        latest, _ = await ask_offsets(self.pool, self.ends, metadata, wire.LATEST)
        short = {tp: at for tp, at in starts.items() if at < self.ends[tp]}
        self.untouched = all(tp in short for tp, end in self.ends.items() if self.began[tp] < end)
        proof.evidence = [*copies(self.sent, self.cluster), *self._kept(latest), *self._groups()]
        proof.evidence += [f"{name} failed: {why}" for name, why in still_open(self.sent).items()]
        if dark:
            proof.said = "; ".join(dict.fromkeys(fault.message for fault in dark.values()))
            said = f"{proof.said}; once that is mended, {AGAIN}"
            known = bool(still_open(self.sent))  # it was tried for a while already
            return proof.verdict("unknown", said) if known else None
        if short:
            return self._short(short)
        gone = sum(self.ends[tp] - at for tp, at in self.began.items())
        meanwhile = sum(at - self.ends[tp] for tp, at in latest.items())
        said = f"{', '.join(self.topics)}: {gone:,} offsets deleted, {meanwhile:,} newer ones kept"
        if self.sent.get("backups"):
            return proof.verdict("verified", said)
        return proof.verdict("unknown", f"nothing was copied or deleted by us, and yet: {said}")

    def _short(self, short: Mapping[Tp, int]) -> Verdict | None:
        """Some partition holds what was to be deleted."""
        proof, sent = self.proof, self.sent
        left = ", ".join(
            f"{t}-{p} begins at {at}, not {self.ends[t, p]}" for (t, p), at in sorted(short.items())
        )
        proof.said = left
        if self.untouched and not sent.get("backups"):
            why = sent.get("stopped") or sent.get("lost") or "the copy was not finished"
            return proof.verdict("failed", f"nothing was deleted, the copy is not complete: {why}")
        if stopped := sent.get("stopped"):
            done = "nothing was deleted" if self.untouched else left
            return proof.verdict("failed", f"{done}: {stopped}; {AGAIN}")
        if known := still_open(sent):
            why = "; ".join(dict.fromkeys(known.values()))
            return proof.verdict("failed", f"{left}: {why}; {AGAIN}")
        if proof.gone <= LOST_S:
            return None
        lie = "" if "lost" in sent else "the deletion was accepted, but "
        return proof.verdict("failed", f"{lie}{left}; {AGAIN}")

    def _kept(self, latest: Mapping[Tp, int]) -> Iterator[str]:
        for topic in self.topics:
            newer = [latest.get(tp, end) - end for tp, end in self.ends.items() if tp[0] == topic]
            if some := sum(1 for count in newer if count > 0):
                yield f"{topic}: {sum(newer):,} newer records kept, in {some} partitions"

    def _groups(self) -> Iterator[str]:
        for group, said in self.sent.get("groups", {}).items():
            yield f"{group}: {said}" if said else group

"""Looks for one marked record in topics: from an offset on, in bounded reads, as a reader does."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from console.kafka import wire
from console.kafka.codes import READ, UNKNOWN_TOPIC, say
from console.kafka.wire.batches import UNREADABLE, batches, inside, next_offset
from console.poll import Failed

if TYPE_CHECKING:
    from console.kafka.pool import BrokerPool

EACH, WHOLE = 256 << 10, 1 << 20  # bytes of one partition and of one answer
MOST = 64 << 20  # bytes that are looked through in one topic
ROUNDS = 16  # answers of one look


@dataclass(slots=True)
class TopicTrace:
    """How far a topic has been looked through; `why` says why no more of it can be."""

    topic: str
    mark: bytes
    at: dict[int, int]
    """Partition → the next offset to look at."""
    read: int = 0
    why: str = ""
    level: bool = False
    """Everything that was there at the last look has been seen, and could be read."""
    high: dict[int, int] = field(default_factory=dict)

    async def look(self, pool: BrokerPool) -> bool:
        """Whether the mark is in what has come since. Raises Failed; nothing is committed."""
        self.level = False
        for _ in range(ROUNDS):
            if self.read > MOST:
                self.why = f"more than {MOST >> 20} MB came since, and are not looked through"
                return False
            moved = False
            for leader, offsets in (await self._leaders(pool)).items():
                answer = await pool.ask(leader, wire.fetch_records(offsets, EACH, WHOLE, 0))
                for (_, index), found in answer.items():
                    if found.error:
                        what = f"{self.topic}-{index}"
                        raise Failed(say(found.error, what, READ).message)
                    if self._holds(found.records):
                        return True
                    moved |= self._step(index, found)
            if not moved:
                self.level = not self.why
                return False
        return False

    async def _leaders(self, pool: BrokerPool) -> Mapping[int, dict[tuple[str, int], int]]:
        metadata = await pool.metadata([self.topic])
        leaders: dict[int, dict[tuple[str, int], int]] = {}
        for index, offset in self.at.items():
            leader = metadata.leader((self.topic, index))
            if leader is None:
                raise Failed(say(UNKNOWN_TOPIC, f"{self.topic}-{index}").message)
            if leader < 0:
                raise Failed(f"{self.topic}-{index} has no leader")
            leaders.setdefault(leader, {})[self.topic, index] = offset
        return leaders

    def _holds(self, data: bytes) -> bool:
        """Whether a record of these batches bears the mark; what cannot be read hides no other."""
        try:
            return any(self._shows(batch) for batch in batches(data))
        except UNREADABLE as error:
            self.why = f"records cannot be read ({type(error).__name__})"
            return False

    def _shows(self, batch: Any) -> bool:
        try:
            return any(self._marked(record) for record in inside(batch))
        except UNREADABLE as error:
            self.why = f"some records cannot be read ({type(error).__name__})"
            return False

    def _marked(self, record: Any) -> bool:
        texts = [record.key, record.value, *(value for _, value in record.headers)]
        return any(self.mark in text for text in texts if text)

    def _step(self, index: int, found: Any) -> bool:
        """On to what follows; whether there is more."""
        self.read += len(found.records)
        before = self.at[index]
        self.at[index] = max(next_offset(found.records, before), found.start)
        self.high[index] = found.high
        return self.at[index] > before and self.at[index] < found.high

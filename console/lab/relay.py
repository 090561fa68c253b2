"""What becomes of a test alarm in the lab: read by dataenricher, sent on, and at last an event."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from aiokafka.errors import KafkaError

if TYPE_CHECKING:
    from console.lab.kafka.cluster import Cluster
    from console.lab.lab import Lab

INTO, READS, OUT, ENDS = "crow.alarm", "dataenricher", "output", "thingsboard-transport"
WORK_S = 6.0  # estate seconds that each of the two takes


def mark_of(value: bytes | None) -> str:
    """The mark of a test alarm; of any other record nothing."""
    if not value or b'"probe"' not in value:
        return ""
    try:
        return str(json.loads(value)["probe"])
    except (ValueError, KeyError, TypeError):
        return ""


@dataclass(slots=True)
class Relay:
    """Looks at what was written, and passes it on once its readers have read it."""

    lab: Lab
    read: dict[str, datetime] = field(default_factory=dict)
    """Mark → when dataenricher read it."""
    sent: set[str] = field(default_factory=set)
    """What was passed on."""

    async def settle(self) -> None:
        """One look; real brokers tell by themselves what was read (`heard`)."""
        if not hasattr(self.lab, "traffic"):
            return
        if self.lab.kafka.faults is not None:
            cluster: Any = self.lab.traffic
            for group, topic in ((READS, INTO), (ENDS, OUT)):
                for record in list(_read(cluster, group, topic)):
                    self.heard(group, record.value)
        due = self.lab.clock.now() - timedelta(seconds=WORK_S)
        for mark, at in list(self.read.items()):
            if mark not in self.sent and at <= due:
                value = json.dumps({"type": "TEST", "probe": mark, "enriched": True}).encode()
                with suppress(KafkaError, OSError):  # its brokers are away: at the next look
                    await self.lab.traffic.put(OUT, value)
                    self.sent.add(mark)

    def heard(self, group: str, value: bytes | None) -> None:
        """A group has read a record."""
        if mark := mark_of(value):
            if group == READS:
                self.read.setdefault(mark, self.lab.clock.now())
            elif group == ENDS:
                event = self.lab.clock.now() + timedelta(seconds=WORK_S)
                self.lab.web.marks.setdefault(mark, event)


def _read(cluster: Cluster, group: str, topic: str) -> Iterator[Any]:
    """What was really written to a topic, and read by a group."""
    if topic not in cluster.topics or group not in cluster.groups:
        return
    committed = cluster.read_on(group).committed
    for index, log in enumerate(cluster.topics[topic].logs):
        for offset, record in log.written.items():
            if offset < committed.get((topic, index), 0.0):
                yield record

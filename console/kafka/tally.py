"""What each broker leads, lacks and leaves without a leader: counted from the metadata."""

from __future__ import annotations

from dataclasses import dataclass, field

from console.kafka.pace import paced
from console.kafka.values import Metadata


@dataclass(slots=True)
class Tally:
    """Counts of partitions by broker id."""

    leaders: dict[int, int] = field(default_factory=dict)
    under_replicated: dict[int, int] = field(default_factory=dict)
    """A replica is here and not in sync."""
    leaderless: dict[int, int] = field(default_factory=dict)
    """A replica is here and there is no leader."""
    partitions_under_replicated: int = 0
    """Of the whole cluster, each counted once whatever it lacks."""
    partitions_leaderless: int = 0
    leaderless_replicated: int = 0
    """Of these, those with more than one replica."""
    partitions: int = 0
    preferred: int = 0
    """Led by the first of its replicas, as it should be."""
    replicas: set[int] = field(default_factory=set)
    """Every broker that should hold something, the dead ones too."""

    @property
    def preferred_pct(self) -> float | None:
        """Share of the partitions that are led as they should be."""
        return 100 * self.preferred / self.partitions if self.partitions else None


async def tally(metadata: Metadata) -> Tally:
    """One pass over all partitions."""
    found = Tally()
    async for partitions in paced(metadata.topics.values()):
        for partition in partitions.values():
            found.leaders[partition.leader] = found.leaders.get(partition.leader, 0) + 1
            found.partitions += 1
            found.preferred += partition.replicas[:1] == [partition.leader]
            found.partitions_leaderless += partition.leader < 0
            found.leaderless_replicated += partition.leader < 0 and len(partition.replicas) > 1
            found.partitions_under_replicated += not set(partition.replicas) <= set(partition.isr)
            for broker in partition.replicas:
                found.replicas.add(broker)
                if broker not in partition.isr:
                    found.under_replicated[broker] = found.under_replicated.get(broker, 0) + 1
                if partition.leader < 0:
                    found.leaderless[broker] = found.leaderless.get(broker, 0) + 1
    return found


def expected(live: set[int], holding: set[int], seen: set[int], count: int) -> list[int]:
    """The brokers to show: who is there, who should be, and filled up to `count`.

    Who left and is missed by nobody is shown only while brokers are wanting; ids that were
    never seen are the lowest free ones, as MSK numbers from 1.
    """
    shown = live | holding
    for broker in (*sorted(seen), *range(1, count + 1)):
        if len(shown) >= count:
            break
        shown.add(broker)
    return sorted(shown)

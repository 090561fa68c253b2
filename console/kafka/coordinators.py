"""Where a group's offsets live, and what is said when its coordinator has failed there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from console.kafka.codes import offsets_partition
from console.kafka.offsets import GroupLook, Look

OFFSETS_TOPIC = "__consumer_offsets"
NAMED = 5  # other groups, by name


@dataclass(frozen=True, slots=True)
class Refusal:
    """A coordinator refuses a group, look after look."""

    since: datetime
    last: datetime

    def lasted(self, now: datetime) -> float:
        """Seconds."""
        return (now - self.since).total_seconds()


@dataclass(frozen=True, slots=True)
class Home:
    """The partition that holds a group's offsets; its leader is the group's coordinator."""

    partition: int
    leader: int | None

    @property
    def told(self) -> str:
        """`__consumer_offsets-35 on broker 2`."""
        on = f" on broker {self.leader}" if self.leader is not None and self.leader >= 0 else ""
        return f"{OFFSETS_TOPIC}-{self.partition}{on}"


def home(group: GroupLook, look: Look) -> Home:
    """Where a group's offsets live; without a right to see that topic Kafka's default is taken."""
    partitions = look.seen.metadata.topics.get(OFFSETS_TOPIC, {})
    number = offsets_partition(group.group, len(partitions) or 50)
    found = partitions.get(number)
    return Home(number, found.leader if found else group.coordinator)


def failed(group: GroupLook, look: Look) -> str | None:
    """The sentence, without a figure that grows; None while the broker may simply be away."""
    at = home(group, look)
    if at.leader is None or not _answers(at.leader, group, look):
        return None
    count = len(look.seen.metadata.topics.get(OFFSETS_TOPIC, {})) or 50
    others = sorted(
        name
        for name in look.groups
        if name != group.group and offsets_partition(name, count) == at.partition
    )
    more = f" and {len(others) - NAMED} more" if len(others) > NAMED else ""
    also = f"; also on it: {', '.join(others[:NAMED])}{more}" if others else ""
    return (
        f"coordinator fault: {at.told} refuses group {group.group} while the broker answers"
        f" others{also}; neither a restart of the consumers nor emptying a topic cures it"
    )


def _answers(broker: int, group: GroupLook, look: Look) -> bool:
    """Whether a broker is there and serves somebody else."""
    metadata = look.seen.metadata
    if broker not in metadata.brokers:
        return False
    others = (one for one in look.groups.values() if one.group != group.group)
    if any(one.fault is None and one.coordinator == broker for one in others):
        return True
    return any(tp not in look.faults and metadata.leader(tp) == broker for tp in look.ends)

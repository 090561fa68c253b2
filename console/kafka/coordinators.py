"""Where a group's offsets live, and what is said when its coordinator has failed there."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from console.kafka.codes import offsets_partition
from console.kafka.offsets import GroupLook, Look

OFFSETS_TOPIC = "__consumer_offsets"
NAMED = 8  # groups
FAULT = timedelta(minutes=2)  # a coordinator that takes longer to load has failed
LONGEST = timedelta(minutes=10)  # between two looks
FEWEST = 3  # looks


@dataclass(frozen=True, slots=True)
class Refusal:
    """A coordinator refuses a group, look after look; estate times."""

    since: datetime
    last: datetime
    looks: int = 1

    @property
    def stands(self) -> bool:
        """Whether loading is no excuse any more."""
        return self.looks >= FEWEST and self.last - self.since > FAULT


def after(before: Refusal | None, at: datetime) -> Refusal:
    """One more refusal; long unseen, nobody knows that it belongs to those before."""
    if before is None or at - before.last > LONGEST:
        return Refusal(at, at)
    return replace(before, last=at, looks=before.looks + 1)


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


def listed(group: GroupLook, look: Look) -> bool:
    """Whether the broker of a group's coordinator is there, whether or not it answers."""
    return home(group, look).leader in look.seen.metadata.brokers


def failed(group: GroupLook, look: Look) -> str | None:
    """The sentence, the same for every group there; None while the broker may simply be away."""
    at = home(group, look)
    if at.leader is None or not _answers(at.leader, group, look):
        return None
    count = len(look.seen.metadata.topics.get(OFFSETS_TOPIC, {})) or 50
    there = sorted(name for name in look.groups if offsets_partition(name, count) == at.partition)
    more = f" and {len(there) - NAMED} more" if len(there) > NAMED else ""
    return (
        f"coordinator fault: {at.told} refuses its groups while the broker answers others:"
        f" {', '.join(there[:NAMED])}{more}; no restart of consumers and no emptying cures it"
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

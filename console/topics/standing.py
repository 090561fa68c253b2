"""How topics stand just now, and why they cannot be emptied: read afresh, nothing is changed."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from console.kafka import codes, wire
from console.kafka.codes import Fault
from console.kafka.emptying import freeze
from console.kafka.frozen import Frozen
from console.kafka.tally import tally
from console.kafka.values import Metadata, Stamped, Tp
from console.kafka.wire.rights import topic_ids, topic_rights
from console.poll import Failed
from console.remedy import Refused

if TYPE_CHECKING:
    from console.kafka.pool import BrokerPool

MB = 1_000_000
TO_EMPTY = codes.ON_TOPIC["empty-topic"]
KEEPS = "they are state, which is not emptied"
UNTOLD = "the brokers do not say whether we may {} {}: it shows when it is sent"


@dataclass(frozen=True, slots=True)
class Standing:
    """One topic."""

    frozen: Frozen
    configs: Mapping[str, str]
    size: int | None
    """Bytes on the leaders' disks; None: nobody tells."""
    sizes: Mapping[int, int]
    oldest: Mapping[int, Stamped]
    newest: Mapping[int, Stamped]
    rights: frozenset[str] | None
    """None: nobody tells."""
    id: str = ""
    """Another topic of its name would have another; empty: nobody tells."""

    @property
    def topic(self) -> str:
        """Its name."""
        return self.frozen.topic


async def healthy(pool: BrokerPool) -> Metadata:
    """The metadata of a cluster in which every partition is whole. Raises Refused and Failed."""
    metadata = await pool.metadata()
    silent = await pool.greet()
    counts, there = await tally(metadata), set(metadata.brokers)
    away = sorted(counts.replicas - there)
    against = [f"broker {broker} is down" for broker in away]
    if len(there) < pool.settings.brokers_expected and not away:
        expected = pool.settings.brokers_expected
        against.append(f"{len(there)} of {expected} brokers are there: one is down")
    against += [f"broker {broker} does not answer: {why}" for broker, why in silent.items()]
    if lacking := counts.partitions_under_replicated:
        against.append(f"{lacking} partitions of {pool.cluster} are under-replicated")
    if counts.partitions_leaderless:
        against.append(f"{counts.partitions_leaderless} partitions have no leader")
    if against:
        raise Refused(*against)
    return metadata


async def stand(
    pool: BrokerPool, topics: Sequence[str], metadata: Metadata, needed: Iterable[str] = TO_EMPTY
) -> list[Standing]:
    """Every one of these topics. Raises Refused, with the right that is missing, and Failed."""
    for topic in topics:
        if topic.startswith("__"):
            raise Refused(f"{topic} is Kafka's own")
        if topic not in metadata.topics:
            code = metadata.errors.get(topic, codes.UNKNOWN_TOPIC)
            raise Refused(codes.say(code, f"topic {topic}").message)
    rights = await _rights(pool, topics)
    for topic in topics:
        if missing := [r for r in needed if topic in rights and r not in rights[topic]]:
            raise Refused(f"the right {' and '.join(missing)} is missing on {topic}")
    told = await pool.anyone(wire.describe_configs(topics))
    ids = await ids_of(pool, topics)
    found = [await _stand(pool, topic, metadata, told.get(topic), rights) for topic in topics]
    return [replace(one, id=ids.get(one.topic, "")) for one in found]


async def ids_of(pool: BrokerPool, topics: Sequence[str]) -> Mapping[str, str]:
    """The ids of topics as told just now; a broker before 2.8 tells none."""
    try:
        return await pool.anyone(topic_ids(topics))
    except Failed:
        return {}


def other(topic: str, was: Mapping[str, str], now: Mapping[str, str]) -> str:
    """Why a topic is not the one it was, if its ids are known and differ."""
    if topic in was and now.get(topic, was[topic]) != was[topic]:
        return f"{topic} was made anew: it is another topic of that name"
    return ""


async def _stand(
    pool: BrokerPool,
    topic: str,
    metadata: Metadata,
    configs: Mapping[str, str] | Fault | None,
    rights: Mapping[str, frozenset[str]],
) -> Standing:
    if configs is None or isinstance(configs, Fault):
        why = configs.message if configs else f"nobody tells the configuration of {topic}"
        raise Refused(why)
    frozen = await freeze(pool, topic)
    leaders = {(topic, p): one.leader for p, one in metadata.topics[topic].items()}
    sizes, oldest, newest = await asyncio.gather(
        _sizes(pool, leaders), _times(pool, leaders, 0), _times(pool, leaders, wire.NEWEST)
    )
    whole = sum(sizes.values()) if len(sizes) == len(leaders) else None
    return Standing(frozen, configs, whole, sizes, oldest, newest, rights.get(topic))


async def _rights(pool: BrokerPool, topics: Sequence[str]) -> Mapping[str, frozenset[str]]:
    try:
        return await pool.anyone(topic_rights(topics))
    except Failed:  # a broker before 2.3 tells none
        return {}


async def _sizes(pool: BrokerPool, leaders: Mapping[Tp, int]) -> dict[int, int]:
    found: dict[int, int] = {}
    for leader in set(leaders.values()):
        own = [tp for tp, its in leaders.items() if its == leader]
        try:
            answer = await pool.ask(leader, wire.log_dirs(own))
        except Failed:
            continue  # not known
        found |= {tp[1]: size for tp, size in answer.items() if tp in own}
    return found


async def _times(pool: BrokerPool, leaders: Mapping[Tp, int], when: int) -> dict[int, Stamped]:
    found: dict[int, Stamped] = {}
    for leader in set(leaders.values()):
        own = [tp for tp, its in leaders.items() if its == leader]
        try:
            answer = await pool.ask(leader, wire.list_times(own, when))
        except Failed:
            continue  # not known: a broker before 3.0, for the newest
        found |= {tp[1]: stamped for tp, stamped in answer.found.items()}
    return found


def not_to_be_emptied(one: Standing) -> Iterator[str]:
    """Why Kafka, or reason, would not delete records of this topic."""
    policy = one.configs.get("cleanup.policy", "")
    if policy and "delete" not in policy.split(","):
        yield f"{one.topic} keeps the last record of each key (cleanup.policy={policy}): " + KEEPS


def untold(one: Standing, needed: Iterable[str] = TO_EMPTY) -> Iterator[str]:
    """What could not be made sure of beforehand."""
    if one.rights is None:
        yield UNTOLD.format(" and ".join(needed), one.topic)

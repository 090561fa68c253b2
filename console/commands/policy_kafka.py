"""The rights on one Kafka cluster: an IAM policy for MSK, else the lines of kafka-acls."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from console.acting.guards import EMPTIES
from console.kafka.codes import ON_TOPIC, OPERATIONS, READ
from console.model import Ref

if TYPE_CHECKING:
    from console.config import Configuration
    from console.config.plans import Remedy, RemedyKind

ALL = "*"
PROBE: RemedyKind = "inject-probe"
NUMBERED: tuple[RemedyKind, ...] = ("kafka-restore", PROBE)
"""What writes with a producer's number, so that what is sent twice is kept once (KIP-98)."""


def policy(configuration: Configuration, cluster: str) -> dict[str, Any]:
    """The IAM policy of an MSK cluster."""
    arn = _arn(configuration, cluster)

    def on(kind: str, name: str) -> str:
        return f"{arn.replace(':cluster/', f':{kind}/')}/{name}"

    writes = ("WriteDataIdempotently",) if _numbers(configuration, cluster) else ()
    wanted: dict[tuple[str, ...], list[str]] = {("Connect", "DescribeCluster", *writes): [arn]}
    for topic in _topics(configuration, cluster):
        more = _of_topic(configuration, cluster, topic)
        wanted.setdefault(("DescribeTopic", *more), []).append(on("topic", topic))
    for group in _groups(configuration, cluster):
        more = ("AlterGroup",) if _commits(configuration, cluster, group) else ()
        wanted.setdefault(("DescribeGroup", *more), []).append(on("group", group))
    statements = [
        {
            "Sid": f"Oncall{number}",
            "Effect": "Allow",
            "Action": [f"kafka-cluster:{one}" for one in actions],
            "Resource": resources,
        }
        for number, (actions, resources) in enumerate(wanted.items())
    ]
    return {"Version": "2012-10-17", "Statement": statements}


def acls(configuration: Configuration, cluster: str) -> Iterator[str]:
    """The lines that grant the same by Kafka's own tool."""
    settings = configuration.estate.kafka[cluster]
    if settings.security == "plaintext":
        yield "# plaintext: the brokers do not know who asks, so that ACLs cannot name anybody"
        return
    who = f"User:{settings.username or 'CN=oncall'}"
    start = ["kafka-acls.sh", "--bootstrap-server", settings.bootstrap, "--add"]

    def line(operations: tuple[str, ...], *resource: str) -> str:
        each = [word for one in operations for word in ("--operation", one)]
        return shlex.join([*start, "--allow-principal", who, *each, *resource])

    writes = ("IdempotentWrite",) if _numbers(configuration, cluster) else ()
    yield line(("Describe", *writes), "--cluster")
    for topic in _topics(configuration, cluster):
        more = tuple(OPERATIONS[one] for one in _of_topic(configuration, cluster, topic))
        yield line(("Describe", *more), "--topic", topic)
    for group in _groups(configuration, cluster):
        commits = ("Read",) if _commits(configuration, cluster, group) else ()
        yield line(("Describe", *commits), "--group", group)


def _arn(configuration: Configuration, cluster: str) -> str:
    settings = configuration.estate.kafka[cluster]
    if settings.arn:
        return settings.arn
    account = configuration.estate.accounts.get(settings.account)
    number = account.id if account else "*"
    return f"arn:aws:kafka:{settings.region or '*'}:{number}:cluster/{cluster}/*"


def _topics(configuration: Configuration, cluster: str) -> list[str]:
    """The topics that are looked at; of all of them where all groups are."""
    settings = configuration.estate.kafka[cluster]
    named = [topic for group in settings.groups.values() for topic in group.topics]
    every = dict.fromkeys([*settings.topics, *named])
    return [*every, *([ALL] if settings.all_groups else [])]


def _groups(configuration: Configuration, cluster: str) -> list[str]:
    settings = configuration.estate.kafka[cluster]
    return [*settings.groups, *([ALL] if settings.all_groups else [])]


def _of_topic(configuration: Configuration, cluster: str, topic: str) -> tuple[str, ...]:
    """What the allow-list may do with a topic, once each."""
    found: dict[str, None] = {}
    for remedy in configuration.remedies.remedies.values():
        if _may(remedy, cluster, [topic], _groups(configuration, cluster)):
            found |= dict.fromkeys(ON_TOPIC.get(remedy.kind, ()))
        if remedy.kind == PROBE and topic in _followed(configuration, cluster, remedy):
            found[READ] = None
    return tuple(found)


def _followed(configuration: Configuration, cluster: str, remedy: Remedy) -> set[str]:
    """The topics in which a test alarm is looked for."""
    flow = configuration.flows.flows.get(remedy.flow)
    stages = flow.stages if flow and remedy.on.covers(cluster) else ()
    return {one.topic for one in stages if flow and (one.kafka or flow.kafka) == cluster}


def _commits(configuration: Configuration, cluster: str, group: str) -> bool:
    """Whether the allow-list may set a group's offsets: also after its topic was emptied."""
    topics = _topics(configuration, cluster)
    named = configuration.estate.kafka[cluster].groups
    own = list(named[group].topics) if group in named else []
    return any(
        (remedy.kind == "skip-to-end" and _may(remedy, cluster, topics, [group]))
        or (remedy.kind == EMPTIES and bool(own) and _may(remedy, cluster, own, []))
        for remedy in configuration.remedies.remedies.values()
    )


def _numbers(configuration: Configuration, cluster: str) -> bool:
    """Whether the allow-list has what writes with a number anywhere in the cluster."""
    entries = configuration.remedies.remedies.values()
    return any(remedy.kind in NUMBERED and remedy.on.covers(cluster) for remedy in entries)


def _may(remedy: Remedy, cluster: str, topics: list[str], groups: list[str]) -> bool:
    """Whether an entry may act on one of these, or on what a group has of a topic."""
    refs = [Ref("topic", cluster, topic) for topic in topics]
    refs += [Ref("group", cluster, group) for group in groups]
    refs += [Ref("lag", cluster, f"{group}/{topic}") for group in groups for topic in topics]
    return remedy.on.covers(cluster) and not all(map(remedy.on.outside, refs))

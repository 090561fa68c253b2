"""The IAM policy of one account: what the sources read, and what the allow-list may do there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from console.aws.errors import action_of
from console.aws.places import Unit, units
from console.aws.ssm import SHELL
from console.commands.rights_aws import (
    Right,
    Rights,
    acting,
    buckets,
    may,
    polled,
    readers,
    selectors,
)
from console.commands.rights_closer import (
    OPERATIONS,
    asks,
    closer,
    cluster_arns,
    group_arns,
    runs,
)

if TYPE_CHECKING:
    from console.config import Configuration, Estate
    from console.config.plans import Remedy

Statement = dict[str, Any]
Tags = frozenset[tuple[str, frozenset[str]]]
"""Tag keys with the values any of which will do."""
WRITES = {
    "ec2-reboot": ("ec2:RebootInstances",),
    "ec2-stop-start": ("ec2:StopInstances", "ec2:StartInstances"),
    "elasticache-reboot": ("elasticache:RebootCacheCluster",),
    "elasticache-failover": ("elasticache:TestFailover",),
    "ssm-command": ("ssm:SendCommand",),
}
DRAINS = ("elasticloadbalancing:DeregisterTargets", "elasticloadbalancing:RegisterTargets")
SOURCES = {
    "ec2": ("instances", "hosts"),
    "s3": ("backups",),
    "rds": ("databases",),
    "elasticloadbalancing": ("targets",),
    "elasticache": ("caches",),
    "tag": ("caches",),
    "synthetics": ("canaries",),
    "kafka": ("msk",),
    "cloudwatch:DescribeAlarms": ("alarms",),
    "cloudwatch:ListAlarmMuteRules": ("alarms",),
    "cloudwatch": ("metrics", "instances", "caches", "databases"),
}
"""Which sources a right serves; it is left out where all of them are switched off."""


LINES = "logs:FilterLogEvents"
INSIGHTS = ("pi:GetResourceMetrics", "pi:DescribeDimensionKeys")


@dataclass(frozen=True, slots=True)
class Grant:
    """Actions on resources, where they carry tags only with one of their values each."""

    actions: frozenset[str]
    arns: frozenset[str]
    tags: Tags = frozenset()

    def statement(self) -> Statement:
        """As IAM writes it."""
        told: Statement = {"Effect": "Allow", "Action": sorted(self.actions)}
        told["Resource"] = sorted(self.arns)
        if self.tags:
            wanted = {f"aws:ResourceTag/{key}": sorted(some) for key, some in sorted(self.tags)}
            told["Condition"] = {"StringEquals": wanted}
        return told


def policy(configuration: Configuration, account: str) -> dict[str, Any]:
    """The policy document of one account of the estate. STS needs no right to say who one is."""
    estate = configuration.estate
    here = [unit for unit in units(estate) if unit.environment.account == account]
    reads = set(_asked(estate, account))
    grants = [*_eks(estate, account), *_buckets(estate, here), *_insights(estate, here)]
    reads |= {_action(one) for one in _here(acting(configuration), account)}
    looked = {_action(one) for one in _here(closer(estate), account)}
    reads |= looked - {LINES} | runs(estate, account)
    grants += [_allow([LINES], [arn]) for arn in group_arns(estate, account)]
    grants += [_allow([OPERATIONS], [arn]) for arn in cluster_arns(estate, account)]
    for remedy in configuration.remedies.remedies.values():
        grants += _writes(estate, remedy, [unit for unit in here if may(remedy, unit)])
    if asked := [unit for unit in readers(estate) if unit in here]:
        name = estate.ssm_document.rpartition(":")[0]
        grants += _sends(estate, asked, name, own=True)
    looking = [Grant(frozenset(reads), frozenset({"*"}))] if reads else []
    statements = [grant.statement() for grant in (*looking, *merged(grants))]
    named = [{"Sid": f"Oncall{number}", **one} for number, one in enumerate(statements)]
    return {"Version": "2012-10-17", "Statement": named}


def merged(grants: Iterable[Grant]) -> list[Grant]:
    """The same rights in fewer statements, and no more rights: a policy may be 6,144 characters."""
    actions: dict[tuple[str, Tags], frozenset[str]] = {}
    for grant in grants:
        for arn in grant.arns:
            key = arn, grant.tags
            actions[key] = actions.get(key, frozenset()) | grant.actions
    found: dict[tuple[frozenset[str], Tags], set[str]] = {}
    for (arn, tags), some in actions.items():
        found.setdefault((some, tags), set()).add(arn)
    result = [Grant(some, frozenset(arns), tags) for (some, tags), arns in found.items()]
    for tag in sorted({tag for grant in result for tag, _ in grant.tags}):
        result = _joined(result, tag)
    return result


def _joined(grants: list[Grant], key: str) -> list[Grant]:
    """Those that differ in the values of one tag alone become one."""
    found: dict[Grant, frozenset[str]] = {}
    for grant in grants:
        values = dict(grant.tags).get(key, frozenset())
        rest = frozenset(tag for tag in grant.tags if tag[0] != key)
        same = replace(grant, tags=rest | ({(key, frozenset())} if values else set()))
        found[same] = found.get(same, frozenset()) | values
    return [
        replace(one, tags=frozenset((k, values if k == key else v) for k, v in one.tags))
        for one, values in found.items()
    ]


def _asked(estate: Estate, account: str) -> Iterator[str]:
    """Actions of the sources that are asked."""
    for action in map(_action, _here(polled(estate), account)):
        serves = SOURCES.get(action) or SOURCES[action.partition(":")[0]]
        if any(asks(estate, name) for name in serves) and not action.startswith("s3:"):
            yield action


def _buckets(estate: Estate, here: list[Unit]) -> Iterator[Grant]:
    """The reads of backups, on the buckets named alone."""
    for unit in here if asks(estate, "backups") else ():
        if (backups := unit.environment.backups) is not None:
            yield _allow(map(_action, buckets(unit)), [f"arn:aws:s3:::{backups.bucket}"])


def _insights(estate: Estate, here: list[Unit]) -> Iterator[Grant]:
    """Performance Insights of the databases: it goes by an id that only they know."""
    for unit in here if asks(estate, "databases") else ():
        if unit.environment.databases:
            arn = f"arn:aws:pi:{unit.environment.region}:{_id(estate, unit)}:metrics/rds/*"
            yield _allow(INSIGHTS, [arn])


def _here(rights: Rights, account: str) -> Iterator[Right]:
    for place, some in rights.items():
        yield from some if place.account == account else ()


def _action(right: Right) -> str:
    service, _, operation = str(right).partition(":")
    return action_of(service, operation)


def _eks(estate: Estate, account: str) -> Iterator[Grant]:
    for cluster in estate.kubernetes.values():
        if cluster.eks and cluster.eks.account == account and not cluster.kubeconfig:
            at = f"{cluster.eks.region}:{estate.accounts[account].id}:cluster/{cluster.eks.name}"
            yield _allow(["eks:DescribeCluster"], [f"arn:aws:eks:{at}"])


def _writes(estate: Estate, remedy: Remedy, chosen: list[Unit]) -> Iterator[Grant]:
    if not (actions := WRITES.get(remedy.kind)):
        return
    if remedy.kind == "ssm-command":
        yield from _sends(estate, chosen, SHELL)
    elif remedy.kind.startswith("ec2"):
        yield from _each(estate, actions, "ec2", "instance/", chosen)
        for unit in chosen if remedy.drain_first else ():
            if selectors(unit, "ec2"):
                at = f"{unit.environment.region}:{_id(estate, unit)}:targetgroup/*"
                yield _allow(DRAINS, [f"arn:aws:elasticloadbalancing:{at}"])
    elif remedy.kind == "elasticache-failover":
        # A group of one tag is not told from another: failover asks the right on group and nodes.
        for kind in ("replicationgroup:", "cluster:"):
            yield from _each(estate, actions, "elasticache", kind, chosen, any_id=True)
    else:
        yield from _each(estate, actions, "elasticache", "cluster:", chosen)


def _sends(estate: Estate, chosen: list[Unit], document: str, own: bool = False) -> Iterator[Grant]:
    """SendCommand asks the right on the document and on every machine."""
    for unit in chosen:
        if unit.environment.instances:
            owner = _id(estate, unit) if own else ""
            arn = f"arn:aws:ssm:{unit.environment.region}:{owner}:document/{document}"
            yield _allow(["ssm:SendCommand"], [arn])
    yield from _each(estate, ("ssm:SendCommand",), "ec2", "instance/", chosen)


def _each(
    estate: Estate,
    actions: Iterable[str],
    service: str,
    kind: str,
    chosen: list[Unit],
    any_id: bool = False,
) -> Iterator[Grant]:
    for unit in chosen:
        start = f"arn:aws:{service}:{unit.environment.region}:{_id(estate, unit)}:{kind}"
        for one in selectors(unit, service):
            tags = frozenset((key, frozenset({value})) for key, value in one.tags.items())
            name = one.id if one.id and not any_id else "*"
            yield Grant(frozenset(actions), frozenset({start + name}), tags)


def _id(estate: Estate, unit: Unit) -> str:
    return estate.accounts[unit.environment.account].id


def _allow(actions: Iterable[str], arns: Iterable[str]) -> Grant:
    return Grant(frozenset(actions), frozenset(arns))

"""What an act is aimed at, read afresh: the one instance or cache, and every site it serves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from console.aws.ec2 import Fleet
from console.aws.elasticache import CacheFleet
from console.aws.places import Place, Unit, tags_of, units
from console.model import Order, Ref
from console.poll import Failed
from console.remedy import Refused

if TYPE_CHECKING:
    from console.aws.session import Aws
    from console.config import Estate
    from console.config.schema import Selector
    from console.remedy import Hands

Answer = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """One resource as AWS has it now."""

    aws: Aws
    estate: Estate
    place: Place
    id: str
    units: tuple[Unit, ...]
    """Every site and environment it serves."""
    facts: Mapping[str, Any]
    """What AWS describes."""

    @property
    def scopes(self) -> tuple[str, ...]:
        """All must be armed, all are locked."""
        return tuple(unit.scope for unit in self.units)

    @property
    def sites(self) -> str:
        """The sites' titles, with the environment where it is not production."""
        titles = [(self.estate.sites[unit.site].title, unit.env) for unit in self.units]
        return " + ".join(title if env == "prod" else f"{title} {env}" for title, env in titles)

    def where(self) -> tuple[tuple[str, str], ...]:
        """Account, Region and sites, for people."""
        id = self.estate.accounts[self.place.account].id
        account = f"{id[:4]}-{id[4:8]}-{id[8:]} ({self.place.account})"
        return (("account", account), ("region", self.place.region), ("site", self.sites))


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine(Target):
    """An EC2 instance, its status checks, and who else serves its sites."""

    name: str
    status: Answer
    has_store: bool
    """It has an instance store."""
    names: Mapping[str, str]
    """Of the machines of its place, by id."""
    alone: tuple[str, ...]
    """Scopes in which no other healthy instance stands in for it."""

    @property
    def state(self) -> str:
        """running, stopped, …"""
        return str(self.status["InstanceState"]["Name"])

    @property
    def launched_at(self) -> datetime:
        """Its last start; a reboot leaves it as it was."""
        at: datetime = self.facts["LaunchTime"]
        return at


@dataclass(frozen=True, slots=True, kw_only=True)
class Node(Target):
    """An ElastiCache cluster of one node, and its replication group where it has one."""

    group: Answer | None
    clusters: Mapping[str, Answer]
    """Every cluster of the place, by its name."""

    @property
    def status(self) -> str:
        """The cluster's status, and the node's where that is another."""
        return self.status_of(self.id)

    def status_of(self, cluster: str) -> str:
        """The status of any node of its group."""
        facts = self.clusters.get(cluster, {})
        nodes: list[Answer] = facts.get("CacheNodes") or [{}]
        node, status = nodes[0].get("CacheNodeStatus"), facts.get("CacheClusterStatus", "unknown")
        return str(status) if node in ("available", None) else f"{status}, node {node}"

    @property
    def members(self) -> list[Answer]:
        """The nodes of its group, with their roles."""
        groups = (self.group or {}).get("NodeGroups") or ()
        return [member for node in groups for member in node["NodeGroupMembers"]]

    @property
    def role(self) -> str:
        """primary or replica; a lone node is its own primary."""
        roles = {one["CacheClusterId"]: one.get("CurrentRole") for one in self.members}
        return str(roles.get(self.id) or "unknown") if self.members else "primary"


def aimed_at(order_targets: Sequence[Ref], kind: str) -> Ref:
    """The one target. Raises Refused for none, several, or something else."""
    if len(order_targets) != 1 or order_targets[0].kind != kind:
        raise Refused(f"exactly one {kind} has to be named")
    return order_targets[0]


def _around(estate: Estate, ref: Ref) -> list[Unit]:
    """The units of the place in which the target's scope is, that one first."""
    every = list(units(estate))
    its = next((unit for unit in every if unit.scope == ref.scope), None)
    if its is None:
        raise Refused(f"{ref.scope}: there is no such site and environment")
    return [its, *(unit for unit in every if unit.place == its.place and unit != its)]


def _serving(
    fleet: Fleet | CacheFleet, ref: Ref, around: Sequence[tuple[Unit, Sequence[Selector]]]
) -> tuple[Unit, ...]:
    serving = [unit for unit, named in around if any(ref.name in fleet.of(one) for one in named)]
    if not serving or serving[0] != around[0][0]:
        raise Refused(f"{ref.name} does not belong to {ref.scope}, by what AWS says now")
    return tuple(serving)


async def machine(order: Order, hands: Hands) -> Machine:
    """The instance an order names. Raises Refused where AWS has none, Failed, AuthExpired."""
    ref = aimed_at(order.targets, "instance")
    around = _around(hands.estate, ref)
    aws, place = hands.clients.aws, around[0].place
    fleet = Fleet(aws, place, tuple(unit for unit in around if unit.environment.instances))
    statuses = await fleet.statuses()
    named = [(unit, unit.environment.instances) for unit in around]
    if ref.name not in statuses or ref.name not in fleet.described:
        raise Refused(f"{ref.name}: AWS has no such instance in {place}")
    facts, serving = fleet.described[ref.name], _serving(fleet, ref, named)
    titles = [s.title for s in around[0].environment.instances if ref.name in fleet.of(s)]
    type_ = fleet.types.get(facts.get("InstanceType", ""), {})
    return Machine(
        aws=aws,
        estate=hands.estate,
        place=place,
        id=ref.name,
        units=serving,
        facts=facts,
        name=titles[0] or tags_of(facts).get("Name") or ref.name,
        status=statuses[ref.name],
        has_store=bool(type_.get("InstanceStorageSupported")),
        names={id: tags_of(one).get("Name", "") for id, one in fleet.described.items()},
        alone=tuple(unit.scope for unit in serving if _alone(fleet, unit, ref.name, statuses)),
    )


def _alone(fleet: Fleet, unit: Unit, id: str, statuses: Mapping[str, Answer]) -> bool:
    """A machine with a title is stood in for by those of the same title: no worker takes alarms."""
    named = unit.environment.instances
    titles = {one.title for one in named if one.title and id in fleet.of(one)}
    peers = [one for one in named if not titles or one.title in titles]
    others = {name for one in peers for name in fleet.of(one)} - {id}
    return not any(well(statuses[name]) for name in others if name in statuses)


def well(status: Answer) -> bool:
    """Whether an instance runs and both its checks are known to be good."""
    checks = [status.get(kind, {}).get("Status") for kind in ("SystemStatus", "InstanceStatus")]
    return status["InstanceState"]["Name"] == "running" and checks == ["ok", "ok"]


async def node(order: Order, hands: Hands) -> Node:
    """The cache an order names. Raises Refused where AWS has none, Failed, AuthExpired."""
    ref = aimed_at(order.targets, "cache")
    around = _around(hands.estate, ref)
    aws, place = hands.clients.aws, around[0].place
    fleet = CacheFleet(aws, place, tuple(unit for unit in around if unit.environment.caches))
    await fleet.look()
    if ref.name not in fleet.clusters:
        raise Refused(
            f"{ref.name}: AWS has no such cache cluster in {place}; "
            "a serverless cache has no node to restart"
        )
    facts, group = fleet.clusters[ref.name], fleet.group(ref.name)
    if facts.get("ReplicationGroupId") and group is None:
        raise Failed(f"{ref.name}: its replication group cannot be read: {fleet.groups_missing}")
    serving = _serving(fleet, ref, [(unit, unit.environment.caches) for unit in around])
    return Node(
        aws=aws,
        estate=hands.estate,
        place=place,
        id=ref.name,
        units=serving,
        facts=facts,
        group=group,
        clusters=fleet.clusters,
    )

"""Make a replica the primary: what to do instead of restarting a primary that has one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from console.aws import targets
from console.aws.cache_events import events, since_plan
from console.aws.places import place_of
from console.aws.watch import watch
from console.aws.writes import send_one
from console.model import Order, Plan, Ref, Request, Verdict, plain
from console.poll import Failed
from console.remedy import Refused

if TYPE_CHECKING:
    from console.aws.cache_events import Event
    from console.aws.targets import Answer, Node
    from console.proof import Proof
    from console.remedy import Hands

FAILOVER = "Failover from primary node"
WARNING = (
    "AWS means this call for tests: it may refuse it, and allows 15 shards in 24 hours",
    "the old primary is made anew: whoever is connected to it is cut off and must connect again",
)


@dataclass(frozen=True, slots=True)
class ElasticacheFailover:
    """The replica takes over with its copy, the old primary comes back as a replica."""

    kind: str = "elasticache-failover"
    acts_on: frozenset[str] = frozenset({"cache"})
    takes_instance: bool = False

    async def plan(self, order: Order, hands: Hands) -> Plan:
        """Read the group and its past; the primary is named."""
        node = await targets.node(order, hands)
        shard = _shard(node)
        group = str(node.facts["ReplicationGroupId"])
        past = await events(node.aws, node.place, "replication-group", group)
        last = next((one for one in reversed(past) if FAILOVER in one.text), None)
        primary = _primary(shard)
        return Plan(
            remedy=order.remedy,
            title=f"Fail over ElastiCache {node.sites} · {group}",
            targets=order.targets,
            scopes=node.scopes,
            where=node.where(),
            will=(
                f"make a replica of {group} the primary instead of {primary}",
                f"{primary} is made anew and comes back as a replica",
            ),
            loses=("writes of the last moment that no replica had copied yet",),
            keeps=("everything the replica holds: Sidekiq's queues, the Rails cache",),
            takes="under a minute until it writes again, some minutes until the replica is back",
            requests=(
                Request(
                    "elasticache",
                    "TestFailover",
                    {"ReplicationGroupId": group, "NodeGroupId": shard["NodeGroupId"]},
                ),
            ),
            proof=f'event "{FAILOVER} {primary} … completed", another primary, all available',
            typed=group,
            seen=_seen(node, primary, last),
            warnings=WARNING,
            touches=(Ref("replication-group", node.scopes[0], group),),
            role=node.role,
            role_needed="primary",
            last_acted_at=last.at if last else None,
            last_acted_by=f"AWS says: {last.text}" if last else "",
        )

    async def apply(self, plan: Plan, hands: Hands) -> Mapping[str, Any]:
        """The one request."""
        return await send_one(plan, hands)

    async def verify(self, plan: Plan, sent: Mapping[str, Any], hands: Hands) -> Verdict:
        """Its event, another primary, and the whole group available again."""
        proof = watch(plan, sent, hands)
        return await proof.follow(lambda: _look(plan, proof, hands))


async def _look(plan: Plan, proof: Proof, hands: Hands) -> Verdict | None:
    event, group = await _event(plan, proof, hands), await _group(plan, hands)
    shard = (group.get("NodeGroups") or [{}])[0]
    primary, status = _primary(shard), f"{group.get('Status')}"
    proof.evidence = [str(event)] if event else []
    proof.evidence += [f"primary {primary or 'unknown'}, before {plan.seen['primary']}"]
    proof.evidence += [f"group {status}"]
    if event is not None and event.at > proof.until:
        return proof.late("it failed over")
    moved = bool(primary) and primary != plan.seen["primary"]
    if event is not None and moved and status == "available":
        return proof.verdict("verified", f"{primary} is the primary now, the group is available")
    if event is None:
        proof.said = f"no event of a failover since the request; the primary is {primary}"
        same = "it did not fail over: no event, and the primary is the same as before"
        return proof.verdict("failed", same) if proof.over and primary and not moved else None
    proof.said = f"{event}, primary {primary or 'unknown'}, group {status}"
    return proof.verdict("failed", proof.said) if proof.over and primary else None


async def _event(plan: Plan, proof: Proof, hands: Hands) -> Event | None:
    """The first since the request that tells of this primary's failover."""
    new = await since_plan(plan, proof, hands, "replication-group", plan.seen["group"])
    wanted = f"{FAILOVER} {plan.seen['primary']} "
    return next((e for e in new if e.text.startswith(wanted) and "completed" in e.text), None)


async def _group(plan: Plan, hands: Hands) -> Answer:
    name, place = plan.seen["group"], place_of(plan)
    answer = await hands.clients.aws.call(
        place.account,
        place.region,
        "elasticache",
        "describe_replication_groups",
        ReplicationGroupId=name,
    )
    for group in answer["ReplicationGroups"]:
        if group["ReplicationGroupId"] == name:
            found: Answer = group
            return found
    raise Failed(f"{name}: AWS does not tell of it any more")


def _shard(node: Node) -> Answer:
    """The one node group. Raises Refused where a failover is not possible, or not this simple."""
    group = node.group or {}
    shards = group.get("NodeGroups") or []
    if not node.group or len(node.members) < 2:
        raise Refused(f"{node.id} has no replica to fail over to")
    if group.get("ClusterEnabled") or len(shards) != 1:
        raise Refused(f"cluster mode enabled: {node.id} has no single primary")
    if group.get("AutomaticFailover") != "enabled":
        failover = group.get("AutomaticFailover", "unknown")
        raise Refused(f"automatic failover of {node.facts['ReplicationGroupId']} is {failover}")
    _able(node)
    if group.get("Status") != "available":
        raise Refused(f"{node.facts['ReplicationGroupId']} is {group.get('Status')}")
    if not _primary(shards[0]):
        raise Refused("AWS does not say which node is the primary")
    shard: Answer = shards[0]
    return shard


def _able(node: Node) -> None:
    """Raises Refused where no replica could take over: the primary would be gone for nothing."""
    replicas = [m["CacheClusterId"] for m in node.members if m.get("CurrentRole") == "replica"]
    states = {name: node.status_of(name) for name in replicas}
    if "available" not in states.values():
        down = ", ".join(f"{name} is {state}" for name, state in states.items())
        raise Refused(f"replica down: {down or 'AWS names none'}; nothing could take over")


def _primary(shard: Answer) -> str:
    members = shard.get("NodeGroupMembers") or ()
    named = [m["CacheClusterId"] for m in members if m.get("CurrentRole") == "primary"]
    return str(named[0]) if len(named) == 1 else ""


def _seen(node: Node, primary: str, last: Event | None) -> dict[str, Any]:
    seen = {
        "account": node.place.account,
        "region": node.place.region,
        "group": str(node.facts["ReplicationGroupId"]),
        "primary": primary,
    }
    return seen | ({"last_event_at": plain(last.at)} if last else {})

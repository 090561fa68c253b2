"""ElastiCache: nodes, replication groups and events."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial
from uuid import uuid4

from console.lab.aws.call import Answer, Asked, Params, Refusal, page
from console.lab.world import CacheNode, World, series, within

# Estate seconds after the request: first the status still says `available`.
SAID, RESTARTED, AVAILABLE, MOVED, RECOVERED = 8, 28, 94, 25, 180
REBOOTING = "rebooting cluster nodes"
KEYSPACE = ("AWS/ElastiCache", "DatabaseMemoryUsagePercentage")


def arn(node: CacheNode) -> str:
    """The resource name under which tags are kept."""
    return f"arn:aws:elasticache:{node.region}:{node.account}:cluster:{node.name}"


def _cluster(node: CacheNode, nodes_too: bool) -> Answer:
    answer: Answer = {
        "CacheClusterId": node.name,
        "ARN": arn(node),
        "CacheNodeType": "cache.t4g.medium",
        "Engine": node.engine,
        "EngineVersion": node.version,
        "CacheClusterStatus": node.status,
        "NumCacheNodes": 1,
        "PreferredMaintenanceWindow": "sun:17:00-sun:18:00",
        "PendingModifiedValues": {},
        "CacheParameterGroup": {"CacheNodeIdsToReboot": [], "ParameterApplyStatus": "in-sync"},
    }
    if node.group:
        answer["ReplicationGroupId"] = node.group
    if nodes_too:
        answer["CacheNodes"] = [{"CacheNodeId": "0001", "CacheNodeStatus": node.node_status}]
    return answer


def describe_cache_clusters(asked: Asked, params: Params) -> Answer:
    """Cache clusters; their nodes only when asked for."""
    nodes = within(asked.world.caches, asked.account, asked.region)
    wanted = params.get("CacheClusterId")
    if wanted:
        nodes = [node for node in nodes if node.name == wanted.lower()]
        if not nodes:
            raise Refusal("CacheClusterNotFound", f"CacheCluster not found: {wanted}", 404)
    nodes, marker = page(nodes, params, "MaxRecords", "Marker", 100)
    nodes_too = bool(params.get("ShowCacheNodeInfo"))
    return {"CacheClusters": [_cluster(node, nodes_too) for node in nodes], **marker}


def describe_replication_groups(asked: Asked, params: Params) -> Answer:
    """Replication groups without cluster mode: primary and replicas."""
    groups: dict[str, list[CacheNode]] = {}
    for node in within(asked.world.caches, asked.account, asked.region):
        if node.group and params.get("ReplicationGroupId", node.group) == node.group:
            groups.setdefault(node.group, []).append(node)
    names, marker = page(sorted(groups), params, "MaxRecords", "Marker", 100)
    return {"ReplicationGroups": [_group(name, groups[name]) for name in names], **marker}


def _group(name: str, nodes: list[CacheNode]) -> Answer:
    members = [
        {
            "CacheClusterId": node.name,
            "CacheNodeId": "0001",
            "CurrentRole": "primary" if node.primary else "replica",
        }
        for node in nodes
    ]
    busy = [node.status for node in nodes if node.status != "available"]
    status = "modifying" if busy else "available"
    return {
        "ReplicationGroupId": name,
        "Status": status,
        "MemberClusters": [node.name for node in nodes],
        "NodeGroups": [{"NodeGroupId": "0001", "Status": status, "NodeGroupMembers": members}],
        "AutomaticFailover": "enabled" if len(nodes) > 1 and nodes[0].failover else "disabled",
        "ClusterEnabled": nodes[0].sharded,
        "ClusterMode": "enabled" if nodes[0].sharded else "disabled",
    }


def describe_events(asked: Asked, params: Params) -> Answer:
    """Events of caches; of the last hour unless a time is given."""
    window = timedelta(minutes=params.get("Duration") or 60)
    start = params.get("StartTime") or asked.now - window
    end = params.get("EndTime") or asked.now
    events = [
        {"SourceIdentifier": name, "SourceType": kind, "Message": text, "Date": at}
        for at, node, text in asked.world.cache_events
        for kind, name in (("cache-cluster", node.name), ("replication-group", node.group))
        if (node.account, node.region) == (asked.account, asked.region)
        and (kind == "replication-group") == ("ailover" in text)
        and at <= end
        and (asked.lie or start <= at)
        and (asked.lie or params.get("SourceIdentifier", name) == name)
        and params.get("SourceType", kind) == kind
    ]
    found, marker = page(events, params, "MaxRecords", "Marker", 100)
    return {"Events": found, **marker}


def _named(asked: Asked, name: str) -> CacheNode:
    found = within(asked.world.caches, asked.account, asked.region)
    for node in found:
        if node.name == name:
            return node
    raise Refusal("CacheClusterNotFound", f"CacheCluster not found: {name}", 404)


def _told(asked: Asked, node: CacheNode, at: datetime, text: str) -> None:
    asked.world.cache_events.append((at, node, text))


def reboot_cache_cluster(asked: Asked, params: Params) -> Answer:
    """Empties the node; for a while its status still says `available`."""
    node = _named(asked, params["CacheClusterId"])
    if node.status != "available" or node.sharded:
        text = f"Cache cluster {node.name} is not in the available state."
        raise Refusal("InvalidCacheClusterState", text, 400)
    everyone = within(asked.world.caches, asked.account, asked.region)
    if asked.lie == "old":
        _told(asked, node, asked.now - timedelta(hours=1), "Cache node 0001 restarted")
    for one in asked.victims([node], everyone):
        asked.world.after(SAID, partial(_states, one, REBOOTING, "rebooting"))
        asked.world.after(RESTARTED, partial(_restart, asked, one))
        asked.world.after(AVAILABLE, partial(_back, asked.world, one))
    return {"CacheCluster": _cluster(node, False)}


def _states(node: CacheNode, status: str, node_status: str) -> None:
    node.status, node.node_status = status, node_status


def _restart(asked: Asked, node: CacheNode) -> None:
    at = asked.now + timedelta(seconds=RESTARTED)
    _told(asked, node, at, "Cache node 0001 restarted")
    node.run_id, node.started_at, node.jobs = uuid4().hex, at, dict.fromkeys(node.jobs, 0)
    place = (node.account, node.region, *KEYSPACE)
    course = asked.world.courses.get(series(*place, {"CacheClusterId": node.name}))
    if course:
        course.ramp(at, 2.0, 5)


def _back(world: World, node: CacheNode) -> None:
    _states(node, "available", "available")
    world.restarted(node.name)


def test_failover(asked: Asked, params: Params) -> Answer:
    """The first replica becomes the primary; the old primary is made anew."""
    name = params["ReplicationGroupId"]
    everyone = within(asked.world.caches, asked.account, asked.region)
    members = [node for node in everyone if node.group == name]
    if not members:
        raise Refusal("ReplicationGroupNotFoundFault", f"{name} not found", 404)
    if len(members) < 2 or not members[0].failover:
        raise Refusal("InvalidReplicationGroupState", f"{name} has no automatic failover", 400)
    if asked.lie == "old":
        _failed_over(asked, members, asked.now - timedelta(hours=1), moves=False)
    elif victims := asked.victims(members, [one for one in everyone if one.group]):
        group = [one for one in everyone if one.group == victims[0].group]
        at = asked.now + timedelta(seconds=MOVED)
        asked.world.after(SAID, partial(_states, group[0], "modifying", "available"))
        asked.world.after(MOVED, partial(_failed_over, asked, group, at))
        asked.world.after(RECOVERED, partial(_states, group[0], "available", "available"))
    return {"ReplicationGroup": _group(name, members)}


def _failed_over(asked: Asked, members: list[CacheNode], at: datetime, moves: bool = True) -> None:
    old = next(one for one in members if one.primary)
    new = next(one for one in members if not one.primary)
    _told(asked, old, at, "Test Failover API called for node group 0001")
    text = f"Failover from primary node {old.name} to replica node {new.name} completed"
    _told(asked, old, at, text)
    if moves:
        old.primary, new.primary = False, True
        old.run_id, old.started_at = uuid4().hex, at


OPERATIONS = {
    "RebootCacheCluster": reboot_cache_cluster,
    "TestFailover": test_failover,
    "DescribeCacheClusters": describe_cache_clusters,
    "DescribeReplicationGroups": describe_replication_groups,
    "DescribeEvents": describe_events,
}

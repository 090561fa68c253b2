"""ElastiCache: nodes, replication groups and events."""

from __future__ import annotations

from datetime import timedelta

from console.lab.aws.call import Answer, Asked, Params, Refusal, page
from console.lab.world import CacheNode, within


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
        "AutomaticFailover": "enabled",
        "ClusterEnabled": False,
        "ClusterMode": "disabled",
    }


def describe_events(asked: Asked, params: Params) -> Answer:
    """Events of caches; of the last hour unless a time is given."""
    window = timedelta(minutes=params.get("Duration") or 60)
    start = params.get("StartTime") or asked.now - window
    end = params.get("EndTime") or asked.now
    events = [
        {"SourceIdentifier": node.name, "SourceType": kind, "Message": text, "Date": at}
        for at, node, text in asked.world.cache_events
        for kind in ("cache-cluster",)
        if (node.account, node.region) == (asked.account, asked.region)
        and start <= at <= end
        and params.get("SourceIdentifier", node.name) == node.name
        and params.get("SourceType", kind) == kind
    ]
    found, marker = page(events, params, "MaxRecords", "Marker", 100)
    return {"Events": found, **marker}


OPERATIONS = {
    "DescribeCacheClusters": describe_cache_clusters,
    "DescribeReplicationGroups": describe_replication_groups,
    "DescribeEvents": describe_events,
}

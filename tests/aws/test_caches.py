"""ElastiCache as the console shows it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from console.model import Severity
from console.poll import Context
from console.sources.caches import Cache, Caches
from tests.aws.conftest import site
from tests.aws.edge import Asked, Edge, Refused

Make = Callable[..., Context]


def cluster(name: str, status: str = "available", node: str = "available", **more: Any) -> Any:
    return {
        "CacheClusterId": name,
        "ARN": f"arn:cluster:{name}",
        "CacheClusterStatus": status,
        "CacheNodes": [{"CacheNodeId": "0001", "CacheNodeStatus": node}],
        "Engine": "redis",
        "EngineVersion": "7.1.0",
        "PreferredMaintenanceWindow": "sun:17:00-sun:18:00",
        **more,
    }


def serve(edge: Edge, clusters: list[Any], groups: list[Any] | None = None) -> None:
    edge.handlers |= {
        "elasticache.DescribeCacheClusters": lambda asked: {"CacheClusters": clusters},
        "elasticache.DescribeReplicationGroups": lambda asked: {"ReplicationGroups": groups or []},
        "resourcegroupstaggingapi.GetResources": lambda asked: {
            "ResourceTagMappingList": [
                {"ResourceARN": each["ARN"], "Tags": [{"Key": "Site", "Value": each["site"]}]}
                for each in clusters
                if "site" in each
            ],
            "PaginationToken": "",
        },
    }


async def rows(context: Context) -> list[Cache]:
    (part,) = Caches().parts(context)
    return [row for row in await part.fetch() if isinstance(row, Cache)]


def of(*selectors: dict[str, Any]) -> dict[str, Any]:
    return {"x": site({"prod": {"caches": list(selectors)}})}


GROUP = {
    "ReplicationGroupId": "x-redis",
    "ClusterEnabled": False,
    "ClusterMode": "disabled",
    "NodeGroups": [
        {
            "NodeGroupMembers": [
                {"CacheClusterId": "x-redis-001", "CurrentRole": "primary"},
                {"CacheClusterId": "x-redis-002", "CurrentRole": "replica"},
            ]
        }
    ],
}


async def test_the_nodes_of_a_group_are_named_by_it_and_know_their_roles(
    edge: Edge, context: Make
) -> None:
    nodes = [cluster(f"x-redis-00{n}", ReplicationGroupId="x-redis") for n in (1, 2)]
    serve(edge, [*nodes, cluster("foreign")], [GROUP])
    found = await rows(context(sites=of({"id": "x-redis"})))
    told = [(row.cluster_id, row.role, row.replicas, row.cluster_mode) for row in found]
    assert told == [
        ("x-redis-001", "primary", 1, "disabled"),
        ("x-redis-002", "replica", 1, "disabled"),
    ]
    assert found[0].missing["replication_lag_s"] == "a primary has no replication lag"
    assert "replication_lag_s" not in found[1].missing


async def test_without_the_right_to_see_groups_only_their_facts_are_missing(
    edge: Edge, context: Make
) -> None:
    def refuse(asked: Asked) -> dict[str, Any]:
        raise Refused("AccessDenied", status=403)

    serve(edge, [cluster("x-redis-001", ReplicationGroupId="x-redis")])
    edge.handlers["elasticache.DescribeReplicationGroups"] = refuse
    (row,) = await rows(context(sites=of({"id": "x-redis"})))
    assert (row.status, row.severity, row.role) == ("available", Severity.OK, None)
    assert row.missing["role"] == "prod: elasticache:DescribeReplicationGroups is not allowed"


@pytest.mark.parametrize(
    ("status", "node", "severity"),
    [
        ("available", "available", Severity.OK),
        ("rebooting cluster nodes", "rebooting", Severity.WARNING),
        ("available", "rebooting", Severity.WARNING),
        ("modifying", "available", Severity.WARNING),
        ("restore-failed", "available", Severity.CRITICAL),
    ],
)
async def test_a_cache_is_as_bad_as_its_status(
    edge: Edge, context: Make, status: str, node: str, severity: Severity
) -> None:
    serve(edge, [cluster("a", status, node)])
    (row,) = await rows(context(sites=of({"id": "a"})))
    assert (row.status, row.node_status, row.severity) == (status, node, severity)
    assert (row.role, row.replicas) == ("primary", 0)


async def test_a_cache_that_aws_does_not_have_is_critical(edge: Edge, context: Make) -> None:
    serve(edge, [])
    (row,) = await rows(context(sites=of({"id": "gone"})))
    assert (row.cluster_id, row.status, row.severity) == ("gone", "not found", Severity.CRITICAL)


async def test_caches_are_found_by_their_tags(edge: Edge, context: Make) -> None:
    serve(edge, [cluster("a", site="x"), cluster("b", site="y")])
    (row,) = await rows(context(sites=of({"tags": {"Site": "x"}})))
    assert row.cluster_id == "a"


async def test_what_waits_for_a_reboot_is_pending(edge: Edge, context: Make) -> None:
    waiting = {"PendingModifiedValues": {"EngineVersion": "7.2"}}
    reboot = {"CacheParameterGroup": {"CacheNodeIdsToReboot": ["0001"]}}
    serve(edge, [cluster("a", **waiting, **reboot)])
    (row,) = await rows(context(sites=of({"id": "a"})))
    assert row.pending == "EngineVersion → 7.2, parameters wait for a reboot"

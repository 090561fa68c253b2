"""MSK: clusters and their operations."""

from __future__ import annotations

from console.lab.aws.call import Answer, Asked, Params, Refusal, page
from console.lab.world import Msk, within


def _info(cluster: Msk) -> Answer:
    running = [one for one in cluster.operations if "EndTime" not in one]
    return {
        "ClusterArn": cluster.arn,
        "ClusterName": cluster.name,
        "ClusterType": "PROVISIONED",
        "State": cluster.state,
        "ActiveOperationArn": running[-1]["OperationArn"] if running else None,
        "Provisioned": {
            "NumberOfBrokerNodes": cluster.brokers,
            "CurrentBrokerSoftwareInfo": {"KafkaVersion": "3.9.x.kraft"},
        },
    }


def _named(asked: Asked, params: Params) -> Msk:
    for cluster in within(asked.world.msk, asked.account, asked.region):
        if cluster.arn == params["ClusterArn"]:
            return cluster
    raise Refusal("NotFoundException", "The requested resource doesn't exist.", 404)


def list_clusters_v2(asked: Asked, params: Params) -> Answer:
    """The clusters whose names begin as asked."""
    wanted = params.get("ClusterNameFilter") or ""
    found = [
        cluster
        for cluster in within(asked.world.msk, asked.account, asked.region)
        if cluster.name.startswith(wanted)
    ]
    clusters, token = page(found, params, "MaxResults", "NextToken", 100)
    return {"ClusterInfoList": [_info(cluster) for cluster in clusters], **token}


def describe_cluster_v2(asked: Asked, params: Params) -> Answer:
    """One cluster."""
    return {"ClusterInfo": _info(_named(asked, params))}


def list_cluster_operations_v2(asked: Asked, params: Params) -> Answer:
    """A cluster's operations, newest first."""
    found = _named(asked, params).operations[::-1]
    operations, token = page(found, params, "MaxResults", "NextToken", 100)
    return {"ClusterOperationInfoList": operations, **token}


OPERATIONS = {
    "ListClustersV2": list_clusters_v2,
    "DescribeClusterV2": describe_cluster_v2,
    "ListClusterOperationsV2": list_cluster_operations_v2,
}

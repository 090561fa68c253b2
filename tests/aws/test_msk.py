"""MSK: the state of a cluster and the operation that decides whether it is over."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from console.model import Severity
from console.poll import Context
from console.sources.msk import Msk, MskCluster
from tests.aws.edge import Asked, Edge, Refused

Make = Callable[..., Context]
START = datetime(2026, 11, 24, 20, 4, tzinfo=UTC)
KAFKA = {"bootstrap": "b:1", "account": "prod", "region": "eu-west-3", "arn": "arn:msk"}


def serve(edge: Edge, state: str, *operations: dict[str, Any]) -> None:
    info = {
        "ClusterName": "msk-prod",
        "ClusterArn": "arn:msk",
        "State": state,
        "Provisioned": {"NumberOfBrokerNodes": 3},
    }
    near = info | {"ClusterName": "msk-prod-2", "State": "FAILED"}
    edge.handlers |= {
        "kafka.DescribeClusterV2": lambda asked: {"ClusterInfo": info},
        "kafka.ListClustersV2": lambda asked: {"ClusterInfoList": [near, info]},
        "kafka.ListClusterOperationsV2": lambda asked: {
            "ClusterOperationInfoList": list(operations)
        },
    }


def operation(kind: str, hours_ago: int, ended: bool) -> dict[str, Any]:
    start = START - timedelta(hours=hours_ago)
    end = {"EndTime": start + timedelta(minutes=40)} if ended else {}
    return {"OperationType": kind, "StartTime": start, **end}


async def only(context: Context) -> MskCluster:
    (part,) = Msk().parts(context)
    (row,) = await part.fetch()
    assert isinstance(row, MskCluster)
    return row


@pytest.mark.parametrize(
    ("state", "severity"),
    [
        ("ACTIVE", Severity.OK),
        ("MAINTENANCE", Severity.WARNING),
        ("HEALING", Severity.WARNING),
        ("FAILED", Severity.CRITICAL),
        ("CREATING", Severity.UNKNOWN),
    ],
)
async def test_a_cluster_is_as_bad_as_its_state(
    edge: Edge, context: Make, state: str, severity: Severity
) -> None:
    serve(edge, state)
    row = await only(context(kafka={"msk-prod": KAFKA}))
    assert (row.state, row.severity, row.brokers_expected) == (state, severity, 3)
    assert (row.ref.scope, row.operation) == ("msk-prod", None)


async def test_the_operation_without_an_end_counts_before_the_newest(
    edge: Edge, context: Make
) -> None:
    serve(
        edge,
        "MAINTENANCE",
        operation("UPDATE_BROKER_COUNT", 0, ended=True),
        operation("SECURITY_PATCHING", 1, ended=False),
        operation("OLD", 700, ended=True),
    )
    row = await only(context(kafka={"msk-prod": KAFKA}))
    assert (row.operation, row.operation_ended_at) == ("SECURITY_PATCHING", None)
    assert row.operation_started_at == START - timedelta(hours=1)


async def test_a_cluster_without_an_arn_is_found_by_its_whole_name(
    edge: Edge, context: Make
) -> None:
    serve(edge, "ACTIVE")
    row = await only(context(kafka={"msk-prod": KAFKA | {"arn": ""}}))
    assert row.state == "ACTIVE"
    row = await only(context(kafka={"other": KAFKA | {"arn": ""}}))
    assert (row.state, row.severity) == ("not found", Severity.CRITICAL)


async def test_operations_that_may_not_be_read_cost_their_facts_alone(
    edge: Edge, context: Make
) -> None:
    def refuse(asked: Asked) -> dict[str, Any]:
        raise Refused("AccessDeniedException", status=403)

    serve(edge, "ACTIVE")
    edge.handlers["kafka.ListClusterOperationsV2"] = refuse
    row = await only(context(kafka={"msk-prod": KAFKA}))
    assert row.state == "ACTIVE"
    assert row.missing["operation"] == "prod: kafka:ListClusterOperationsV2 is not allowed"


async def test_operations_are_asked_while_something_goes_on_and_seldom_in_quiet(
    edge: Edge, context: Make
) -> None:
    (part,) = Msk().parts(context(kafka={"msk-prod": KAFKA}))
    asked = []
    for state in ("ACTIVE", "ACTIVE", "MAINTENANCE", "MAINTENANCE", "ACTIVE", "ACTIVE"):
        serve(edge, state, operation("SECURITY_PATCHING", 1, ended=state == "ACTIVE"))
        before = edge.count("kafka.ListClusterOperationsV2")
        (row,) = await part.fetch()
        asked.append(edge.count("kafka.ListClusterOperationsV2") - before)
        assert isinstance(row, MskCluster)
        assert (row.operation_ended_at is None) == (state == "MAINTENANCE")
    assert asked == [1, 0, 1, 1, 1, 0]

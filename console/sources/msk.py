"""Amazon MSK clusters: state and the operation under way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from console.aws.places import SLOW, Place, grouped, part
from console.clock import real_now
from console.model import Ref, Row, Severity
from console.poll import Context, Part, optional

if TYPE_CHECKING:
    from console.aws.session import Aws
    from console.config.schema import KafkaCluster

OPERATION_FACTS = ("operation", "operation_started_at", "operation_ended_at")
NOT_FOUND = "not found"
BAD = {"FAILED", "DELETING", NOT_FOUND}
SEVERITY = {"ACTIVE": Severity.OK, "CREATING": Severity.UNKNOWN}


@dataclass(frozen=True, slots=True, kw_only=True)
class MskCluster(Row):
    """Amazon MSK clusters: state and the operation under way."""

    cluster: str
    state: str | None = None
    """ACTIVE, MAINTENANCE, HEALING, REBOOTING_BROKER, UPDATING, … as AWS says it."""
    operation: str | None = None
    """Type of the newest operation, e.g. SECURITY_PATCHING."""
    operation_started_at: datetime | None = None
    operation_ended_at: datetime | None = None
    brokers_expected: int | None = None


def _newest(operations: list[dict[str, Any]]) -> dict[str, Any]:
    """The operation under way (no EndTime: AWS does not list its states), else the newest."""

    def order(operation: dict[str, Any]) -> tuple[bool, float]:
        started = operation.get("StartTime")
        return "EndTime" not in operation, started.timestamp() if started else 0.0

    return max(operations, key=order, default={})


@dataclass(slots=True)
class _Look:
    """One place's MSK clusters."""

    context: Context
    place: Place
    clusters: tuple[tuple[str, KafkaCluster], ...]
    kept: dict[str, tuple[object, datetime, dict[str, Any]]] = field(default_factory=dict)

    async def rows(self) -> tuple[Row, ...]:
        """A row a configured cluster."""
        aws = self.context.clients.aws
        return tuple([await self._row(aws, name, kafka) for name, kafka in self.clusters])

    async def _row(self, aws: Aws, name: str, kafka: KafkaCluster) -> MskCluster:
        info = await self._info(aws, name, kafka)
        found, why = await optional(self._operation(aws, info)) if info else (None, "")
        operation = found or {}
        state = info.get("State") if info else NOT_FOUND
        bad = Severity.CRITICAL if state in BAD else Severity.WARNING
        return MskCluster(
            ref=Ref("msk", name, name),
            at=self.context.clock.now(),
            owner=kafka.owner,
            severity=Severity.UNKNOWN if state is None else SEVERITY.get(state, bad),
            missing=dict.fromkeys(OPERATION_FACTS, why) if why else {},
            cluster=name,
            state=state,
            operation=operation.get("OperationType"),
            operation_started_at=operation.get("StartTime"),
            operation_ended_at=operation.get("EndTime"),
            brokers_expected=(info.get("Provisioned") or {}).get("NumberOfBrokerNodes")
            or kafka.brokers_expected,
        )

    async def _info(self, aws: Aws, name: str, kafka: KafkaCluster) -> dict[str, Any]:
        place = self.place.account, self.place.region, "kafka"
        if kafka.arn:
            answer = await aws.call(*place, "describe_cluster_v2", ClusterArn=kafka.arn)
            return dict(answer["ClusterInfo"])
        key, wanted = "ClusterInfoList", {"ClusterNameFilter": name}
        found = await aws.pages(*place, "list_clusters_v2", key, **wanted)  # a prefix of the name
        return next((each for each in found if each["ClusterName"] == name), {})

    async def _operation(self, aws: Aws, info: dict[str, Any]) -> dict[str, Any]:
        """Asked each time while something goes on or changed, else now and then."""
        arn, quiet = info["ClusterArn"], ("ACTIVE", None)
        now = info.get("State"), info.get("ActiveOperationArn")
        before, at, operation = self.kept.get(arn, (None, real_now(), {}))
        if now == before == quiet and real_now() - at < timedelta(seconds=SLOW):
            return operation
        place = self.place.account, self.place.region, "kafka"
        name, key = "list_cluster_operations_v2", "ClusterOperationInfoList"
        answer = await aws.call(*place, name, ClusterArn=arn, MaxResults=100)
        operation = _newest(answer.get(key) or [])  # newest first: one page is enough
        self.kept[arn] = now, real_now(), operation
        return operation


class Msk:
    """The Kafka clusters that are Amazon's."""

    name = "msk"
    row: type[Row] = MskCluster

    def parts(self, context: Context) -> Sequence[Part]:
        """One part an account × Region."""
        ours = [(name, kafka) for name, kafka in context.estate.kafka.items() if kafka.account]
        places = grouped(ours, lambda one: Place(one[1].account, one[1].region))
        return [
            part(context, self.name, place, _Look(context, place, some).rows)
            for place, some in places.items()
        ]

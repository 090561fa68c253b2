"""What AWS itself tells of a cache, a machine, a database or an MSK cluster."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from typing import Any

from console.aws.cache_events import group_of
from console.closer.asking import bounded, paged, place_of
from console.closer.lens import NoMore
from console.closer.lines import said
from console.model import Row
from console.model.closer import Choice, Line
from console.poll import Context

Asked = dict[str, Any]
KEPT_MIN = 14 * 24 * 60  # minutes that ElastiCache and RDS keep their events
PAGE, PAGES = 100, 3
CHECKS = {"SystemStatus": "system", "InstanceStatus": "instance", "AttachedEbsStatus": "EBS"}
WORRYING = ("ailed", "ailover", "recover", "rror")  # failed, failover, Recovery, error


class CacheLens(NoMore):
    """ElastiCache's events of the node and of its group, which tell of other things."""

    async def choices(self, row: Row, context: Context) -> tuple[Choice, ...]:
        """One look for both."""
        say = f"elasticache:DescribeEvents of two weeks: at most {PAGES} calls a name"
        return (Choice("events", "ElastiCache events", say=say),)

    async def read(
        self, row: Row, choice: Choice, follow: bool, context: Context
    ) -> AsyncGenerator[Line, None]:
        """Oldest first."""
        place, cache = place_of(row, context.estate, self.part), _any(row)
        names = [("cache-cluster", cache.cluster_id)]
        group = group_of(cache.cluster_id, cache.replicas, cache.cluster_mode)
        names += [("replication-group", group)] if group else []
        lines = await _events(context, place, "elasticache", "Marker", names)
        for line in lines:
            yield line


class DatabaseLens(NoMore):
    """RDS's events of one instance."""

    async def choices(self, row: Row, context: Context) -> tuple[Choice, ...]:
        """Two weeks of them."""
        say = f"rds:DescribeEvents of two weeks: at most {PAGES} calls"
        return (Choice("events", "RDS events", say=say),)

    async def read(
        self, row: Row, choice: Choice, follow: bool, context: Context
    ) -> AsyncGenerator[Line, None]:
        """Oldest first."""
        place, names = place_of(row, context.estate, self.part), [("db-instance", _any(row).db_id)]
        lines = await _events(context, place, "rds", "Marker", names)
        for line in lines:
            yield line


class InstanceLens(NoMore):
    """What EC2 says of a machine now: its checks, and what is planned for it."""

    async def choices(self, row: Row, context: Context) -> tuple[Choice, ...]:
        """EC2 keeps no past: one call."""
        say = "ec2:DescribeInstanceStatus, now: 1 call"
        return (Choice("status", "EC2 status checks and events", say=say),)

    async def read(
        self, row: Row, choice: Choice, follow: bool, context: Context
    ) -> AsyncGenerator[Line, None]:
        """State, checks, scheduled events."""
        id, place = _any(row).instance_id, place_of(row, context.estate, self.part)
        named: Asked = {"InstanceIds": [id], "IncludeAllInstances": True}
        what = "ec2", "describe_instance_status", "InstanceStatuses", "NextToken"
        found, _ = await paged(context, place, *what, 1, **named)
        status = next((one for one in found if one.get("InstanceId") == id), None)
        for line in [said(f"EC2 told nothing of {id}")] if status is None else _status(status):
            yield line


class OperationsLens(NoMore):
    """The operations of an MSK cluster: what Amazon does to it, and did."""

    async def choices(self, row: Row, context: Context) -> tuple[Choice, ...]:
        """Ninety days, as MSK lists them."""
        say = f"kafka:ListClusterOperationsV2: at most {PAGES} calls of {PAGE}"
        return (Choice("operations", "operations of the cluster", say=say),)

    async def read(
        self, row: Row, choice: Choice, follow: bool, context: Context
    ) -> AsyncGenerator[Line, None]:
        """Oldest first."""
        place = place_of(row, context.estate, self.part)
        arn = await _arn(_any(row).cluster, context)
        named: Asked = {"ClusterArn": arn, "MaxResults": PAGE}
        what = "kafka", "list_cluster_operations_v2", "ClusterOperationInfoList", "NextToken"
        found, more = await paged(context, place, *what, PAGES, **named)
        left = f"only the newest {len(found):,} operations: older ones were left out"
        told = [_operation(one) for one in reversed(found)]
        for line in bounded(told, left if more else "", "MSK lists no operation of it"):
            yield line


def _any(row: Any) -> Any:
    """A row by its facts: four kinds of rows share these lenses."""
    return row


async def _events(
    context: Context, place: Any, service: str, token: str, names: Sequence[tuple[str, str]]
) -> list[Line]:
    found: list[dict[str, Any]] = []
    more = False
    for kind, name in names:
        named: Asked = {"SourceType": kind, "SourceIdentifier": name}
        named |= {"Duration": KEPT_MIN, "MaxRecords": PAGE}
        what = service, "describe_events", "Events", token
        some, rest = await paged(context, place, *what, PAGES, **named)
        found += [one for one in some if one.get("SourceIdentifier") == name]
        more = more or bool(rest)
    dated = sorted((one for one in found if one.get("Date")), key=lambda one: one["Date"])
    left = f"only {len(found):,} events were read: there are more" if more else ""
    said_of = " and ".join(name for _, name in names)
    return bounded([_event(one) for one in dated], left, f"no event of {said_of} in two weeks")


def _event(event: dict[str, Any]) -> Line:
    text = " ".join(str(event.get("Message") or "an event without words").split())
    worrying = any(word in text for word in WORRYING)
    return Line(text, event["Date"], "warning" if worrying else "")


def _status(status: dict[str, Any]) -> list[Line]:
    state = (status.get("InstanceState") or {}).get("Name") or "unknown"
    lines = [Line(f"state {state}", tone="" if state == "running" else "critical")]
    for key, name in CHECKS.items():
        check = status.get(key) or {}
        word = check.get("Status") or "no answer"
        times = (one.get("ImpairedSince") for one in check.get("Details") or ())
        since = next((at for at in times if at), None)
        impaired = word == "impaired"
        lines.append(Line(f"{name} check {word}", since, "critical" if impaired else ""))
    events = [_planned(event) for event in status.get("Events") or ()]
    return lines + (events or [said("no event is scheduled")])


def _planned(event: dict[str, Any]) -> Line:
    ends = event.get("NotBeforeDeadline")
    last = f", at the latest {ends:%Y-%m-%d %H:%M} UTC" if ends else ""
    what = " ".join(str(event.get("Description") or "").split())
    over = what.startswith(("[Completed]", "[Canceled]"))
    text = f"{event.get('Code') or 'event'}: {what}{last}"
    return Line(text, event.get("NotBefore"), "" if over else "warning")


async def _arn(cluster: str, context: Context) -> str:
    kafka = context.estate.kafka[cluster]
    if kafka.arn:
        return kafka.arn
    named = {"ClusterNameFilter": cluster}
    call = context.clients.aws.pages
    key = "ClusterInfoList"
    where = kafka.account, kafka.region, "kafka", "list_clusters_v2", key
    found = await call(*where, **named)  # a prefix of the name
    return next((str(one["ClusterArn"]) for one in found if one["ClusterName"] == cluster), "")


def _operation(one: dict[str, Any]) -> Line:
    began, ended = one.get("StartTime"), one.get("EndTime")
    how = one.get("OperationState") or ("ended" if ended else "under way")
    took = f", took {(ended - began).total_seconds() / 60:.0f} min" if began and ended else ""
    under_way = "" if ended else ", under way"
    text = f"{one.get('OperationType') or 'an operation'}: {how}{took}{under_way}"
    failed = "FAILED" in str(how)
    return Line(text, began, "critical" if failed else "" if ended else "strong")

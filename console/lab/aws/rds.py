"""RDS: the databases of the sites, and what their sessions do."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from zlib import crc32

from console.lab.aws.call import Answer, Asked, Params, Refusal, page
from console.lab.world import Thing, within

if TYPE_CHECKING:
    from datetime import datetime

    from console.config.schema import Environment

USUAL: dict[str, dict[str, float]] = {
    "SELECT * FROM permits WHERE site_id = ? AND day = ?": {"CPU": 0.21, "IO:DataFileRead": 0.06},
    "UPDATE workers SET seen_at = ? WHERE id = ?": {"CPU": 0.05, "Lock:transactionid": 0.01},
}
ORDERS: dict[str, dict[str, float]] = {
    "SELECT id, state FROM orders WHERE customer_id = ? ORDER BY created_at DESC": {"CPU": 0.18},
    "INSERT INTO order_lines (order_id, sku, pieces) VALUES (?, ?, ?)": {"IO:XactSync": 0.07},
}
"""Statement → what its active sessions do or wait for, how many of them at a time."""


@dataclass(slots=True, kw_only=True)
class Database(Thing):
    """An RDS instance."""

    tags: dict[str, str] = field(default_factory=dict)
    engine: str = "postgres"
    version: str = "15.7"
    kind: str = "db.m6g.large"
    status: str = "available"
    allocated_gib: int = 100
    insights: bool = True
    """Performance Insights is on."""
    source: str = ""
    """The primary that it is a replica of."""
    pending: dict[str, Any] = field(default_factory=dict)
    planned: list[Answer] = field(default_factory=list)
    """What AWS wants to do to it."""
    statements: dict[str, dict[str, float]] = field(default_factory=dict)
    usual: dict[str, dict[str, float]] = field(default_factory=lambda: USUAL)

    @property
    def resource(self) -> str:
        """Its immutable id, which Performance Insights goes by."""
        return f"db-{crc32(self.name.encode()):08X}LAB"

    @property
    def arn(self) -> str:
        """The name by which maintenance is told."""
        return f"arn:aws:rds:{self.region}:{self.account}:db:{self.name}"

    def doing(self) -> dict[str, dict[str, float]]:
        """What its sessions do now."""
        return self.statements or self.usual


def databases_of(account: str, site: str, env: str, place: Environment) -> Iterator[Database]:
    """The databases of one environment."""
    for selector in place.databases:
        tags = {"Site": site, "Env": env} | dict(selector.tags)
        usual = ORDERS if site == "order" else USUAL
        name = selector.id or f"{site}-{env}-db"
        yield Database(account=account, region=place.region, name=name, tags=tags, usual=usual)


def _instance(one: Database, now: datetime) -> Answer:
    answer: Answer = {
        "DBInstanceIdentifier": one.name,
        "DBInstanceArn": one.arn,
        "DbiResourceId": one.resource,
        "DBInstanceClass": one.kind,
        "DBInstanceStatus": one.status,
        "Engine": one.engine,
        "EngineVersion": one.version,
        "MasterUsername": "app",
        "AllocatedStorage": one.allocated_gib,
        "Endpoint": {"Address": f"{one.name}.lab.{one.region}.rds.amazonaws.com", "Port": 5432},
        "MultiAZ": False,
        "PerformanceInsightsEnabled": one.insights,
        "PreferredMaintenanceWindow": "sun:18:00-sun:19:00",
        "PendingModifiedValues": one.pending,
        "DBParameterGroups": [{"DBParameterGroupName": "app", "ParameterApplyStatus": "in-sync"}],
        "LatestRestorableTime": now - timedelta(minutes=4),
        "TagList": [{"Key": key, "Value": value} for key, value in one.tags.items()],
    }
    source = {"ReadReplicaSourceDBInstanceIdentifier": one.source} if one.source else {}
    return answer | source


def describe_db_instances(asked: Asked, params: Params) -> Answer:
    """Databases, by name or all."""
    found = within(asked.world.databases, asked.account, asked.region)
    wanted = params.get("DBInstanceIdentifier")
    if wanted and not (found := [one for one in found if one.name == wanted]):
        raise Refusal("DBInstanceNotFound", f"DBInstance {wanted} not found.", 404)
    some, marker = page(found, params, "MaxRecords", "Marker", 100)
    return {"DBInstances": [_instance(one, asked.now) for one in some], **marker}


def describe_pending_maintenance_actions(asked: Asked, params: Params) -> Answer:
    """Databases that AWS wants to work on."""
    found = [o for o in within(asked.world.databases, asked.account, asked.region) if o.planned]
    some, marker = page(found, params, "MaxRecords", "Marker", 100)
    told = [
        {"ResourceIdentifier": one.arn, "PendingMaintenanceActionDetails": one.planned}
        for one in some
    ]
    return {"PendingMaintenanceActions": told, **marker}


def describe_events(asked: Asked, params: Params) -> Answer:
    """The nightly backups of the databases; of the last hour unless a time is given."""
    start = asked.now - timedelta(minutes=params.get("Duration") or 60)
    midnight = asked.now.replace(hour=3, minute=0, second=0, microsecond=0)
    events = [
        {
            "SourceIdentifier": one.name,
            "SourceType": "db-instance",
            "Message": text,
            "EventCategories": ["backup"],
            "Date": at,
        }
        for one in within(asked.world.databases, asked.account, asked.region)
        if asked.lie or params.get("SourceIdentifier", one.name) == one.name
        for day in range(13, -1, -1)
        for minutes, text in ((0, "Backing up DB instance"), (9, "Finished DB Instance backup"))
        for at in [midnight - timedelta(days=day) + timedelta(minutes=minutes)]
        if start <= at <= asked.now
    ]
    found, marker = page(events, params, "MaxRecords", "Marker", 100)
    return {"Events": found, **marker}


OPERATIONS = {
    "DescribeEvents": describe_events,
    "DescribeDBInstances": describe_db_instances,
    "DescribePendingMaintenanceActions": describe_pending_maintenance_actions,
}

"""RDS instances of one account × Region: all of them each time, what AWS plans now and then."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal

from console.aws.places import SLOW, Place, TagIndex
from console.clock import real_now
from console.model import Severity
from console.poll import optional

if TYPE_CHECKING:
    from console.aws.series import Sign
    from console.aws.session import Aws
    from console.config.schema import Selector

Answer = dict[str, Any]
PAGE = 100
NOT_FOUND = "not found"
WELL = {"available", "backing-up", "storage-optimization"}
LOST = {
    *("deleting", "delete-precheck", "failed", "inaccessible-encryption-credentials"),
    *("restore-error", "stopped", "stopping", "storage-full", "insufficient-capacity"),
    NOT_FOUND,
}
SECRET = "MasterUserPassword"
SIZES = {"micro": 2, "small": 2, "medium": 2, "large": 2}
SMALLER = ("t1", "t2", "m1", "m2", "m3")  # families whose sizes have other numbers of cores
SIZE = re.compile(r"db\.(\w+)\.(?:(\d*)x)?(micro|small|medium|large)", re.ASCII)
CORES = 4  # of an xlarge


def cores(kind: str) -> int | None:
    """vCPUs of an instance class by its name; None where the name does not tell."""
    found = SIZE.fullmatch(kind)
    if found is None or found[1] in SMALLER:
        return None
    if found[2] is None:
        return SIZES[found[3]]
    return CORES * int(found[2] or 1) if found[3] == "large" else None


def sign(status: str | None) -> Sign:
    """What a database's status says of it; work on it that AWS does is a warning."""
    if status is None:
        return Severity.UNKNOWN, "its status is not known"
    if status in LOST or status.startswith("incompatible-"):
        return Severity.CRITICAL, f"it is {status}"
    return (Severity.OK, "") if status in WELL else (Severity.WARNING, f"it is {status}")


def role(told: Answer) -> Literal["primary", "replica"]:
    """Which of the two it is; one of its own is a primary."""
    return "replica" if told.get("ReadReplicaSourceDBInstanceIdentifier") else "primary"


def described(
    told: Answer, actions: Mapping[str, Sequence[Answer]], measured: Mapping[str, float]
) -> dict[str, Any]:
    """The facts that the description brings, and what of its storage the metrics say is used."""
    kind = told.get("DBInstanceClass")
    maintenance, at = planned(actions.get(told.get("DBInstanceArn", ""), ()))
    return {
        "status": told.get("DBInstanceStatus") if told else NOT_FOUND,
        "vcpus": cores(kind) if kind else None,
        "storage_pct": _used(told, measured.get("free_storage_mb")),
        "role": role(told) if told else None,
        "multi_az": told.get("MultiAZ"),
        "engine": told.get("Engine"),
        "engine_version": told.get("EngineVersion"),
        "db_class": kind,
        "pending": pending(told),
        "maintenance": maintenance,
        "maintenance_at": at,
        "window": told.get("PreferredMaintenanceWindow"),
        "restorable_at": told.get("LatestRestorableTime"),
    }


def _used(told: Answer, free_mb: float | None) -> float | None:
    """The share of the allocated storage that is used, where both figures are known."""
    gib = told.get("AllocatedStorage")
    if free_mb is None or not isinstance(gib, int) or gib <= 0:
        return None
    return min(max(100 * (1 - free_mb / (gib * 1024)), 0.0), 100.0)


def pending(instance: Mapping[str, Any]) -> str | None:
    """Changes that wait for the maintenance window or a restart; never a password."""
    return ", ".join(_pending(instance)) or None


def _pending(instance: Mapping[str, Any]) -> Iterator[str]:
    for name, value in sorted((instance.get("PendingModifiedValues") or {}).items()):
        if name == SECRET:
            yield "a new password"
        elif value:
            yield f"{name} → {value}" if isinstance(value, str | int | float) else name
    for group in instance.get("DBParameterGroups") or ():
        if group.get("ParameterApplyStatus") == "pending-reboot":
            yield "parameters wait for a restart"


def planned(actions: Sequence[Answer]) -> tuple[str | None, datetime | None]:
    """What AWS wants to do to a database, and when it does so the soonest."""
    said, times = [], []
    for one in actions:
        due = [one.get(name) for name in ("CurrentApplyDate", "ForcedApplyDate")]
        due.append(one.get("AutoAppliedAfterDate"))
        at = min((each for each in due if each is not None), default=None)
        said.append(str(one.get("Action") or "?"))
        times += [at] if at else []
    return ", ".join(dict.fromkeys(said)) or None, min(times, default=None)


@dataclass(slots=True)
class DatabaseFleet:
    """The databases of one place, however many sites they serve."""

    aws: Aws
    place: Place
    instances: dict[str, Answer] = field(default_factory=dict)
    actions: dict[str, list[Answer]] = field(default_factory=dict)
    """ARN → what AWS plans."""
    unplanned: str = "not asked yet"
    """Why nothing is known of what AWS plans."""
    _tagged: TagIndex = field(default_factory=lambda: TagIndex({}))
    _at: datetime | None = None

    async def look(self) -> None:
        """Read every instance; RDS filters by names only, so all pages are read."""
        found = await self._call("describe_db_instances", "DBInstances")
        self.instances = {each["DBInstanceIdentifier"]: each for each in found}
        tags = {
            name: {tag["Key"]: tag.get("Value", "") for tag in each.get("TagList") or ()}
            for name, each in self.instances.items()
        }
        self._tagged = TagIndex(tags)
        if self._at is None or real_now() - self._at > timedelta(seconds=SLOW):
            key = "PendingMaintenanceActions"
            asked = self._call("describe_pending_maintenance_actions", key)
            planned, self.unplanned = await optional(asked)
            if planned is not None:
                self.actions = {
                    each.get("ResourceIdentifier", ""): each["PendingMaintenanceActionDetails"]
                    for each in planned
                }
            self._at = real_now()

    def of(self, selector: Selector) -> list[str]:
        """The databases a selector means: by identifier or by tags."""
        if selector.id:
            return [selector.id] if selector.id in self.instances else []
        return self._tagged.having(selector.tags)

    def lacking(self, told: Answer) -> dict[str, str]:
        """Why facts of an instance's description cannot be had."""
        if not told:
            return {}
        none = dict.fromkeys(("maintenance", "maintenance_at"), self.unplanned)
        primary = {"replication_lag_s": "a primary has no replication lag"}
        return (none if self.unplanned else {}) | (primary if role(told) == "primary" else {})

    async def _call(self, operation: str, key: str) -> list[Answer]:
        account, region = self.place.account, self.place.region
        return await self.aws.pages(account, region, "rds", operation, key, MaxRecords=PAGE)

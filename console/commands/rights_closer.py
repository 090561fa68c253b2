"""What looking closer reads of AWS when a person asks for it, besides what is polled."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, timedelta
from typing import TYPE_CHECKING

from console.aws.places import Place, units
from console.clock import real_now
from console.commands.rights_aws import EVENTS, Right

if TYPE_CHECKING:
    from console.config import Estate
    from console.config.logs import LogGroup

HISTORY = Right(
    "cloudwatch", "describe_alarm_history", {"MaxRecords": 1}, "l: what an alarm did before"
)
CACHE_EVENTS = Right(EVENTS.service, EVENTS.operation, EVENTS.params, "l: events of a cache")
DATABASE_EVENTS = Right("rds", "describe_events", {"MaxRecords": 20}, "l: events of a database")
OPERATIONS = "kafka:ListClusterOperationsV2"
RUNS = "synthetics:GetCanaryRuns"
"""Since when a canary fails, and its runs; it takes a name, so that it is not tried without one."""


def asks(estate: Estate, source: str) -> bool:
    """Whether this source has rows at all: nobody looks closer at what is not shown."""
    asking = estate.sources.get(source)
    return asking is None or asking.enabled


def runs(estate: Estate, account: str) -> set[str]:
    """What the runs of this account's canaries need."""
    ours = any(one.account == account for one in estate.canaries)
    return {RUNS} if ours and asks(estate, "canaries") else set()


def closer(estate: Estate) -> dict[Place, list[Right]]:
    """The calls of `l`, by where they are made."""
    found: dict[Place, list[Right]] = {}
    for place, right in _closer(estate):
        known = found.setdefault(place, [])
        known += [right] if right not in known else []
    return found


def _closer(estate: Estate) -> Iterator[tuple[Place, Right]]:
    for unit in units(estate):
        if asks(estate, "alarms"):
            yield unit.place, HISTORY
        if unit.environment.caches and asks(estate, "caches"):
            yield unit.place, CACHE_EVENTS
        if unit.environment.databases and asks(estate, "databases"):
            yield unit.place, DATABASE_EVENTS
    for scope in estate.alarms if asks(estate, "alarms") else ():
        yield Place(scope.account, scope.region), HISTORY
    for log in estate.logs:
        yield Place(log.account, log.region), lines_of(log)


def lines_of(log: LogGroup) -> Right:
    """One line of one log group."""
    now = real_now().astimezone(UTC)
    start, end = (round(at.timestamp() * 1000) for at in (now - timedelta(minutes=1), now))
    params = {"logGroupName": log.group, "limit": 1, "startTime": start, "endTime": end}
    return Right("logs", "filter_log_events", params, f"l: log group {log.group}", log.group)


def group_arns(estate: Estate, account: str) -> Iterator[str]:
    """The log groups that may be read, and no others."""
    number = estate.accounts[account].id
    for log in estate.logs:
        if log.account == account:
            yield f"arn:aws:logs:{log.region}:{number}:log-group:{log.group}:*"


def cluster_arns(estate: Estate, account: str) -> Iterator[str]:
    """MSK clusters that are found by name: with an ARN, their operations are polled anyway."""
    number = estate.accounts[account].id
    for name, kafka in estate.kafka.items():
        if kafka.account == account and not kafka.arn:
            yield f"arn:aws:kafka:{kafka.region}:{number}:cluster/{name}/*"

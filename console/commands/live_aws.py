"""The AWS half of `oncall check --live`: logins, clock, and every right that is used, dry."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from time import perf_counter
from typing import TYPE_CHECKING, Any

from console.aws.places import Place, units
from console.aws.refused import Denied, Unknown
from console.aws.series import ANY
from console.clock import Clock, real_now
from console.commands.checks import Check
from console.poll import AuthExpired, Failed, in_thread

if TYPE_CHECKING:
    from console.aws.session import Aws
    from console.clients import Clients
    from console.config import Estate

SKEW_WARNS = timedelta(seconds=60)  # AWS refuses signatures from 5 minutes on


@dataclass(frozen=True, slots=True)
class Right:
    """One call that the console makes, in its smallest form."""

    service: str
    operation: str
    params: dict[str, Any] = field(default_factory=dict)
    costs: str = ""
    """What is missing on the screens without it."""

    def __str__(self) -> str:
        words = "".join(map(str.capitalize, self.operation.split("_")))
        return f"{self.service}:{words}"


INSTANCES = (
    Right(
        "ec2",
        "describe_instance_status",
        {"IncludeAllInstances": True, "MaxResults": 5},
        "states and checks of instances",
    ),
    Right("ec2", "describe_instances", {"MaxResults": 5}, "instances by tag, names, cores"),
    Right("ec2", "describe_instance_types", {"MaxResults": 5}, "memory size of instances"),
)
CACHES = (
    Right("elasticache", "describe_cache_clusters", {"MaxRecords": 20}, "caches"),
    Right("elasticache", "describe_replication_groups", {"MaxRecords": 20}, "roles of caches"),
)
TAGGED_CACHES = (
    Right("resourcegroupstaggingapi", "get_resources", {"ResourcesPerPage": 1}, "caches by tag"),
)
ALARMS = (
    Right("cloudwatch", "describe_alarms", {"MaxRecords": 1}, "alarms"),
    Right("cloudwatch", "list_alarm_mute_rules", {"MaxRecords": 1}, "alarms muted by a rule"),
)
CANARIES = (
    Right("synthetics", "describe_canaries_last_run", {"MaxResults": 1}, "canaries"),
    Right("synthetics", "describe_canaries", {"MaxResults": 1}, "late and stopped canaries"),
)


LISTED = (Right("cloudwatch", "list_metrics", {}, "metrics with a `*` dimension (disks)"),)


def _metric_data() -> Right:
    """One metric, which costs a thousandth of a cent."""
    now = real_now().astimezone(UTC)
    stat = {
        "Metric": {"Namespace": "AWS/EC2", "MetricName": "StatusCheckFailed", "Dimensions": []},
        "Period": 60,
        "Stat": "Maximum",
    }
    params = {
        "MetricDataQueries": [{"Id": "q0", "MetricStat": stat}],
        "StartTime": now - timedelta(minutes=5),
        "EndTime": now,
    }
    return Right("cloudwatch", "get_metric_data", params, "load, memory, disk: every metric")


def rights(estate: Estate) -> dict[Place, list[Right]]:
    """The calls this estate needs, by the place they are made in."""
    found: dict[Place, list[Right]] = {}

    def need(place: Place, *some: Right) -> None:
        known = found.setdefault(place, [])
        known += [right for right in some if str(right) not in map(str, known)]

    for unit in units(estate):
        caches = unit.environment.caches
        need(unit.place, *ALARMS, *(INSTANCES if unit.environment.instances else ()))
        need(unit.place, *(CACHES if caches else ()))
        need(unit.place, *(TAGGED_CACHES if any(one.tags for one in caches) else ()))
    for scope in estate.alarms:
        need(Place(scope.account, scope.region), *ALARMS)
    for one in estate.canaries:
        need(Place(one.account, one.region), *CANARIES)
    for place, right in _msk(estate):
        need(place, right)
    for metric in estate.metrics:
        places = [Place(metric.account, metric.region)] if metric.account else list(found)
        for place in places:
            need(place, _metric_data(), *(LISTED if ANY in metric.dimensions.values() else ()))
    return found


def _msk(estate: Estate) -> Iterator[tuple[Place, Right]]:
    for kafka in estate.kafka.values():
        place, named = Place(kafka.account, kafka.region), {"ClusterArn": kafka.arn}
        if kafka.account and kafka.arn:
            yield place, Right("kafka", "describe_cluster_v2", named, "state of MSK")
            yield place, Right("kafka", "list_cluster_operations_v2", named, "maintenance of MSK")
        elif kafka.account:
            yield place, Right("kafka", "list_clusters_v2", {}, "state of MSK")


async def doctor(estate: Estate, clients: Clients, clock: Clock | None = None) -> list[Check]:
    """Every account at the same time: login, clock, rights; in the order of the configuration.

    `clock` is the estate's: a lab's servers stamp their answers by it.
    """
    aws = await in_thread(getattr, clients, "aws")
    needed = rights(estate)
    each = await asyncio.gather(
        *(_account(aws, name, needed, clock or Clock()) for name in estate.accounts)
    )
    return [_versions(), *(check for some in each for check in some)]


def _versions() -> Check:
    import botocore

    return Check("AWS library", True, f"botocore {botocore.__version__}")


async def _account(
    aws: Aws, name: str, needed: dict[Place, list[Right]], clock: Clock
) -> list[Check]:
    here = [(place, right) for place, some in needed.items() for right in some]
    mine = [(place, right) for place, right in here if place.account == name]
    started = perf_counter()
    try:
        who = await aws.identity(name)
    except Failed as error:
        what = f"account {name} login"
        skipped = [
            Check(f"{place} {right}", None, "not asked without a login") for place, right in mine
        ]
        return [Check(what, False, str(error), error.cure), *skipped]
    took = (perf_counter() - started) * 1000
    login = Check(f"account {name} login", True, f"{who['Arn']} · {took:.0f} ms")
    asked = await asyncio.gather(*(_right(aws, place, right) for place, right in mine))
    return [login, _skew(name, who, clock), *asked]


def _skew(name: str, answer: dict[str, Any], clock: Clock) -> Check:
    what = f"account {name} clock"
    date = answer.get("ResponseMetadata", {}).get("HTTPHeaders", {}).get("date")
    if not date:
        return Check(what, None, "the answer has no date")
    theirs: datetime = parsedate_to_datetime(date)
    skew = clock.now() - theirs
    said = f"this machine is {skew.total_seconds():+.0f} s from AWS"
    return Check(
        what, abs(skew) < SKEW_WARNS, said, "" if abs(skew) < SKEW_WARNS else "set the clock"
    )


async def _right(aws: Aws, place: Place, right: Right) -> Check:
    what, started = f"{place} {right}", perf_counter()
    try:
        await aws.call(place.account, place.region, right.service, right.operation, **right.params)
    except Denied as error:
        return Check(what, False, f"not allowed; without it: no {right.costs}", error.cure)
    except AuthExpired as error:
        return Check(what, False, str(error), error.cure)
    except Unknown as error:
        fix = "correct kafka.*.arn" if right.service == "kafka" else ""
        return Check(what, False, str(error), fix)
    except Failed as error:
        return Check(what, None, f"{error}; without it: no {right.costs}", error.cure)
    return Check(what, True, f"{(perf_counter() - started) * 1000:.0f} ms")

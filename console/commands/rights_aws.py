"""The rights on AWS that the console needs to look, each as the smallest call that proves it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from console.aws.places import Place, Unit, units
from console.aws.series import ANY
from console.clock import real_now
from console.model import Ref

if TYPE_CHECKING:
    from console.config import Configuration, Estate
    from console.config.plans import Remedy, RemedyKind
    from console.config.schema import Selector


@dataclass(frozen=True, slots=True)
class Right:
    """One call that the console makes, in its smallest form."""

    service: str
    operation: str
    params: dict[str, Any] = field(default_factory=dict)
    costs: str = ""
    """What is missing on the screens without it."""
    of: str = ""
    """The one thing it is asked of, where each has to be asked: a log group."""

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
DATABASES = (
    Right("rds", "describe_db_instances", {"MaxRecords": 20}, "databases"),
    Right(
        "rds",
        "describe_pending_maintenance_actions",
        {"MaxRecords": 20},
        "what AWS plans to do to databases",
    ),
)
ALARMS = (
    Right("cloudwatch", "describe_alarms", {"MaxRecords": 1}, "alarms"),
    Right("cloudwatch", "list_alarm_mute_rules", {"MaxRecords": 1}, "alarms muted by a rule"),
)
CANARIES = (
    Right("synthetics", "describe_canaries_last_run", {"MaxResults": 1}, "canaries"),
    Right("synthetics", "describe_canaries", {"MaxResults": 1}, "late and stopped canaries"),
)


BUCKETS = {
    "head_bucket": "backups: whether a bucket is there",
    "list_objects_v2": "backups: the newest one, its age and size",
    "get_bucket_policy_status": "backups: whether a bucket is public",
    "get_public_access_block": "backups: whether public access is blocked",
    "get_bucket_policy": "backups: who may do what",
    "get_bucket_lifecycle_configuration": "backups: when they expire",
}
"""Of each bucket that an environment names, by call."""
NO_INSTANCE, NO_COMMAND = f"i-{'0' * 17}", f"{'0' * 8}-0000-0000-0000-{'0' * 12}"
GONE = {
    *("InvalidInstanceID.NotFound", "InvalidInstanceID.Malformed", "InvocationDoesNotExist"),
    *("NoSuchBucketPolicy", "NoSuchPublicAccessBlockConfiguration"),
    "NoSuchLifecycleConfiguration",
    *("TargetGroupNotFound", "LoadBalancerNotFound", "ListenerNotFound"),
}
"""What AWS says of them to those who may ask."""
BEHAVIOUR = {"InstanceId": NO_INSTANCE, "Attribute": "instanceInitiatedShutdownBehavior"}
SSM = (
    Right("ssm", "describe_instance_information", {"MaxResults": 5}, "which machines SSM reaches"),
    Right(
        "ssm",
        "get_command_invocation",
        {"CommandId": NO_COMMAND, "InstanceId": NO_INSTANCE},
        "answers of commands through SSM",
    ),
    Right("ssm", "list_command_invocations", {"MaxResults": 1}, "where a command has ended"),
)
EVENTS = Right("elasticache", "describe_events", {"MaxRecords": 20}, "proof of a restarted cache")
READS: dict[RemedyKind, tuple[Right, ...]] = {
    "ec2-reboot": INSTANCES[:2],
    "ec2-stop-start": (
        *INSTANCES[:2],
        Right("ec2", "describe_instance_attribute", BEHAVIOUR, "what a stop does to a machine"),
    ),
    "elasticache-reboot": (EVENTS,),
    "elasticache-failover": (EVENTS,),
    "ssm-command": (INSTANCES[1], *SSM),
}
"""What a remedy reads besides what its source does."""
RESTARTS = ("ec2-reboot", "ec2-stop-start")
"""Kinds of remedy that never take the last healthy target."""
NO_HASH = "0" * 16
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


Rights = Mapping[Place, Sequence[Right]]
"""The calls that are made in each place."""


def polled(estate: Estate) -> dict[Place, list[Right]]:
    """The calls of this estate's sources."""
    found: dict[Place, list[Right]] = {}
    need = partial(_need, found)

    for unit in units(estate):
        caches = unit.environment.caches
        need(unit.place, *ALARMS, *(INSTANCES if unit.environment.instances else ()))
        need(unit.place, *(CACHES if caches else ()))
        need(unit.place, *(TAGGED_CACHES if any(one.tags for one in caches) else ()))
        need(unit.place, *(DATABASES if unit.environment.databases else ()))
        need(unit.place, *buckets(unit))
        if unit.environment.targets:
            need(unit.place, *behind(unit, estate), *host_names(unit, estate), INSTANCES[1])
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


def behind(unit: Unit, estate: Estate) -> Iterator[Right]:
    """The calls that tell whether a machine is the last healthy target of a load balancer."""
    costs = "health of targets: no machine is restarted"
    yield Right("elbv2", "describe_target_groups", {"PageSize": 1}, costs)
    named = {"TargetGroupArn": _nothing(unit, estate, "targetgroup/none")}
    yield Right("elbv2", "describe_target_health", named, costs)


def _delay(unit: Unit, estate: Estate) -> Right:
    """The call that tells for how long a target drains."""
    named = {"TargetGroupArn": _nothing(unit, estate, "targetgroup/none")}
    costs = "how long a target drains: no machine is drained first"
    return Right("elbv2", "describe_target_group_attributes", named, costs)


def host_names(unit: Unit, estate: Estate) -> Iterator[Right]:
    """The calls that tell whose host names a target group serves."""
    costs = "host names of target groups"
    balancer = {"LoadBalancerArn": _nothing(unit, estate, "loadbalancer/app/none")}
    listener = {"ListenerArn": _nothing(unit, estate, f"listener/app/none/{NO_HASH}")}
    yield Right("elbv2", "describe_listeners", balancer, costs)
    yield Right("elbv2", "describe_rules", listener, costs)


def _nothing(unit: Unit, estate: Estate, kind: str) -> str:
    """The ARN of a thing that there is not."""
    account = estate.accounts[unit.place.account].id
    return f"arn:aws:elasticloadbalancing:{unit.place.region}:{account}:{kind}/{NO_HASH}"


def buckets(unit: Unit) -> Iterator[Right]:
    """The calls on the bucket of an environment's backups."""
    if (backups := unit.environment.backups) is not None:
        for operation, costs in BUCKETS.items():
            few = {"MaxKeys": 1} if operation == "list_objects_v2" else {}
            yield Right("s3", operation, {"Bucket": backups.bucket, **few}, costs)


def acting(configuration: Configuration) -> dict[Place, list[Right]]:
    """What remedies read before and after they act, and the reads through SSM."""
    estate = configuration.estate
    found: dict[Place, list[Right]] = {}
    for remedy in configuration.remedies.remedies.values():
        for unit in units(estate) if remedy.kind in READS else ():
            service = "elasticache" if EVENTS in READS[remedy.kind] else "ec2"
            if may(remedy, unit) and selectors(unit, service):
                _need(found, unit.place, *READS[remedy.kind])
                if remedy.kind in RESTARTS:
                    _need(found, unit.place, *behind(unit, estate))
                if remedy.drain_first:
                    _need(found, unit.place, _delay(unit, estate))
    for unit in readers(estate):
        _need(found, unit.place, *SSM)
    return found


def merged(*each: Rights) -> dict[Place, list[Right]]:
    """All of them, each once a place."""
    found: dict[Place, list[Right]] = {}
    for rights in each:
        for place, some in rights.items():
            _need(found, place, *some)
    return found


def _need(found: dict[Place, list[Right]], place: Place, *some: Right) -> None:
    known = found.setdefault(place, [])
    have = {(str(right), right.of) for right in known}
    known += [right for right in some if (str(right), right.of) not in have]


def may(remedy: Remedy, unit: Unit) -> bool:
    """Whether an entry may act on machines and caches of a site."""
    target = Ref("", unit.scope, "")  # they are on none of the other lists
    return remedy.on.covers(unit.scope) and not remedy.on.outside(target)


def selectors(unit: Unit, service: str) -> tuple[Selector, ...]:
    """What of a site a service knows: its machines or its caches."""
    environment = unit.environment
    return environment.instances if service == "ec2" else environment.caches


def readers(estate: Estate) -> list[Unit]:
    """The sites whose machines are read through SSM."""
    return [unit for unit in units(estate) if estate.ssm_document and unit.environment.ssm_reads]


def _msk(estate: Estate) -> Iterator[tuple[Place, Right]]:
    for kafka in estate.kafka.values():
        place, named = Place(kafka.account, kafka.region), {"ClusterArn": kafka.arn}
        if kafka.account and kafka.arn:
            yield place, Right("kafka", "describe_cluster_v2", named, "state of MSK")
            yield place, Right("kafka", "list_cluster_operations_v2", named, "maintenance of MSK")
        elif kafka.account:
            yield place, Right("kafka", "list_clusters_v2", {}, "state of MSK")

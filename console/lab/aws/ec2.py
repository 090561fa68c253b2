"""EC2: instances and their status checks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fnmatch import fnmatchcase
from typing import Any

from console.lab.aws.call import Answer, Asked, Params, Refusal, page
from console.lab.world import Host, within

STATE_CODES = {
    "pending": 0,
    "running": 16,
    "shutting-down": 32,
    "terminated": 48,
    "stopping": 64,
    "stopped": 80,
}
SIZES = {"t3.medium": (2, 4096), "m6i.large": (2, 8192), "m6i.xlarge": (4, 16384)}
_FILTERS: dict[str, Callable[[Host], str]] = {
    "instance-state-name": lambda host: host.state,
    "instance-id": lambda host: host.id,
    "instance-type": lambda host: host.type,
    "instance-status.status": lambda host: host.checks["instance"],
    "system-status.status": lambda host: host.checks["system"],
    "attached-ebs-status.status": lambda host: host.checks["ebs"],
}


def _facts(host: Host, name: str) -> list[str]:
    if name.startswith("tag:"):
        value = host.tags.get(name.removeprefix("tag:"))
        return [] if value is None else [value]
    if name == "tag-key":
        return list(host.tags)
    if name in _FILTERS:
        return [_FILTERS[name](host)]
    raise Refusal("InvalidParameterValue", f"The filter '{name}' is invalid")


def _passes(host: Host, filters: list[dict[str, Any]]) -> bool:
    return all(
        any(fnmatchcase(fact, wish) for fact in _facts(host, one["Name"]) for wish in one["Values"])
        for one in filters
    )


def _chosen(asked: Asked, params: Params) -> list[Host]:
    """The instances a request names or filters; every unknown id is an error, as in EC2."""
    hosts = within(asked.world.hosts, asked.account, asked.region)
    ids = params.get("InstanceIds")
    if ids:
        if params.get("MaxResults"):
            raise Refusal(
                "InvalidParameterCombination",
                "The parameter instancesSet cannot be used with the parameter maxResults",
            )
        unknown = sorted(set(ids) - {host.id for host in hosts})
        if unknown:
            raise Refusal(
                "InvalidInstanceID.NotFound",
                f"The instance IDs '{', '.join(unknown)}' do not exist",
            )
        hosts = [host for host in hosts if host.id in ids]
    return [host for host in hosts if _passes(host, params.get("Filters") or [])]


def _instance(host: Host) -> Answer:
    vcpus, _ = SIZES[host.type]
    return {
        "InstanceId": host.id,
        "InstanceType": host.type,
        "LaunchTime": host.launched_at,
        "State": {"Code": STATE_CODES[host.state], "Name": host.state},
        "CpuOptions": {"CoreCount": vcpus // 2, "ThreadsPerCore": 2},
        "Monitoring": {"State": "enabled"},
        "Placement": {"AvailabilityZone": f"{host.region}a", "Tenancy": "default"},
        "Tags": [{"Key": key, "Value": value} for key, value in host.tags.items()],
    }


def describe_instances(asked: Asked, params: Params) -> Answer:
    """Instances, a reservation each."""
    hosts, token = page(_chosen(asked, params), params, "MaxResults", "NextToken")
    reservations = [
        {
            "ReservationId": host.id.replace("i-", "r-", 1),
            "OwnerId": host.account,
            "Instances": [_instance(host)],
        }
        for host in hosts
    ]
    return {"Reservations": reservations, **token}


def _checks(host: Host) -> Iterator[tuple[str, Answer]]:
    for kind, member in (
        ("system", "SystemStatus"),
        ("instance", "InstanceStatus"),
        ("ebs", "AttachedEbsStatus"),
    ):
        status = host.checks[kind] if host.state == "running" else "not-applicable"
        detail: Answer = {"Name": "reachability"}
        detail["Status"] = {"ok": "passed", "impaired": "failed"}.get(status, status)
        if status == "impaired":
            detail["ImpairedSince"] = host.checks_since
        known = status != "not-applicable"
        yield member, {"Status": status, "Details": [detail] if known else []}


def describe_instance_status(asked: Asked, params: Params) -> Answer:
    """Status checks and scheduled events; running instances only unless all are asked for."""
    hosts = _chosen(asked, params)
    if not params.get("IncludeAllInstances"):
        hosts = [host for host in hosts if host.state == "running"]
    hosts, token = page(hosts, params, "MaxResults", "NextToken")
    statuses = [
        {
            "InstanceId": host.id,
            "AvailabilityZone": f"{host.region}a",
            "InstanceState": {"Code": STATE_CODES[host.state], "Name": host.state},
            "Events": host.events,
            **dict(_checks(host)),
        }
        for host in hosts
    ]
    return {"InstanceStatuses": statuses, **token}


def describe_instance_types(asked: Asked, params: Params) -> Answer:
    """Cores and memory of the types in use."""
    wanted = params.get("InstanceTypes") or SIZES
    unknown = [name for name in wanted if name not in SIZES]
    if unknown:
        raise Refusal("InvalidInstanceType", f"The following types do not exist: {unknown}")
    types = [
        {
            "InstanceType": name,
            "VCpuInfo": {"DefaultVCpus": SIZES[name][0]},
            "MemoryInfo": {"SizeInMiB": SIZES[name][1]},
        }
        for name in wanted
    ]
    return {"InstanceTypes": types}


OPERATIONS = {
    "DescribeInstances": describe_instances,
    "DescribeInstanceStatus": describe_instance_status,
    "DescribeInstanceTypes": describe_instance_types,
}

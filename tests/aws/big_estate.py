"""An estate of hundreds of sites and the AWS that holds it: for counting calls and dollars."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from typing import Any

from console.config.schema import Estate

Answer = dict[str, Any]
ACCOUNT, REGION = "111122223333", "ap-northeast-1"
START = datetime(2026, 11, 1, tzinfo=UTC)
EC2_PER_SITE, ALARMS_PER_SITE = 2, 5
FACTS = {
    "instances": ("load1", "mem_pct", "disk_pct"),
    "caches": ("memory_pct", "engine_cpu_pct"),
}


def site_names(sites: int) -> list[str]:
    """The ids of the sites."""
    return [f"site{number:03}" for number in range(sites)]


def instance_ids(sites: int) -> list[str]:
    """Two instances a site."""
    return [f"i-{number:017x}" for number in range(sites * EC2_PER_SITE)]


def _metrics() -> list[Answer]:
    return [
        {
            "id": fact,
            "of": of,
            "fact": fact,
            "namespace": "Fleet",
            "name": fact,
            "dimensions": {"Id": "{instance_id}" if of == "instances" else "{cluster_id}"},
            "warn": 80,
            "crit": 90,
            "key": True,
        }
        for of, facts in FACTS.items()
        for fact in facts
    ]


def big_estate(sites: int = 300, *, fleet: str = "off", endpoint_url: str = "") -> Estate:
    """So many sites, each of two instances, a cache and a database, in one account and Region."""
    ids = iter(instance_ids(sites))
    here = {"account": "big", "region": REGION}
    account = {"id": ACCOUNT, "regions": [REGION], "profile": "prod", "endpoint_url": endpoint_url}

    def environment(name: str) -> Answer:
        instances = [{"id": next(ids)} for _ in range(EC2_PER_SITE)]
        return here | {
            "instances": instances,
            "caches": [{"id": f"{name}-redis"}],
            "databases": [{"id": f"{name}-db"}],
            "alarm_prefix": f"{name}-",
        }

    told = {
        "estate": {"name": "big", "title": f"{sites} sites"},
        "accounts": {"big": account},
        "sites": {
            name: {"title": name, "environments": {"prod": environment(name)}}
            for name in site_names(sites)
        },
        "canaries": [here],
        "kafka": {"msk": {"bootstrap": "b:9098", "arn": "arn:aws:kafka:msk", **here}},
        "metrics": _metrics(),
        "metrics_policy": {"fleet": fleet, "max_per_hour": 1_000_000},
    }
    return Estate.model_validate(told)


@cache
def _instances(sites: int) -> list[Answer]:
    return [
        {
            "InstanceId": id_,
            "InstanceType": "m6i.large",
            "State": {"Name": "running"},
            "CpuOptions": {"CoreCount": 1, "ThreadsPerCore": 2},
            "Monitoring": {"State": "enabled"},
            "LaunchTime": START,
            "InstanceState": {"Name": "running"},
            **{f"{what}Status": {"Status": "ok"} for what in ("System", "Instance", "AttachedEbs")},
        }
        for id_ in instance_ids(sites)
    ]


@cache
def _alarms(sites: int) -> list[Answer]:
    """One in a hundred rings."""
    names = [f"{name}-{n}" for name in site_names(sites) for n in range(ALARMS_PER_SITE)]
    return [
        {
            "AlarmName": name,
            "StateValue": "OK" if number % 100 else "ALARM",
            "StateTransitionedTimestamp": START,
        }
        for number, name in enumerate(names)
    ]


def _paged(params: Answer, key: str, things: list[Answer], size: int, token: str) -> Answer:
    start = int(params.get(token) or 0)
    more = {token: str(start + size)} if start + size < len(things) else {}
    return {key: things[start : start + size], **more}


def _data(params: Answer) -> Answer:
    start, end = params["StartTime"].timestamp(), params["EndTime"].timestamp()
    times = [datetime.fromtimestamp(at, UTC) for at in range(int(start), int(end), 60)]
    values = [float(number % 7) for number in range(len(times))]
    each = {"Timestamps": times[::-1], "Values": values, "StatusCode": "Complete"}
    return {"MetricDataResults": [{"Id": q["Id"], **each} for q in params["MetricDataQueries"]]}


def answer(operation: str, params: Answer, sites: int = 300) -> Answer:
    """What AWS says to one call, `service.Operation`, about this estate."""
    if operation == "ec2.DescribeInstanceStatus":
        wanted = set(params.get("InstanceIds") or instance_ids(sites))
        found = [each for each in _instances(sites) if each["InstanceId"] in wanted]
        size = params.get("MaxResults", 1000)
        return _paged(params, "InstanceStatuses", found, size, "NextToken")
    if operation == "ec2.DescribeInstances":
        (by,) = params["Filters"]
        wanted = set(by["Values"])
        every = by["Name"] == "instance-state-name"
        found = [each for each in _instances(sites) if every or each["InstanceId"] in wanted]
        return _paged(
            params, "Reservations", [{"Instances": [i]} for i in found], 1000, "NextToken"
        )
    if operation == "ec2.DescribeInstanceTypes":
        memory = {"SizeInMiB": 8192}
        return {"InstanceTypes": [{"InstanceType": "m6i.large", "MemoryInfo": memory}]}
    if operation == "elasticache.DescribeCacheClusters":
        names = site_names(sites)
        told = {"CacheClusterStatus": "available"}
        found = [{"CacheClusterId": f"{name}-redis", **told} for name in names]
        return _paged(params, "CacheClusters", found, 100, "Marker")
    if operation == "rds.DescribeDBInstances":
        state = {"DBInstanceStatus": "available", "PerformanceInsightsEnabled": True}
        found = [
            {"DBInstanceIdentifier": f"{name}-db", "DbiResourceId": f"db-{name}", **state}
            for name in site_names(sites)
        ]
        return _paged(params, "DBInstances", found, 100, "Marker")
    if operation == "cloudwatch.DescribeAlarms":
        state = params.get("StateValue")
        found = [a for a in _alarms(sites) if state in (None, a["StateValue"])]
        return _paged(params, "MetricAlarms", found, 100, "NextToken")
    if operation == "cloudwatch.GetMetricData":
        return _data(params)
    if operation == "sts.GetCallerIdentity":
        return {"Account": ACCOUNT, "Arn": "arn:aws:sts::111122223333:assumed-role/look/me"}
    if operation == "kafka.DescribeClusterV2":
        return {"ClusterInfo": {"ClusterArn": "arn:aws:kafka:msk", "State": "ACTIVE"}}
    return {}

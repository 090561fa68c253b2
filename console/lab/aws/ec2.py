"""EC2: instances and their status checks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fnmatch import fnmatchcase
from functools import partial
from typing import Any
from uuid import uuid4

from console.lab.aws.call import Answer, Asked, Params, Refusal, page
from console.lab.aws.elbv2 import VPC, address_of
from console.lab.world import Host, World, within

STATE_CODES = {
    "pending": 0,
    "running": 16,
    "shutting-down": 32,
    "terminated": 48,
    "stopping": 64,
    "stopped": 80,
}
SIZES = {
    "t3.medium": (2, 4096),
    "m6i.large": (2, 8192),
    "m6i.xlarge": (4, 16384),
    "m6id.large": (2, 8192),  # with an instance store
}
# Estate seconds after the request.
GOES_DOWN, BOOTED, CHECKED, STOPPED, RUNNING = 4, 38, 75, 30, 10
_FILTERS: dict[str, Callable[[Host], str]] = {
    "instance-state-name": lambda host: host.state,
    "instance-id": lambda host: host.id,
    "instance-type": lambda host: host.type,
    "network-interface.addresses.private-ip-address": address_of,
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
    network: Answer = {}
    if host.public_ip:
        owner = host.account if host.elastic else "amazon"
        association = {"PublicIp": host.public_ip, "IpOwnerId": owner}
        network = {
            "PublicIpAddress": host.public_ip,
            "NetworkInterfaces": [{"Association": association}],
        }
    return network | {
        "InstanceId": host.id,
        "InstanceType": host.type,
        "LaunchTime": host.launched_at,
        "State": {"Code": STATE_CODES[host.state], "Name": host.state},
        "CpuOptions": {"CoreCount": vcpus // 2, "ThreadsPerCore": 2},
        "RootDeviceType": "ebs",
        "VpcId": VPC,
        "PrivateIpAddress": address_of(host),
        "MaintenanceOptions": {"AutoRecovery": "default"},
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
            "InstanceStorageSupported": "d." in name,
        }
        for name in wanted
    ]
    return {"InstanceTypes": types}


def describe_instance_attribute(asked: Asked, params: Params) -> Answer:
    """Whether an instance may be stopped; the product asks for no other attribute."""
    (host,) = _chosen(asked, {"InstanceIds": [params["InstanceId"]]})
    return {"InstanceId": host.id, "DisableApiStop": {"Value": host.protected}}


def reboot_instances(asked: Asked, params: Params) -> Answer:
    """Only queued: the answer says nothing, and LaunchTime stays."""
    for host in asked.victims(_chosen(asked, params), _everyone(asked)):
        if host.state == "running":
            asked.world.after(GOES_DOWN, partial(_down, host, "instance"))
            asked.world.after(BOOTED, partial(_boot, host, asked.world))
            asked.world.after(CHECKED, partial(_well, asked.world, host))
    return {}


def stop_instances(asked: Asked, params: Params) -> Answer:
    """Stopping, then stopped."""
    meant = _chosen(asked, params)
    for host in meant:
        if host.protected:
            text = f"The instance '{host.id}' may not be stopped. Modify its 'disableApiStop'"
            raise Refusal("OperationNotPermitted", text)
    before = {host.id: host.state for host in meant}
    for host in asked.victims(meant, _everyone(asked)):
        host.state = "stopping"
        _down(host, *host.checks)
        asked.world.after(STOPPED, partial(setattr, host, "state", "stopped"))
    return {"StoppingInstances": [_turn(host, before[host.id], "stopping") for host in meant]}


def start_instances(asked: Asked, params: Params) -> Answer:
    """On another machine: a new start, and a new public address unless it is Elastic."""
    meant = _chosen(asked, params)
    for host in meant:
        if host.state not in ("stopped", "running"):
            text = f"The instance '{host.id}' is not in a state from which it can be started."
            raise Refusal("IncorrectInstanceState", text)
    for host in asked.victims(meant, _everyone(asked)):
        host.state, host.launched_at = "pending", asked.now
        if host.public_ip and not host.elastic:
            host.public_ip = f"203.0.113.{asked.now.second + 1}"
        asked.world.after(RUNNING, partial(setattr, host, "state", "running"))
        asked.world.after(BOOTED, partial(_boot, host, asked.world))
        asked.world.after(CHECKED, partial(_well, asked.world, host))
    return {"StartingInstances": [_turn(host, "stopped", "pending") for host in meant]}


def _everyone(asked: Asked) -> list[Host]:
    return within(asked.world.hosts, asked.account, asked.region)


def _turn(host: Host, before: str, now: str) -> Answer:
    states = {"PreviousState": before, "CurrentState": now}
    told = {name: {"Code": STATE_CODES[state], "Name": state} for name, state in states.items()}
    return {"InstanceId": host.id, **told}


def _down(host: Host, *checks: str) -> None:
    host.agent = host.agent and "ConnectionLost"
    host.checks |= dict.fromkeys(checks, "initializing")


def _boot(host: Host, world: World) -> None:
    host.booted_at = world.clock.now()
    host.agent, host.boot_id = host.agent and "Online", str(uuid4())


def _well(world: World, host: Host) -> None:
    host.checks = {kind: "ok" if s == "initializing" else s for kind, s in host.checks.items()}
    world.restarted(host.name)


OPERATIONS = {
    "DescribeInstanceAttribute": describe_instance_attribute,
    "RebootInstances": reboot_instances,
    "StopInstances": stop_instances,
    "StartInstances": start_instances,
    "DescribeInstances": describe_instances,
    "DescribeInstanceStatus": describe_instance_status,
    "DescribeInstanceTypes": describe_instance_types,
}

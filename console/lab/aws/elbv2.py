"""Elastic Load Balancing: load balancers, host names, target groups and how healthy they are."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING
from zlib import crc32

from console.lab.aws.call import Answer, Asked, Params, Refusal, page
from console.lab.world import Host, TargetGroup, within

if TYPE_CHECKING:
    from console.config.schema import Environment

VPC = "vpc-0lab"
HOSTS_A_RULE = 4  # a rule of AWS has five values in all
POOLS, TENANTS, BEHIND = 6, 312, 2
"""A load balancer of the lab: target groups, host names, targets of a group."""
DRAINING, INITIAL = (
    ("draining", "Target.DeregistrationInProgress"),
    ("initial", "Elb.InitialHealthChecking"),
)
CHECKED = 30  # estate seconds until a new target is found healthy


def groups_of(
    account: str, site: str, env: str, place: Environment, hosts: list[Host]
) -> Iterator[TargetGroup]:
    """The target groups behind the load balancers of an environment, each of two machines."""
    ours = [host for host in hosts if f"{site}/{env}" in host.serves]
    for named in place.targets:
        for pool in range(POOLS if named.load_balancer else 0):
            first = pool * BEHIND % len(ours)
            numbers = range(pool + 1, TENANTS + 1, POOLS)
            yield TargetGroup(
                account=account,
                region=place.region,
                name=f"{named.load_balancer}-{chr(ord('a') + pool)}",
                balancer=named.load_balancer,
                targets=[host.id for host in ours[first : first + BEHIND]],
                hosts=[f"client-{number:03d}.{site}.example.fr" for number in numbers],
            )


def address_of(host: Host) -> str:
    """The private address of a machine."""
    number = crc32(host.id.encode())
    return f"10.{number % 250}.{number // 250 % 250}.{number // 62500 % 250}"


def _hash(name: str) -> str:
    return f"{crc32(name.encode()):016x}"


def _arn(asked: Asked, rest: str) -> str:
    return f"arn:aws:elasticloadbalancing:{asked.region}:{asked.account}:{rest}"


def _balancer(asked: Asked, name: str) -> str:
    return _arn(asked, f"loadbalancer/app/{name}/{_hash(name)}")


def _group(asked: Asked, group: TargetGroup) -> str:
    return _arn(asked, f"targetgroup/{group.name}/{_hash(group.name)}")


def _groups(asked: Asked) -> list[TargetGroup]:
    return within(asked.world.groups, asked.account, asked.region)


def _balancers(asked: Asked) -> list[str]:
    return sorted({group.balancer for group in _groups(asked)} - {""})


def describe_load_balancers(asked: Asked, params: Params) -> Answer:
    """Load balancers; an unknown name fails the whole call."""
    names = _balancers(asked)
    unknown = sorted(set(params.get("Names") or ()) - set(names))
    if unknown:
        raise Refusal("LoadBalancerNotFound", f"Load balancers '{unknown}' not found")
    each = [
        {
            "LoadBalancerArn": _balancer(asked, name),
            "LoadBalancerName": name,
            "DNSName": f"{name}-1.{asked.region}.elb.amazonaws.com",
            "Type": "application",
            "State": {"Code": "active"},
            "VpcId": VPC,
        }
        for name in names
        if name in (params.get("Names") or names)
    ]
    some, more = page(each, params, "PageSize", "Marker", 400)
    return {"LoadBalancers": some, **_next(more)}


def _next(more: dict[str, str]) -> dict[str, str]:
    return {"NextMarker": more["Marker"]} if more else {}


def describe_listeners(asked: Asked, params: Params) -> Answer:
    """One listener a load balancer, for HTTPS."""
    for name in _balancers(asked):
        if _balancer(asked, name) == params.get("LoadBalancerArn"):
            arn = _arn(asked, f"listener/app/{name}/{_hash(name)}/1")
            return {"Listeners": [{"ListenerArn": arn, "Port": 443, "Protocol": "HTTPS"}]}
    raise Refusal("LoadBalancerNotFound", "One or more load balancers not found")


def describe_rules(asked: Asked, params: Params) -> Answer:
    """Which host names go to which target group; the default rule answers by itself."""
    listener = str(params.get("ListenerArn"))
    if not any(f"listener/app/{name}/" in listener for name in _balancers(asked)):
        raise Refusal("ListenerNotFound", "One or more listeners not found")
    found = [one for one in _groups(asked) if f"listener/app/{one.balancer}/" in listener]
    rules: list[Answer] = []
    for group in found:
        action = {"Type": "forward", "TargetGroupArn": _group(asked, group)}
        for start in range(0, len(group.hosts), HOSTS_A_RULE):
            names = group.hosts[start : start + HOSTS_A_RULE]
            rules.append(
                {
                    "RuleArn": f"{listener}/{len(rules)}",
                    "Priority": str(len(rules) + 1),
                    "Conditions": [{"Field": "host-header", "HostHeaderConfig": {"Values": names}}],
                    "Actions": [action],
                    "IsDefault": False,
                }
            )
    last: Answer = {"RuleArn": f"{listener}/default", "Priority": "default", "IsDefault": True}
    some, more = page([*rules, last], params, "PageSize", "Marker", 400)
    return {"Rules": some, **_next(more)}


def describe_target_groups(asked: Asked, params: Params) -> Answer:
    """Target groups of the Region."""
    each = [
        {
            "TargetGroupArn": _group(asked, group),
            "TargetGroupName": group.name,
            "TargetType": group.kind,
            "Protocol": "HTTP",
            "Port": 80,
            "VpcId": VPC,
            "LoadBalancerArns": [_balancer(asked, group.balancer)] if group.balancer else [],
        }
        for group in _groups(asked)
    ]
    some, more = page(each, params, "PageSize", "Marker", 400)
    return {"TargetGroups": some, **_next(more)}


def _named(asked: Asked, arn: str) -> TargetGroup:
    for group in _groups(asked):
        if _group(asked, group) == arn:
            return group
    raise Refusal("TargetGroupNotFound", "One or more target groups not found")


def _state(asked: Asked, group: TargetGroup, target: str) -> tuple[str, str]:
    """How a load balancer sees a target: by its machine, unless the story says otherwise."""
    hosts = within(asked.world.hosts, asked.account, asked.region)
    host = next((one for one in hosts if target in (one.id, address_of(one))), None)
    if target in group.states:
        return group.states[target]
    if not group.balancer:
        return "unused", "Target.NotInUse"
    if host is not None and host.state != "running":
        return "unused", "Target.InvalidState"
    if host is not None and host.checks["instance"] != "ok":
        return "unhealthy", "Target.Timeout"
    return "healthy", ""


def describe_target_health(asked: Asked, params: Params) -> Answer:
    """Every target of a group and its state."""
    group = _named(asked, str(params["TargetGroupArn"]))
    told = []
    group.looks += 1
    flickers = asked.lie == "old" and group.looks % 2
    for target in group.targets:
        state, reason = _state(asked, group, target)
        if flickers and state == "draining":
            continue
        health = {"State": state} | ({"Reason": reason} if reason else {})
        told.append({"Target": {"Id": target, "Port": group.port}, "TargetHealth": health})
    return {"TargetHealthDescriptions": told}


def describe_target_group_attributes(asked: Asked, params: Params) -> Answer:
    """How long a target that is taken out may drain; the product asks for no other attribute."""
    group = _named(asked, str(params["TargetGroupArn"]))
    delay = {"Key": "deregistration_delay.timeout_seconds", "Value": f"{group.delay_s:.0f}"}
    return {"Attributes": [delay]}


def _meant(group: TargetGroup, params: Params) -> list[str]:
    """The targets a request names; another port is another target."""
    return [one["Id"] for one in params["Targets"] if one.get("Port", group.port) == group.port]


def deregister_targets(asked: Asked, params: Params) -> Answer:
    """Draining for the whole delay, then gone."""
    group = _named(asked, str(params["TargetGroupArn"]))
    for target in _meant(group, params):
        if target in group.targets and not asked.lie:
            group.states[target] = DRAINING
            asked.world.after(group.delay_s, partial(_gone, group, target))
    return {}


def _gone(group: TargetGroup, target: str) -> None:
    if group.states.get(target) == DRAINING:
        del group.states[target]
        group.targets.remove(target)


def register_targets(asked: Asked, params: Params) -> Answer:
    """Healthy some checks later."""
    group = _named(asked, str(params["TargetGroupArn"]))
    hosts = {one.id: one for one in within(asked.world.hosts, asked.account, asked.region)}
    for target in _meant(group, params):
        if target in hosts and hosts[target].state != "running":
            text = f"The following targets are not in a running state: '{target}'"
            raise Refusal("InvalidTarget", text)
        if asked.lie:
            continue
        if target not in group.targets:
            group.targets.append(target)
            group.states[target] = INITIAL
            asked.world.after(CHECKED, partial(_checked, group, target))
        elif group.states.get(target) == DRAINING:
            del group.states[target]
    return {}


def _checked(group: TargetGroup, target: str) -> None:
    if group.states.get(target) == INITIAL:
        del group.states[target]


OPERATIONS = {
    "DescribeTargetGroupAttributes": describe_target_group_attributes,
    "DeregisterTargets": deregister_targets,
    "RegisterTargets": register_targets,
    "DescribeLoadBalancers": describe_load_balancers,
    "DescribeListeners": describe_listeners,
    "DescribeRules": describe_rules,
    "DescribeTargetGroups": describe_target_groups,
    "DescribeTargetHealth": describe_target_health,
}

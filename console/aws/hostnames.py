"""Which host names a load balancer sends to which target group, by the rules of its listeners."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from console.aws.balancers import PAGE

if TYPE_CHECKING:
    from console.aws.places import Place
    from console.aws.session import Aws

Answer = dict[str, Any]
Hosts = dict[str, tuple[str, ...]]
"""ARN of a target group → host names; `*` where its rule takes any."""
ANY = "*"


def has_rules(balancer: str) -> bool:
    """Whether a load balancer, by its ARN, looks at host names: only those for HTTP do."""
    return ":loadbalancer/app/" in balancer


async def hosts_of(aws: Aws, place: Place, balancers: Iterable[str]) -> Hosts:
    """The host names of every target group behind these load balancers."""
    where = (place.account, place.region, "elbv2")
    found: dict[str, dict[str, None]] = {}
    for balancer in filter(has_rules, balancers):
        listeners = await aws.pages(
            *(*where, "describe_listeners", "Listeners"), LoadBalancerArn=balancer, PageSize=PAGE
        )
        for listener in listeners:
            rules = await aws.pages(
                *(*where, "describe_rules", "Rules"),
                ListenerArn=listener["ListenerArn"],
                PageSize=PAGE,
            )
            for rule in rules:
                for group in _groups(rule):
                    found.setdefault(group, {}).update(dict.fromkeys(_names(rule)))
    return {group: tuple(sorted(names)) for group, names in found.items()}


def _groups(rule: Answer) -> Iterator[str]:
    """The target groups of a rule; one of weight 0 gets nothing."""
    for action in rule.get("Actions") or ():
        each = action.get("ForwardConfig", {}).get("TargetGroups") or [action]
        for one in each:
            if "TargetGroupArn" in one and one.get("Weight", 1):
                yield one["TargetGroupArn"]


def _names(rule: Answer) -> list[str]:
    """Its host names; a rule by path or a default one takes any."""
    each = [one for one in rule.get("Conditions") or () if one.get("Field") == "host-header"]
    configs = [one.get("HostHeaderConfig") or one for one in each]
    names = [name for one in configs for name in one.get("Values") or ()]
    return names + [name for one in configs for name in one.get("RegexValues") or ()] or [ANY]

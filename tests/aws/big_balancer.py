"""A load balancer with hundreds of host names, for counting calls."""

from __future__ import annotations

from typing import Any

Answer = dict[str, Any]
BALANCER = "arn:aws:elasticloadbalancing:ap-northeast-1:111122223333:loadbalancer/app/tenants/1"
NAMES, A_RULE = 312, 4


def behind(operation: str, groups: int) -> Answer:
    """What AWS says of it; so many target groups, each of two healthy machines."""
    told: dict[str, list[Answer]] = {
        "DescribeTargetGroups": [
            {
                "TargetGroupArn": f"arn:{number}",
                "TargetGroupName": f"tenants-{number}",
                "TargetType": "instance",
                "LoadBalancerArns": [BALANCER],
            }
            for number in range(groups)
        ],
        "DescribeTargetHealth": [
            {"Target": {"Id": f"i-{number:017x}"}, "TargetHealth": {"State": "healthy"}}
            for number in range(2)
        ],
        "DescribeListeners": [{"ListenerArn": "arn:listener"}],
        "DescribeRules": [
            {
                "Conditions": [{"Field": "host-header", "Values": [f"client-{number}"] * A_RULE}],
                "Actions": [{"TargetGroupArn": f"arn:{number % groups}"}],
            }
            for number in range(NAMES // A_RULE)
        ],
    }
    key = {"DescribeTargetHealth": "TargetHealthDescriptions"}
    return {key.get(operation, operation.removeprefix("Describe")): told[operation]}

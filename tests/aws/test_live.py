"""The doctor: what it finds well, and the sentence for what it does not."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

from console.clock import Clock
from console.commands.checks import Check
from console.commands.live_aws import doctor
from console.poll import Context
from tests.aws.conftest import ACCOUNT, site
from tests.aws.edge import Asked, Edge, Refused

Make = Callable[..., Context]
ESTATE: dict[str, Any] = {
    "sites": {"x": site({"prod": {"instances": [{"id": "i-1"}], "caches": [{"id": "c"}]}})},
    "canaries": [{"account": "prod", "region": "eu-west-3"}],
    "kafka": {"m": {"bootstrap": "b:1", "account": "prod", "region": "eu-west-3", "arn": "arn:m"}},
    "metrics": [{"id": "l", "of": "instances", "fact": "load1", "namespace": "N", "name": "L"}],
}


def serve(edge: Edge, skew: timedelta = timedelta(0)) -> None:
    """Everything is allowed."""

    def identity(asked: Asked) -> dict[str, Any]:
        date = format_datetime(datetime.now(UTC) - skew, usegmt=True)
        meta = {"HTTPStatusCode": 200, "HTTPHeaders": {"date": date}}
        return {"Account": ACCOUNT, "Arn": "arn:me", "ResponseMetadata": meta}

    for operation in (
        *("ec2.DescribeInstanceStatus", "ec2.DescribeInstances", "ec2.DescribeInstanceTypes"),
        *("elasticache.DescribeCacheClusters", "elasticache.DescribeReplicationGroups"),
        *("cloudwatch.DescribeAlarms", "cloudwatch.ListAlarmMuteRules"),
        *("cloudwatch.GetMetricData", "synthetics.DescribeCanariesLastRun"),
        *("synthetics.DescribeCanaries", "kafka.DescribeClusterV2"),
        "kafka.ListClusterOperationsV2",
    ):
        edge.handlers[operation] = lambda asked: {}
    edge.handlers["sts.GetCallerIdentity"] = identity


async def checks(context: Context, clock: Clock | None = None) -> dict[str, Check]:
    found = await doctor(context.estate, context.clients, clock)
    return {check.what: check for check in found}


async def test_a_well_estate_is_well_in_every_line(edge: Edge, context: Make) -> None:
    serve(edge)
    found = await checks(context(**ESTATE))
    assert all(check.ok for check in found.values()), found
    assert found["account prod login"].said.startswith("arn:me · ")
    rights = {what.split()[1] for what in found if what.startswith("prod/eu-west-3")}
    assert len(rights) == 12
    assert {"ec2:DescribeInstanceStatus", "kafka:ListClusterOperationsV2"} <= rights


async def test_a_missing_right_says_what_is_lost_and_what_to_allow(
    edge: Edge, context: Make
) -> None:
    def refuse(asked: Asked) -> dict[str, Any]:
        raise Refused("AccessDenied", status=403)

    serve(edge)
    edge.handlers["elasticache.DescribeReplicationGroups"] = refuse
    found = await checks(context(**ESTATE))
    bad = [check for check in found.values() if not check.ok]
    (check,) = bad
    assert check.what == "prod/eu-west-3 elasticache:DescribeReplicationGroups"
    assert check.said == "not allowed; without it: no roles of caches"
    assert check.fix == "allow elasticache:DescribeReplicationGroups in the policy of this login"


async def test_without_a_login_nothing_else_is_asked(edge: Edge, context: Make) -> None:
    def refuse(asked: Asked) -> dict[str, Any]:
        raise Refused("ExpiredToken", status=403)

    serve(edge)
    edge.handlers["sts.GetCallerIdentity"] = refuse
    found = await checks(context(**ESTATE))
    login = found["account prod login"]
    assert (login.ok, login.fix) == (False, "aws sso login --profile prod")
    rest = [check.ok for what, check in found.items() if what.startswith("prod/")]
    assert rest == [None] * 12


async def test_a_wrong_clock_and_a_wrong_account_are_told(edge: Edge, context: Make) -> None:
    serve(edge, skew=timedelta(minutes=4))
    clock = (await checks(context(**ESTATE)))["account prod clock"]
    assert (clock.ok, clock.fix) == (False, "set the clock")
    found = re.search(r"is \+(\d+) s from AWS", clock.said)
    assert found and 240 <= int(found[1]) <= 250, clock.said  # the answer itself takes a while
    edge.handlers["sts.GetCallerIdentity"] = lambda asked: {"Account": "999999999999", "Arn": "x"}
    login = (await checks(context(**ESTATE)))["account prod login"]
    assert login.ok is False
    assert "of account 999999999999" in login.said
    assert "accounts.prod.profile" in login.fix


async def test_a_labs_clock_is_compared_with_the_labs_time(edge: Edge, context: Make) -> None:
    away = timedelta(days=257)
    now = datetime.now(UTC)
    serve(edge, skew=away)
    clock = (await checks(context(**ESTATE), Clock(now - away, now)))["account prod clock"]
    assert (clock.ok, clock.fix) == (True, "")

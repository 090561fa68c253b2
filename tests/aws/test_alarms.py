"""Alarms: whose they are, who muted them, and how few calls tell it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from console.model import Severity
from console.poll import Context, Part
from console.sources.alarms import Alarm, Alarms
from tests.aws.conftest import site
from tests.aws.edge import Asked, Edge, Refused

Make = Callable[..., Context]
SINCE = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)


def alarm(name: str, state: str = "OK", on: str = "", **more: Any) -> dict[str, Any]:
    dimensions = [{"Name": "InstanceId", "Value": on}] if on else []
    return {
        "AlarmName": name,
        "StateValue": state,
        "StateReason": "threshold",
        "StateTransitionedTimestamp": SINCE,
        "ActionsEnabled": True,
        "Dimensions": dimensions,
        **more,
    }


def serve(edge: Edge, alarms: list[dict[str, Any]], muted: list[str] | None = None) -> None:
    """CloudWatch with 100 alarms a page; composites in their own list."""

    def describe(asked: Asked) -> dict[str, Any]:
        assert "CompositeAlarm" in asked.params["AlarmTypes"]
        names, state = asked.params.get("AlarmNames"), asked.params.get("StateValue")
        found = [a for a in alarms if not names or a["AlarmName"] in names]
        found = [a for a in found if not state or a["StateValue"] == state]
        start = int(asked.params.get("NextToken", "0"))
        page = [dict(a) for a in found[start : start + 100]]
        more = {"NextToken": str(start + 100)} if start + 100 < len(found) else {}
        plain = [a for a in page if "AlarmRule" not in a]
        return {
            "MetricAlarms": plain,
            "CompositeAlarms": [a for a in page if "AlarmRule" in a],
            **more,
        }

    rules = [{"AlarmMuteRuleArn": "arn:aws:cloudwatch:r:1:alarm-mute-rule:night"}] if muted else []
    edge.handlers |= {
        "cloudwatch.DescribeAlarms": describe,
        "cloudwatch.ListAlarmMuteRules": lambda asked: {"AlarmMuteRuleSummaries": rules},
        "cloudwatch.GetAlarmMuteRule": lambda asked: {
            "Name": asked.params["AlarmMuteRuleName"],
            "MuteTargets": {"AlarmNames": muted},
        },
    }


def estate(**more: Any) -> dict[str, Any]:
    prod = {"instances": [{"id": "i-1"}], "alarm_prefix": "sakai-prod-"}
    prod |= {"databases": [{"id": "sakai-db"}]}
    scope = {"account": "prod", "region": "eu-west-3", "prefix": "v2-", "scope": "eks-v2"}
    shared = {"instances": [{"id": "i-1"}]}
    return {
        "sites": {"sakai": site({"prod": prod}), "kawasaki": site({"prod": shared})},
        "alarms": [scope, scope | {"prefix": "offre-", "owner": "offre"}],
    } | more


def only(context: Context) -> Part:
    (part,) = Alarms().parts(context)
    return part


async def rows(part: Part) -> dict[str, Alarm]:
    return {row.name: row for row in await part.fetch() if isinstance(row, Alarm)}


async def test_an_alarm_belongs_to_a_site_by_its_resource_else_by_a_prefix_else_to_others(
    edge: Edge, context: Make
) -> None:
    named = ["sakai-prod-5xx", "v2-lag", "offre-api", "someone-elses"]
    cpu = alarm("rds-cpu", Dimensions=[{"Name": "DBInstanceIdentifier", "Value": "sakai-db"}])
    serve(edge, [alarm("load", on="i-1"), cpu, *map(alarm, named)])
    found = await rows(only(context(**estate())))
    whose = {name: (row.scopes, row.owner, row.site) for name, row in found.items()}
    assert whose == {
        "load": (("sakai/prod", "kawasaki/prod"), "ours", "sakai"),
        "rds-cpu": (("sakai/prod",), "ours", "sakai"),
        "sakai-prod-5xx": (("sakai/prod",), "ours", "sakai"),
        "v2-lag": (("eks-v2",), "ours", None),
        "offre-api": (("eks-v2",), "offre", None),
    }


async def test_muted_alarms_are_shown_as_muted_and_no_data_is_not_ok(
    edge: Edge, context: Make
) -> None:
    told = [
        alarm("v2-ringing", "ALARM"),
        alarm("v2-off", "ALARM", ActionsEnabled=False),
        alarm("v2-rule", "ALARM"),
        alarm("v2-whole", "ALARM", AlarmRule="ALARM(v2-off)", ActionsSuppressedBy="Alarm"),
        alarm("v2-blind", "INSUFFICIENT_DATA"),
        alarm("v2-half", EvaluationState="PARTIAL_DATA"),
        alarm("v2-fine"),
    ]
    serve(edge, told, muted=["v2-rule"])
    found = await rows(only(context(**estate())))
    states = {name: (row.state, row.muted, row.severity) for name, row in found.items()}
    assert states == {
        "v2-ringing": ("alarm", False, Severity.CRITICAL),
        "v2-off": ("alarm", True, Severity.WARNING),
        "v2-rule": ("alarm", True, Severity.WARNING),
        "v2-whole": ("alarm", True, Severity.WARNING),
        "v2-blind": ("insufficient_data", False, Severity.UNKNOWN),
        "v2-half": ("ok", False, Severity.UNKNOWN),
        "v2-fine": ("ok", False, Severity.OK),
    }
    assert found["v2-ringing"].since == SINCE


async def test_many_alarms_cost_one_call_a_minute_and_stay_true(edge: Edge, context: Make) -> None:
    alarms = [alarm(f"v2-{number}") for number in range(250)]
    serve(edge, alarms)
    part = only(context(**estate()))
    assert len(await rows(part)) == 250
    assert edge.count("cloudwatch.DescribeAlarms") == 3
    alarms[7]["StateValue"] = "ALARM"
    assert (await rows(part))["v2-7"].state == "alarm"
    assert edge.count("cloudwatch.DescribeAlarms") == 5, "one call a state that is followed"
    alarms[7]["StateValue"] = "INSUFFICIENT_DATA"
    assert (await rows(part))["v2-7"].state == "insufficient_data"
    assert edge.count("cloudwatch.DescribeAlarms") == 7
    alarms[7]["StateValue"] = "OK"
    assert (await rows(part))["v2-7"].state == "ok", "asked by name as it left"
    assert edge.count("cloudwatch.DescribeAlarms") == 10
    del alarms[7]
    assert len(await rows(part)) == 250


async def test_an_alarm_of_many_that_loses_its_data_is_not_ok_at_the_next_poll(
    edge: Edge, context: Make
) -> None:
    alarms = [alarm(f"v2-{number}") for number in range(101)]
    serve(edge, alarms)
    part = only(context(**estate()))
    first = await rows(part)
    alarms[100]["StateValue"] = "INSUFFICIENT_DATA"
    later = await rows(part)
    blind, quiet = later["v2-100"], later["v2-3"]
    assert (blind.severity, blind.because) == (Severity.UNKNOWN, ("without data: threshold",))
    assert blind.at > first["v2-100"].at
    assert quiet.at == first["v2-3"].at, "it was not read again"
    assert quiet.ages["state"] == blind.at, "but it is known not to ring"


async def test_an_alarm_says_why_it_is_bad(edge: Edge, context: Make) -> None:
    told = [alarm("v2-r", "ALARM"), alarm("v2-m", "ALARM", ActionsEnabled=False), alarm("v2-k")]
    serve(edge, [*told, alarm("v2-half", EvaluationState="PARTIAL_DATA")])
    found = await rows(only(context(**estate())))
    assert {name: row.because for name, row in found.items()} == {
        "v2-r": ("in ALARM: threshold",),
        "v2-m": ("in ALARM, muted: threshold",),
        "v2-k": (),
        "v2-half": ("not evaluated: PARTIAL_DATA: threshold",),
    }


async def test_an_alarm_brings_its_site_into_trouble(edge: Edge, context: Make) -> None:
    serve(edge, [alarm("load", "ALARM", on="i-1")])
    asked = context(**estate())
    await only(asked).fetch()
    (troubled,) = asked.clients.aws.metrics._trouble.values()
    assert troubled == {"sakai/prod", "kawasaki/prod"}


async def test_mute_rules_that_may_not_be_read_hide_no_alarm(edge: Edge, context: Make) -> None:
    def refuse(asked: Asked) -> dict[str, Any]:
        raise Refused("AccessDenied", status=403)

    serve(edge, [alarm("v2-ringing", "ALARM")])
    edge.handlers["cloudwatch.ListAlarmMuteRules"] = refuse
    (row,) = (await rows(only(context(**estate())))).values()
    assert row.severity is Severity.CRITICAL
    assert "cloudwatch:ListAlarmMuteRules is not allowed" in row.missing["muted"]

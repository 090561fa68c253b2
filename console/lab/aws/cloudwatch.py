"""CloudWatch: metric data and alarms."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from console.lab.aws.call import Answer, Asked, Params, Refusal, page
from console.lab.world import Alarm, Course, series, within

MAX_QUERIES, MAX_NAMES = 500, 100
MUTE_RULE = "planned-work"


def _dimensions(named: list[dict[str, str]] | None) -> dict[str, str]:
    return {one["Name"]: one["Value"] for one in named or []}


def _course(asked: Asked, query: Answer) -> Course | None:
    metric = query["MetricStat"]["Metric"]
    dimensions = _dimensions(metric.get("Dimensions"))
    place = (asked.account, asked.region, metric["Namespace"], metric["MetricName"])
    return asked.world.courses.get(series(*place, dimensions))


def _points(params: Params, period: int, now: datetime) -> Iterator[datetime]:
    """Whole periods only: CloudWatch has no point for the one under way."""
    start = -(-params["StartTime"].timestamp() // period) * period
    end = min(params["EndTime"].timestamp(), now.timestamp() - period + 1)
    for step in range(max(0, int(-(-(end - start) // period)))):
        yield datetime.fromtimestamp(start + step * period, UTC)


def _result(asked: Asked, params: Params, query: Answer, withheld: bool) -> Answer:
    course = None if withheld else _course(asked, query)
    period = query["MetricStat"]["Period"]
    times = list(_points(params, period, asked.now)) if course else []
    if params.get("ScanBy") != "TimestampAscending":
        times.reverse()
    return {
        "Id": query["Id"],
        "Label": query.get("Label") or query["MetricStat"]["Metric"]["MetricName"],
        "Timestamps": times,
        "Values": [course.value(at) for at in times] if course else [],
        "StatusCode": "PartialData" if withheld else "Complete",
    }


def get_metric_data(asked: Asked, params: Params) -> Answer:
    """Values of exactly named metrics, newest first; a `partial` fault gives half at a time."""
    queries = params["MetricDataQueries"]
    if len(queries) > MAX_QUERIES or any("MetricStat" not in query for query in queries):
        raise Refusal("ValidationError", f"The lab takes up to {MAX_QUERIES} plain metrics")
    half = len(queries) // 2
    if not asked.partial:
        results = [_result(asked, params, query, False) for query in queries]
        return {"MetricDataResults": results, "Messages": []}
    if "NextToken" in params:
        rest = [_result(asked, params, query, False) for query in queries[half:]]
        return {"MetricDataResults": rest, "Messages": []}
    first = [_result(asked, params, query, n >= half) for n, query in enumerate(queries)]
    return {"MetricDataResults": first, "Messages": [], "NextToken": "lab-rest"}


def list_metrics(asked: Asked, params: Params) -> Answer:
    """Metrics that have these dimensions, and perhaps others."""
    wanted = {(one["Name"], one.get("Value")) for one in params.get("Dimensions") or []}
    found = [
        {
            "Namespace": space,
            "MetricName": name,
            "Dimensions": [{"Name": key, "Value": value} for key, value in sorted(dims)],
        }
        for account, region, space, name, dims in asked.world.courses
        if (account, region) == (asked.account, asked.region)
        and params.get("Namespace", space) == space
        and params.get("MetricName", name) == name
        and all(any(key == k and value in (v, None) for k, v in dims) for key, value in wanted)
    ]
    metrics, token = page(found, params, "MaxRecords", "NextToken", 500)
    return {"Metrics": metrics, **token}


def _alarm(alarm: Alarm) -> Answer:
    answer: Answer = {
        "AlarmName": alarm.name,
        "AlarmArn": f"arn:aws:cloudwatch:{alarm.region}:{alarm.account}:alarm:{alarm.name}",
        "StateValue": alarm.state,
        "StateReason": alarm.reason,
        "StateUpdatedTimestamp": alarm.since,
        "StateTransitionedTimestamp": alarm.since,
        "ActionsEnabled": alarm.actions,
    }
    if alarm.rule:
        return answer | {"AlarmRule": alarm.rule}
    dimensions = [{"Name": name, "Value": value} for name, value in alarm.dimensions.items()]
    names = {"Namespace": alarm.namespace, "MetricName": alarm.metric, "Dimensions": dimensions}
    return answer | names


def describe_alarms(asked: Asked, params: Params) -> Answer:
    """Alarms; metric alarms only unless AlarmTypes says more, as in CloudWatch."""
    names = params.get("AlarmNames") or []
    if len(names) > MAX_NAMES:
        raise Refusal("ValidationError", f"at most {MAX_NAMES} alarm names")
    kinds = params.get("AlarmTypes") or ["MetricAlarm"]
    found = [
        alarm
        for alarm in within(asked.world.alarms, asked.account, asked.region)
        if ("CompositeAlarm" if alarm.rule else "MetricAlarm") in kinds
        and params.get("StateValue", alarm.state) == alarm.state
        and alarm.name.startswith(params.get("AlarmNamePrefix", ""))
        and (not names or alarm.name in names)
    ]
    alarms, token = page(found, params, "MaxRecords", "NextToken", 50)
    return {
        "MetricAlarms": [_alarm(alarm) for alarm in alarms if not alarm.rule],
        "CompositeAlarms": [_alarm(alarm) for alarm in alarms if alarm.rule],
        **token,
    }


def describe_alarm_history(asked: Asked, params: Params) -> Answer:
    """What the alarms did since they were made; of one where a name is given."""
    items = [
        item
        for alarm in within(asked.world.alarms, asked.account, asked.region)
        if params.get("AlarmName", alarm.name) == alarm.name or asked.lie
        for item in _history(alarm)
    ]
    items.sort(key=lambda item: item["Timestamp"])
    if params.get("ScanBy", "TimestampDescending") == "TimestampDescending":
        items.reverse()
    found, token = page(items, params, "MaxRecords", "NextToken", 50)
    return {"AlarmHistoryItems": found, **token}


def _history(alarm: Alarm) -> Iterator[Answer]:
    kind = "CompositeAlarm" if alarm.rule else "MetricAlarm"
    named = {"AlarmName": alarm.name, "AlarmType": kind}
    first = alarm.turns[0][0] if alarm.turns else alarm.since
    made = f'Alarm "{alarm.name}" created'
    yield named | {
        "Timestamp": first - timedelta(days=9),
        "HistoryItemType": "ConfigurationUpdate",
        "HistorySummary": made,
        "HistoryData": "{}",
    }
    for at, old, new, reason in alarm.turns:
        data = {
            "version": "1.0",
            "oldState": {"stateValue": old},
            "newState": {"stateValue": new, "stateReason": reason},
        }
        yield named | {
            "Timestamp": at,
            "HistoryItemType": "StateUpdate",
            "HistorySummary": f"Alarm updated from {old} to {new}",
            "HistoryData": json.dumps(data),
        }


def list_alarm_mute_rules(asked: Asked, params: Params) -> Answer:
    """One active rule for all muted alarms."""
    muted = any(alarm.muted for alarm in within(asked.world.alarms, asked.account, asked.region))
    arn = f"arn:aws:cloudwatch:{asked.region}:{asked.account}:alarm-mute-rule:{MUTE_RULE}"
    return {
        "AlarmMuteRuleSummaries": [{"AlarmMuteRuleArn": arn, "Status": "ACTIVE"}] if muted else []
    }


def get_alarm_mute_rule(asked: Asked, params: Params) -> Answer:
    """Which alarms the rule mutes."""
    alarms = within(asked.world.alarms, asked.account, asked.region)
    names = [alarm.name for alarm in alarms if alarm.muted]
    return {"Name": MUTE_RULE, "Status": "ACTIVE", "MuteTargets": {"AlarmNames": names}}


OPERATIONS = {
    "ListAlarmMuteRules": list_alarm_mute_rules,
    "GetAlarmMuteRule": get_alarm_mute_rule,
    "GetMetricData": get_metric_data,
    "ListMetrics": list_metrics,
    "DescribeAlarms": describe_alarms,
    "DescribeAlarmHistory": describe_alarm_history,
}

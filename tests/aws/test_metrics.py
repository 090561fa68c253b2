"""What CloudWatch is asked, what it costs, and what its answers mean."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from console.aws import metrics as desk_module
from console.aws.metrics import MetricDesk
from console.aws.places import Place
from console.aws.series import (
    Facts,
    Reading,
    Series,
    facts_of,
    judge,
    newest,
    reading_of,
    series_of,
)
from console.aws.session import Aws
from console.aws.usage import Usage
from console.clock import Clock
from console.config.schema import Metric
from console.model import Severity
from console.poll import AuthExpired, Context
from console.sources.metrics import Metric as MetricRow
from console.sources.metrics import Metrics
from tests.aws.conftest import estate_of
from tests.aws.edge import Asked, Edge, Refused

Make = Callable[..., Context]
PLACE = Place("prod", "eu-west-3")
LOAD = {"id": "load1", "of": "instances", "fact": "load1", "namespace": "System/Linux"} | {
    "name": "LoadAverage1Min",
    "dimensions": {"InstanceId": "{instance_id}"},
    "warn": 8,
    "crit": 10,
}
NOW = datetime(2026, 11, 22, 12, 0, 30, tzinfo=UTC)


def metric(**changes: Any) -> Metric:
    return Metric.model_validate(LOAD | changes)


def load_of(*names: str, scope: str = "a/prod", **changes: Any) -> list[Series]:
    one = metric(**changes)
    return [series_of(one, PLACE, name, (scope,), {"instance_id": name}) for name in names]


def desk_of(**policy: Any) -> tuple[Aws, MetricDesk]:
    aws = Aws(estate_of(metrics_policy=policy))
    return aws, aws.metrics


def points(values: Iterable[float], newest_at: datetime | None = None) -> dict[str, Any]:
    """A minute's value each, newest first, as CloudWatch orders them."""
    at = newest_at or NOW - timedelta(seconds=90)
    each = list(values)
    return {
        "Timestamps": [at - timedelta(minutes=n) for n in range(len(each))],
        "Values": each,
        "StatusCode": "Complete",
    }


def serve(edge: Edge, answer: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
    """Each query's result by the query."""

    def data(asked: Asked) -> dict[str, Any]:
        queries = asked.params["MetricDataQueries"]
        return {"MetricDataResults": [{"Id": q["Id"]} | answer(q) for q in queries]}

    edge.handlers["cloudwatch.GetMetricData"] = data


async def read(desk: MetricDesk, wanted: list[Series], every: float = 60) -> list[Reading]:
    readings = await desk.read(wanted, every, Clock(NOW, datetime.now(UTC), 1.0))
    return [readings[series] for series in wanted]


async def test_only_what_is_wanted_is_asked_and_the_rest_says_why(edge: Edge) -> None:
    serve(edge, lambda query: points([5.0, 4.0]))
    _, desk = desk_of()
    here, away = load_of("i-1"), load_of("i-2", scope="b/prod")
    desk.focus(["a/prod"])
    first, second = await read(desk, here + away)
    assert (first.value, first.asked) == (5.0, True)
    assert (second.value, second.asked) == (None, False)
    assert "not on the screen" in second.why
    (asked,) = [a for a in edge.log if a.operation == "cloudwatch.GetMetricData"]
    (query,) = asked.params["MetricDataQueries"]
    assert query["MetricStat"]["Metric"]["Dimensions"] == [{"Name": "InstanceId", "Value": "i-1"}]
    assert asked.params["EndTime"] - asked.params["StartTime"] >= timedelta(minutes=30)


@pytest.mark.parametrize(
    ("fleet", "key", "trouble", "symptoms", "asked"),
    [
        ("trouble", True, [], [], False),
        ("trouble", True, ["a/prod"], [], True),
        ("trouble", True, ["b/prod"], [], False),
        ("trouble", False, ["a/prod"], [], False),
        ("all", True, [], [], True),
        ("all", False, [], [], False),
        ("off", True, ["a/prod"], [], False),
        ("off", False, [], ["load1"], True),
    ],
)
async def test_the_tiers_decide_what_is_asked(
    edge: Edge, fleet: str, key: bool, trouble: list[str], symptoms: list[str], asked: bool
) -> None:
    serve(edge, lambda query: points([1.0]))
    _, desk = desk_of(fleet=fleet)
    desk.troubled("alarms", trouble)
    desk.symptoms(symptoms)
    (reading,) = await read(desk, load_of("i-1", key=key))
    assert reading.asked is asked


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (points([]), "no metric System/Linux LoadAverage1Min for this instance"),
        (points([3.0], NOW - timedelta(minutes=6)), "the newest point is 6 min old (3)"),
        (points([3.0]) | {"StatusCode": "Forbidden"}, "CloudWatch forbids it"),
        (points([]) | {"StatusCode": "InternalError"}, "CloudWatch failed inside"),
    ],
)
async def test_no_data_old_data_and_failure_are_three_things_and_none_is_zero(
    edge: Edge, answer: dict[str, Any], why: str
) -> None:
    serve(edge, lambda query: answer)
    _, desk = desk_of()
    desk.focus(["a/prod"])
    series = load_of("i-1")
    (reading,) = await read(desk, series)
    assert reading.value is None
    assert why in reading.why
    facts = facts_of(series, {series[0]: reading})
    assert facts.severity is Severity.UNKNOWN
    assert why in facts.missing["load1"]


async def test_partial_data_is_followed_to_its_last_page(edge: Edge) -> None:
    old, new = NOW - timedelta(minutes=3), NOW - timedelta(minutes=2)

    def data(asked: Asked) -> dict[str, Any]:
        if "NextToken" in asked.params:
            result = {"Id": "q0", "Timestamps": [old], "Values": [1.0], "StatusCode": "Complete"}
            return {"MetricDataResults": [result]}
        part = {"Id": "q0", "Timestamps": [new], "Values": [2.0], "StatusCode": "PartialData"}
        return {"MetricDataResults": [part], "NextToken": "more"}

    edge.handlers["cloudwatch.GetMetricData"] = data
    _, desk = desk_of()
    desk.focus(["a/prod"])
    (reading,) = await read(desk, load_of("i-1"))
    assert reading.points == ((old, 1.0), (new, 2.0))
    assert reading.value == 2.0


async def test_at_most_500_metrics_go_into_one_call(edge: Edge) -> None:
    serve(edge, lambda query: points([1.0]))
    _, desk = desk_of()
    desk.focus(["a/prod"])
    await read(desk, load_of(*(f"i-{n}" for n in range(501))))
    sizes = [len(a.params["MetricDataQueries"]) for a in edge.log if "MetricData" in a.operation]
    assert sizes == [500, 1]


async def test_at_the_cap_less_is_asked_and_the_gap_says_so(edge: Edge) -> None:
    serve(edge, lambda query: points([1.0]))
    _, desk = desk_of(max_per_hour=3)
    desk.focus(["a/prod"])
    desk.symptoms(["named"])
    readings = await read(desk, load_of("i-1", "i-2", "i-3") + load_of("i-4", id="named"))
    assert [reading.value for reading in readings] == [1.0, 1.0, None, 1.0], "a symptom's is first"
    assert readings[2].why == "metrics cap of 3 an hour reached"
    assert edge.metrics() == 3


async def test_a_metric_is_asked_no_more_often_than_its_tier_and_period(
    edge: Edge, monkeypatch: pytest.MonkeyPatch
) -> None:
    serve(edge, lambda query: points([1.0]))
    seconds, start = [0.0], datetime.now(UTC)
    monkeypatch.setattr(desk_module, "real_now", lambda: start + timedelta(seconds=seconds[0]))
    _, desk = desk_of(fleet="all")
    focus = load_of("i-1", scope="a/prod")
    slow = load_of("i-1", scope="a/prod", id="disk", fact="disk_pct", period=300)
    fleet = load_of("i-2", scope="b/prod", key=True)
    desk.focus(["a/prod"])
    asked: dict[str, int] = {"focus": 0, "slow": 0, "fleet": 0}
    for minute in range(10):
        seconds[0] = 60.0 * minute
        for name, series in (("focus", focus), ("slow", slow), ("fleet", fleet)):
            before = edge.count("cloudwatch.GetMetricData")
            (reading,) = await read(desk, series)
            asked[name] += edge.count("cloudwatch.GetMetricData") - before
            assert reading.value == 1.0
    assert asked == {"focus": 10, "slow": 2, "fleet": 2}


async def test_a_value_is_gone_once_two_questions_were_missed(
    edge: Edge, monkeypatch: pytest.MonkeyPatch
) -> None:
    serve(edge, lambda query: points([7.0]))
    seconds, start = [0.0], datetime.now(UTC)
    monkeypatch.setattr(desk_module, "real_now", lambda: start + timedelta(seconds=seconds[0]))
    _, desk = desk_of()
    desk.focus(["a/prod"])
    series = load_of("i-1")
    await read(desk, series)

    def refuse(asked: Asked) -> dict[str, Any]:
        raise Refused("AccessDenied", status=403)

    edge.handlers["cloudwatch.GetMetricData"] = refuse
    seconds[0] = 60
    (kept,) = await read(desk, series)
    assert kept.value == 7.0
    facts = facts_of(series, {series[0]: kept})
    assert facts.missing == {"load1": "prod: cloudwatch:GetMetricData is not allowed"}
    assert facts.values == {"load1": 7.0} and facts.ages == {"load1": kept.at}
    assert facts.kept == {"load1": start}, "and when it was read is known"
    assert facts.severity is Severity.OK, "what was read a minute ago still decides"
    seconds[0] = 180
    (late,) = await read(desk, series)
    assert late.value is None
    assert late.why == "prod: cloudwatch:GetMetricData is not allowed"
    facts = facts_of(series, {series[0]: late})
    assert (facts.values, facts.kept, facts.severity) == ({}, {}, Severity.UNKNOWN)
    serve(edge, lambda query: points([7.0]))
    (again,) = await read(desk, series)
    assert facts_of(series, {series[0]: again}).kept == {}


async def test_what_nobody_asks_for_any_more_is_forgotten(
    edge: Edge, monkeypatch: pytest.MonkeyPatch
) -> None:
    serve(edge, lambda query: points([7.0]))
    hours, start = [0.0], datetime.now(UTC)
    monkeypatch.setattr(desk_module, "real_now", lambda: start + timedelta(hours=hours[0]))
    _, desk = desk_of()
    desk.focus(["a/prod"])
    await read(desk, load_of("i-1", "i-2"))
    hours[0] = 4
    await read(desk, load_of("i-2"))
    assert [series.thing for series in desk._kept] == ["i-2"]


async def test_an_expired_login_is_not_taken_for_missing_data(edge: Edge) -> None:
    def refuse(asked: Asked) -> dict[str, Any]:
        raise Refused("ExpiredToken", status=403)

    edge.handlers["cloudwatch.GetMetricData"] = refuse
    _, desk = desk_of()
    desk.focus(["a/prod"])
    with pytest.raises(AuthExpired):
        await read(desk, load_of("i-1"))


async def test_disks_are_found_by_list_metrics_and_the_fullest_counts(edge: Edge) -> None:
    def listed(asked: Asked) -> dict[str, Any]:
        def dims(path: str, fstype: str, instance: str = "i-1") -> dict[str, Any]:
            named = {"InstanceId": instance, "path": path, "fstype": fstype}
            return {"Dimensions": [{"Name": k, "Value": v} for k, v in named.items()]}

        return {"Metrics": [dims("/", "xfs"), dims("/var", "xfs"), dims("/run", "tmpfs")]}

    edge.handlers["cloudwatch.ListMetrics"] = listed
    used = {"/": 40.0, "/var": 91.0}

    def answer(query: dict[str, Any]) -> dict[str, Any]:
        dims = query["MetricStat"]["Metric"]["Dimensions"]
        return points([used[next(d["Value"] for d in dims if d["Name"] == "path")]])

    serve(edge, answer)
    _, desk = desk_of()
    desk.focus(["a/prod"])
    any_disk = {"InstanceId": "{instance_id}", "path": "*", "fstype": "*"}
    disks = load_of("i-1", fact="disk_pct", id="disk", dimensions=any_disk, warn=85, crit=95)
    for _ in range(2):
        readings = await desk.read(disks, 60, Clock(NOW, datetime.now(UTC), 1.0))
    facts = facts_of(readings, readings)
    assert facts.values == {"disk_pct": 91.0}
    assert facts.mounts == {"disk_pct": "/var"}
    assert facts.severity is Severity.WARNING
    assert edge.count("cloudwatch.ListMetrics") == 1, "kept for a day"


@pytest.mark.parametrize(
    ("value", "changes", "severity"),
    [
        (7.9, {}, Severity.OK),
        (8.0, {}, Severity.WARNING),
        (10.0, {}, Severity.CRITICAL),
        (99.0, {"warn": None, "crit": None}, Severity.OK),
        (5.0, {"below": True, "warn": 10, "crit": 3}, Severity.WARNING),
        (2.0, {"below": True, "warn": 10, "crit": 3}, Severity.CRITICAL),
    ],
)
def test_a_value_is_judged_by_its_limits(
    value: float, changes: dict[str, Any], severity: Severity
) -> None:
    assert judge(metric(**changes), value) is severity


def test_half_an_hour_of_points_is_a_full_sparkline_and_a_trend() -> None:
    (series,) = load_of("i-1")
    rising = tuple((NOW - timedelta(minutes=30 - n), float(n)) for n in range(30))
    reading = reading_of(series, rising, NOW)
    assert reading.spark == tuple(float(n) for n in range(30))
    assert reading.direction == "rising"
    facts: Facts = facts_of([series], {series: reading})
    assert (facts.series["load1"], facts.trends["load1"]) == (reading.spark, "rising")
    gap = reading_of(series, rising[:10] + rising[12:], NOW)
    assert gap.spark[10:12] == (None, None)


def test_a_point_stands_for_now_until_three_periods_and_two_minutes() -> None:
    edge_of_age = ((NOW - timedelta(seconds=300), 1.0),)
    assert newest(edge_of_age, 60, NOW) == (1.0, "")
    assert newest(edge_of_age, 60, NOW + timedelta(seconds=1))[0] is None


def test_the_costs_are_those_of_the_price_list() -> None:
    at = [NOW]
    usage = Usage(0.01, now=lambda: at[0])
    for minute in range(30):
        at[0] = NOW + timedelta(minutes=minute)
        usage.reserve_metrics(18, 1_000)  # one opened site, every minute
        for _ in range(9):
            usage.called()
    at[0] = NOW + timedelta(minutes=30) - timedelta(microseconds=1)
    assert usage.calls_per_min() == pytest.approx(9)
    assert usage.usd_per_month() == pytest.approx(18 * 43_800 / 1000 * 0.01)  # 7.88 $
    assert usage.reserve_metrics(1_000, 1_000) == 1_000 - 30 * 18, "of the cap the rest is left"


async def test_a_metric_of_its_own_is_a_row_of_its_scope(edge: Edge, context: Make) -> None:
    serve(edge, lambda query: points([70.0], datetime.now(UTC) - timedelta(minutes=1)))
    delay = {"id": "push_delay_s", "account": "prod", "region": "eu-west-3", "unit": "s"}
    named = {"scope": "eks-v2", "namespace": "RPG", "name": "PushDelay", "warn": 60, "crit": 300}
    asked = context(metrics=[delay | named])
    (part,) = Metrics().parts(asked)
    (row,) = await part.fetch()
    assert isinstance(row, MetricRow)
    assert (row.value, row.severity) == (None, Severity.UNKNOWN)
    assert "not asked" in row.missing["value"]
    asked.clients.aws.metrics.symptoms(["push_delay_s"])
    (row,) = await part.fetch()
    assert isinstance(row, MetricRow)
    assert (row.ref.scope, row.value, row.severity) == ("eks-v2", 70.0, Severity.WARNING)

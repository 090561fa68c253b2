"""What the points of a series say: of which moment they are, and what a gap means."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from console.aws import metrics as desk_module
from console.aws.metrics import Tier
from console.aws.places import Place
from console.aws.series import Reading, Series, because, facts_of, reading_of, series_of
from console.clock import Clock
from console.config.schema import Metric
from console.model import Row, Severity
from console.poll import Context, poll_once
from console.sources.caches import Caches
from console.sources.instances import Instances
from console.sources.metrics import Metrics
from tests.aws import test_caches, test_instances
from tests.aws.conftest import site
from tests.aws.edge import Asked, Edge, Refused
from tests.aws.test_metrics import desk_of, load_of, points, serve

Make = Callable[..., Context]
NOW = datetime(2026, 11, 22, 12, 0, 30, tzinfo=UTC)
ERRORS = {"id": "http_5xx", "namespace": "AWS/ApplicationELB", "name": "5XX", "stat": "Sum"}
OK, UNKNOWN, WARNING, CRITICAL = Severity


def series(**changes: Any) -> Series:
    metric = Metric.model_validate(ERRORS | {"warn": 5, "crit": 50} | changes)
    return series_of(metric, Place("prod", "eu-west-3"), "x/prod", ("x/prod",), {})


def at(seconds_ago: float) -> datetime:
    return NOW - timedelta(seconds=seconds_ago)


SUMS: dict[str, tuple[str, list[tuple[float, float]], float | None]] = {
    "the minute that runs is left out": ("Sum", [(30, 1.0), (90, 40.0)], 40.0),
    "also of a count": ("SampleCount", [(30, 1.0), (90, 40.0)], 40.0),
    "an average of it is one already": ("Average", [(30, 1.0), (90, 40.0)], 1.0),
    "a minute counts once it has ended": ("Sum", [(60, 3.0), (120, 40.0)], 3.0),
    "alone it is nothing yet": ("Sum", [(30, 1.0)], None),
}


@pytest.mark.parametrize("caption", SUMS)
def test_a_sum_of_a_minute_that_still_runs_is_not_believed(caption: str) -> None:
    stat, seen, value = SUMS[caption]
    reading = reading_of(series(stat=stat), tuple((at(ago), v) for ago, v in seen), NOW)
    assert reading.value == value
    assert (reading.at is None) is (value is None)
    if value is None:
        assert reading.why == "its first period has not ended yet"


EMPTY: dict[str, tuple[list[tuple[float, float]], bool, float | None, float]] = {
    "no errors, no points: zero": ([], True, 0.0, 210),
    "errors an hour ago: zero now": ([(3630, 70.0)], True, 0.0, 210),
    "errors of which the newest point has come": ([(150, 70.0)], True, 70.0, 150),
    "errors a moment ago, the next point may still come": ([(210, 70.0)], True, 70.0, 210),
    "errors, then a minute that must have been published": ([(270, 70.0)], True, 0.0, 210),
    "half an answer proves nothing": ([], False, None, 0),
}


@pytest.mark.parametrize("caption", EMPTY)
def test_where_nothing_is_published_without_errors_silence_is_zero(caption: str) -> None:
    seen, whole, value, age = EMPTY[caption]
    told = tuple((at(ago), v) for ago, v in seen)
    reading = reading_of(series(empty="zero"), told, NOW, whole)
    assert reading.value == value
    assert reading.at == (None if value is None else at(age))
    assert reading_of(series(), (), NOW).value is None, "unless configured it is unknown"


def test_zeros_fill_the_sparkline_between_errors() -> None:
    reading = reading_of(series(empty="zero", trend_over=600), ((at(330), 9.0),), NOW)
    assert reading.spark == (0.0,) * 7 + (9.0, 0.0, 0.0)


async def test_a_failing_cloudwatch_leaves_no_zero(edge: Edge) -> None:
    def refuse(asked: Asked) -> dict[str, Any]:
        raise Refused("AccessDenied", status=403)

    edge.handlers["cloudwatch.GetMetricData"] = refuse
    _, desk = desk_of()
    desk.focus(["x/prod"])
    wanted = series(empty="zero")
    reading = (await desk.read([wanted], 60, Clock(NOW, datetime.now(UTC))))[wanted]
    assert (reading.value, str(reading.failed)) == (
        None,
        "prod: cloudwatch:GetMetricData is not allowed",
    )


def test_a_value_has_the_age_of_its_point() -> None:
    (load,) = load_of("i-1", period=300)
    old = at(16 * 60)
    facts = facts_of([load], {load: reading_of(load, ((old, 3.0),), NOW)})
    assert (facts.values, facts.ages) == ({"load1": 3.0}, {"load1": old})


NOISE: dict[str, tuple[float, float, float, str]] = {
    "idle, below the floor": (0.10, 0.115, 0.5, "flat"),
    "idle, no floor, 14 %": (0.10, 0.115, 0.0, "flat"),
    "doubled, still below the floor": (0.2, 0.4, 0.5, "flat"),
    "truly rising": (2.0, 4.0, 0.5, "rising"),
    "truly falling": (4.0, 2.0, 0.5, "falling"),
}


@pytest.mark.parametrize("caption", NOISE)
def test_noise_is_no_trend(caption: str) -> None:
    first, last, floor, direction = NOISE[caption]
    (load,) = load_of("i-1", trend_floor=floor)
    step = (last - first) / 30
    seen = tuple((at(1890 - 60 * n), first + step * n) for n in range(31))
    assert reading_of(load, seen, NOW).direction == direction


def disks(**values: float | None) -> dict[Series, Reading]:
    (one,) = load_of("i-1", fact="disk_pct", id="disk", warn=85, crit=95, unit="%")
    found = {}
    for name, value in values.items():
        place = {"fstype": "xfs", "path": f"/{name}"}
        why = "" if value is not None else "the newest point is 40 min old (91)"
        each = Series(one.place, one.metric, "i-1", tuple(place.items()), one.scopes, 60, *NAMES)
        found[each] = Reading(value, why=why)
    return found


NAMES = ("disk", "CWAgent", "disk_used_percent")


def test_a_disk_without_data_does_not_vanish_behind_the_others() -> None:
    each = disks(root=50.0, var=None)
    facts = facts_of(each, each)
    assert (facts.values, facts.mounts) == ({"disk_pct": 50.0}, {"disk_pct": "/root"})
    assert facts.missing == {"disk_pct": "/var: the newest point is 40 min old (91)"}
    assert facts.severity is UNKNOWN
    assert because(facts.signs) == ("disk_pct of /var: the newest point is 40 min old (91)",)
    full = disks(root=97.0, var=None)
    assert facts_of(full, full).severity is CRITICAL


async def test_a_disk_that_the_catalogue_lacks_is_looked_for_again(
    edge: Edge, monkeypatch: pytest.MonkeyPatch
) -> None:
    hosts = ["i-1"]

    def listed(asked: Asked) -> dict[str, Any]:
        dims = [{"InstanceId": host, "path": "/"} for host in hosts]
        return {
            "Metrics": [
                {"Dimensions": [{"Name": k, "Value": v} for k, v in one.items()]} for one in dims
            ]
        }

    edge.handlers["cloudwatch.ListMetrics"] = listed
    serve(edge, lambda query: points([40.0]))
    minutes, start = [0.0], datetime.now(UTC)
    monkeypatch.setattr(desk_module, "real_now", lambda: start + timedelta(minutes=minutes[0]))
    _, desk = desk_of()
    desk.focus(["a/prod"])
    any_disk = {"InstanceId": "{instance_id}", "path": "*"}
    wanted = load_of("i-1", "i-2", fact="disk_pct", id="disk", dimensions=any_disk)

    async def known() -> set[str]:
        found = await desk.read(wanted, 60, Clock(NOW, datetime.now(UTC)))
        return {one.thing for one in found if ("path", "/") in one.dimensions}

    assert await known() == {"i-1"}
    hosts.append("i-2")
    minutes[0] = 9
    assert (await known(), edge.count("cloudwatch.ListMetrics")) == ({"i-1"}, 1)
    minutes[0] = 11
    assert (await known(), edge.count("cloudwatch.ListMetrics")) == ({"i-1", "i-2"}, 2)
    minutes[0] = 600
    assert (await known(), edge.count("cloudwatch.ListMetrics")) == ({"i-1", "i-2"}, 2)


SENTENCES: dict[str, tuple[dict[str, Any], float, tuple[str, ...]]] = {
    "well": ({}, 4.0, ()),
    "warning": ({}, 7.0, ("http_5xx 7 ≥ 5 warning",)),
    "critical, with its unit": ({"unit": "s"}, 63.456, ("http_5xx 63.46 s ≥ 50 critical",)),
    "low is bad": ({"below": True, "crit": 2}, 1.0, ("http_5xx 1 ≤ 2 critical",)),
    "a large number": ({}, 1234567.0, ("http_5xx 1234567 ≥ 50 critical",)),
}


@pytest.mark.parametrize("caption", SENTENCES)
def test_a_value_beyond_its_limit_is_said_with_the_limit(caption: str) -> None:
    changes, value, said = SENTENCES[caption]
    one = series(**changes)
    assert because(facts_of([one], {one: Reading(value)}).signs) == said


def of_its_own(**more: Any) -> dict[str, Any]:
    here = {"account": "prod", "region": "eu-west-3", "scope": "v2", "warn": 5}
    return ERRORS | here | more


async def test_metrics_that_all_fail_are_a_failed_source_that_keeps_its_rows(
    edge: Edge, context: Make
) -> None:
    newest = datetime.now(UTC) - timedelta(seconds=130)
    serve(edge, lambda query: points([7.0], newest))
    asked = context(metrics=[of_its_own(id="a"), of_its_own(id="b", name="B")])
    asked.clients.aws.metrics.symptoms(["a", "b"])
    (part,) = Metrics().parts(asked)
    good = await poll_once(part)
    assert [(row.at, row.ages) for row in good.rows] == [(newest, {"value": newest})] * 2
    assert [row.because for row in good.rows] == [("a 7 ≥ 5 warning",), ("b 7 ≥ 5 warning",)]

    def refuse(asked: Asked) -> dict[str, Any]:
        raise Refused("AccessDenied", status=403)

    edge.handlers["cloudwatch.GetMetricData"] = refuse
    asked.clients.aws.metrics._kept.clear()  # a minute later everything is due
    bad = await poll_once(part, good)
    assert bad.trouble and bad.trouble.message == "prod: cloudwatch:GetMetricData is not allowed"
    assert bad.trouble.cure == "allow cloudwatch:GetMetricData in the policy of this login"
    assert (bad.rows, bad.taken_at) == (good.rows, good.taken_at)


async def test_one_metric_that_fails_costs_its_own_row(edge: Edge, context: Make) -> None:
    def answer(query: dict[str, Any]) -> dict[str, Any]:
        told = points([1.0], datetime.now(UTC) - timedelta(seconds=130))
        bad = query["MetricStat"]["Metric"]["MetricName"] == "B"
        return told | ({"StatusCode": "Forbidden"} if bad else {})

    serve(edge, answer)
    asked = context(metrics=[of_its_own(id="a"), of_its_own(id="b", name="B")])
    asked.clients.aws.metrics.symptoms(["a", "b"])
    (part,) = Metrics().parts(asked)
    one, two = await part.fetch()
    assert (one.severity, two.severity) == (OK, UNKNOWN)
    assert two.because == ("b: CloudWatch forbids it: AWS/ApplicationELB B",)


async def test_what_nobody_asks_is_no_failure_of_the_source(edge: Edge, context: Make) -> None:
    (part,) = Metrics().parts(context(metrics=[of_its_own(id="a")]))
    (row,) = await part.fetch()
    assert row.because == ("a: not asked: not on the screen and no trouble here",)


async def refused(edge: Edge, context: Context, part: Any) -> Row:
    def refuse(asked: Asked) -> dict[str, Any]:
        raise Refused("AccessDenied", status=403)

    edge.handlers["cloudwatch.GetMetricData"] = refuse
    context.clients.aws.metrics.focus(["x/prod"])
    (row,) = await part.fetch()
    return row


WHY = "prod: cloudwatch:GetMetricData is not allowed"


async def test_an_instance_is_not_ok_while_cloudwatch_refuses(edge: Edge, context: Make) -> None:
    test_instances.serve(edge, [test_instances.instance("i-1")])
    load = of_its_own(id="load1", of="instances", fact="load1")
    asked = context(sites={"x": site({"prod": {"instances": [{"id": "i-1"}]}})}, metrics=[load])
    row = await refused(edge, asked, Instances().parts(asked)[0])
    assert (row.severity, row.missing["load1"]) == (UNKNOWN, WHY)
    assert row.because == (f"load1: {WHY}",)


async def test_a_cache_is_not_ok_while_cloudwatch_refuses(edge: Edge, context: Make) -> None:
    test_caches.serve(edge, [test_caches.cluster("c")])
    memory = of_its_own(id="memory_pct", of="caches", fact="memory_pct")
    asked = context(sites={"x": site({"prod": {"caches": [{"id": "c"}]}})}, metrics=[memory])
    row = await refused(edge, asked, Caches().parts(asked)[0])
    assert (row.severity, row.missing["memory_pct"]) == (UNKNOWN, WHY)
    assert row.because == (f"memory_pct: {WHY}",)


async def test_instances_and_caches_say_why_and_how_old(edge: Edge, context: Make) -> None:
    newest = datetime.now(UTC) - timedelta(seconds=130)
    serve(edge, lambda query: points([19.4], newest))
    test_instances.serve(
        edge,
        [test_instances.instance("i-1")],
        [test_instances.status("i-1", check="impaired")],
    )
    test_caches.serve(edge, [test_caches.cluster("c", "snapshotting")])
    load = of_its_own(id="load1", of="instances", fact="load1", stat="Average", crit=10)
    here = {"instances": [{"id": "i-1"}], "caches": [{"id": "c"}]}
    asked = context(sites={"x": site({"prod": here})}, metrics=[load])
    asked.clients.aws.metrics.focus(["x/prod"])
    (instance,) = await Instances().parts(asked)[0].fetch()
    assert instance.because == ("instance check impaired", "load1 19.4 ≥ 10 critical")
    assert instance.ages == {"load1": newest}
    (cache,) = await Caches().parts(asked)[0].fetch()
    assert cache.because == ("it is snapshotting",)


async def test_what_an_open_checklist_looks_at_is_read_as_if_it_were_on_the_screen(
    context: Make,
) -> None:
    desk = context().clients.aws.metrics
    mine = series()
    assert (desk.tier(mine), desk.interest(["x/prod"])) == (Tier.NOT, 0)
    desk.deciding(["x/prod"])
    assert (desk.tier(mine), desk.interest(["x/prod", "y/prod"])) == (Tier.FOCUS, 3)
    desk.deciding([])
    desk.focus(["y/prod"])
    assert (desk.tier(mine), desk.interest(["y/prod"])) == (Tier.NOT, 1)

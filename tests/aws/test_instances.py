"""EC2 as the console shows it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from console.model import Severity
from console.poll import Context, Part
from console.sources.instances import Instance, Instances
from tests.aws.conftest import site
from tests.aws.edge import Asked, Edge, Refused

SINCE = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
Make = Callable[..., Context]


def status(id_: str, state: str = "running", check: str = "ok", **more: Any) -> dict[str, Any]:
    detail = {"Name": "reachability", "Status": "passed"}
    if check == "impaired":
        detail |= {"Status": "failed", "ImpairedSince": SINCE}
    return {
        "InstanceId": id_,
        "InstanceState": {"Name": state},
        "SystemStatus": {"Status": "ok"},
        "InstanceStatus": {"Status": check, "Details": [detail]},
        "AttachedEbsStatus": {"Status": "ok"},
        **more,
    }


def instance(id_: str, state: str = "running", **tags: str) -> dict[str, Any]:
    return {
        "InstanceId": id_,
        "InstanceType": "m6i.large",
        "State": {"Name": state},
        "CpuOptions": {"CoreCount": 2, "ThreadsPerCore": 2},
        "LaunchTime": SINCE,
        "Tags": [{"Key": key, "Value": value} for key, value in tags.items()],
    }


def serve(
    edge: Edge, instances: list[dict[str, Any]], statuses: list[dict[str, Any]] | None = None
) -> None:
    """EC2 holds these; an unknown id fails the whole call, as in EC2."""
    known = {each["InstanceId"]: each for each in statuses or []}
    if statuses is None:
        known = {
            each["InstanceId"]: status(each["InstanceId"], each["State"]["Name"])
            for each in instances
        }

    def describe_status(asked: Asked) -> dict[str, Any]:
        ids = asked.params.get("InstanceIds")
        unknown = sorted(set(ids or ()) - set(known))
        if unknown:
            text = f"The instance IDs '{', '.join(unknown)}' do not exist"
            raise Refused("InvalidInstanceID.NotFound", text)
        return {"InstanceStatuses": [known[id_] for id_ in ids or known]}

    def describe(asked: Asked) -> dict[str, Any]:
        return {"Reservations": [{"Instances": [each]} for each in instances]}

    edge.handlers |= {
        "ec2.DescribeInstanceStatus": describe_status,
        "ec2.DescribeInstances": describe,
        "ec2.DescribeInstanceTypes": lambda asked: {
            "InstanceTypes": [{"InstanceType": "m6i.large", "MemoryInfo": {"SizeInMiB": 8192}}]
        },
    }


def only(context: Context) -> Part:
    (part,) = Instances().parts(context)
    return part


async def rows(context: Context) -> list[Instance]:
    return [row for row in await only(context).fetch() if isinstance(row, Instance)]


async def test_an_instance_is_told_with_its_checks_cores_and_memory(
    edge: Edge, context: Make
) -> None:
    serve(edge, [instance("i-1", Site="sakai", Env="prod", Name="sakai-prod-web-1")])
    wanted = {"instances": [{"tags": {"Site": "sakai", "Env": "prod"}}]}
    (row,) = await rows(context(sites={"sakai": site({"prod": wanted})}))
    assert (row.ref.scope, row.name, row.state) == ("sakai/prod", "sakai-prod-web-1", "running")
    assert (row.vcpus, row.ram_mb, row.launched_at) == (4, 8192, SINCE)
    assert (row.system_check, row.instance_check, row.ebs_check) == ("ok", "ok", "ok")
    assert row.severity is Severity.OK


async def test_an_instance_that_aws_does_not_know_is_critical_and_does_not_hide_the_others(
    edge: Edge, context: Make
) -> None:
    serve(edge, [instance("i-1")])
    wanted = {"instances": [{"id": "i-1"}, {"id": "i-2"}, {"tags": {"Site": "x"}}]}
    found = await rows(context(sites={"x": site({"prod": wanted})}))
    told = {row.instance_id: (row.state, row.severity) for row in found}
    assert told == {
        "i-1": ("running", Severity.OK),
        "i-2": ("not found", Severity.CRITICAL),
        "Site=x": ("not found", Severity.CRITICAL),
    }


async def test_sites_that_choose_by_tags_of_different_keys_are_all_found(
    edge: Edge, context: Make
) -> None:
    serve(edge, [instance("i-1", Site="x"), instance("i-2", App="y"), instance("i-3", App="z")])
    sites = {
        "x": site({"prod": {"instances": [{"tags": {"Site": "x"}}]}}),
        "y": site({"prod": {"instances": [{"tags": {"App": "y"}}]}}),
    }
    found = await rows(context(sites=sites))
    assert {(row.ref.scope, row.instance_id) for row in found} == {
        ("x/prod", "i-1"),
        ("y/prod", "i-2"),
    }


async def test_a_host_that_two_sites_name_is_one_row_that_serves_both(
    edge: Edge, context: Make
) -> None:
    serve(edge, [instance("i-1")])
    wanted = {"prod": {"instances": [{"id": "i-1"}]}}
    (row,) = await rows(context(sites={"sakai": site(wanted), "kawasaki": site(wanted)}))
    assert row.scopes == ("sakai/prod", "kawasaki/prod")


def impaired(state: str, check: str, event: str = "") -> dict[str, Any]:
    events = [{"Code": "system-reboot", "NotBefore": SINCE, "Description": event}] if event else []
    return status("i-1", state, check, Events=events)


@pytest.mark.parametrize(
    ("told", "severity", "since", "events"),
    [
        (impaired("running", "ok"), Severity.OK, None, 0),
        (impaired("running", "impaired"), Severity.CRITICAL, SINCE, 0),
        (impaired("running", "initializing"), Severity.UNKNOWN, None, 0),
        (impaired("running", "insufficient-data"), Severity.UNKNOWN, None, 0),
        (impaired("running", "ok", "scheduled reboot"), Severity.WARNING, None, 1),
        (impaired("running", "ok", "[Completed] scheduled reboot"), Severity.OK, None, 0),
        (impaired("stopped", "not-applicable"), Severity.CRITICAL, None, 0),
        (impaired("pending", "not-applicable"), Severity.UNKNOWN, None, 0),
    ],
)
async def test_an_instance_is_as_bad_as_its_state_checks_and_events(
    edge: Edge,
    context: Make,
    told: dict[str, Any],
    severity: Severity,
    since: datetime | None,
    events: int,
) -> None:
    serve(edge, [instance("i-1")], [told])
    (row,) = await rows(context(sites={"x": site({"prod": {"instances": [{"id": "i-1"}]}})}))
    assert (row.severity, row.check_since, len(row.events)) == (severity, since, events)


async def test_slow_facts_are_asked_again_only_when_something_changed(
    edge: Edge, context: Make
) -> None:
    serve(edge, [instance("i-1")])
    part = only(context(sites={"x": site({"prod": {"instances": [{"id": "i-1"}]}})}))
    for _ in range(3):
        await part.fetch()
    assert edge.count("ec2.DescribeInstanceStatus") == 3
    assert edge.count("ec2.DescribeInstances") == 1
    serve(edge, [instance("i-1", "stopped")])
    await part.fetch()
    assert edge.count("ec2.DescribeInstances") == 2


async def test_a_denied_call_costs_its_own_facts_alone(edge: Edge, context: Make) -> None:
    serve(edge, [instance("i-1")])

    def refuse(asked: Asked) -> dict[str, Any]:
        raise Refused("UnauthorizedOperation", status=403)

    edge.handlers["ec2.DescribeInstanceTypes"] = refuse
    (row,) = await rows(context(sites={"x": site({"prod": {"instances": [{"id": "i-1"}]}})}))
    assert (row.state, row.vcpus, row.ram_mb) == ("running", 4, None)
    assert row.missing["ram_mb"] == "prod: ec2:DescribeInstanceTypes is not allowed"


async def test_a_replaced_instance_is_not_shown_beside_its_successor(
    edge: Edge, context: Make
) -> None:
    serve(edge, [instance("i-1", "terminated", Site="x"), instance("i-2", Site="x")])
    wanted = {"instances": [{"tags": {"Site": "x"}}]}
    (row,) = await rows(context(sites={"x": site({"prod": wanted})}))
    assert (row.instance_id, row.state) == ("i-2", "running")


async def test_calls_are_filtered_or_paged_and_ids_stay_below_the_limit(
    edge: Edge, context: Make
) -> None:
    ids = [f"i-{number:04}" for number in range(250)]
    serve(edge, [instance(id_) for id_ in ids])
    wanted = {"instances": [{"id": id_} for id_ in ids]}
    part = only(context(sites={"x": site({"prod": wanted})}))
    for _ in range(2):
        assert len(await part.fetch()) == 250
    for asked in edge.log:
        if asked.operation == "ec2.DescribeInstances":
            assert len(asked.params["Filters"][0]["Values"]) <= 200
        if asked.operation == "ec2.DescribeInstanceStatus":
            assert asked.params["IncludeAllInstances"]
            assert asked.params.get("Filters") or len(asked.params["InstanceIds"]) <= 100
            assert not ("MaxResults" in asked.params and "InstanceIds" in asked.params)


async def test_load_fills_its_fact_and_its_trend_and_makes_the_row_worse(
    edge: Edge, context: Make
) -> None:
    serve(edge, [instance("i-1")])

    def data(asked: Asked) -> dict[str, Any]:
        end = datetime.now(UTC).replace(second=0, microsecond=0)
        times = [end - timedelta(minutes=n) for n in range(30)]
        values = [13.0 - n / 4 for n in range(30)]
        queries = asked.params["MetricDataQueries"]
        each = {"Timestamps": times, "Values": values, "StatusCode": "Complete"}
        return {"MetricDataResults": [{"Id": query["Id"], **each} for query in queries]}

    edge.handlers["cloudwatch.GetMetricData"] = data
    load = {"id": "load1", "of": "instances", "fact": "load1", "namespace": "System/Linux"}
    named = {"name": "LoadAverage1Min", "dimensions": {"InstanceId": "{instance_id}"}, "crit": 10}
    cpu = {"id": "cpu", "of": "instances", "fact": "cpu_pct", "namespace": "AWS/EC2"}
    asked = context(
        sites={"x": site({"prod": {"instances": [{"id": "i-1"}]}})},
        metrics=[load | named, cpu | {"name": "CPUUtilization"}],
    )
    asked.clients.aws.metrics.focus(["x/prod"])
    (row,) = await rows(asked)
    assert (row.load1, row.load1_trend, row.severity) == (13.0, "rising", Severity.CRITICAL)
    assert len(row.series["load1"]) == 30
    (sent,) = [a for a in edge.log if a.operation == "cloudwatch.GetMetricData"]
    periods = [query["MetricStat"]["Period"] for query in sent.params["MetricDataQueries"]]
    assert periods == [60, 300], "without detailed monitoring EC2's own metrics take 5 minutes"

"""EC2 as the console shows it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

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


async def test_a_host_that_two_sites_name_is_one_row_that_serves_both(
    edge: Edge, context: Make
) -> None:
    serve(edge, [instance("i-1")])
    wanted = {"prod": {"instances": [{"id": "i-1"}]}}
    (row,) = await rows(context(sites={"sakai": site(wanted), "kawasaki": site(wanted)}))
    assert row.scopes == ("sakai/prod", "kawasaki/prod")

"""EC2 and STS of the lab, asked by boto3."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from botocore.exceptions import ClientError

from console.lab.world import Host
from tests.lab.aws_door import DEV, PARIS, PROD, TOKYO, Lab, aws_lab

LAUNCHED = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def host(number: int, account: str = PROD, site: str = "sakai", **facts: object) -> Host:
    return Host(
        account=account,
        region=TOKYO,
        name=f"{site}-prod-web-{number}",
        id=f"i-{number:017x}",
        launched_at=LAUNCHED,
        tags={"Site": site, "Env": "prod"},
        **facts,  # type: ignore[arg-type]
    )


def ids(answer: dict) -> list[str]:
    return [one["InstanceId"] for r in answer["Reservations"] for one in r["Instances"]]


async def code(lab: Lab, service: str, operation: str, **params: object) -> str:
    with pytest.raises(ClientError) as caught:
        await lab.ask(service, operation, **params)
    return caught.value.response["Error"]["Code"]


async def test_an_account_sees_its_own_instances_in_its_region_only() -> None:
    async with aws_lab() as lab:
        lab.world.hosts += [host(1), host(2, DEV)]
        assert ids(await lab.ask("ec2", "describe_instances")) == [host(1).id]
        assert ids(await lab.ask("ec2", "describe_instances", account=DEV)) == [host(2).id]
        assert ids(await lab.ask("ec2", "describe_instances", region=PARIS)) == []


async def test_tag_filters_select_and_an_unknown_filter_or_id_is_refused() -> None:
    async with aws_lab() as lab:
        lab.world.hosts += [host(1), host(2, site="kashima")]
        sakai = [{"Name": "tag:Site", "Values": ["sak*"]}, {"Name": "tag:Env", "Values": ["prod"]}]
        answer = await lab.ask("ec2", "describe_instances", Filters=sakai)
        assert ids(answer) == [host(1).id]
        assert answer["Reservations"][0]["Instances"][0]["LaunchTime"] == LAUNCHED
        wrong = [{"Name": "colour", "Values": ["red"]}]
        refused = await code(lab, "ec2", "describe_instances", Filters=wrong)
        assert refused == "InvalidParameterValue"
        refused = await code(lab, "ec2", "describe_instances", InstanceIds=["i-0bad"])
        assert refused == "InvalidInstanceID.NotFound"
        both = {"InstanceIds": [host(1).id], "MaxResults": 5}
        assert await code(lab, "ec2", "describe_instances", **both) == "InvalidParameterCombination"


async def test_status_comes_in_pages_and_leaves_out_the_stopped_unless_asked() -> None:
    async with aws_lab() as lab:
        lab.world.hosts += [host(n) for n in range(1, 7)] + [host(7, state="stopped")]
        lab.world.hosts[0].checks["system"] = "impaired"
        lab.world.hosts[0].checks_since = LAUNCHED
        page = {"MaxResults": 5, "IncludeAllInstances": True}
        first = await lab.ask("ec2", "describe_instance_status", **page)
        page["NextToken"] = first["NextToken"]
        second = await lab.ask("ec2", "describe_instance_status", **page)
        assert [len(one["InstanceStatuses"]) for one in (first, second)] == [5, 2]
        assert "NextToken" not in second
        system = first["InstanceStatuses"][0]["SystemStatus"]
        assert system["Details"][0]["ImpairedSince"] == LAUNCHED
        assert second["InstanceStatuses"][1]["SystemStatus"]["Status"] == "not-applicable"
        running = await lab.ask("ec2", "describe_instance_status")
        assert len(running["InstanceStatuses"]) == 6


async def test_a_key_says_whose_account_it_is() -> None:
    async with aws_lab() as lab:
        assert (await lab.ask("sts", "get_caller_identity"))["Account"] == PROD
        assert (await lab.ask("sts", "get_caller_identity", account=DEV))["Account"] == DEV
        assert await code(lab, "sts", "get_caller_identity", key="AKIAX") == "InvalidClientTokenId"

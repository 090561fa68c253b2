"""Refusals of the lab's AWS, each with the code that service really gives."""

from __future__ import annotations

import asyncio
import subprocess
import time
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError, ConnectionClosedError

from tests.judges import aws_command
from tests.lab.aws_door import DEV, PROD, TOKYO, Lab, aws_lab

CALLS = {
    "ec2": "describe_instances",
    "elasticache": "describe_cache_clusters",
    "cloudwatch": "describe_alarms",
    "kafka": "list_clusters_v2",
    "sts": "get_caller_identity",
}
# service: expired, unknown key, denied, throttled
CODES = {
    "ec2": ("RequestExpired", "AuthFailure", "UnauthorizedOperation", "RequestLimitExceeded"),
    "elasticache": ("ExpiredToken", "InvalidClientTokenId", "AccessDenied", "Throttling"),
    "sts": ("ExpiredToken", "InvalidClientTokenId", "AccessDenied", "Throttling"),
    "cloudwatch": (
        *("ExpiredTokenException", "UnrecognizedClientException"),
        *("AccessDeniedException", "ThrottlingException"),
    ),
    "kafka": (
        *("ExpiredTokenException", "UnrecognizedClientException"),
        *("AccessDeniedException", "ThrottlingException"),
    ),
}


async def code(lab: Lab, service: str, **how: Any) -> str:
    with pytest.raises(ClientError) as caught:
        await lab.ask(service, CALLS[service], **how)
    return caught.value.response["Error"]["Code"]


@pytest.mark.parametrize("service", CALLS)
async def test_each_service_refuses_in_its_own_words(service: str) -> None:
    async with aws_lab() as lab:
        expired, unknown, denied, throttled = CODES[service]
        assert await code(lab, service, key="AKIANOBODY") == unknown
        lab.faults.denied.add((PROD, f"{service}:*"))
        assert await code(lab, service) == denied
        lab.faults.throttled.add(("*", service))
        assert await code(lab, service) == throttled
        lab.keys.expire(PROD)
        assert await code(lab, service) == expired
        refused = [entry["error"] for entry in lab.log.entries]
        assert refused == [unknown, denied, throttled, expired]


async def test_a_refusal_of_one_account_or_action_leaves_the_others_alone() -> None:
    async with aws_lab() as lab:
        lab.faults.denied.add((PROD, "DescribeInstances"))
        lab.faults.throttled.add((DEV, "cloudwatch"))
        assert await code(lab, "ec2") == "UnauthorizedOperation"
        await lab.ask("ec2", "describe_instances", account=DEV)
        await lab.ask("ec2", "describe_instance_status")
        await lab.ask("cloudwatch", "describe_alarms")


async def test_a_renewed_login_works_where_the_expired_one_stays_refused(tmp_path: Path) -> None:
    credentials = tmp_path / "aws-credentials"
    async with aws_lab() as lab:
        lab.keys.write(tmp_path, lab.url)
        old = lab.keys.current(PROD)
        lab.keys.expire(PROD)
        lab.keys.renew(PROD)
        assert await code(lab, "ec2", key=old) == "RequestExpired"
        assert (await lab.ask("sts", "get_caller_identity"))["Account"] == PROD
        assert lab.keys.current(PROD) in await asyncio.to_thread(credentials.read_text)


async def test_a_role_is_assumed_into_its_own_account() -> None:
    async with aws_lab() as lab:
        role = {"RoleArn": f"arn:aws:iam::{DEV}:role/oncall", "RoleSessionName": "test"}
        keys = (await lab.ask("sts", "assume_role", **role))["Credentials"]
        answer = await lab.ask("sts", "get_caller_identity", key=keys["AccessKeyId"])
        assert answer["Account"] == DEV
        role["RoleArn"] = "arn:aws:iam::999999999999:role/oncall"
        with pytest.raises(ClientError, match="AccessDenied"):
            await lab.ask("sts", "assume_role", **role)


async def test_down_cuts_the_connection_and_slow_delays_the_answer() -> None:
    async with aws_lab() as lab:
        lab.faults.down.add(PROD)
        with pytest.raises(ConnectionClosedError):
            await lab.ask("ec2", "describe_instances")
        await lab.ask("ec2", "describe_instances", account=DEV)
        lab.faults.down.clear()
        lab.faults.slow[PROD] = 0.2
        began = time.monotonic()
        await lab.ask("ec2", "describe_instances")
        assert time.monotonic() - began >= 0.2


async def test_an_operation_the_lab_lacks_is_refused_and_not_guessed() -> None:
    async with aws_lab() as lab:
        with pytest.raises(ClientError, match="the lab does not know ec2:DescribeVpcs"):
            await lab.ask("ec2", "describe_vpcs")


@pytest.mark.skipif(not aws_command(), reason="the aws command is not installed")
async def test_the_aws_command_sees_the_same_account(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with aws_lab() as lab:
        for name, value in lab.keys.write(tmp_path, lab.url).items():
            monkeypatch.setenv(name, value)
        command = [
            str(aws_command()),
            "sts",
            "get-caller-identity",
            "--profile",
            "prod",
            "--query",
            "Account",
        ]
        done = await asyncio.to_thread(
            subprocess.run, [*command, "--output", "text"], capture_output=True, text=True
        )
        assert done.stdout.strip() == PROD, done.stderr
        session = boto3.Session(profile_name="prod")
        assert session.region_name == TOKYO

"""The lab as one thing: what it says of itself, faults and scenarios through its door, its end."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from console.commands.init import shipped
from console.config import load
from console.lab.lab import Lab
from console.lab.names import NAMES
from console.lab.scenarios import SCENARIOS
from console.realm import READY

PATIENT = 15.0  # seconds: a busy machine
SERVE = "from console.lab.serving import serve; serve('quiet', 1.0, 'off', None, leashed=True)"


async def get(lab: Lab, path: str) -> Any:
    async with aiohttp.ClientSession() as session, session.get(lab.url + path) as answer:
        return await answer.json()


async def post(lab: Lab, path: str, **body: Any) -> int:
    async with (
        aiohttp.ClientSession() as session,
        session.post(lab.url + path, json=body) as answer,
    ):
        return answer.status


async def until(holds: Callable[[], bool]) -> None:
    while not holds():
        await asyncio.sleep(0.02)


async def ask(lab: Lab, service: str, operation: str, **params: Any) -> Any:
    """As another client would: from the files the lab names, with a new session each time."""

    def read() -> Any:
        session = boto3.Session(profile_name="refinery-prod")
        once = Config(retries={"total_max_attempts": 1})
        client = session.client(service, endpoint_url=lab.env["ONCALL_AWS_ENDPOINT"], config=once)
        return getattr(client, operation)(**params)

    return await asyncio.to_thread(read)


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> Callable[[Lab], None]:
    def enter(lab: Lab) -> None:
        for name, value in lab.env.items():
            monkeypatch.setenv(name, value)

    return enter


async def test_the_lab_tells_where_everything_is_and_what_time_it_has() -> None:
    async with Lab("load-sakai", speed=60, kafka="off") as lab:
        told = await get(lab, "/lab")
        assert told["banner"].startswith("DEMO")
        assert told["env"] == lab.env
        assert told["env"]["ONCALL_LAB"] == lab.url
        clock = told["clock"]
        assert datetime.fromisoformat(clock["estate"]) == SCENARIOS["load-sakai"].start
        assert datetime.fromisoformat(clock["real"]).tzinfo is not None
        assert clock["speed"] == 60
        directory = Path(lab.env["ONCALL_KUBECONFIG"]).parent
        assert directory.stat().st_mode & 0o77 == 0
    await until(lambda: not directory.exists())


async def test_faults_are_switched_on_and_off_by_name(
    environment: Callable[[Lab], None],
) -> None:
    async with Lab(kafka="off") as lab:
        environment(lab)
        deny = {"name": "aws-deny", "account": "refinery-prod", "action": "DescribeInstances"}
        assert await post(lab, "/fault", **deny) == 200
        with pytest.raises(ClientError, match="UnauthorizedOperation"):
            await ask(lab, "ec2", "describe_instances")
        assert await post(lab, "/fault", **deny, on=False) == 200
        assert (await ask(lab, "ec2", "describe_instances"))["Reservations"]
        log = [(entry["operation"], entry["error"]) for entry in await get(lab, "/log")]
        assert log[-2:] == [
            ("DescribeInstances", "UnauthorizedOperation"),
            ("DescribeInstances", ""),
        ]
        assert await post(lab, "/fault", name="earthquake") == 400
        assert await post(lab, "/scenario", name="earthquake") == 400


async def test_an_expired_login_is_renewed_in_the_file_and_other_accounts_go_on(
    environment: Callable[[Lab], None],
) -> None:
    async with Lab(kafka="off") as lab:
        environment(lab)
        expire = {"name": "aws-expire", "account": "refinery-prod"}
        await post(lab, "/fault", **expire)
        with pytest.raises(ClientError, match="ExpiredToken"):
            await ask(lab, "sts", "get_caller_identity")
        await post(lab, "/fault", **expire, on=False)
        answer = await ask(lab, "sts", "get_caller_identity")
        assert answer["Account"] == "111122223333"


async def test_kubernetes_goes_down_and_comes_back_at_its_old_place() -> None:
    async with Lab(kafka="off") as lab, aiohttp.ClientSession() as session:
        address = f"{lab.kubernetes.url}/apis/apps/v1/deployments"
        async with session.get(address) as answer:
            names = {one["metadata"]["name"] for one in (await answer.json())["items"]}
        assert {"dataenricher-js", "signaling", "loki"} <= names
        await post(lab, "/fault", name="kubernetes-down")
        with pytest.raises(aiohttp.ClientConnectorError):
            await session.get(address)
        await post(lab, "/fault", name="kubernetes-down", on=False)
        async with session.get(address) as answer:
            assert answer.status == 200


@pytest.mark.parametrize(
    ("speed", "asked"), [(1, "60.0s 10.0s"), (4, "15.0s 2.5s"), (90, "4.0s 2.0s")]
)
async def test_a_world_that_runs_faster_is_looked_at_more_often(speed: int, asked: str) -> None:
    async with Lab(speed=speed, kafka="off") as lab:
        every = [lab.env[f"ONCALL_{name}_EVERY"] for name in ("AWS", "KUBERNETES")]
        sources = load(shipped(), environ=lab.env).estate.sources
        assert " ".join(every) == asked
        assert [f"{sources[one].every:.1f}s" for one in ("alarms", "workloads")] == every


async def test_a_scenario_can_begin_while_the_lab_runs() -> None:
    async with Lab(speed=2000, kafka="off") as lab:
        assert await post(lab, "/scenario", name="load-sakai") == 200
        alarms = {alarm.name: alarm for alarm in lab.world.alarms}
        await until(lambda: alarms["sakai-prod-http-5xx"].state == "ALARM")
        assert alarms["sakai-prod-load1"].state == "ALARM"
        assert (await get(lab, "/lab"))["scenario"] == "load-sakai"


async def test_another_scenario_begins_in_a_quiet_world() -> None:
    async with Lab("alarms-stuck", speed=200, kafka="stand-in") as lab:
        await until(lambda: not lab.world.pending and not lab.acting)
        for scenario in ("log-collectors-down", "slow-order-page", "broker-down"):
            assert await post(lab, "/scenario", name=scenario) == 200
        await until(lambda: 2 not in lab.kafka.cluster.up)  # type: ignore[attr-defined]
        assert await post(lab, "/scenario", name="quiet") == 200
        now = lab.clock.now() + timedelta(seconds=1)
        assert {alarm.state for alarm in lab.world.alarms} == {"OK"}
        assert {canary.outcome(now) for canary in lab.world.canaries} == {"PASSED"}
        for course in lab.world.courses.values():
            assert course.level(now) == course.base
        assert {cluster.state for cluster in lab.world.msk} == {"ACTIVE"}
        assert not lab.kubernetes.controller.looping
        assert 2 in lab.kafka.cluster.up  # type: ignore[attr-defined]
        assert not lab.world.pending


def test_a_command_line_knows_every_scenario_without_importing_one() -> None:
    assert tuple(SCENARIOS) == NAMES
    seen = "import sys, console.lab.names; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", seen], capture_output=True, text=True, check=True)
    assert not {"aiohttp", "pydantic", "console.lab.scenarios"} & set(done.stdout.split())


@pytest.mark.parametrize("scenario", SCENARIOS)
async def test_every_scenario_runs_to_its_end(scenario: str) -> None:
    async with Lab(scenario, speed=5000, kafka="stand-in") as lab:
        await until(lambda: not lab.world.pending and not lab.acting)


async def test_signaling_is_killed_once_and_then_keeps_its_memory() -> None:
    async with Lab("memory-signaling", speed=900, kafka="off") as lab:
        pods = f"{lab.kubernetes.url}/api/v1/namespaces/platform/pods?labelSelector=app%3Dsignaling"

        async def container() -> dict[str, Any]:
            async with aiohttp.ClientSession() as session, session.get(pods) as answer:
                (pod,) = (await answer.json())["items"]
            status: dict[str, Any] = pod["status"]["containerStatuses"][0]
            return status

        while not (await container())["lastState"] or not (await container())["ready"]:
            await asyncio.sleep(0.05)
        assert (await container())["lastState"]["terminated"]["reason"] == "OOMKilled"
        begun = lab.clock.now()
        await until(lambda: (lab.clock.now() - begun).total_seconds() > 300)
        assert (await container())["restartCount"] == 1


async def test_broker_down_shows_on_msk_too_and_ends() -> None:
    async with Lab("broker-down", speed=400, kafka="stand-in") as lab:
        (msk,) = lab.world.msk
        await until(lambda: msk.state == "HEALING")
        assert lab.banner == "DEMO · a stand-in for Kafka, three brokers"
        await until(lambda: msk.state == "ACTIVE")


async def test_a_restarted_deployment_brings_new_members_to_its_group() -> None:
    async with Lab(speed=10, kafka="stand-in") as lab:
        lab.traffic.stick("datajs")
        name = "/apis/apps/v1/namespaces/platform/deployments/dataenricher-js"
        stamp = {"kubectl.kubernetes.io/restartedAt": "2026-01-01T00:00:00Z"}
        patch = {"spec": {"template": {"metadata": {"annotations": stamp}}}}
        how = {"Content-Type": "application/strategic-merge-patch+json"}
        async with (
            aiohttp.ClientSession(headers=how) as session,
            session.patch(lab.kubernetes.url + name, data=json.dumps(patch)) as answer,
        ):
            assert answer.status == 200
        groups = lab.kafka.cluster.groups  # type: ignore[attr-defined]
        await until(lambda: not groups["datajs"].stuck)
        assert groups["datajs"].members == 2


async def heard(lines: asyncio.StreamReader, start: str) -> str:
    """The rest of the first line that begins so."""
    async for line in lines:
        if line.decode().startswith(start):
            return line.decode().removeprefix(start).strip()
    raise AssertionError(f"the lab ended before it said {start}")


@pytest.mark.parametrize("end", ["pipe", "kill"])
async def test_a_leashed_lab_ends_with_its_parents_pipe_and_leaves_nothing(end: str) -> None:
    lab = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", SERVE),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert lab.stdin is not None and lab.stdout is not None
    said = await heard(lab.stdout, "ONCALL_LAB=")
    async with aiohttp.ClientSession() as session, session.get(f"{said}/lab") as answer:
        env = (await answer.json())["env"]
    assert {"ONCALL_KAFKA_BOOTSTRAP", "AWS_CONFIG_FILE", "ONCALL_KUBECONFIG"} <= set(env)
    await heard(lab.stdout, READY)
    directory = Path(env["ONCALL_KUBECONFIG"]).parent
    assert directory.is_dir()
    if end == "pipe":
        lab.stdin.close()
    else:
        lab.kill()
    async with asyncio.timeout(PATIENT):
        assert await lab.wait() == (0 if end == "pipe" else -signal.SIGKILL)
        await until(lambda: not directory.exists())


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_ends_a_lab_even_while_it_starts(number: int) -> None:
    lab = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", SERVE.replace(", leashed=True", "")),
        stdout=asyncio.subprocess.PIPE,
    )
    assert lab.stdout is not None
    assert (await lab.stdout.readline()).startswith(b"# ")
    os.kill(lab.pid, number)
    async with asyncio.timeout(PATIENT):
        assert await lab.wait() == 0

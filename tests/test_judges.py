"""Kafka's own tool, kubectl and aws look at the lab beside the console: they must agree."""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from console.estates import open_estate
from console.lab.kafka import jars
from console.lab.lab import Lab
from console.lookout import look_once
from console.model import Board
from console.poll import in_thread
from console.sources.instances import Instance
from console.sources.kafka_lag import GroupLag
from console.sources.workloads import Workload
from tests.driving import LIVE
from tests.judges import ROOT, aws_command, told
from tests.lab.kafka.judge import lag_table
from tests.terminal import Terminal

SHIPPED = ROOT / "config"
TOPICS = (
    "teamusages.dataEnrichementCrow.heartbeat.save",
    "teamusages.dataEnrichement.heartbeatSercomm.send",
)


@pytest.fixture(autouse=True)
def restored_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """Whoever enters a lab takes over its environment; each test gives it back."""
    before = dict(os.environ)
    monkeypatch.setenv("ONCALL_STATE", str(tmp_path))
    yield
    os.environ.clear()
    os.environ.update(before)


async def look(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> Board:
    for name, value in lab.env.items():
        monkeypatch.setenv(name, value)
    opened = await in_thread(open_estate, SHIPPED, keep_state=False)
    try:
        return await look_once(opened.context)
    finally:
        await opened.context.clients.close()


async def test_aws_sees_the_same_instances(monkeypatch: pytest.MonkeyPatch) -> None:
    command = aws_command()
    if command is None:
        pytest.skip("the aws command is not installed")
    async with Lab(kafka="stand-in") as lab:
        board = await look(lab, monkeypatch)
        monkeypatch.setenv("AWS_ENDPOINT_URL", lab.env["ONCALL_AWS_ENDPOINT"])
        query = "Reservations[].Instances[].[InstanceId, State.Name]"
        ask = (command, "ec2", "describe-instances", "--query", query, "--output", "json")
        profiles = ("refinery-prod", "refinery-dev", "rpg-prod")
        asked = await asyncio.gather(*(told(*ask, "--profile", profile) for profile in profiles))
    judged = {(i, s) for rows in asked for i, s in rows}
    rows = [row for row in board.rows("instances") if isinstance(row, Instance)]
    assert len(rows) > 20
    assert {(row.instance_id, row.state) for row in rows} == judged


async def test_kubectl_sees_the_same_deployments(monkeypatch: pytest.MonkeyPatch) -> None:
    if not shutil.which("kubectl"):
        pytest.skip("kubectl is not installed")
    async with Lab(kafka="stand-in") as lab:
        board = await look(lab, monkeypatch)
        config = ("--kubeconfig", lab.env["ONCALL_KUBECONFIG"])
        listed = await told("kubectl", *config, "get", "deployments", "-A", "-o", "json")
    judged = {
        (item["metadata"]["name"], item["status"]["readyReplicas"], item["spec"]["replicas"])
        for item in listed["items"]
    }
    rows = [row for row in board.rows("workloads") if isinstance(row, Workload)]
    assert {(row.deployment, row.ready, row.desired) for row in rows} == judged and judged


async def test_kafkas_own_tool_and_the_pane_give_the_same_lag(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if reason := jars.missing_tools():
        pytest.skip(f"Kafka's own tool: {reason}")
    async with Lab(kafka="apache") as lab:
        lab.traffic.stick("datajs")
        for topic in TOPICS:
            lab.traffic.produce(topic, 200)
        await asyncio.sleep(1)  # records pile up behind the stuck group
        for topic in (*TOPICS, "crow.alarm", "output", "data.js"):
            lab.traffic.produce(topic, 0)
        judged = await settled(lab)
        board = await look(lab, monkeypatch)
        shown = await in_thread(pane_lags, lab)
    rows = [row for row in board.rows("kafka_lag") if isinstance(row, GroupLag)]
    assert {(row.group, row.topic): row.lag for row in rows} == dict(judged)
    assert judged["datajs", TOPICS[0]] > 0
    assert len(shown) == len(TOPICS)
    for name, lag in shown.items():
        begin, _, end = name.partition("…")  # the pane cuts a long name in its middle
        (topic,) = [t for t in TOPICS if t.startswith(begin) and t.endswith(end)]
        assert lag == judged["datajs", topic]


async def settled(lab: Lab) -> Counter[tuple[str, str]]:
    """The tool's lag per group and topic, once two looks in a row agree."""
    last: Counter[tuple[str, str]] = Counter()
    for _ in range(10):
        now: Counter[tuple[str, str]] = Counter()
        for (group, topic, _), lag in (await lag_table(lab.kafka.bootstrap)).items():
            now[group, topic] += lag or 0
        if now == last and now:
            return now
        last = now
    raise AssertionError(f"the lag never settled: {last}")


def pane_lags(lab: Lab) -> dict[str, int]:
    """The lag of group datajs as the Kafka pane of a real terminal shows it."""
    env = {**lab.env, "ONCALL_CONFIG": str(SHIPPED)}
    with Terminal([sys.executable, "-m", "console"], env=env) as terminal:
        rows = r"(?s)" + ".*".join([r"datajs +teamusages\S+ +[\d,]+ "] * len(TOPICS))
        terminal.wait_for(rows, seconds=LIVE)
        lines = [line.split("datajs", 1)[1].split() for line in terminal.lines if "datajs " in line]
    return {cells[0]: int(cells[1].replace(",", "")) for cells in lines}

"""The Kafka half of `oncall check --live`: what is well, what is missing, and what cures it."""

from __future__ import annotations

from typing import Any

from console.clock import Clock
from console.commands.checks import Check
from console.commands.live_kafka import doctor
from console.lab.kafka.standin import StandIn
from tests.kafka.estates import context_on, three_brokers


async def checks(kafka: StandIn, **cluster: Any) -> dict[str, Check]:
    async with context_on(kafka.bootstrap, **cluster) as context:
        return {check.what: check for check in await doctor(context.estate, context.clients)}


async def test_a_healthy_cluster_is_told_broker_by_broker() -> None:
    async with three_brokers() as kafka:
        await kafka.create_topics({"output": (3, 3)})
        kafka.traffic(Clock()).consume("datajs", ["output"])
        found = await checks(kafka, groups={"datajs": {"topics": ["output"]}})
    assert all(check.ok for check in found.values())
    assert found["kafka prod"].said == "3 of 3 brokers, 2 topics visible"
    assert "answers in" in found["kafka prod broker 2"].said
    assert found["kafka prod group datajs"].said == "Stable, offsets of 3 partitions"


async def test_what_is_missing_comes_with_its_cure() -> None:
    async with three_brokers() as kafka:
        await kafka.stop_broker(3)
        kafka.faults.group["datajs"] = 30
        groups: dict[str, Any] = {"datajs": {}, "nobody": {"topics": ["ghost"]}}
        found = await checks(kafka, groups=groups)
    bad = {what: check for what, check in found.items() if not check.ok}
    assert bad["kafka prod"].said == "2 of 3 brokers, 1 topics visible"
    assert bad["kafka prod group datajs"].fix == "allow kafka-cluster:DescribeGroup on datajs"
    assert "nobody has committed" in bad["kafka prod group nobody"].fix
    assert bad["kafka prod topic ghost"].said == "topic ghost: is not known to the broker"
    assert "DescribeTopic on ghost" in bad["kafka prod topic ghost"].fix


async def test_without_a_route_the_commands_of_a_tunnel_are_printed() -> None:
    settings = {"security": "tls", "region": "eu-west-3", "tunnel_bastion": "i-0bastion"}
    async with context_on("b-1.gate.invalid:9094", **settings) as context:
        (check,) = await doctor(context.estate, context.clients)
    assert check.ok is False
    assert "name that is not known here" in check.said
    assert "aws ssm start-session --region eu-west-3 --target i-0bastion" in check.fix
    assert '"b-1.gate.invalid:9094": "127.0.0.1:19001"' in check.fix

"""Stopping and starting a machine: two requests, the second only after the first is seen."""

from __future__ import annotations

from pathlib import Path

import pytest

from console.remedy import Refused
from tests.remedies.aws.desk import REFUSED_OR_LOST, Desk, desk, words

BOTH = ["StopInstances", "StartInstances"]


def peip(lab: Desk, **facts: object) -> tuple:
    host = lab.host("sitv1prod-peip")
    for name, value in facts.items():
        setattr(host, name, value)
    return host, lab.machine(host.name, "sitv1/prod")


async def test_the_plan_says_in_words_what_will_happen(tmp_path: Path) -> None:
    async with desk(tmp_path) as lab:
        host, ref = peip(lab, public_ip="203.0.113.250", type="m6id.large")
        host.checks["system"] = "impaired"
        plan = await lab.plan("ec2-stop-start", ref)
        assert words(plan) == [
            "Stop and start V1 · peip",
            "where: account 2222-3333-4444 (rpg-prod)",
            "where: region eu-west-3",
            "where: site V1",
            f"will: stop peip ({host.id}, m6id.large), cleanly",
            "will: once it is stopped, start it on another host",
            "lost: what it holds in memory, requests and jobs under way",
            "lost: everything on its instance store",
            "lost: its public address 203.0.113.250: it is no Elastic IP, there will be another",
            "kept: its id, EBS volumes, private address",
            "takes: about 3 to 6 min; the machine is away meanwhile",
            f"sends: ec2 StopInstances {{'InstanceIds': ['{host.id}']}}",
            f"sends: ec2 StartInstances {{'InstanceIds': ['{host.id}']}}",
            "proof: a later LaunchTime, then running with good checks",
            "warning: the system check is impaired: AWS may be recovering the machine by itself",
            "warning: AWS may have no room for its type when it starts "
            "(InsufficientInstanceCapacity)",
            "warning: nothing healthy stands in for it in sitv1/prod",
            f"type: {host.id}",
        ]


async def test_it_is_verified_by_a_later_launch_time_and_the_new_address_is_evidence(
    tmp_path: Path,
) -> None:
    async with desk(tmp_path) as lab:
        host, ref = peip(lab, public_ip="203.0.113.250")
        before = host.launched_at
        verdict = await lab.act("ec2-stop-start", ref)
        assert verdict.outcome == "verified", verdict
        assert host.launched_at > before and lab.writes == BOTH
        assert verdict.evidence[-1] == f"public address {host.public_ip}, before 203.0.113.250"


async def test_an_elastic_address_stays_and_nothing_is_typed(tmp_path: Path) -> None:
    async with desk(tmp_path) as lab:
        _, ref = peip(lab, public_ip="203.0.113.250", elastic=True)
        plan = await lab.plan("ec2-stop-start", ref)
        assert plan.typed == ""
        assert plan.loses == ("what it holds in memory, requests and jobs under way",)


@pytest.mark.parametrize("operation", ["*", "StartInstances"])
@pytest.mark.parametrize("how", REFUSED_OR_LOST)
async def test_no_lie_is_ever_verified(tmp_path: Path, how: str, operation: str) -> None:
    async with desk(tmp_path) as lab:
        lab.lie(how, operation)
        verdict = await lab.act("ec2-stop-start", peip(lab)[1])
        lost_start = (how, operation) == ("drop", "StartInstances")
        assert verdict.outcome == ("unknown" if lost_start else "failed"), verdict
        assert lab.writes == (BOTH if operation == "StartInstances" else BOTH[:1])


async def test_a_start_that_aws_refuses_leaves_it_stopped_and_says_so(tmp_path: Path) -> None:
    async with desk(tmp_path) as lab:
        host, ref = peip(lab)
        plan = await lab.plan("ec2-stop-start", ref)
        lab.lab.aws_faults.denied.add((host.account, "ec2:StartInstances"))
        _, verdict = await lab.fire(plan)
        assert verdict.outcome == "failed"
        assert verdict.said.startswith("it is stopped, and was not started: rpg-prod: ec2:Start")
        assert verdict.said.endswith("now stopped: the same remedy starts it again")


CANNOT = [
    ("belongs to the Auto Scaling group web", {"tags": {"aws:autoscaling:groupName": "web"}}),
    ("has stop protection", {"protected": True}),
    ("is stopping: only a running machine", {"state": "stopping"}),
]


@pytest.mark.parametrize(("why", "facts"), CANNOT, ids=[why for why, _ in CANNOT])
async def test_what_would_not_come_back_is_refused(tmp_path: Path, why: str, facts: dict) -> None:
    async with desk(tmp_path) as lab:
        host, ref = peip(lab)
        for name, value in facts.items():
            setattr(host, name, {**host.tags, **value} if name == "tags" else value)
        with pytest.raises(Refused, match=why):
            await lab.plan("ec2-stop-start", ref)
        assert lab.writes == []

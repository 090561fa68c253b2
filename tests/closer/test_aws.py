"""What AWS tells of a row: history, runs, logs, events, operations; bounded, and never trusted."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from time import monotonic
from typing import Any

import pytest

from console.aws.places import Place
from console.closer import logs
from console.closer.kept import LONGEST
from console.commands.init import shipped
from console.commands.live_aws import doctor
from console.commands.policy_aws import policy
from console.commands.rights_closer import closer
from console.config import load
from console.lab.lab import Lab
from console.model import Ref, Row
from console.model.closer import LookCloser, Reading, ReadIt
from console.poll import Context
from console.sources.alarms import Alarm
from console.sources.caches import Cache
from console.sources.canaries import Canary
from console.sources.databases import Database
from console.sources.instances import Instance
from console.sources.maintenance import Maintenance
from tests.aws.test_on_the_lab import looking
from tests.closer.desk import Looking, until

REFINERY, RPG = "111122223333", "222233334444"
ROBOT, GROUP, RUNS = (
    "v2-alarm-robot",
    "/aws/eks/v2-prod/platform",
    "/aws/lambda/cwsyn-devicemanagement",
)
WHY = "Threshold Crossed: 3 datapoints < 1.0"
SAKAI: dict[str, Any] = {"site": "sakai", "env": "prod"}


async def look(context: Context, row: Row, choice: str = "") -> Reading:
    """Everything that is read of the best choice, or of this one."""
    closely = Looking(context)
    found = await closely.do(LookCloser((row,)))
    return await closely.do(ReadIt(choice)) if choice else found


def alarm(lab: Lab, name: str = ROBOT) -> Alarm:
    """One that rings since five minutes, as its row has it."""
    since, ref = lab.clock.now() - timedelta(minutes=5), Ref("alarm", "eks-v2-prod", name)
    return Alarm(ref=ref, at=since, name=name, state="alarm", since=since)


def canary(lab: Lab) -> Canary:
    """The one that asks for devices."""
    at, name = lab.clock.now(), "devicemanagement"
    return Canary(ref=Ref("canary", "rpg-prod", name), at=at, name=name, last_run_at=at)


def instance(lab: Lab) -> Instance:
    """A machine of Sakai."""
    host = next(one for one in lab.world.hosts if "sakai/prod" in one.serves)
    ref = Ref("instance", "sakai/prod", host.name)
    return Instance(ref=ref, at=lab.clock.now(), instance_id=host.id, name=host.name, **SAKAI)


def cache(lab: Lab) -> Cache:
    """Sakai's."""
    ref = Ref("cache", "sakai/prod", "sakai-prod-redis")
    return Cache(ref=ref, at=lab.clock.now(), cluster_id="sakai-prod-redis", **SAKAI)


def count(lab: Lab, operation: str) -> int:
    return sum(one["operation"] == operation for one in lab.log.entries)


def texts(reading: Reading) -> list[str]:
    return [line.text for line in reading.lines]


async def test_an_alarm_tells_its_history_and_the_log_group_that_the_estate_names() -> None:
    async with looking() as (lab, context):
        lab.world.set_alarm(ROBOT, "ALARM", WHY)
        lab.world.set_alarm("v2-flood-robot", "ALARM", "of another one")
        history = await look(context, alarm(lab))
        assert [one.title for one in history.choices] == ["history", f"log group {GROUP}"]
        made, turned = history.lines
        assert made.text == f'Alarm "{ROBOT}" created'
        assert turned.text == f"Alarm updated from OK to ALARM: {WHY}" and turned.tone == "critical"
        read = await look(context, alarm(lab), f"logs:{GROUP}")
        assert read.choice is not None
        assert "logs:FilterLogEvents" in read.choice.say and "at most 5 calls" in read.choice.say
        times = [line.at for line in read.lines if line.at is not None]
        assert times == sorted(times) and times[-1] - times[0] <= timedelta(minutes=16)
        assert f"platform-6f7c9  ERROR {ROBOT}: {WHY}" in texts(read)
        assert "\tat platform.Health.check" in texts(read), "a second line of one event"
        other = await look(context, alarm(lab, "rpg-health"))
        assert [one.title for one in other.choices] == ["history"], "no group is named for it"


async def test_a_canary_tells_its_runs_and_what_its_function_wrote() -> None:
    async with looking() as (lab, context):
        (one,) = [c for c in lab.world.canaries if c.name == "devicemanagement"]
        one.turns.append((lab.clock.now() - timedelta(minutes=12), "CANARY_FAILURE"))
        runs = await look(context, canary(lab))
        assert runs.lines[0].text == "only the newest 100 runs: older ones were left out"
        assert texts(runs)[-2:] == ["FAILED in 20 s: CANARY_FAILURE"] * 2
        assert runs.lines[-1].tone == "critical" and texts(runs)[-5] == "PASSED in 20 s"
        read = await look(context, canary(lab), f"logs:{RUNS}")
        assert "devicemanagement-1  ERROR: CANARY_FAILURE: answered KO" in texts(read)


async def test_caches_machines_databases_and_clusters_tell_what_aws_says_of_them() -> None:
    async with looking() as (lab, context):
        now = lab.clock.now()
        node = next(one for one in lab.world.caches if one.name == "sakai-prod-redis")
        other = next(one for one in lab.world.caches if one.name == "kashima-prod-redis")
        for ago, of, text in ((90, other, "x"), (60, node, "Failover complete"), (30, node, "up")):
            lab.world.cache_events.append((now - timedelta(minutes=ago), of, text))
        told = await look(context, cache(lab))
        assert texts(told) == ["up"], "failovers are told of a group, and this one has none"
        node.group = "sakai-prod"
        member = replace(cache(lab), cluster_id="sakai-prod-001", replicas=1)
        node.name = "sakai-prod-001"
        told = await look(context, member)
        assert texts(told) == ["Failover complete", "up"] and told.lines[0].tone == "warning"

        host = next(one for one in lab.world.hosts if "sakai/prod" in one.serves)
        host.checks["system"], host.checks_since = "impaired", now
        told = await look(context, instance(lab))
        assert texts(told)[:2] == ["state running", "system check impaired"]
        assert told.lines[1].tone == "critical" and told.lines[1].at is not None

        base = next(one for one in lab.world.databases if one.name.startswith("sakai-prod"))
        row = Database(
            ref=Ref("database", "sakai/prod", base.name), at=now, db_id=base.name, **SAKAI
        )
        assert "Finished DB Instance backup" in texts(await look(context, row))

        night = Maintenance(
            ref=Ref("maintenance", "msk-prod", "msk-prod"), at=now, cluster="msk-prod"
        )
        told = await look(context, night)
        assert texts(told) == ["SECURITY_PATCHING: UPDATE_COMPLETE, took 38 min"]


async def test_a_log_group_is_followed_and_no_line_comes_twice(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(logs, "FOLLOW_S", 0.05)
    async with looking() as (lab, context):
        closely = Looking(context)
        reading = closely.begin(LookCloser((alarm(lab),)))
        await reading
        reading = closely.begin(ReadIt(f"logs:{GROUP}", follow=True))
        await until(closely, lambda now: now.phase == "following" and now.lines)
        lab.world.set_alarm(ROBOT, "ALARM", WHY)
        await until(closely, lambda now: any(WHY in line.text for line in now.lines))
        asked = count(lab, "FilterLogEvents")
        while count(lab, "FilterLogEvents") < asked + 3:
            await asyncio.sleep(0.02)
        stamped = [(line.at, line.text) for line in closely.now.lines]
        assert len(stamped) == len(set(stamped)) and closely.now.phase == "following"
        lab.aws_faults.denied.add((RPG, "FilterLogEvents"))
        await reading
        assert closely.now.phase == "failed" and "is not allowed" in closely.now.trouble
        assert stamped[-1][1] in texts(closely.now), "what was read stays"


async def test_what_lies_is_bounded_and_what_is_not_of_the_row_is_left_out() -> None:
    async with looking() as (lab, context):
        lab.world.set_alarm("v2-flood-robot", "ALARM", "of another one")
        lab.aws_faults.lies |= dict.fromkeys(("DescribeAlarmHistory", "FilterLogEvents"), "other")
        history = await look(context, alarm(lab))
        assert texts(history) == [f'Alarm "{ROBOT}" created']
        read = await look(context, alarm(lab), f"logs:{GROUP}")
        assert count(lab, "FilterLogEvents") == 5, "it says for ever that there is more"
        assert texts(read)[0] == "only the newest 10 events: older ones were left out"
        assert all(len(line.text) <= LONGEST for line in read.lines)
        assert [line.at for line in read.lines] == [None] * 11


async def test_the_region_is_asked_in_which_the_row_was_seen() -> None:
    async with looking() as (lab, context):
        (scope,) = [one for one in context.estate.alarms if one.scope == "eks-v2-prod"][:1]
        twice = (scope.model_copy(update={"region": "us-east-1"}), *context.estate.alarms)
        estate = context.estate.model_copy(update={"alarms": twice})
        closely = Looking(replace(context, estate=estate))
        seen = str(Place(scope.account, scope.region))
        read = await closely.do(LookCloser((alarm(lab),), (seen,)))
        assert read.phase == "ended" and texts(read) == [f'Alarm "{ROBOT}" created']
        read = await closely.do(LookCloser((alarm(lab),)))
        assert read.phase == "failed" and "nobody says in which" in read.trouble


async def test_a_denied_dead_or_slow_aws_is_a_sentence_and_holds_nobody() -> None:
    async with looking() as (lab, context):
        lab.aws_faults.denied.add((RPG, "FilterLogEvents"))
        read = await look(context, alarm(lab), f"logs:{GROUP}")
        assert (
            read.phase == "failed"
            and read.trouble == "rpg-prod: logs:FilterLogEvents is not allowed"
        )
        lab.world.log_groups.clear()
        lab.aws_faults.denied.clear()
        read = await look(context, alarm(lab), f"logs:{GROUP}")
        assert "The specified log group does not exist" in read.trouble
        lab.aws_faults.down.add(REFINERY)
        read = await look(context, cache(lab))
        assert read.phase == "failed" and "AWS is not reachable" in read.trouble and read.cure
        lab.keys.expire(RPG)
        read = await look(context, alarm(lab))
        assert "login" in read.trouble and "aws sso login" in read.cure
        lab.aws_faults.down.clear()
        lab.aws_faults.slow[REFINERY] = 30.0
        closely = Looking(context)
        reading = closely.begin(LookCloser((cache(lab),)))
        while not closely.states or closely.now.phase != "reading":
            await asyncio.sleep(0.01)
        began = monotonic()
        reading.cancel()
        await asyncio.gather(reading, return_exceptions=True)
        assert monotonic() - began < 3, "who looks elsewhere does not wait for it"


def test_an_msk_cluster_that_is_found_by_name_may_tell_its_operations() -> None:
    told = load(shipped())
    named = told.estate.kafka["msk-prod"].model_copy(update={"arn": ""})
    estate = told.estate.model_copy(update={"kafka": {"msk-prod": named}})
    rights = policy(replace(told, estate=estate), named.account)["Statement"]
    (grant,) = [one for one in rights if "kafka:ListClusterOperationsV2" in one["Action"]]
    number = estate.accounts[named.account].id
    assert grant["Resource"] == [f"arn:aws:kafka:{named.region}:{number}:cluster/msk-prod/*"]


async def test_every_call_of_a_closer_look_is_in_the_policy_and_tried_by_the_doctor() -> None:
    async with looking() as (lab, context):
        found = await doctor(context.estate, context.clients, acting=closer(context.estate))
        assert {check.what for check in found if check.ok is not True} == set()
        each = {f"rpg-prod/eu-west-3 logs:FilterLogEvents {group}" for group in (GROUP, RUNS)}
        assert {check.what for check in found} >= each
        lab.world.log_groups.pop((RPG, "eu-west-3", RUNS))
        found = await doctor(context.estate, context.clients, acting=closer(context.estate))
        (bad,) = [check for check in found if check.ok is not True]
        assert bad.what.endswith(RUNS) and bad.fix == "correct logs[].group"
        (statement, *rest) = policy(load(shipped()), "rpg-prod")["Statement"]
        wanted = {
            "cloudwatch:DescribeAlarmHistory",
            "synthetics:GetCanaryRuns",
            "rds:DescribeEvents",
        }
        assert set(statement["Action"]) >= wanted
        (lines,) = [one for one in rest if one["Action"] == ["logs:FilterLogEvents"]]
        at = f"arn:aws:logs:eu-west-3:{RPG}:log-group:"
        assert lines["Resource"] == [f"{at}{GROUP}:*", f"{at}{RUNS}:*"]

"""The databases of the shipped estate, read of a lab that is well, slow, dead, denying, lying."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from console.commands.policy_aws import policy
from console.lab.aws.rds import Database as Real
from console.lab.stories.slow_page import calm, scanned
from console.model import Severity, Snapshot, facts
from console.poll import poll_once
from console.sources.databases import Database, Databases
from tests.remedies.aws.desk import Desk, desk

ORDER = "order-prod-db"
LIES = ["nothing", "old", "other"]


@asynccontextmanager
async def ordering(tmp_path: Path) -> AsyncIterator[Desk]:
    """A lab whose ordering system is slow, and somebody who looks at it."""
    async with desk(tmp_path) as found:
        scanned(found.lab)
        found.hands.context.clients.aws.metrics.focus(["order/prod"])
        yield found


async def look(lab: Desk, timeout: float = 20.0) -> Snapshot:
    """One fresh look at the account that has the ordering system."""
    parts = Databases().parts(lab.hands.context)
    (part,) = [one for one in parts if one.name.startswith("rpg-prod")]
    return await poll_once(replace(part, timeout=timeout))


async def order(lab: Desk) -> Database:
    snapshot = await look(lab)
    assert snapshot.trouble is None
    (row,) = snapshot.rows
    assert isinstance(row, Database)
    return row


def real(lab: Desk) -> Real:
    (found,) = [one for one in lab.lab.world.databases if one.name == ORDER]
    return found


async def test_an_alarm_on_a_database_is_told_whose_it_is(tmp_path: Path) -> None:
    async with ordering(tmp_path) as lab:
        await look(lab)
        served = lab.hands.context.clients.aws.served["rpg-prod"]
        assert served[ORDER] == ("order/prod",)


async def test_the_row_tells_the_story_and_is_quiet_once_it_is_undone(tmp_path: Path) -> None:
    async with ordering(tmp_path) as lab:
        row = await order(lab)
        assert (row.status, row.vcpus, row.storage_pct is not None) == ("available", 2, True)
        assert row.load is not None and row.load > 6 and row.lock_load == pytest.approx(0.3)
        assert (row.top_wait, row.top_sql_wait) == ("IO:DataFileRead", "IO:DataFileRead")
        assert row.top_sql is not None and row.top_sql.startswith("SELECT id, state FROM orders")
        assert row.severity is Severity.WARNING and "active on 2 vCPUs" in "; ".join(row.because)
        calm(lab.lab.world)
        assert (await order(lab)).top_wait == "CPU"


async def test_it_is_as_slow_at_every_time_of_the_day(tmp_path: Path) -> None:
    async with ordering(tmp_path) as lab:
        courses = lab.lab.world.courses
        (cpu,) = (courses[key] for key in courses if ORDER in str(key) and "CPUUtil" in str(key))
        at = lab.clock.now()
        loads = [cpu.value(at + timedelta(minutes=minute)) for minute in range(24 * 60)]
        assert min(loads) > 80 and max(loads) < 95, "a warning, and never more"


async def test_nothing_that_is_shown_is_where_a_database_can_be_reached_or_who_it_belongs_to(
    tmp_path: Path,
) -> None:
    async with ordering(tmp_path) as lab:
        shown = json.dumps(dict(facts(await order(lab))), default=str)
        assert "rds.amazonaws.com" not in shown and '"app"' not in shown


async def test_what_waits_and_what_aws_plans_is_told(tmp_path: Path) -> None:
    async with ordering(tmp_path) as lab:
        at = lab.clock.now() + timedelta(days=3)
        one = real(lab)
        one.pending = {"DBInstanceClass": "db.m6g.xlarge", "MasterUserPassword": "****"}
        one.planned = [{"Action": "system-update", "ForcedApplyDate": at, "Description": "OS"}]
        row = await order(lab)
        assert row.pending == "DBInstanceClass → db.m6g.xlarge, a new password"
        assert (row.maintenance, row.maintenance_at) == ("system-update", at.replace(microsecond=0))


async def test_one_that_is_switched_off_says_so_and_is_still_judged_by_the_rest(
    tmp_path: Path,
) -> None:
    async with ordering(tmp_path) as lab:
        real(lab).insights = False
        row = await order(lab)
        assert row.missing["top_sql"] == "Performance Insights is off for this database"
        assert row.load is None and row.severity is Severity.WARNING, (
            "its disk is slow all the same"
        )


@pytest.mark.parametrize("lie", LIES)
async def test_an_answer_that_lies_is_no_load_and_never_a_quiet_one(
    tmp_path: Path, lie: str
) -> None:
    async with ordering(tmp_path) as lab:
        lab.lab.aws_faults.lies["GetResourceMetrics"] = lie
        row = await order(lab)
        assert (row.load, row.lock_load, row.top_sql) == (None, None, None)
        assert row.missing["lock_load"] == "Performance Insights has no data of the last 5 min"


async def test_a_right_that_is_missing_costs_its_own_facts(tmp_path: Path) -> None:
    async with ordering(tmp_path) as lab:
        lab.lab.aws_faults.denied |= {("*", "pi:*"), ("*", "GetMetricData")}
        row = await order(lab)
        assert row.missing["load"] == "rpg-prod: pi:GetResourceMetrics is not allowed"
        assert row.missing["cpu_pct"] == "rpg-prod: cloudwatch:GetMetricData is not allowed"
        assert (row.status, row.severity) == ("available", Severity.UNKNOWN)


async def test_a_place_that_is_dead_or_slow_fails_and_keeps_no_fresh_row(tmp_path: Path) -> None:
    async with ordering(tmp_path) as lab:
        lab.lab.aws_faults.down.add("*")
        snapshot = await look(lab)
        assert snapshot.trouble is not None and snapshot.rows == () and snapshot.taken_at is None
        lab.lab.aws_faults.down.clear()
        lab.lab.aws_faults.slow["*"] = 0.4
        snapshot = await look(lab, timeout=0.2)
        assert snapshot.trouble is not None and snapshot.trouble.message == "no answer in 0.2 s"


async def test_the_policy_has_the_rights_and_insights_of_databases_alone(tmp_path: Path) -> None:
    async with ordering(tmp_path) as lab:
        statements = policy(lab.hands.configuration, "rpg-prod")["Statement"]
        (insights,) = [s for s in statements if any(a.startswith("pi:") for a in s["Action"])]
        assert insights["Resource"] == ["arn:aws:pi:eu-west-3:222233334444:metrics/rds/*"]
        reads = {action for s in statements for action in s["Action"] if action.startswith("rds:")}
        assert reads >= {"rds:DescribeDBInstances", "rds:DescribePendingMaintenanceActions"}

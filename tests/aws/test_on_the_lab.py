"""What only a server can show: real signatures, real parsers, the doctor's whole round."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC

import pytest

from console.clients import Clients
from console.commands.init import shipped
from console.commands.live_aws import doctor
from console.commands.rights_aws import acting
from console.config import load
from console.lab.lab import Lab
from console.poll import Context, poll_once
from console.sources.instances import Instance, Instances


@asynccontextmanager
async def looking() -> AsyncIterator[tuple[Lab, Context]]:
    """A lab without Kafka, and a console that looks at it."""
    async with Lab(kafka="off") as lab:
        with pytest.MonkeyPatch.context() as environment:
            for name, value in lab.env.items():
                environment.setenv(name, value)
            estate = load(shipped()).estate
            yield lab, Context(estate, Clients(estate), lab.clock)


async def test_the_doctor_finds_the_lab_well_and_names_what_is_denied() -> None:
    async with looking() as (lab, context):
        reads = acting(load(shipped()))
        found = await doctor(context.estate, context.clients, acting=reads)
        assert {check.what for check in found if check.ok is not True} == set()
        asked = {check.what for check in found}
        for place, some in reads.items():
            assert asked >= {f"{place} {right}" for right in some}, "what acts need is tried, too"
        denied = "kafka:DescribeClusterV2", "ssm:GetCommandInvocation"
        lab.aws_faults.denied |= {("222233334444", action) for action in denied}
        found = await doctor(context.estate, context.clients, acting=reads)
        bad = {check.what: check for check in found if check.ok is not True}
        assert list(bad) == [f"rpg-prod/eu-west-3 {action}" for action in denied]
        assert bad[f"rpg-prod/eu-west-3 {denied[0]}"].fix.startswith(f"allow {denied[0]}")


async def test_metric_data_in_halves_is_whole_and_times_are_utc() -> None:
    async with looking() as (lab, context):
        lab.aws_faults.partial.add("*")
        context.clients.aws.metrics.focus(f"{site}/prod" for site in context.estate.sites)
        (prod, *_) = Instances().parts(context)
        snapshot = await poll_once(prod)
        assert snapshot.trouble is None
        rows = [row for row in snapshot.rows if isinstance(row, Instance)]
        assert len(rows) == 10
        for row in rows:
            assert row.load1 is not None and row.disk_pct is not None, row.missing
            assert len(row.series["load1"]) == 30
            assert row.launched_at is not None and row.launched_at.tzinfo is UTC

"""The console's own sources, asked through its own clients, on the lab's AWS."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from console.clients import Clients
from console.clock import real_now
from console.commands.init import shipped
from console.config import load
from console.lab.lab import Lab
from console.model import Freshness, Row, Severity, Snapshot
from console.poll import Context, poll_once
from console.sources.alarms import Alarms
from console.sources.caches import Caches
from console.sources.canaries import Canaries
from console.sources.instances import Instance, Instances
from console.sources.metrics import Metrics
from console.sources.msk import Msk

SOURCES = (Alarms(), Caches(), Canaries(), Instances(), Metrics(), Msk())


@asynccontextmanager
async def console_on(lab: Lab) -> AsyncIterator[Context]:
    """A console that looks at this lab."""
    with pytest.MonkeyPatch.context() as environment:
        for name, value in lab.env.items():
            environment.setenv(name, value)
        estate = load(shipped()).estate
        clients = Clients(estate)
        yield Context(estate, clients, lab.clock)
        await clients.close()


def instances(snapshot: Snapshot) -> dict[str, Instance]:
    return {row.name: row for row in snapshot.rows if isinstance(row, Instance)}


async def test_every_part_of_every_aws_source_is_answered() -> None:
    async with Lab(kafka="off") as lab, console_on(lab) as context:
        rows: list[Row] = []
        for source in SOURCES:
            for part in source.parts(context):
                snapshot = await poll_once(part)
                assert snapshot.trouble is None, snapshot
                rows += snapshot.rows
        names = {row.ref.name for row in rows}
        assert {"sakai-prod-redis", "devicemanagement", "msk-prod", "v2-chain"} <= names
        assert not [row for row in rows if row.severity > Severity.UNKNOWN]
        assert not {entry["error"] for entry in lab.log.entries} - {""}


async def test_rising_load_at_sakai_reaches_the_row() -> None:
    async with Lab("load-sakai", kafka="off") as lab, console_on(lab) as context:
        context.clients.aws.metrics.focus(["sakai/prod"])
        (prod, *_) = Instances().parts(context)
        row = instances(await poll_once(prod))["sakai-prod-web-1"]
        assert row.load1 is not None and row.load1 > 5
        assert row.load1_trend == "rising"
        assert row.scopes == ("sakai/prod", "kawasaki/prod")


async def test_an_expired_login_ages_its_account_alone_and_recovers_when_renewed() -> None:
    async with Lab(kafka="off") as lab, console_on(lab) as context:
        prod, dev, *_ = Instances().parts(context)
        good = await poll_once(prod)
        lab.keys.expire("111122223333")
        expired = await poll_once(prod, good)
        assert expired.freshness(real_now()) == Freshness.AUTH_EXPIRED
        assert expired.trouble is not None
        assert expired.trouble.cure == "aws sso login --profile refinery-prod"
        assert (expired.rows, expired.taken_at) == (good.rows, good.taken_at)
        assert (await poll_once(dev)).trouble is None
        lab.keys.renew("111122223333")
        assert (await poll_once(prod, expired)).trouble is None


REFUSALS = [
    ("denied", "denied", ("111122223333", "ec2:*")),
    ("throttled", "throttled", ("111122223333", "ec2")),
    ("cut off", "down", "111122223333"),
]


@pytest.mark.parametrize(("what", "fault", "where"), REFUSALS, ids=[r[0] for r in REFUSALS])
async def test_a_refused_account_says_so_and_leaves_the_others_live(
    what: str, fault: str, where: object
) -> None:
    async with Lab(kafka="off") as lab, console_on(lab) as context:
        prod, dev, *_ = Instances().parts(context)
        good = await poll_once(prod)
        getattr(lab.aws_faults, fault).add(where)
        failed = await poll_once(prod, good)
        assert failed.trouble is not None and not failed.trouble.auth_expired
        assert "refinery-prod" in failed.trouble.message
        assert failed.rows == good.rows
        assert (await poll_once(dev)).trouble is None
        getattr(lab.aws_faults, fault).clear()
        assert (await poll_once(prod, failed)).trouble is None

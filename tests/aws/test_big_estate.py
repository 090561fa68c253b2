"""Three hundred sites: what a minute of looking at them costs."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from time import thread_time

import pytest

from console.aws import alarms, ec2, elasticache, metrics
from console.clients import Clients
from console.model import Row, Severity
from console.poll import Context, Part
from console.sources import canaries, msk
from console.sources.alarms import Alarms
from console.sources.caches import Caches
from console.sources.canaries import Canaries
from console.sources.instances import Instances
from console.sources.metrics import Metrics
from console.sources.msk import Msk
from tests.aws.big_estate import answer, big_estate
from tests.aws.edge import Edge, at_the_edge

SITES, MINUTES = 300, 30
SOURCES = (Instances(), Caches(), Alarms(), Canaries(), Metrics(), Msk())


class Everything(dict[str, object]):
    """Answers every operation from the big estate."""

    def __missing__(self, operation: str) -> object:
        return lambda asked: answer(operation, asked.params, SITES)


@pytest.fixture
def big(keys: Path) -> Iterator[Edge]:
    edge = Edge(Everything())  # type: ignore[arg-type]
    with at_the_edge(edge):
        yield edge


@pytest.fixture
def minutes(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The minute that all slow rounds go by."""
    now, start = [0.0], datetime.now(UTC)
    for module in (alarms, ec2, elasticache, metrics, canaries, msk):
        monkeypatch.setattr(module, "real_now", lambda: start + timedelta(minutes=now[0]))
    return now


def parts_of(context: Context) -> list[Part]:
    return [part for source in SOURCES for part in source.parts(context)]


async def test_300_sites_cost_at_most_nine_calls_a_minute_and_no_metric(
    big: Edge, minutes: list[float]
) -> None:
    estate = big_estate(SITES)
    context = Context(estate, Clients(estate))
    parts = parts_of(context)
    assert len(parts) == 5, "one a source, never one a site; no metric stands for itself here"
    rows: list[Row] = []
    for minute in range(MINUTES):
        minutes[0] = float(minute)
        rows = [row for part in parts for row in await part.fetch()]
    per_min = (len(big.log) - 1) / MINUTES
    print(f"{per_min:.2f} calls a minute for {SITES} sites")
    assert per_min <= 9
    assert big.count("cloudwatch.GetMetricData") == 0
    assert len(rows) == SITES * (2 + 1 + 5) + 1
    assert sum(row.severity is Severity.CRITICAL for row in rows) == 15


async def test_the_fleet_in_tier_b_costs_what_the_price_list_says(
    big: Edge, minutes: list[float]
) -> None:
    estate = big_estate(SITES, fleet="all")
    context = Context(estate, Clients(estate))
    parts = [part for source in (Instances(), Caches()) for part in source.parts(context)]
    for minute in range(10):
        minutes[0] = float(minute)
        for part in parts:
            await part.fetch()
    asked = big.metrics()
    assert asked == 2 * SITES * (2 * 3 + 2), "twice in ten minutes, 8 key metrics a site"
    a_month = asked / 10 * 43_800 / 1000 * 0.01
    assert a_month == pytest.approx(210, abs=1)


async def test_a_large_fleet_does_not_hold_the_event_loop(big: Edge) -> None:
    estate = big_estate(SITES)
    context = Context(estate, Clients(estate))
    parts = [part for source in (Instances(), Caches()) for part in source.parts(context)]
    for part in parts:
        await part.fetch()  # the first one builds the clients
    context.clients.aws.metrics.focus(f"{site}/prod" for site in estate.sites)
    beats: list[float] = []

    async def beat() -> None:
        while True:
            beats.append(thread_time())  # this thread's alone: other programs do not count
            await asyncio.sleep(0.001)

    beating = asyncio.create_task(beat())
    for part in parts:
        await part.fetch()
    beating.cancel()
    longest = max(later - sooner for sooner, later in pairwise(beats))
    print(f"longest hold {longest * 1000:.0f} ms over {len(beats)} beats")
    assert longest < 0.1

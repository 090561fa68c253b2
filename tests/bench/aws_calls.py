"""What 300 sites cost: AWS calls a minute in tier A, and dollars a month for metrics."""

from __future__ import annotations

import asyncio
import os
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from unittest.mock import patch

from console.aws import alarms, databases, ec2, elasticache, insights, metrics
from console.aws.usage import MINUTES_A_MONTH
from console.clients import Clients
from console.config.amazon import Behind
from console.config.schema import Estate
from console.lookout import FIRST_PAGE
from console.poll import Context, Part
from console.sources import canaries, msk, targets
from console.sources.alarms import Alarms
from console.sources.caches import Caches
from console.sources.canaries import Canaries
from console.sources.databases import Databases
from console.sources.instances import Instances
from console.sources.metrics import Metrics
from console.sources.msk import Msk
from console.sources.targets import Targets
from tests.aws.big_balancer import NAMES, behind
from tests.aws.big_estate import ALARMS_PER_SITE, EC2_PER_SITE, FACTS, answer, big_estate
from tests.aws.conftest import write_keys
from tests.aws.edge import Answer, Asked, Edge, at_the_edge
from tests.bench.figure import against

SITES, MINUTES = 300, 60
GOAL = 9.0  # calls a minute in tier A
SOURCES = (Instances(), Caches(), Databases(), Alarms(), Canaries(), Metrics(), Msk())
CLOCKED = (alarms, databases, ec2, elasticache, insights, metrics, canaries, msk, targets)
DATA = "cloudwatch.GetMetricData"


class BigAws(dict[str, object]):
    """Answers every operation from the big estate."""

    pools = 0

    def __missing__(self, operation: str) -> object:
        def told(asked: Asked) -> Answer:
            if operation.startswith("elbv2."):
                return behind(operation.partition(".")[2], self.pools)
            return answer(operation, asked.params, SITES)

        return told


class Hours:
    """The product's real time, set by hand; every module that reads it reads this."""

    def __init__(self) -> None:
        self.start = datetime.now(UTC)
        self.seconds = 0.0

    def now(self) -> datetime:
        return self.start + timedelta(seconds=self.seconds)


@contextmanager
def simulated(pools: int = 0) -> Iterator[tuple[Edge, Hours]]:
    """AWS at botocore's edge, a login in a file, and the clock in our hand."""
    big = BigAws()
    big.pools = pools
    hours, edge = Hours(), Edge(big)  # type: ignore[arg-type]
    with ExitStack() as stack:
        home = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="oncall-bench-")))
        write_keys(home / "credentials", "KEY")
        told = {
            "AWS_SHARED_CREDENTIALS_FILE": str(home / "credentials"),
            "AWS_CONFIG_FILE": str(home / "config"),
            "AWS_EC2_METADATA_DISABLED": "true",
        }
        kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        stack.enter_context(patch.dict(os.environ, kept | told, clear=True))
        stack.enter_context(at_the_edge(edge))
        for module in CLOCKED:
            stack.enter_context(patch.object(module, "real_now", hours.now))
        yield edge, hours


async def look(parts: Iterable[Part], hours: Hours) -> None:
    """Poll every part at its own interval for all the minutes."""
    due = dict.fromkeys(parts, 0.0)
    while (at := min(due.values())) < MINUTES * 60:
        hours.seconds = at
        for part in [part for part, when in due.items() if when == at]:
            await part.fetch()
            due[part] = at + part.interval


def run(estate: Estate, focus: int) -> list[Asked]:
    """Every call of an hour with so many sites on the screen."""
    with simulated() as (edge, hours):
        context = Context(estate, Clients(estate))
        context.clients.aws.metrics.focus(f"{site}/prod" for site in list(estate.sites)[:focus])
        parts = [part for source in SOURCES for part in source.parts(context)]
        asyncio.run(look(parts, hours))
    return edge.log


def balanced(pools: int) -> str:
    """The calls of a load balancer with so many target groups, besides."""
    estate = big_estate(1)
    (site,) = estate.sites.values()
    prod = site.environments["prod"].model_copy(
        update={"targets": (Behind(load_balancer="tenants"),)}
    )
    one = site.model_copy(update={"environments": {"prod": prod}})
    with simulated(pools) as (edge, hours):
        context = Context(estate.model_copy(update={"sites": {"one": one}}), Clients(estate))
        asyncio.run(look(Targets().parts(context), hours))
    per_min = len(edge.log) / MINUTES
    return f"{NAMES} host names behind {pools} target groups besides: {per_min:.2f} calls a minute"


def metrics_in(log: Iterable[Asked]) -> int:
    """Metrics requested: what CloudWatch bills."""
    return sum(len(each.params["MetricDataQueries"]) for each in log if each.operation == DATA)


def _money(what: str, log: list[Asked], estate: Estate) -> str:
    asked = metrics_in(log) / MINUTES
    usd = asked * MINUTES_A_MONTH / 1000 * estate.metrics_policy.usd_per_1000
    return (
        f"{what}: {len(log) / MINUTES:.1f} calls and {asked:.0f} metrics a minute, ${usd:.0f} "
        "a month if it stays so day and night"
    )


def measure() -> list[str]:
    """Tier A alone against its goal; then the default policy without and with a screen."""
    free = big_estate(SITES)
    default = free.metrics_policy.__class__().fleet
    usual = big_estate(SITES, fleet=default)
    log = run(free, 0)
    per_min = len(log) / MINUTES
    kinds = Counter(each.operation.split(".")[1] for each in log).most_common()
    share = ", ".join(f"{count / MINUTES:.2f} {operation}" for operation, count in kinds)
    key = EC2_PER_SITE * len(FACTS["instances"]) + len(FACTS["caches"])
    return [
        f"inputs: {SITES} sites in one account and Region, each {EC2_PER_SITE} instances, one "
        f"cache, one database, {ALARMS_PER_SITE} alarms (one alarm in a hundred rings) and {key} "
        f"key metrics; every poll of {MINUTES} simulated minutes, the first included, through the "
        f"product's sources and botocore; ${free.metrics_policy.usd_per_1000:g} for 1,000 metrics",
        against(f"tier A: {per_min:.2f} calls a minute", per_min, GOAL) + f": {share}",
        balanced(6),
        balanced(100),
        _money(f"default policy (fleet: {default}), nothing on the screen", run(usual, 0), usual),
        _money(f"default policy, {FIRST_PAGE} sites on the screen", run(usual, FIRST_PAGE), usual),
    ]

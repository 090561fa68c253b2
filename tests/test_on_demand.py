"""What is asked on demand: by its own pane and by a checklist that looks, and by nobody else."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import pytest

from console import derive, lookout
from console.clients import Clients
from console.config.schema import Estate, Identity
from console.lookout import Lookout, look_once
from console.model import Ref, Row
from console.poll import Context, Part

AT = datetime(2026, 3, 10, tzinfo=UTC)


class Asked:
    """A source of two parts that counts how often each is asked."""

    row: type[Row] = Row

    def __init__(self, name: str, every: float, counts: Counter[str]) -> None:
        self.name, self.every, self.counts = name, every, counts

    def parts(self, context: Context) -> Sequence[Part]:
        return [Part(self.name, site, self.every, self._of(site)) for site in ("a", "b")]

    def _of(self, site: str) -> Callable[..., object]:
        async def fetch() -> tuple[Row, ...]:
            self.counts[f"{self.name} {site}"] += 1
            return (Row(ref=Ref("x", f"{site}/prod", "x"), at=AT),)

        return fetch


@asynccontextmanager
async def looking(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[tuple[Lookout, Counter[str]]]:
    """A lookout over machines (every half hour) and lights (every minute), each asked once."""
    counts: Counter[str] = Counter()
    sources = {"hosts": Asked("hosts", 1800, counts), "lights": Asked("lights", 60, counts)}
    monkeypatch.setattr(lookout, "SOURCES", sources)
    monkeypatch.setattr(derive, "DERIVED", {})
    estate = Estate(estate=Identity(name="test", title="Test"))
    watch = Lookout(Context(estate, Clients(estate)), lambda board: None)
    task = asyncio.create_task(watch.run())
    await settled(counts, 4)
    yield watch, counts
    task.cancel()
    await asyncio.wait([task])


async def settled(counts: Counter[str], many: int) -> None:
    """Until it was asked that often, and not once more."""
    async with asyncio.timeout(5):
        while counts.total() < many:
            await asyncio.sleep(0.005)
    await asyncio.sleep(0.05)
    assert counts.total() == many, counts


async def test_refreshing_elsewhere_reads_no_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    async with looking(monkeypatch) as (watch, counts):
        assert not watch.refresh(("sites",), {"a/prod"})
        await settled(counts, 6)
        assert counts["hosts a"] == counts["hosts b"] == 1


@pytest.mark.parametrize("pane", ["hosts", "sidekiq"])
async def test_refreshing_on_the_machines_pane_reads_those_that_are_shown(
    pane: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with looking(monkeypatch) as (watch, counts):
        assert watch.refresh((pane,), {"a/prod"})
        await settled(counts, 5)
        assert counts["hosts a"] == 2


async def test_a_step_that_looks_asks_only_what_is_asked_seldom(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with looking(monkeypatch) as (watch, counts):
        watch.ask({"hosts", "lights"}, ("b/prod",), slower_than=120)
        await settled(counts, 5)
        assert counts["hosts b"] == 2


async def test_one_look_leaves_the_machines_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    async with looking(monkeypatch) as (watch, counts):
        board = await look_once(watch.context)
        assert counts.total() == 6 and not board.parts("hosts")
        assert len(board.rows("lights")) == 2

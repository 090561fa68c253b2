"""A test alarm: sent once, known by its mark, timed stage by stage, and never claimed unseen."""

from __future__ import annotations

import asyncio
import json
import struct
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from console.clock import Clock
from console.lab.door import Door
from console.lab.kafka.standin import StandIn
from console.lab.relay import mark_of
from console.lab.requests import RequestLog
from console.lab.web import Web
from console.model import Order, Ref
from console.remedies import inject_probe
from console.remedy import Refused
from tests.remedies.kafka.desk import CLUSTER, Desk
from tests.remedies.kafka.probing import probe, probing
from tests.remedies.kafka.test_empty_killed import Deadly, Nursery

PRODUCE = 0


@dataclass
class Way:
    """The brokers, the event API, and what passes an alarm on between them."""

    kafka: StandIn
    web: Web
    url: str
    upto: str = "event"
    """How far alarms come: crow, output or event."""
    task: list[asyncio.Task[None]] = field(default_factory=list)

    def marks(self, topic: str) -> list[str]:
        """The marks in a topic's records."""
        logs = self.kafka.cluster.topics[topic].logs
        values = [record.value for log in logs for record in log.written.values()]
        return [mark for value in values if (mark := mark_of(value))]

    async def pass_on(self) -> None:
        """What dataenricher and ThingsBoard do."""
        while True:
            for mark in self.marks("crow") if self.upto != "crow" else ():
                if mark not in self.marks("output"):
                    await self.kafka.cluster.put("output", json.dumps({"probe": mark}).encode())
            for mark in self.marks("output") if self.upto == "event" else ():
                self.web.marks.setdefault(mark, self.web.clock.now())
            await asyncio.sleep(0.02)


@asynccontextmanager
async def a_way(kafka: StandIn, upto: str = "event") -> AsyncIterator[Way]:
    clock = Clock()
    web = Web(RequestLog(clock), clock)
    door = Door(web.app())
    await kafka.start()
    await door.open()
    way = Way(kafka, web, door.url, upto)
    passing = None
    try:
        await kafka.create_topics({"crow": (3, 3), "output": (2, 3)})
        for topic in ("crow", "output"):
            for log in kafka.cluster.topics[topic].logs:
                log.end = 700.0  # more than one answer holds
        kafka.cluster.consume("enricher", ["crow"], members=1)
        passing = asyncio.create_task(way.pass_on())
        yield way
    finally:
        if passing:
            passing.cancel()
        await door.close()
        await kafka.close()


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inject_probe, "LOOK_S", 0.1)
    monkeypatch.setattr(inject_probe, "LOST_S", 0.5)


async def test_it_is_sent_once_and_timed_through_every_stage_where_it_shows(tmp_path: Path) -> None:
    async with a_way(StandIn()) as way, probing(way.kafka.bootstrap, tmp_path, way.url) as at:
        proposal = await at.propose(probe())
        assert proposal.refusals == ()
        produce = proposal.plan.requests[1].params
        mark = proposal.plan.seen["probe"]
        assert json.loads(produce["value"])["probe"] == mark == produce["key"]
        assert "enricher: not visible here" in proposal.plan.preview
        assert way.marks("crow") == [], "planning sends nothing"
        verdict = await at.fire(proposal)
        assert verdict.outcome == "verified" and verdict.said.startswith("seen in event after")
        assert [line.partition(" after")[0] for line in verdict.evidence] == [
            *("[crow]: seen", "enricher: not visible here", "[output]: seen", "event: seen")
        ]
        assert way.marks("crow") == [mark]
        (record,) = [
            r for log in way.kafka.cluster.topics["crow"].logs for r in log.written.values()
        ]
        assert record.value.decode() == produce["value"], "what was shown is what was sent"


@pytest.mark.parametrize(
    ("upto", "said"),
    [("crow", "last [crow]: seen after"), ("output", "last [output]: seen after")],
)
async def test_where_it_was_last_seen_is_told_when_it_comes_no_further(
    upto: str, said: str, tmp_path: Path
) -> None:
    kafka, soon = StandIn(), {"deadline": 3}
    async with a_way(kafka, upto) as way, probing(kafka.bootstrap, tmp_path, way.url, **soon) as at:
        verdict = await at.act(probe())
        assert verdict.outcome == "unknown"
        assert said in verdict.said and "not in event" in verdict.said
        assert len(way.marks("crow")) == 1


@pytest.mark.parametrize("fault", ["dead", "500", "lie", "elsewhere"])
async def test_an_address_that_fails_or_lies_never_proves_it(fault: str, tmp_path: Path) -> None:
    async with a_way(StandIn()) as way:
        way.web.faults["events"] = fault
        async with probing(way.kafka.bootstrap, tmp_path, way.url, deadline=1.5) as at:
            verdict = await at.act(probe())
            assert verdict.outcome == "unknown", verdict
            assert any("event: cannot be looked at" in line for line in verdict.evidence)


class Lying(StandIn):
    """It acknowledges what it does not keep."""

    async def _answer(self, broker: int, raw: bytes) -> bytes:
        answer = await super()._answer(broker, raw)
        if struct.unpack(">h", raw[:2])[0] == PRODUCE:
            for log in self.cluster.topics["crow"].logs:
                log.end -= len(log.written)
                log.written.clear()
        return answer


async def test_a_broker_that_acknowledges_and_keeps_nothing_is_found_out(tmp_path: Path) -> None:
    async with a_way(Lying()) as way, probing(way.kafka.bootstrap, tmp_path, way.url) as at:
        verdict = await at.act(probe())
        assert verdict.outcome == "failed"
        assert verdict.said == "it was acknowledged, and crow does not hold it"


async def test_only_the_topics_of_the_allow_list_are_written_to(tmp_path: Path) -> None:
    async with a_way(StandIn()) as way, probing(way.kafka.bootstrap, tmp_path, way.url) as at:
        with pytest.raises(Refused, match=r"probe may not write to output"):
            await at.propose(probe("output"))
        two = Order("probe", (Ref("topic", CLUSTER, "crow"), Ref("topic", CLUSTER, "output")))
        with pytest.raises(Refused, match="one topic has to be named"):
            await at.propose(two)
    for entry, why in (
        ({"flow": "heartbeat"}, "no such flow: heartbeat"),
        ({"text": "no mark"}, "needs a text with {probe}"),
        ({"on": {"scopes": [CLUSTER]}}, "on.topics"),
    ):
        with pytest.raises(Exception, match=why):
            async with probing("127.0.0.1:9", tmp_path, "http://127.0.0.1:9", **entry):
                pass


# the moment, how many are in the topic then, what the next start finds
MOMENTS: list[tuple[str, int, str]] = [
    ("planned:synced", 0, ""),
    ("started:synced", 0, "unknown"),
    ("produce asked 1", 0, "unknown"),
    ("produce told 1", 1, "unknown"),
    ("sent:before", 1, "unknown"),
    ("sent:synced", 1, "verified"),
    ("verified:before", 1, "verified"),
    ("verified:synced", 1, ""),
]


@pytest.fixture(scope="module")
def nursery() -> Iterator[Nursery]:
    made = Nursery("tests.remedies.kafka.probing")
    yield made
    made.process.communicate()


@pytest.mark.parametrize(("moment", "there", "then"), MOMENTS, ids=[m[0] for m in MOMENTS])
async def test_killed_at(
    moment: str, there: int, then: str, nursery: Nursery, tmp_path: Path
) -> None:
    kafka = Deadly()
    async with a_way(kafka) as way:
        told: dict[str, Any] = {"web": way.url}
        assert await nursery.run(kafka, tmp_path, moment, **told) == 9
        assert len(way.marks("crow")) == there
        async with probing(kafka.bootstrap, tmp_path, way.url, deadline=1) as at:
            await next_start(at, way, there, then)


async def test_how_long_it_took_is_not_claimed_where_nobody_looked_for_long(
    nursery: Nursery, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inject_probe, "LATE_S", 0.1)
    kafka = Deadly()
    async with a_way(kafka) as way:
        assert await nursery.run(kafka, tmp_path, "sent:synced", web=way.url) == 9
        await asyncio.sleep(0.3)
        async with probing(kafka.bootstrap, tmp_path, way.url, deadline=1) as at:
            (act,) = await at.acts.unfinished()
            verdict = await at.acts.look_again(act)
            assert verdict.outcome == "verified"
            assert verdict.said.startswith("seen in event; when is not known (within ")
            seen = [line for line in verdict.evidence if ": seen" in line]
            assert seen and all("when is not known" in line for line in seen)


async def next_start(at: Desk, way: Way, there: int, then: str) -> None:
    """It is looked at again by its mark, and never sent again by itself."""
    unfinished = await at.acts.unfinished()
    assert bool(unfinished) == bool(then)
    for act in unfinished:
        verdict = await at.acts.look_again(act)
        assert verdict.outcome == then, verdict
    assert len(way.marks("crow")) == there, "looking sends nothing"

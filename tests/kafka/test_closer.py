"""Records near a committed offset, on real brokers and on the stand-in; nothing is committed."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from functools import partial

import pytest
from aiokafka.record.default_records import DefaultRecordBatchBuilder

from console.clients import Clients
from console.closer.kafka_lag import AFTER, BEFORE, _bytes, value_lines
from console.closer.looking import Closer
from console.config.schema import Estate
from console.kafka.values import Tp
from console.kafka.wire import commit_offsets, committed, coordinator, new_producer, produce_batches
from console.kafka.wire.unpacked import bounded
from console.lab.kafka import Kafka
from console.lab.kafka.standin import StandIn
from console.model import Ref, Row
from console.model.closer import CloserWish, LookCloser, Reading, ShowMore
from console.poll import Context
from console.sources.kafka_lag import GroupLag, PartitionLag
from tests.lab.kafka.conftest import Brokers
from tests.lab.kafka.looking import until
from tests.lab.kafka.test_contract import new_topic

AT = 1_764_018_000_000  # ms
COUNT, STANDS = 500, 100


class Near:
    """One group that stands at an offset of one partition, and whoever looks at it."""

    def __init__(self, kafka: Kafka, topic: str, group: str) -> None:
        self.topic, self.group = topic, group
        identity = {"name": "demo", "title": "Demo"}
        told = {"estate": identity, "kafka": {"lab": {"bootstrap": kafka.bootstrap}}}
        estate = Estate.model_validate(told)
        self.context = Context(estate, Clients(estate))
        self.pool = self.context.clients.kafka("lab")
        self.states: list[Reading | None] = []
        self.closer = Closer(self.context, self.states.append)

    @property
    def tp(self) -> Tp:
        return (self.topic, 0)

    @property
    def row(self) -> Row:
        return GroupLag(
            ref=Ref("lag", "lab", f"{self.group}/{self.topic}"),
            at=datetime.now(UTC),
            cluster="lab",
            group=self.group,
            topic=self.topic,
            partitions=(PartitionLag(0, committed=STANDS, lag=COUNT - STANDS),),
        )

    async def do(self, wish: CloserWish) -> Reading:
        await self.closer.grant(wish)
        now = self.states[-1]
        assert now is not None
        return now

    async def write(self, records: list[tuple[bytes | None, bytes | None]]) -> None:
        """One batch on partition 0, each record a second after the one before."""
        ask = partial(self.pool.anyone, new_producer())
        number = (await until(ask, lambda told: told.error == 0)).number
        batch = DefaultRecordBatchBuilder(2, 0, 0, number, 0, 0, 1 << 24)
        for offset, (key, value) in enumerate(records):
            batch.append(offset, AT + offset * 1000, key, value, [("trace", b"t%d" % offset)])
        await until(
            partial(self.pool.metadata, [self.topic]), lambda m: m.leader(self.tp) is not None
        )
        leader = (await self.pool.metadata([self.topic])).leader(self.tp)
        assert leader is not None
        told = await self.pool.ask(leader, produce_batches({self.tp: bytes(batch.build())}, 5000))
        assert told[self.tp].error == 0

    async def stand(self, offset: int) -> None:
        """The group commits this; new brokers need a moment to take it."""

        async def commit() -> int:
            code, broker = await self.pool.anyone(coordinator(self.group))
            if code:
                return code
            told = await self.pool.ask(broker, commit_offsets(self.group, {self.tp: offset}))
            return told[self.tp]

        await until(commit, lambda code: code == 0)

    async def stands(self) -> dict[Tp, int]:
        _, broker = await self.pool.anyone(coordinator(self.group))
        return dict((await self.pool.ask(broker, committed(self.group))).offsets)


@asynccontextmanager
async def near(kafka: Kafka) -> AsyncIterator[Near]:
    here = Near(kafka, *(await new_topic(kafka, partitions=1)))
    try:
        yield here
    finally:
        await here.context.clients.close()


@asynccontextmanager
async def on_stand_in() -> AsyncIterator[tuple[Kafka, Near]]:
    """Where faults are to be had."""
    kafka = StandIn()
    await kafka.start()
    try:
        async with near(kafka) as here:
            yield kafka, here
    finally:
        await kafka.close()


def alarms(count: int = COUNT) -> list[tuple[bytes | None, bytes | None]]:
    return [(b"gw-%d" % n, json.dumps({"alarm": n}).encode()) for n in range(count)]


async def test_records_around_the_committed_offset_are_told_without_their_values(
    brokers: Brokers,
) -> None:
    async with brokers() as kafka, near(kafka) as here:
        await here.write(alarms())
        await here.stand(STANDS)
        now = await here.do(LookCloser((here.row,)))
        assert now.phase == "ended", now.trouble
        texts = [line.text for line in now.lines]
        mark = texts.index(f"committed offset {STANDS} of {here.group}: read next")
        assert mark == BEFORE
        assert texts[0].startswith(f"offset {STANDS - BEFORE}  key gw-{STANDS - BEFORE}  value ")
        assert texts[mark + 1].endswith("headers trace=t100")
        assert len(texts) == BEFORE + AFTER + 2
        assert texts[-1] == "200 more offsets up to the end at 500"
        assert not [text for text in texts if "alarm" in text], "no value is shown"
        assert now.lines[0].at == datetime.fromtimestamp(AT / 1000 + STANDS - BEFORE, UTC)


async def test_a_value_is_shown_on_demand_and_nothing_is_committed(brokers: Brokers) -> None:
    async with brokers() as kafka, near(kafka) as here:
        await here.write(alarms())
        await here.stand(STANDS)
        await here.do(LookCloser((here.row,)))
        now = await here.do(ShowMore("123"))
        assert [line.text for line in now.more][1:] == ["{", ' "alarm": 123', "}"]
        assert "kept nowhere" in now.more[0].text
        now = await here.do(ShowMore(""))
        assert now.more == ()
        assert await here.stands() == {here.tp: STANDS}


async def test_a_group_that_committed_nothing_is_shown_the_newest_records(
    brokers: Brokers,
) -> None:
    async with brokers() as kafka, near(kafka) as here:
        await here.write([(b"\xff\x00", None), (None, b"\x00\x01"), (b"a\x1bb", b"{}")])
        look = partial(here.do, LookCloser((here.row,)))
        now = await until(look, lambda now: bool(now.lines) and now.lines[0].tone != "warning")
        assert [line.text.partition("  headers")[0] for line in now.lines] == [
            f"{here.group} has committed nothing here: the newest records instead",
            "offset 0  key 0xff00  no value",
            "offset 1  no key  value 2 bytes",
            "offset 2  key 'a\\x1bb'  value 2 bytes",
            "the end: the next record will have offset 3",
        ]
        assert (await here.do(ShowMore("0"))).more[0].text == "offset 0 has no value (a tombstone)"
        assert (await here.do(ShowMore("1"))).more[1].text == "000000  00 01"


async def test_an_offset_beyond_the_end_is_said(brokers: Brokers) -> None:
    async with brokers() as kafka, near(kafka) as here:
        await here.write(alarms(30))
        for stands in (40, 1000):
            await here.stand(stands)
            now = await here.do(LookCloser((here.row,)))
            assert now.phase == "ended", now.trouble
            assert "beyond the end at 30" in now.lines[0].text


async def test_a_value_that_breaks_the_reader_is_not_asked_for_ever(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def broken(*_: object) -> bytes:
        raise MemoryError

    async with on_stand_in() as (_, here):
        await here.write(alarms(3))
        await here.stand(1)
        await here.do(LookCloser((here.row,)))
        monkeypatch.setattr("console.kafka.near.value", broken)
        with pytest.raises(MemoryError):
            await here.do(ShowMore("1"))
        assert here.states[-1] is not None
        assert [line.text for line in here.states[-1].more] == ["the reading was broken off"]


@pytest.mark.parametrize("codec", [1, 2, 3, 4], ids=["gzip", "snappy", "lz4", "zstd"])
def test_a_batch_is_unpacked_within_a_bound_only(codec: int) -> None:
    def batch(size: int) -> bytes:
        builder = DefaultRecordBatchBuilder(2, codec, 0, -1, -1, -1, 1 << 30)
        builder.append(0, AT, b"k", bytes(size), [])
        return bytes(builder.build())

    bounded(batch(1 << 20))
    bounded(batch(1 << 20) * 20)
    bounded(batch(1 << 20)[:-1])
    with pytest.raises(ValueError, match="unpacks to more than 16 MB"):
        bounded(batch(17 << 20))


def test_a_key_that_is_cut_inside_a_letter_stays_text() -> None:
    assert _bytes("あ".encode() * 100, 200) == "あ" * 66 + "…"
    assert _bytes(b"\xff" * 4, 200) == "0xffffffff"


async def test_great_records_are_read_up_to_a_bound(brokers: Brokers) -> None:
    async with brokers() as kafka, near(kafka) as here:
        for _ in range(10):
            await here.write([(b"k", b"x" * 700_000)])
        await here.stand(0)
        now = await here.do(LookCloser((here.row,)))
        assert now.phase == "ended", now.trouble
        assert "more than 4 MB lie here" in now.lines[-1].text
        shown = await here.do(ShowMore("3"))
        assert sum(len(line.text) for line in shown.more) < 70_000


async def test_without_its_coordinator_the_group_stands_where_the_pane_saw_it() -> None:
    async with on_stand_in() as (kafka, here):
        await here.write(alarms())
        await here.stand(STANDS)
        assert kafka.faults is not None
        kafka.faults.group[here.group] = 16
        now = await here.do(LookCloser((here.row,)))
        assert now.phase == "ended", now.trouble
        assert "the pane saw" in now.lines[0].text
        assert len(now.lines) == 1 + BEFORE + AFTER + 2


async def test_a_login_that_may_not_read_is_told_so() -> None:
    async with on_stand_in() as (kafka, here):
        await here.write(alarms(3))
        await here.stand(1)
        assert kafka.faults is not None
        kafka.faults.partition[here.tp] = 29
        now = await here.do(LookCloser((here.row,)))
        assert now.phase == "failed"
        assert "right" in now.trouble, now.trouble


async def test_a_topic_that_is_gone_is_a_sentence(brokers: Brokers) -> None:
    async with brokers() as kafka, near(kafka) as here:
        await here.write(alarms(3))
        await here.stand(1)
        here.topic = "no.such.topic"
        now = await here.do(LookCloser((here.row,)))
        assert (now.phase, "no.such.topic-0" in now.trouble) == ("failed", True)


async def test_brokers_that_do_not_answer_are_a_sentence() -> None:
    async with on_stand_in() as (kafka, here):
        await here.write(alarms(3))
        for broker in (1, 2, 3):
            kafka.black_hole(broker, True)
        now = await asyncio.wait_for(here.do(LookCloser((here.row,))), 25)
        assert now.phase == "failed"
        assert "answer" in now.trouble, now.trouble


@pytest.mark.parametrize(
    ("held", "lines"),
    [
        pytest.param(b'{"a": [1]}', ["{", ' "a": [', "  1", " ]", "}"], id="JSON is laid out"),
        pytest.param("水島\nok".encode(), ["水島", "ok"], id="text is as it is"),
        pytest.param(b"", [""], id="nothing"),
        pytest.param(b"[" * 5000, ["[" * 5000], id="JSON that is none"),
    ],
)
def test_values_are_shown_as_what_they_are(held: bytes, lines: list[str]) -> None:
    assert value_lines(held) == lines


def test_a_great_value_is_cut_and_says_so() -> None:
    assert value_lines(b"x" * 100_000)[-1] == "… 34,464 more bytes"
    assert value_lines("é".encode() * 50_000)[0] == "é" * 32_768
    assert value_lines(b"\xff" * 5_000)[-1] == "… 3,976 more bytes"

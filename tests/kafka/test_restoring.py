"""Writing back: what a topic takes, what it does not, and what is known of a lost answer."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from console.kafka.backup.lines import Record
from console.kafka.restoring import restore, takes, too_large
from console.kafka.wire.batches import Numbers, pack, records
from console.poll import Failed
from console.topics.copies import unfit
from console.topics.keeping import check
from tests.kafka.scribing import CONTROL, TOPIC, batch, marked, plain, written
from tests.kafka.test_emptying import filled

ROOM, TRANSACTIONAL = 2000, 0x10
NOISE = Random(1).randbytes(5000)


def given() -> list[Record]:
    """Small ones, and one that is greater than a batch may be."""
    return [*(plain(n, size=600) for n in range(5)), plain(5, size=5000), plain(6)]


def unpacked(data: bytes) -> Iterator[tuple[bytes | None, bytes | None]]:
    return ((one.key, one.value) for one in records(data))


def test_no_batch_is_greater_than_a_topic_takes_and_nothing_of_it_is_lost() -> None:
    made = list(pack(given(), Numbers(1, 0), ROOM))
    assert max(len(one.data) for one in made) <= ROOM
    back = [one for each in made for one in unpacked(each.data)]
    assert back == [(one.key, one.value) for one in given()]
    assert [one.records for one in made] == [3, 2, 1, 1]


FITS = [
    ("compressed it fits", b"x" * 5000, {}, 0),
    ("noise does not shrink", NOISE, {}, 1),
    ("the broker unpacks it", b"x" * 5000, {"compression.type": "uncompressed"}, 1),
    ("a topic that takes more", NOISE, {"max.message.bytes": "9000"}, 0),
]


@pytest.mark.parametrize(
    ("caption", "value", "configs", "against"), FITS, ids=[one[0] for one in FITS]
)
def test_what_a_topic_does_not_take_is_known_beforehand(
    caption: str, value: bytes, configs: dict[str, str], against: int, tmp_path: Path
) -> None:
    told = {"max.message.bytes": str(ROOM), **configs}
    small, great = plain(0), plain(1)._replace(value=value)
    found = list(too_large([small, great], told))
    assert len(found) == against
    path = tmp_path / "copy.jsonl.gz"
    made = written(path, {0: (0, 2)}, (0, batch(0, [small, great])))
    assert unfit(path, told) == unfit(path, told, made["longest"]) == found
    _, *lines, _ = gzip.decompress(path.read_bytes()).splitlines(keepends=True)
    assert made["longest"] == max(map(len, lines))
    if against:
        assert "partition 0: the record of offset 1 needs 5," in found[0]
        assert f"takes {ROOM:,} (max.message.bytes)" in found[0]


async def test_great_records_go_into_a_topic_that_takes_only_small_batches() -> None:
    async with filled(partitions=1) as (kafka, pool):
        kafka.cluster.topics[TOPIC].configs["max.message.bytes"] = str(ROOM)
        result = await restore(pool, TOPIC, given(), room=takes({"max.message.bytes": str(ROOM)}))
        assert (result.counts, result.why) == ({0: 7}, "")


async def test_a_topic_just_made_is_waited_for_until_its_brokers_know_it() -> None:
    async with filled(partitions=1) as (kafka, pool):
        known = {TOPIC: kafka.cluster.topics.pop(TOPIC)}
        asyncio.get_running_loop().call_later(0.3, kafka.cluster.topics.update, known)
        result = await restore(pool, TOPIC, [plain(n) for n in range(3)])
        assert (result.counts, result.why) == ({0: 3}, "")


LOST = [("a later no unsays nothing", True, {0: 3}), ("a no at first is sure", False, {})]


@pytest.mark.parametrize(("caption", "lost", "unsure"), LOST, ids=[one[0] for one in LOST])
async def test_what_was_sent_without_an_answer_stays_unsure(
    caption: str, lost: bool, unsure: dict[int, int]
) -> None:
    async with filled(partitions=1) as (kafka, pool):
        leader = kafka.cluster.topics[TOPIC].logs[0].leader
        kafka.faults.partition[TOPIC, 0] = 29
        await pool.metadata()
        if lost:
            kafka.faults.hangs_up.add(leader)
            asyncio.get_running_loop().call_later(0.3, kafka.faults.hangs_up.clear)
        result = await restore(pool, TOPIC, [plain(n) for n in range(3)])
        assert "the right WriteData is missing" in result.why
        assert (result.counts, result.unsure) == ({}, unsure)


REFUSES = 29
AFTER_LOSS: list[tuple[str, int, dict[int, int], dict[int, int]]] = [
    ("it was in the log, and is known there", 0, {0: 3}, {}),
    ("a no to the second one unsays nothing", REFUSES, {}, {0: 3}),
]


@pytest.mark.parametrize(
    ("caption", "code", "counts", "unsure"), AFTER_LOSS, ids=[one[0] for one in AFTER_LOSS]
)
async def test_a_batch_whose_answer_was_lost_with_the_connection_is_no_refusal(
    caption: str, code: int, counts: dict[int, int], unsure: dict[int, int]
) -> None:
    async with filled(partitions=1) as (kafka, pool):
        log = kafka.cluster.topics[TOPIC].logs[0]
        end = log.end
        kafka.faults.unheard["Produce"] = lambda: kafka.faults.partition.update({(TOPIC, 0): code})
        result = await restore(pool, TOPIC, [plain(n) for n in range(3)])
        assert log.end == end + 3, "it is written once"
        assert (result.counts, result.unsure, bool(result.why)) == (counts, unsure, bool(code))


def test_a_copy_that_is_no_copy_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(Failed, match="No such file"):
        unfit(tmp_path / "none.jsonl.gz", {})


def test_a_copy_whose_longest_record_fits_is_not_read_for_it(tmp_path: Path) -> None:
    absent = tmp_path / "none.jsonl.gz"
    assert unfit(absent, {"max.message.bytes": "1100"}, 1000) == []
    with pytest.raises(Failed, match="No such file"):
        unfit(absent, {"max.message.bytes": "1099"}, 1000)


async def test_a_copy_that_was_altered_is_told_without_a_word_of_deleting(tmp_path: Path) -> None:
    path = tmp_path / "copy.jsonl.gz"
    path.write_bytes(b"other")
    with pytest.raises(Failed, match=r"copy\.jsonl\.gz is not what was written$"):
        await check({"path": str(path), "sha256": "of another"})


def test_a_copy_says_how_many_of_its_batches_were_of_transactions(tmp_path: Path) -> None:
    path, ours = tmp_path / "copy.jsonl.gz", batch(0, [plain(0)])
    marks = marked(batch(2, [plain(2)]), CONTROL | TRANSACTIONAL)
    theirs = marked(batch(1, [plain(1)]), TRANSACTIONAL)
    told = written(path, {0: (0, 3)}, (0, ours + theirs + marks))
    assert (told["transactional"], told["counts"]) == (1, {0: 2})

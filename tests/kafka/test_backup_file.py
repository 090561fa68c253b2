"""The file of a backup: what goes in comes out, and half a file is none."""

from __future__ import annotations

import gzip
import json
import os
import resource
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from aiokafka.record.legacy_records import LegacyRecordBatchBuilder
from hypothesis import given, settings
from hypothesis import strategies as st

from console.kafka.backup import Manifest, manifest_path, records, verify
from console.kafka.backup.lines import Record
from console.kafka.backup.manifest import keep
from console.kafka.backup.scribe import Shortfall
from console.kafka.frozen import Frozen, Span
from console.poll import Failed
from tests.kafka.scribing import AT, CONTROL, TOPIC, batch, marked, plain, written

BYTES = st.none() | st.binary(max_size=40)
NAMES = st.text(max_size=8)  # UTF-8: surrogates alone are no text of Kafka's
HEADERS = st.lists(st.tuples(NAMES, BYTES), max_size=3).map(tuple)
TIMES = st.integers(0, 1 << 45)


@st.composite
def topics(draw: st.DrawFn) -> list[list[Record]]:
    """Partitions of records, with gaps between their offsets."""
    partitions = []
    for index in range(draw(st.integers(1, 3))):
        gaps = draw(st.lists(st.integers(1, 5), min_size=1, max_size=12))
        offsets = [sum(gaps[: n + 1]) for n in range(len(gaps))]
        partitions.append(
            [
                Record(index, offset, draw(TIMES), 0, draw(BYTES), draw(BYTES), draw(HEADERS))
                for offset in offsets
            ]
        )
    return partitions


@settings(max_examples=60, deadline=None)
@given(topics())
def test_what_goes_into_a_backup_comes_out_of_it(partitions: list[list[Record]]) -> None:
    spans = {index: (0, each[-1].offset + 1) for index, each in enumerate(partitions)}
    given = [(index, batch(0, each)) for index, each in enumerate(partitions)]
    with TemporaryDirectory() as directory:
        path = Path(directory) / "copy.jsonl.gz"
        result = written(path, spans, *given)
        assert list(records(path)) == [record for each in partitions for record in each]
        read = verify(path)
    assert read.sha256 == result["sha256"]
    assert read.counts == result["counts"] == {n: len(each) for n, each in enumerate(partitions)}
    assert (read.topic, dict(read.frozen.spans)) == (TOPIC, spans)


@pytest.mark.parametrize("codec", [0, 1, 2, 3, 4], ids=["plain", "gzip", "snappy", "lz4", "zstd"])
def test_every_compression_is_undone(tmp_path: Path, codec: int) -> None:
    given = [plain(offset, size=300) for offset in range(200)]
    packed = batch(0, given, codec)
    assert packed[22] & 7 == codec
    assert codec == 0 or len(packed) < 10_000
    written(tmp_path / "c.jsonl.gz", {0: (0, 200)}, (0, packed))
    assert list(records(tmp_path / "c.jsonl.gz")) == given


REFUSED = {
    "a compression that nobody knows": lambda packed: marked(packed, 5),
    "gzip that is none": lambda packed: marked(packed, 1),
    "snappy that is none": lambda packed: marked(packed, 2),
    "lz4 that is none": lambda packed: marked(packed, 3),
    "zstd that is none": lambda packed: marked(packed, 4),
    "a checksum that is wrong": lambda packed: packed[:-1] + bytes([packed[-1] ^ 1]),
}


@pytest.mark.parametrize("spoil", REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_read_is_refused_and_not_skipped(
    tmp_path: Path, spoil: Callable[[bytes], bytes]
) -> None:
    packed = spoil(batch(0, [plain(offset) for offset in range(5)]))
    with pytest.raises(Shortfall, match=r"crow\.save-0 from 0 on"):
        written(tmp_path / "c.jsonl.gz", {0: (0, 5)}, (0, packed))
    assert list(tmp_path.iterdir()) == []


def test_only_the_span_is_copied_of_batches_that_reach_beyond_it(tmp_path: Path) -> None:
    path = tmp_path / "c.jsonl.gz"
    given = [plain(offset) for offset in range(20)]
    written(path, {0: (7, 13)}, (0, batch(0, given[:10])), (0, batch(10, given[10:])))
    assert [record.offset for record in records(path)] == list(range(7, 13))


def test_a_span_may_end_in_a_gap_or_with_a_mark_of_kafkas_own(tmp_path: Path) -> None:
    path = tmp_path / "c.jsonl.gz"
    mark = marked(batch(3, [Record(0, 3, AT, 0, b"\0\0\0\1", b"\0\0")]), CONTROL)
    written(path, {0: (0, 4)}, (0, batch(0, [plain(0), plain(2)])), (0, mark))
    assert [record.offset for record in records(path)] == [0, 2]


def test_the_brokers_own_time_is_kept_and_said_to_be_its_own(tmp_path: Path) -> None:
    path = tmp_path / "c.jsonl.gz"
    written(path, {0: (0, 2)}, (0, marked(batch(0, [plain(0), plain(1)]), 0x08)))
    assert {(record.at, record.whose) for record in records(path)} == {(AT + 1, 1)}


@pytest.mark.parametrize(("magic", "at", "whose"), [(0, None, None), (1, AT + 7, 0)])
def test_records_from_before_kafka_0_11_are_kept(
    tmp_path: Path, magic: int, at: int | None, whose: int | None
) -> None:
    path = tmp_path / "c.jsonl.gz"
    old = LegacyRecordBatchBuilder(magic, 0, 1 << 20)
    old.append(7, at, b"key", b"value")
    written(path, {0: (7, 8)}, (0, bytes(old.build())))
    assert list(records(path)) == [Record(0, 7, at, whose, b"key", b"value")]


def test_a_partition_that_was_not_read_to_its_end_leaves_no_file(tmp_path: Path) -> None:
    packed = batch(0, [plain(offset) for offset in range(5)])
    with pytest.raises(Shortfall, match=r"crow\.save-1 was read to 0 of 5"):
        written(tmp_path / "c.jsonl.gz", {0: (0, 5), 1: (0, 5)}, (0, packed))
    assert list(tmp_path.iterdir()) == []


def test_a_console_that_is_gone_leaves_no_file(tmp_path: Path) -> None:
    packed = batch(0, [plain(offset) for offset in range(5)])
    with pytest.raises(EOFError):
        written(tmp_path / "c.jsonl.gz", {0: (0, 5)}, (0, packed), end=False)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("there", ["c.jsonl.gz", "c.jsonl.gz.part"])
def test_a_file_that_is_there_is_never_written_over(tmp_path: Path, there: str) -> None:
    (tmp_path / there).write_text("another's")
    with pytest.raises(FileExistsError):
        written(tmp_path / "c.jsonl.gz", {0: (0, 1)}, (0, batch(0, [plain(0)])))
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {there: "another's"}


@contextmanager
def files_of_at_most(size: int) -> Iterator[None]:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_disk_that_takes_no_more_leaves_no_file(tmp_path: Path) -> None:
    given = [
        replace_value(plain(offset), os.urandom(1000)) for offset in range(2000)
    ]  # nothing to compress
    packed = batch(0, given)
    with files_of_at_most(100_000), pytest.raises(OSError, match="File too large"):
        written(tmp_path / "c.jsonl.gz", {0: (0, 2000)}, (0, packed))
    assert list(tmp_path.iterdir()) == []


def replace_value(record: Record, value: bytes) -> Record:
    return record._replace(value=value)


@pytest.mark.parametrize(("above", "its"), [(0o700, 0o600), (0o2770, 0o660)])
def test_a_backup_is_as_private_as_its_directory(tmp_path: Path, above: int, its: int) -> None:
    directory = tmp_path / "state"
    directory.mkdir()
    directory.chmod(above)
    path = directory / "c.jsonl.gz"
    written(path, {0: (0, 1)}, (0, batch(0, [plain(0)])))
    assert stat.S_IMODE(path.stat().st_mode) == its


@pytest.fixture
def whole(tmp_path: Path) -> Path:
    """A finished backup with its manifest."""
    path = tmp_path / "c.jsonl.gz"
    given = [plain(offset) for offset in range(50)]
    result = written(path, {0: (0, 50)}, (0, batch(0, given)))
    at = datetime(2026, 11, 24, 21, 30, tzinfo=UTC)
    frozen = Frozen(TOPIC, {0: Span(0, 50)})
    counts = {0: 50}
    keep(Manifest(path, "prod", frozen, {}, counts, result["sha256"], result["bytes"], at, at))
    return path


def test_a_manifest_says_what_is_beside_it(whole: Path) -> None:
    told = json.loads(manifest_path(whole).read_text())
    assert told["frozen"] == {"0": [0, 50]}
    assert told["began_at"] == "2026-11-24T21:30:00Z"
    assert (told["records"], told["bytes"]) == (50, whole.stat().st_size)
    read = verify(whole)
    assert read.manifest is not None
    assert read.manifest.sha256 == read.sha256
    assert replace(read.manifest, path=whole) == read.manifest


def repacked(change: Callable[[list[bytes]], list[bytes]]) -> Callable[[bytes], bytes]:
    return lambda packed: gzip.compress(
        b"".join(change(gzip.decompress(packed).splitlines(keepends=True)))
    )


SPOILT = {
    "cut off": (lambda packed: packed[:-20], "cut off"),
    "cut off at a line": (repacked(lambda lines: lines[:-1]), "its last line is missing"),
    "a bit is another": (
        lambda packed: packed[:200] + bytes([packed[200] ^ 4]) + packed[201:],
        "damaged|altered|cut off|no record",
    ),
    "a record is missing": (repacked(lambda lines: [*lines[:9], *lines[10:]]), "altered"),
    "two records changed places": (
        repacked(lambda lines: [lines[0], lines[2], lines[1], *lines[3:]]),
        "altered",
    ),
    "a record stands behind the end": (
        repacked(lambda lines: [*lines, lines[4]]),
        "comes after the last",
    ),
    "no backup": (lambda packed: gzip.compress(b'{"a": 1}\n'), "no backup of the format"),
    "no gzip": (lambda packed: b"hello", "damaged"),
    "empty": (lambda packed: b"", "not a backup's"),
}


@pytest.mark.parametrize(("spoil", "why"), SPOILT.values(), ids=SPOILT)
def test_a_file_that_is_not_what_it_was_is_refused_with_the_reason(
    whole: Path, spoil: Callable[[bytes], bytes], why: str
) -> None:
    whole.write_bytes(spoil(whole.read_bytes()))
    with pytest.raises(Failed, match="its sha256 is another"):
        verify(whole)
    manifest_path(whole).unlink()
    with pytest.raises(Failed, match=why):
        verify(whole)


def test_a_manifest_that_is_none_is_refused(whole: Path) -> None:
    manifest_path(whole).write_text("{}")
    with pytest.raises(Failed, match="no manifest of a backup"):
        verify(whole)
    with pytest.raises(Failed, match="No such file"):
        verify(whole.with_name("other.jsonl.gz"))

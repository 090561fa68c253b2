"""The lines of a backup: a header, a record a line, a trailer that says what must be there.

JSON lines in gzip, bytes as base64: nothing is lost, and it is read without this program.
"""

from __future__ import annotations

import json
from binascii import a2b_base64, b2a_base64
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple, Protocol

FORMAT = "oncall-backup/1"


class Record(NamedTuple):
    """One record as the topic held it."""

    partition: int
    offset: int
    at: int | None
    """ms since 1970; None = written before Kafka knew times (0.9)."""
    whose: int | None
    """Whose time that is: 0 its producer's, 1 the broker's (message.timestamp.type)."""
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes | None], ...] = ()


class Decoded(Protocol):
    """A record as aiokafka's decoder gives it."""

    @property
    def offset(self) -> int: ...
    @property
    def timestamp(self) -> int | None: ...
    @property
    def timestamp_type(self) -> int | None: ...
    @property
    def key(self) -> bytes | None: ...
    @property
    def value(self) -> bytes | None: ...
    @property
    def headers(self) -> Iterable[tuple[str, bytes | None]]: ...


def header_line(facts: Mapping[str, Any]) -> bytes:
    """The first line: cluster, topic, frozen, configs."""
    return _line({"format": FORMAT, **facts})


def record_line(partition: int, record: Decoded) -> bytes:
    """One record. Put together by hand: a million of them must not take a minute."""
    key, value, headers = record.key, record.value, record.headers
    at, whose = record.timestamp, record.timestamp_type
    return b'{"p":%d,"o":%d,"ts":%b,"tt":%b,"k":%b,"v":%b,"h":%b}\n' % (
        partition,
        record.offset,
        b"null" if at is None else b"%d" % at,
        b"null" if whose is None else b"%d" % whose,
        b"null" if key is None else b'"%b"' % b2a_base64(key, newline=False),
        b"null" if value is None else b'"%b"' % b2a_base64(value, newline=False),
        _headers(headers) if headers else b"[]",
    )


def _headers(headers: Iterable[tuple[str, bytes | None]]) -> bytes:
    pairs = [
        [name, None if v is None else b2a_base64(v, newline=False).decode()] for name, v in headers
    ]
    return json.dumps(pairs, separators=(",", ":")).encode()


def trailer_line(counts: Mapping[int, int], sha256: str) -> bytes:
    """The last line: records per partition, and the hash of all lines before it."""
    told = {str(partition): count for partition, count in sorted(counts.items())}
    return _line({"end": True, "records": sum(counts.values()), "counts": told, "sha256": sha256})


def _line(facts: Mapping[str, Any]) -> bytes:
    return json.dumps(facts, separators=(",", ":")).encode() + b"\n"


def record_of(line: bytes) -> Record:
    """A record's line read back. Raises ValueError where it is none."""
    try:
        told = json.loads(line.decode())  # it would look for the encoding of bytes first
        key, value = told["k"], told["v"]
        return Record(
            told["p"],
            told["o"],
            told["ts"],
            told["tt"],
            None if key is None else a2b_base64(key, strict_mode=True),
            None if value is None else a2b_base64(value, strict_mode=True),
            tuple(
                (n, None if v is None else a2b_base64(v, strict_mode=True)) for n, v in told["h"]
            ),
        )
    except (KeyError, TypeError) as error:
        raise ValueError(f"no record: {error}") from None

"""A topic in words, before it is emptied."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

from console.kafka.values import Stamped
from console.topics.standing import MB, Standing

MOST = 40  # partitions that are told one by one


def told(one: Standing) -> Iterator[str]:
    """The whole topic, then each partition."""
    spans = one.frozen.spans
    size = bulk(one.size) if one.size is not None else "size not known"
    yield f"{one.topic}: {one.frozen.most:,} records at most in {len(spans)} partitions, {size}"
    for index in sorted(spans)[:MOST]:
        yield _partition(one, index)
    if len(spans) > MOST:
        yield f"{one.topic}: {len(spans) - MOST} more partitions"


def _partition(one: Standing, index: int) -> str:
    span = one.frozen.spans[index]
    size = f", {bulk(one.sizes[index])}" if index in one.sizes else ""
    if not span.most:
        return f"{one.topic}-{index}: {span.start:,}, empty{size}"
    when = f"{_at(one.oldest, index)} to {_at(one.newest, index)}"
    return (
        f"{one.topic}-{index}: {span.start:,} → {span.end:,}, {span.most:,} records, {when}{size}"
    )


def _at(found: Mapping[int, Stamped], index: int) -> str:
    stamped = found.get(index)
    if stamped is None or stamped.at < 0:
        return "not known"
    return moment(stamped.at)


def bulk(size: int) -> str:
    """Bytes for people."""
    return f"{size / MB:,.1f} MB" if size >= MB else f"{size / 1000:,.0f} kB"


def moment(at_ms: int) -> str:
    """A record's own time, which its producer may have set to anything."""
    try:
        return f"{datetime.fromtimestamp(at_ms / 1000, UTC):%d %b %H:%M:%S}Z"
    except (ValueError, OverflowError, OSError):
        return f"{at_ms} ms"

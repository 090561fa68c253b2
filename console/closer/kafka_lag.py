"""A lag looked at closely: the records around the committed offset, without their values."""

from __future__ import annotations

import json
from codecs import getincrementaldecoder
from collections.abc import AsyncGenerator, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from console.closer.lines import said
from console.model import Row
from console.model.closer import Choice, Line
from console.model.words import utc
from console.poll import AuthExpired, Context, Failed
from console.sources.kafka_lag import GroupLag, PartitionLag

if TYPE_CHECKING:
    from console.kafka.near import Seen, Span
    from console.kafka.pool import BrokerPool
    from console.kafka.values import Tp

BEFORE, AFTER = 20, 200  # records
KEY, HEADER = 200, 100  # bytes of them that are shown
VALUE = 64 << 10  # bytes of a value that are shown
BAD = "\N{REPLACEMENT CHARACTER}"
DUMPED, A_ROW = 1024, 16  # bytes of one that is no text
SAY = f"{BEFORE} records before the committed offset and {AFTER} from it on; v shows a value"


class LagLens:
    """One choice a partition, the worst first. It joins no group and commits nothing."""

    part = ""

    async def choices(self, row: Row, context: Context) -> tuple[Choice, ...]:
        """The partitions as the row has them; the offset is asked anew when one is read."""
        row = _lag(row)
        worst = sorted(row.partitions, key=lambda one: (-one.severity, -(one.lag or 0)))
        return tuple(_choice(one) for one in worst)

    async def read(
        self, row: Row, choice: Choice, follow: bool, context: Context
    ) -> AsyncGenerator[Line, None]:
        """The records, and between them where the group stands."""
        from console.kafka import near

        row = _lag(row)
        tp: Tp = (row.topic, int(choice.id))
        # Connections of its own: the panes do not wait behind what may be megabytes.
        async with context.clients.kafka(row.cluster).apart() as pool:
            stands, doubt = await _stands(pool, row, tp)
            back = BEFORE if stands is not None else AFTER
            found = await near.span(pool, tp, stands, BEFORE + AFTER, back)
        for line in (*doubt, *_told(row.group, stands, found)):
            yield line

    async def more(
        self, row: Row, choice: Choice, which: str, context: Context
    ) -> tuple[Line, ...]:
        """The value of one record, read again for this: it is kept nowhere."""
        from console.kafka import near

        row = _lag(row)
        async with context.clients.kafka(row.cluster).apart() as pool:
            held = await near.value(pool, (row.topic, int(choice.id)), int(which))
        if held is None:
            return (said(f"offset {int(which):,} has no value (a tombstone)"),)
        head = said(f"offset {int(which):,}, {len(held):,} bytes; shown now and kept nowhere")
        return (head, *(Line(text) for text in value_lines(held)))


def _lag(row: Row) -> GroupLag:
    if not isinstance(row, GroupLag) or not row.topic:
        raise Failed(f"{row.ref.name}: no topic is known of this group")
    return row


async def _stands(pool: BrokerPool, row: GroupLag, tp: Tp) -> tuple[int | None, tuple[Line, ...]]:
    """Where the group stands; as the pane saw it where nobody tells now (a coordinator's fault)."""
    from console.topics.moving import committed

    try:
        return (await committed(pool, row.group)).get(tp), ()
    except AuthExpired:
        raise
    except Failed as failure:
        seen = next((one.committed for one in row.partitions if one.partition == tp[1]), None)
        words = f"{failure}; its offset here is the one that the pane saw at {utc(row.at)}"
        return seen, (Line(words, tone="warning"),)


def _choice(one: PartitionLag) -> Choice:
    lag = "lag unknown" if one.lag is None else f"lag {one.lag:,}"
    stands = "nothing committed" if one.committed is None else f"committed {one.committed:,}"
    title = f"partition {one.partition} · {one.verdict} · {lag} · {stands}"
    return Choice(str(one.partition), title, say=SAY)


def _told(group: str, stands: int | None, found: Span) -> Iterator[Line]:
    """Records in their order, and the console's words where they belong."""
    if stands is None:
        yield said(f"{group} has committed nothing here: the newest records instead")
    elif stands < found.start:
        gone = found.start - stands
        yield said(f"{group} stands at {stands:,}; the oldest record left is {found.start:,}: "
                   f"{gone:,} offsets were never read and are gone")  # fmt: skip
    elif stands > found.high:
        yield said(f"{group} stands at {stands:,}, beyond the end at {found.high:,}: "
                   "the topic was emptied or made anew")  # fmt: skip
    marked = stands is None or not found.start <= stands <= found.high
    for one in found.seen:
        if not marked and stands is not None and one.offset >= stands:
            marked = True
            yield _mark(group, stands)
        yield _line(one)
    if not marked and stands is not None:
        yield _mark(group, stands)
    if found.why:
        yield Line(found.why, tone="warning")
    elif found.at >= found.high:
        yield said(f"the end: the next record will have offset {found.high:,}")
    else:
        yield said(f"{found.high - found.at:,} more offsets up to the end at {found.high:,}")


def _mark(group: str, stands: int) -> Line:
    return Line(f"committed offset {stands:,} of {group}: read next", tone="strong")


def _line(one: Seen) -> Line:
    at = None if one.at is None or one.at < 0 else datetime.fromtimestamp(one.at / 1000, UTC)
    key = "no key" if one.key is None else f"key {_bytes(one.key, KEY)}"
    size = "no value" if one.size is None else f"value {one.size:,} bytes"
    told = [f"offset {one.offset:,}", key, size]
    if one.headers:
        pairs = (f"{name}={_bytes(held, HEADER)}" for name, held in one.headers)
        told.append(f"headers {' '.join(pairs)}")
    return Line("  ".join(told), at, more=str(one.offset))


def _bytes(held: bytes | None, most: int) -> str:
    """Text where it is text, else its bytes in hex."""
    if held is None:
        return "null"
    more = "…" if len(held) > most else ""
    try:  # not final: the cut may have gone through a letter
        text = getincrementaldecoder("utf-8")().decode(held[:most], final=not more)
    except UnicodeDecodeError:
        return f"0x{held[: most // 4].hex()}{'…' if len(held) > most // 4 else ''}"
    return text + more if text.isprintable() else f"{text!r}{more}"


def value_lines(held: bytes) -> list[str]:
    """A value for people: JSON laid out, text as it is, anything else in hex."""
    shown = held[:VALUE]
    rest = [f"… {len(held) - VALUE:,} more bytes"] if len(held) > VALUE else []
    text = shown.decode("utf-8", "replace")
    text = text.rstrip(BAD) if rest else text  # the cut may have gone through a letter
    if any((not one.isprintable() and one not in "\n\r\t") or one == BAD for one in text):
        rows = range(0, min(len(held), DUMPED), A_ROW)
        dump = [f"{at:06x}  {held[at : at + A_ROW].hex(' ')}" for at in rows]
        return dump + ([f"… {len(held) - DUMPED:,} more bytes"] if len(held) > DUMPED else [])
    with suppress(ValueError, RecursionError):
        text = text if rest else json.dumps(json.loads(text), indent=1, ensure_ascii=False)
    return text.split("\n") + rest

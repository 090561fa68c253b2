"""Writes one day's recording: all that was seen since the last time, or nothing of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

from zstandard import DICT_TYPE_RAWCONTENT, ZstdCompressionDict, ZstdCompressor

from console.adopted import adopted
from console.lines import decode
from console.model import Finding, Row, Severity
from console.recording.codec import of_findings, of_snapshot
from console.recording.file import FINDINGS, at_once, connect, sum_of
from console.recording.masking import Masking
from console.recording.shelf import identity
from console.recording.values import NOBODY, SET_BACK, Change, Gap, Title

LEVEL = 9  # a tenth smaller than 3, for 0.1 % of a core
WHOLE_AGAIN = 0.5  # a frame that saves less than this against the whole one is the next whole one
LONGEST = 8  # what follows a whole frame is never more than so many times its size
ENTRY = "insert or ignore into entry (instant, sum, brought, line) values (?, ?, ?, ?)"
APART = 60_000_000  # µs: whoever asks how bad it was needs a look a minute, also at what stays
BACK = 2_000_000  # µs: a clock set back by more is worth a word


def worst(some: Iterable[Row] | Iterable[Finding]) -> Severity:
    """Of all of these; OK where there is none."""
    return max((one.severity for one in some), default=Severity.OK)


class Stream:
    """Compresses the frames of one part, or of the findings."""

    def __init__(self, number: int) -> None:
        self.number, self.last, self.at = number, b"", 0
        """`last` and `at`: what was last packed, and when (µs)."""
        self._whole, self._size, self._followed = 0, 0, 0
        self._against: ZstdCompressor | None = None

    def pack(self, instant: int, told: bytes) -> tuple[int, bytes]:
        """The instant of the whole frame it is compressed against, maybe its own; its bytes."""
        self.last = told
        if self._against is not None:
            body = self._against.compress(told)
            self._followed += len(body)
            if len(body) < WHOLE_AGAIN * self._size and self._followed < LONGEST * self._size:
                return self._whole, body
        body = ZstdCompressor(level=LEVEL).compress(told)
        self._whole, self._size, self._followed = instant, len(body), 0
        raw = ZstdCompressionDict(told, dict_type=DICT_TYPE_RAWCONTENT)
        self._against = ZstdCompressor(level=LEVEL, dict_data=raw)
        return instant, body


class Writer:
    """One sitting in one file. Every method blocks, and raises sqlite3.Error and OSError."""

    def __init__(
        self,
        path: Path,
        title: Title,
        mask: Masking | None = None,
        before: int = 0,
        why: str = NOBODY,
    ) -> None:
        """`before`: since when (µs since 1970) nothing is recorded, where this file is new.

        Raises Unreadable when the file is no recording of this program.
        """
        self.path, self.title = path, title
        self.missed: Gap | None = None
        """What is not recorded before this sitting."""
        self._mask, self._why = mask or Masking(), why
        self._file = connect(path, new=True)
        self._identity = identity(path)
        self._streams: dict[tuple[str, str], Stream] = {}
        first, last = (self._instant(order) for order in ("asc", "desc"))
        self._last, self._at = last or (0, before)
        self.first = first[1] if first else 0
        """Real time of its first instant (µs since 1970), 0 before there is one."""
        self._begun = False

    def _instant(self, order: str) -> tuple[int, int] | None:
        told = f"select id, at from instant order by id {order} limit 1"
        found: tuple[int, int] | None = self._file.execute(told).fetchone()
        return found

    @property
    def fresh(self) -> bool:
        """Whether nothing of this sitting is written yet."""
        return not self._begun

    @property
    def lost(self) -> bool:
        """Whether the file lies there no more: what is written would be gone with the last reader.

        Raises OSError.
        """
        return identity(self.path) != self._identity

    def write(self, changes: Sequence[Change]) -> None:
        """All of these are on the disk when it returns, or none."""
        with ExitStack() as refused:
            refused.callback(self._back_to, self._last, self._at, self._begun, self.first)
            with at_once(self._file):
                for change in changes:
                    self._put(change)
            refused.pop_all()

    def _back_to(self, last: int, at: int, begun: bool, first: int) -> None:
        self._last, self._at, self._begun, self.first = last, at, begun, first
        self.missed = self.missed if begun else None
        self._streams.clear()  # what was rolled back is nothing to compress against

    def _put(self, change: Change) -> None:
        gaps = (*self._missing(change), *change.gaps)
        self._last, self._at = self._last + 1, change.at
        self.first = self.first or change.at
        if not self._begun:
            title = (self._last, self.title.program, self.title.estate, self.title.zone)
            self._file.execute("insert into sitting values (?, ?, ?, ?)", title)
            self._begun = True
        row = (self._last, change.at, change.estate, change.speed)
        self._file.execute("insert into instant values (?, ?, ?, ?)", row)
        missing = [(self._last, gap.since, gap.until, gap.why) for gap in gaps]
        self._file.executemany(
            "insert into gap (instant, since, until, why) values (?, ?, ?, ?)", missing
        )
        for one in change.snapshots:
            self._frame((one.source, one.part), worst(one.rows), self._mask.told(one, of_snapshot))
        if change.findings is not None:
            loud = [one for one in change.findings if not one.put_off]
            told = self._mask.told(change.findings, of_findings)
            self._frame(FINDINGS, worst(loud), told)
        self._write_down(change.lines)

    def _write_down(self, lines: Sequence[bytes]) -> None:
        """Lines of the journal, each once."""
        new = 0
        for line in map(self._mask.line, lines):
            brought = new if b'"bundle"' in line and adopted(decode(line)) else 0
            row = (self._last, sum_of(line), brought, line)
            new += self._file.execute(ENTRY, row).rowcount

    def _missing(self, change: Change) -> Iterator[Gap]:
        """What of the time before it nobody recorded, by the clock that it is told by."""
        back = change.at < self._at - BACK
        if self._at and (back or not self._begun):
            gap = Gap(self._at, change.at, SET_BACK if back else self._why)
            self.missed = self.missed if self._begun else gap
            yield gap

    def _frame(self, name: tuple[str, str], severity: Severity, told: bytes) -> None:
        if (stream := self._streams.get(name)) is None:
            self._file.execute("insert or ignore into stream (source, part) values (?, ?)", name)
            found = self._file.execute("select id from stream where source = ? and part = ?", name)
            stream = self._streams[name] = Stream(found.fetchone()[0])
        if told == stream.last and 0 <= self._at - stream.at < APART:
            return  # derived again from what did not change: it is what it was
        stream.at = self._at
        frame = (stream.number, self._last, severity, *stream.pack(self._last, told))
        self._file.execute("insert into frame values (?, ?, ?, ?, ?)", frame)

    def close(self) -> None:
        """Merge what SQLite keeps beside the file."""
        self._file.close()

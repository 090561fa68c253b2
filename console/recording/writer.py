"""Writes one day's recording: all that was seen since the last time, or nothing of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from pathlib import Path

from zstandard import DICT_TYPE_RAWCONTENT, ZstdCompressionDict, ZstdCompressor

from console.model import Finding, Row, Severity
from console.recording.codec import of_findings, of_snapshot
from console.recording.file import FINDINGS, at_once, connect
from console.recording.values import Change, Gap, Title

LEVEL = 9  # a tenth smaller than 3, for 0.1 % of a core
WHOLE_AGAIN = 0.5  # a frame that saves less than this against the whole one is the next whole one
LONGEST = 8  # what follows a whole frame is never more than so many times its size
BACK = 2_000_000  # µs: a clock set back by more is worth a word
NOBODY, SET_BACK = "nobody recorded", "the clock was set back"


def worst(some: Iterable[Row] | Iterable[Finding]) -> Severity:
    """Of all of these; OK where there is none."""
    return max((one.severity for one in some), default=Severity.OK)


class Stream:
    """Compresses the frames of one part, or of the findings."""

    def __init__(self, number: int) -> None:
        self.number = number
        self._whole, self._size, self._followed = 0, 0, 0
        self._against: ZstdCompressor | None = None

    def pack(self, instant: int, told: bytes) -> tuple[int, bytes]:
        """The instant of the whole frame it is compressed against, maybe its own; its bytes."""
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
        self, path: Path, title: Title, mask: Callable[[bytes], bytes] = bytes, before: int = 0
    ) -> None:
        """`before`: up to when another file goes (µs since 1970) of which this is the next.

        Raises Unreadable when the file is no recording of this program.
        """
        self.path, self.title = path, title
        self.missed: Gap | None = None
        """What nobody recorded before this sitting."""
        self._mask = mask
        self._file = connect(path, new=True)
        self._streams: dict[tuple[str, str], Stream] = {}
        last = self._file.execute("select id, at from instant order by id desc limit 1").fetchone()
        self._last: int = last[0] if last else 0
        self._at: int = last[1] if last else before
        self._begun = False

    @property
    def fresh(self) -> bool:
        """Whether nothing of this sitting is written yet."""
        return not self._begun

    def write(self, changes: Sequence[Change], gaps: Iterable[Gap] = ()) -> None:
        """All of these are on the disk when it returns, or none."""
        with ExitStack() as refused:
            refused.callback(self._back_to, self._last, self._at, self._begun)
            with at_once(self._file):
                for change in changes:
                    self._put(change)
                for gap in gaps:
                    self._gap(gap)
            refused.pop_all()

    def _back_to(self, last: int, at: int, begun: bool) -> None:
        self._last, self._at, self._begun = last, at, begun
        self.missed = self.missed if begun else None
        self._streams.clear()  # what was rolled back is nothing to compress against

    def _put(self, change: Change) -> None:
        back = change.at < self._at - BACK
        if self._at and (back or not self._begun):
            gap = Gap(self._at, change.at, SET_BACK if back else NOBODY)
            self.missed = self.missed if self._begun else gap
            self._gap(gap)
        self._last, self._at = self._last + 1, change.at
        if not self._begun:
            told = (self._last, self.title.program, self.title.estate, self.title.zone)
            self._file.execute("insert into sitting values (?, ?, ?, ?)", told)
            self._begun = True
        row = (self._last, change.at, change.estate, change.speed)
        self._file.execute("insert into instant values (?, ?, ?, ?)", row)
        for one in change.snapshots:
            self._frame((one.source, one.part), worst(one.rows), of_snapshot(one))
        if change.findings is not None:
            loud = [one for one in change.findings if not one.put_off]
            self._frame(FINDINGS, worst(loud), of_findings(change.findings))
        lines = [(self._last, line) for line in change.lines]
        self._file.executemany("insert or ignore into entry (instant, line) values (?, ?)", lines)

    def _frame(self, name: tuple[str, str], severity: Severity, told: bytes) -> None:
        told = self._mask(told)
        if (stream := self._streams.get(name)) is None:
            self._file.execute("insert or ignore into stream (source, part) values (?, ?)", name)
            found = self._file.execute("select id from stream where source = ? and part = ?", name)
            stream = self._streams[name] = Stream(found.fetchone()[0])
        frame = (stream.number, self._last, severity, *stream.pack(self._last, told))
        self._file.execute("insert into frame values (?, ?, ?, ?, ?)", frame)

    def _gap(self, gap: Gap) -> None:
        told = (gap.since, gap.until, gap.why)
        self._file.execute("insert into gap (since, until, why) values (?, ?, ?)", told)

    def close(self) -> None:
        """Merge what SQLite keeps beside the file."""
        self._file.close()

"""What was seen and done, by whom and when: append-only JSON lines, on disk before the act.

One file an estate, shared by every console that looks at it: locked per append, hash-chained. The
chain shows a changed or missing line, not the loss of whole lines at the very end.
"""

from __future__ import annotations

import errno
import fcntl
import os
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from console.adopted import in_time
from console.clock import real_now
from console.lines import BROKEN, GENESIS, LaterFormat, NoEntry, decode, digest, encode
from console.model import KINDS, Entry, Kind
from console.modes import open_in

JOURNAL = "journal.jsonl"
"""Its name in a state directory."""
BLOCK = 65_536
KEPT = 400  # characters of a torn line that its note keeps
BACKWARDS = timedelta(seconds=2)  # a clock set back by more is worth a note


class JournalBroken(Exception):
    """The journal cannot be read as one: `str()` names the file, the line and the fault."""


class Unwritten(OSError):
    """An entry is not on the disk: `str()` is the sentence for people."""

    def __str__(self) -> str:
        return self.strerror or "the journal cannot be written"  # without the number of the error


class Journal:
    """One estate's journal. Any number of consoles, and threads, may append at the same time.

    Every method blocks; `append` as long as the disk needs.
    """

    def __init__(self, path: Path, *, now: Callable[[], datetime] = real_now) -> None:
        self.path = path
        self._now = now
        self._fd: int | None = None
        self._turn = threading.Lock()

    def append(self, kind: Kind, /, *, run: str = "", by: str = "", **data: Any) -> Entry:
        """Write one entry; when this returns it is on the disk. Raises Unwritten when it is not.

        Raises JournalBroken when a later program has written here.
        """
        self._check(kind, run, by, data)
        with self._turn, self._told(), self._locked() as fd:
            return self._put(fd, kind, run, by, data)

    def append_unless(
        self, known: Callable[[], bool], kind: Kind, /, *, run: str = "", by: str = "", **data: Any
    ) -> Entry | None:
        """As `append`; nothing is written where this holds while nobody else can write."""
        self._check(kind, run, by, data)
        with self._turn, self._told(), self._locked() as fd:
            return None if known() else self._put(fd, kind, run, by, data)

    def _check(self, kind: Kind, run: str, by: str, data: dict[str, Any]) -> None:
        """What is no entry, or no JSON, fails before the lock."""
        if kind not in KINDS:
            raise ValueError(f"{kind}: no such kind of journal entry")
        encode(Entry(self._now(), kind, run, by, data))

    def _put(self, fd: int, kind: Kind, run: str, by: str, data: dict[str, Any]) -> Entry:
        self._mend(fd)
        tail = self._tail(fd)
        self._check_tail(fd, tail)
        return _write(fd, Entry(self._now(), kind, run, by, data))

    def adopt(self, entries: Iterable[Entry], /, *, by: str = "", **data: Any) -> int:
        """Write down what another journal tells and this one does not; how many lines that were.

        They stand in the order of time, and a note (`by`, `data`) ends them; the chain goes on.
        All of it is on the disk when it returns, or nothing. Raises Unwritten, JournalBroken.
        """
        with self._turn, self._told(), self._locked() as fd:
            self._mend(fd)
            self._check_tail(fd, self._tail(fd))
            ours = Counter(_content(entry) for _, entry in self._lines())
            new = []
            for entry in in_time(entries):
                if ours[told := _content(entry)]:
                    ours[told] -= 1
                else:
                    new.append(entry)
            if new:
                data |= {"lines": len(new)}
                _write(fd, *new, Entry(self._now(), "note", by=by, data=data))
            return len(new)

    @contextmanager
    def _told(self) -> Iterator[None]:
        """A failing disk as a sentence."""
        try:
            yield
        except OSError as error:
            said = error.strerror or str(error)
            sentence = f"the journal {self.path} cannot be written: {said}"
            raise Unwritten(error.errno, sentence) from error

    @contextmanager
    def _locked(self) -> Iterator[int]:
        """The journal's descriptor, ours alone. A file moved away is not written to any more."""
        while True:
            if self._fd is None:
                self._fd = self._open()
            fcntl.flock(self._fd, fcntl.LOCK_EX)
            if self._still_there(self._fd):
                break
            os.close(self._fd)
            self._fd = None
        try:
            yield self._fd
        finally:
            fcntl.flock(self._fd, fcntl.LOCK_UN)

    def _open(self) -> int:
        new = not self.path.exists()
        fd = open_in(self.path, os.O_RDWR | os.O_APPEND | os.O_CREAT)
        if new:
            _sync_directory(self.path.parent)
        return fd

    def _still_there(self, fd: int) -> bool:
        try:
            return os.path.samestat(os.fstat(fd), self.path.stat())
        except FileNotFoundError:
            return False

    def _mend(self, fd: int) -> None:
        """Cut off what a crash left of a half-written last line, and say so."""
        size = os.fstat(fd).st_size
        last = _last_newline(fd, size)
        if last < size:
            torn = os.pread(fd, size - last, last).decode(errors="replace")
            os.ftruncate(fd, last)
            data = {"mended": f"{size - last} torn bytes were cut", "torn": torn[:KEPT]}
            _write(fd, Entry(self._now(), "note", data=data))

    def _tail(self, fd: int) -> bytes:
        size = os.fstat(fd).st_size
        begin = _last_newline(fd, size - 1)
        return os.pread(fd, size - begin, begin)

    def _check_tail(self, fd: int, tail: bytes) -> None:
        """Note a clock that was set back; never write behind a later program's line."""
        if not tail:
            return
        try:
            last = decode(tail)
        except LaterFormat as error:
            raise JournalBroken(f"{self.path}: {error}") from None
        except NoEntry:
            return  # what is written now still counts; `verify` names the broken line
        back = last.at - self._now()
        if back > BACKWARDS:
            seconds = round(back.total_seconds())
            _write(fd, Entry(self._now(), "note", data={"clock": f"set back by {seconds} s"}))

    def entries(self, since: datetime | None = None) -> tuple[Entry, ...]:
        """Every whole entry, oldest first; none where no journal is. Raises JournalBroken."""
        return tuple(e for _, e in self._lines() if since is None or e.at >= since)

    def _lines(self) -> Iterator[tuple[bytes, Entry]]:
        try:
            *lines, torn = self.path.read_bytes().split(b"\n")
        except FileNotFoundError:
            return
        for number, line in enumerate(lines, 1):
            try:
                yield line + b"\n", decode(line)
            except NoEntry as error:
                raise JournalBroken(f"{self.path}:{number}: {error}") from None
        # a torn tail was never acknowledged; but a whole line with another end than ours was
        body, end, extra = torn.rpartition(b'"}')
        if extra and _is_whole(body + end):
            raise JournalBroken(f"{self.path}:{len(lines) + 1}: the line's end was changed")

    def verify(self) -> int:
        """The number of entries whose chain holds. Raises JournalBroken at the first break."""
        expected, count = GENESIS, 0
        for count, (line, entry) in enumerate(self._lines(), 1):
            if entry.prev != expected:
                raise JournalBroken(f"{self.path}:{count}: {BROKEN}")
            expected = digest(line)
        return count

    def close(self) -> None:
        """Give the file back; the next append opens it again."""
        with self._turn:
            if self._fd is not None:
                os.close(self._fd)
                self._fd = None


def _is_whole(line: bytes) -> bool:
    try:
        decode(line)
    except NoEntry:
        return False
    return True


def _content(entry: Entry) -> bytes:
    """What a line says, wherever it stands."""
    return encode(replace(entry, prev=""))


def _write(fd: int, *entries: Entry) -> Entry:
    """Lines behind the tail, all of them on the disk or nothing; the last of them."""
    size = os.fstat(fd).st_size
    begin = _last_newline(fd, size - 1)
    prev = digest(os.pread(fd, size - begin, begin)) if size else GENESIS
    entry, lines = entries[-1], list[bytes]()
    for one in entries:
        entry = replace(one, prev=prev)
        lines.append(encode(entry))
        prev = digest(lines[-1])
    told = b"".join(lines)
    try:
        if os.write(fd, told) != len(told):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        os.fsync(fd)
    except OSError:
        with suppress(OSError):  # half a line must not stand; what cannot be cut is mended later
            os.ftruncate(fd, size)
        raise
    return entry


def _last_newline(fd: int, end: int) -> int:
    """The offset just behind the last newline before `end`, 0 when there is none."""
    while end > 0:
        begin = max(0, end - BLOCK)
        found = os.pread(fd, end - begin, begin).rfind(b"\n")
        if found >= 0:
            return begin + found + 1
        end = begin
    return 0


def _sync_directory(directory: Path) -> None:
    """A new file's name is on the disk only once its directory is."""
    fd = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def open_journal(directory: Path) -> Journal:
    """The journal of a state directory, as open for its group as the directory is."""
    return Journal(directory / JOURNAL)

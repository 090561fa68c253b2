"""Follows the journal as it grows, whoever writes it: a second console is seen too."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from console.adopted import adopted, in_time
from console.lines import BROKEN, GENESIS, NoEntry, decode, digest
from console.model import Entry


class Following:
    """Reads what is new; everything once more when the file was replaced or mended. Blocking."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.trouble = ""
        """The first line that is damaged: file, line and fault, for as long as it stands there."""
        self._file: tuple[int, int] | None = None
        self._begin()

    def _begin(self, stat: os.stat_result | None = None) -> None:
        self._file = (stat.st_dev, stat.st_ino) if stat else None
        self._offset, self._count, self._prev = 0, 0, GENESIS
        self.trouble, self._bad = "", (0, b"")

    def grown(self) -> bool:
        """Whether there is something to read (one stat). Raises OSError."""
        try:
            stat = self.path.stat()
        except FileNotFoundError:
            return self._file is not None
        return (stat.st_dev, stat.st_ino) != self._file or stat.st_size != self._offset

    def read(self) -> tuple[tuple[Entry, ...], bool]:
        """New whole entries, and whether they replace all that was read before. Raises OSError.

        What another computer's journal brings may be older than what was read: then they do, too,
        and all of it comes in the order of time (`adopted`). A damaged line is left out and told
        as `trouble`: what stands around it still counts.
        """
        try:
            with self.path.open("rb") as file:
                stat = os.fstat(file.fileno())
                anew = (stat.st_dev, stat.st_ino) != self._file or stat.st_size < self._offset
                anew = anew or self._mended(file.fileno())
                file.seek(0 if anew else self._offset)
                *lines, _torn = file.read().split(b"\n")
        except FileNotFoundError:
            self._begin()
            return (), True
        if anew:
            self._begin(stat)
        entries = tuple(self._entries(lines))
        if not anew and any(map(adopted, entries)):
            self._begin()
            return self.read()
        return (in_time(entries) if anew else entries), anew

    def _mended(self, fd: int) -> bool:
        at, line = self._bad
        return bool(self.trouble) and os.pread(fd, len(line), at) != line

    def _entries(self, lines: Sequence[bytes]) -> Iterator[Entry]:
        for line in (line + b"\n" for line in lines):
            self._count += 1
            try:
                entry = decode(line)
            except NoEntry as error:
                self._tell(line, str(error))
            else:
                if entry.prev != self._prev:
                    self._tell(line, BROKEN)
                yield entry
            self._prev = digest(line)
            self._offset += len(line)

    def _tell(self, line: bytes, fault: str) -> None:
        if not self.trouble:
            self._bad = (self._offset, line)
            self.trouble = f"{self.path}:{self._count}: {fault}; the other lines are read"

"""Follows the journal as it grows, whoever writes it: a second console is seen too."""

from __future__ import annotations

import os
from pathlib import Path

from console.journal import JournalBroken, decode
from console.model import Entry


class Following:
    """Reads what is new; everything once more when the file was replaced. Blocking."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._offset = 0
        self._file: tuple[int, int] | None = None

    def grown(self) -> bool:
        """Whether there is something to read (one stat)."""
        try:
            stat = self.path.stat()
        except FileNotFoundError:
            return self._file is not None
        return (stat.st_dev, stat.st_ino) != self._file or stat.st_size != self._offset

    def read(self) -> tuple[tuple[Entry, ...], bool]:
        """New whole entries, and whether they replace all that was read before.

        Raises OSError, and JournalBroken for a line that is none; that line is not read again.
        """
        try:
            with self.path.open("rb") as file:
                stat = os.fstat(file.fileno())
                anew = (stat.st_dev, stat.st_ino) != self._file or stat.st_size < self._offset
                if anew:
                    self._file, self._offset = (stat.st_dev, stat.st_ino), 0
                file.seek(self._offset)
                *lines, _torn = file.read().split(b"\n")
        except FileNotFoundError:
            self._file, self._offset = None, 0
            return (), True
        self._offset += sum(len(line) + 1 for line in lines)
        return tuple(self._entry(line) for line in lines), anew

    def _entry(self, line: bytes) -> Entry:
        try:
            return decode(line + b"\n")
        except (ValueError, KeyError, TypeError) as error:
            raise JournalBroken(f"{self.path}: a line cannot be read: {error}") from None

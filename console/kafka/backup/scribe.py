"""The process that writes a backup: it decodes, encodes and packs beside the console.

It is told on its standard input: a line of JSON (the order), then frames of partition, length and
record batches, then the END. An input that stops before (the console is gone) leaves no file.
It answers in lines of JSON.
"""

from __future__ import annotations

import json
import struct
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO

from console.kafka.backup.lines import header_line, record_line, trailer_line
from console.kafka.backup.sheet import Sheet
from console.kafka.wire.batches import UNREADABLE, in_transactions, next_offset, records

FRAME = struct.Struct(">iI")
END = -1
"""In place of a partition."""
AT_ONCE = 1 << 19  # bytes of lines joined, hashed and packed together


class Shortfall(Exception):
    """The copy cannot be complete; `str()` says which partition and why."""


class Copy:
    """What has been copied of each partition, and what must be."""

    def __init__(self, topic: str, spans: Mapping[str, list[int]], sheet: Sheet) -> None:
        self.counts = {int(index): 0 for index in spans}
        self.transactional = self.longest = 0
        self._topic, self._sheet = topic, sheet
        self._ends = {int(index): end for index, (_, end) in spans.items()}
        self._at = {int(index): start for index, (start, _) in spans.items()}

    def add(self, index: int, data: bytes) -> None:
        """Write the records of these batches that are within the span. Raises Shortfall."""
        first, end = self._at[index], self._ends[index]
        lines: list[bytes] = []
        size = 0
        try:
            for record in records(data):
                if first <= record.offset < end:
                    lines.append(record_line(index, record))
                    size += len(lines[-1])
                if size > AT_ONCE:
                    self._write(index, lines)
                    size = 0
            self._write(index, lines)
            self.transactional += in_transactions(data)
            self._at[index] = next_offset(data, first)
        except UNREADABLE as error:
            what = str(error) or type(error).__name__
            raise Shortfall(f"{self._topic}-{index} from {first} on: {what}") from None

    def _write(self, index: int, lines: list[bytes]) -> None:
        if lines:
            self._sheet.write(b"".join(lines))
            self.counts[index] += len(lines)
            self.longest = max(self.longest, max(map(len, lines)))
            lines.clear()

    def complete(self) -> None:
        """Raises Shortfall unless every partition was read to its end."""
        for index, end in self._ends.items():
            if self._at[index] < end:
                raise Shortfall(f"{self._topic}-{index} was read to {self._at[index]} of {end}")


def write(order: Mapping[str, Any], told: BinaryIO) -> dict[str, Any]:
    """The whole backup; raises Shortfall, OSError, EOFError (the console is gone)."""
    sheet = Sheet(Path(order["path"]))
    say({"part": str(sheet.part)})
    try:
        sheet.write(header_line(order["header"]))
        header = order["header"]
        copy = Copy(header["topic"], header["frozen"], sheet)
        while True:
            index, size = FRAME.unpack(_read(told, FRAME.size))
            if index == END:
                break
            copy.add(index, _read(told, size))
            say({"records": sum(copy.counts.values())})
        copy.complete()
        sheet.write(trailer_line(copy.counts, sheet.sha256))
        sha256, size = sheet.finish()
        seen = {"transactional": copy.transactional, "longest": copy.longest}
        return {"counts": copy.counts, **seen, "sha256": sha256, "bytes": size}
    finally:
        sheet.close()


def _read(told: BinaryIO, size: int) -> bytes:
    data = told.read(size)
    if len(data) < size:
        raise EOFError("the console is gone")
    return data


def say(facts: Mapping[str, Any]) -> None:
    """One line to the console."""
    sys.stdout.write(json.dumps(facts) + "\n")
    sys.stdout.flush()


def main() -> None:
    """One backup, then the end."""
    told = sys.stdin.buffer
    order = json.loads(told.readline())
    try:
        say(write(order, told))
    except Shortfall as error:
        say({"error": str(error)})
    except (EOFError, BrokenPipeError):
        raise SystemExit(1) from None
    except OSError as error:
        say({"error": f"{error.filename or order['path']}: {error.strerror or error}"})


if __name__ == "__main__":
    main()
